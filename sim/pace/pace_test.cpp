// The targets of docs/pace.md on cells that are small enough for every run of the tests. The
// simulation is deterministic, so that figures may be asserted.

#include "sim/pace/bound.hpp"
#include "sim/pace/experiment.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <vector>

namespace deskbell::pacing {
namespace {

constexpr SteadyMs minute_ms = 60'000;

class PaceTest : public ::testing::Test {
protected:
    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

TEST_F(PaceTest, StaysWithinAFifthOfTheBestOfItsKindAndIsFair) {
    for (const auto& [customers, channels] : std::vector<std::pair<std::size_t, std::size_t>>{
             {10, 1}, {10, 4}, {60, 1}, {100, 4}, {100, 16}}) {
        const Cell cell =
            measure_cell({.customers = customers, .channels = channels}, WithFloor::no);
        const Summary& ours = cell.courier.summary;
        SCOPED_TRACE(std::to_string(customers) + " customers, " + std::to_string(channels));
        EXPECT_LE(static_cast<double>(ours.p95_ms),
                  1.2 * static_cast<double>(cell.folding.summary.p95_ms));
        EXPECT_GE(ours.jain, 0.95);
        EXPECT_EQ(ours.missing, 0U);
        EXPECT_FALSE(ours.grows);
        EXPECT_EQ(cell.rate_limited, 0U);
        EXPECT_EQ(cell.out_of_order, 0U);
        EXPECT_LE(cell.courier.posts_a_minute_most, 63U);
    }
}

TEST_F(PaceTest, NewThreadsOpenSoonInABusyChannelAndRepliesDoNotStarve) {
    const Cell cell =
        measure_cell({.customers = 50, .channels = 1, .stay_minutes = 10}, WithFloor::no);
    EXPECT_LE(cell.courier.summary.opened_p95_ms, 3'000);
    EXPECT_GT(cell.folding.summary.opened_p95_ms, 20'000) << "in order of age they would wait";
    EXPECT_LE(cell.courier.summary.p95_ms, cell.folding.summary.p95_ms * 6 / 5);
    EXPECT_EQ(cell.courier.summary.missing, 0U);
}

TEST_F(PaceTest, PastingFiveHundredLinesDelaysNobodyElseByMoreThanAPost) {
    const Paste paste = measure_paste({.customers = 10, .minutes = 12}, 500);
    EXPECT_LE(paste.others_later_ms_max, 1'000);
    EXPECT_LE(paste.there_after_ms, 3 * minute_ms);
    EXPECT_LE(paste.posts, 50U);
}

TEST_F(PaceTest, InAFullChannelAPasteHasOneTurnARound) {
    const Paste paste = measure_paste({.customers = 60, .minutes = 15}, 500);
    EXPECT_LE(paste.others_p95_ms, paste.others_p95_without_ms + 3'000);
}

TEST_F(PaceTest, AnOutageDrainsInOrderAndWithoutAFlood) {
    for (const auto kind : {BadDay::Kind::silent, BadDay::Kind::unavailable, BadDay::Kind::refused,
                            BadDay::Kind::limited}) {
        SCOPED_TRACE(static_cast<int>(kind));
        const Outage outage = measure_outage(
            {.customers = 60, .channels = 2, .messages_per_minute = 1, .minutes = 60},
            {.kind = kind, .from = 10 * minute_ms, .until = 40 * minute_ms, .done_percent = 20});
        EXPECT_EQ(outage.missing, 0U);
        EXPECT_EQ(outage.out_of_order, 0U);
        EXPECT_EQ(outage.twice, 0U);
        EXPECT_EQ(outage.rate_limited, 0U) << "beyond what the bad day answered by itself";
        EXPECT_EQ(outage.reads_limited, 0U);
        EXPECT_LE(outage.posts_a_second_most, 3U);
        EXPECT_LE(outage.posts_a_minute_most, 63U);
        EXPECT_LE(outage.requests, 200U) << "slow probes, not a storm of our own";
        EXPECT_LE(outage.reads, 60U * 30U + 10U);
        EXPECT_LE(outage.drained_after_ms, 6 * minute_ms);
        EXPECT_GE(outage.delays_told, 50U) << "customers and agents were told";
    }
}

TEST_F(PaceTest, TheSameSeedGivesTheSameFigures) {
    const Load load{.customers = 30, .channels = 2, .minutes = 5, .stay_minutes = 2, .seed = 9};
    const Workload workload = make_workload(load);
    const CourierRun one = run_courier(workload, {});
    const CourierRun other = run_courier(make_workload(load), {});
    EXPECT_EQ(one.run.there_at, other.run.there_at);
    EXPECT_EQ(one.run.left_at, other.run.left_at);
}

// ---- The bound. ----

std::int64_t floor_of(const Workload& workload, const core::Policy& policy,
                      const SlackLimits& limits) {
    const Run example = run_first_come(workload, limits, policy, true);
    return p95_bound_ms({.workload = workload,
                         .limits = limits,
                         .policy = policy,
                         .example = example,
                         .longest_ms = summarize(workload, example).max_ms,
                         .effort = 5});
}

TEST(FloorTest, WithoutLoadIsTheTransitAlone) {
    const Workload workload = make_workload({.customers = 2, .channels = 1, .minutes = 5});
    EXPECT_LE(floor_of(workload, {}, {}), transit_ms + 10);
}

TEST(FloorTest, NeverLiesAboveWhatASchedulerReaches) {
    const core::Policy policy;
    for (const std::size_t customers : {20U, 70U}) {
        for (std::uint64_t seed = 1; seed < 3; ++seed) {
            const Workload workload =
                make_workload({.customers = customers, .minutes = 6, .seed = seed});
            const Summary reached = summarize(workload, run_first_come(workload, {}, policy, true));
            EXPECT_LE(floor_of(workload, policy, {}), reached.p95_ms) << customers << " " << seed;
        }
    }
}

TEST(FloorTest, IsExactWhereArithmeticIsSimple) {
    // A hundred letters of a hundred customers at once, no burst, a post a second: 95 of them
    // cannot be there before the 95th second.
    Workload workload;
    for (int i = 0; i < 100; ++i) add_paste(workload, 0, 0, 1);
    SlackLimits limits;
    limits.burst_per_channel = 1;
    const std::int64_t floor = floor_of(workload, {}, limits);
    EXPECT_GE(floor, 89'000);
    EXPECT_LE(floor, 94'150);
}

TEST(SummaryTest, KnowsPercentilesAndFairness) {
    std::vector<std::int64_t> values{5, 1, 4, 2, 3};
    EXPECT_EQ(percentile(values, 0.5), 3);
    EXPECT_EQ(percentile(values, 0.95), 5);
    EXPECT_DOUBLE_EQ(jain_index({2, 2, 2}), 1.0);
    EXPECT_DOUBLE_EQ(jain_index({3, 0, 0}), 1.0 / 3.0);
}

}  // namespace
}  // namespace deskbell::pacing
