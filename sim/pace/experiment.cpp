#include "sim/pace/experiment.hpp"

#include "sim/pace/bound.hpp"

#include <algorithm>

namespace deskbell::pacing {
namespace {

Measured measured(const Workload& workload, const Run& run) {
    return {summarize(workload, run), run.posts, peak_posts(run, 60'000)};
}

// The more letters, the dearer a round of prices, and the less there is to gain from one.
int effort_for(const Load& load) {
    if (load.customers > 5'000) return 0;
    return load.customers > 500 ? 20 : 200;
}

}  // namespace

Cell measure_cell(const Load& load, WithFloor with_floor) {
    const Workload workload = make_workload(load);
    const CourierSetup setup;
    const SlackLimits limits;
    Cell cell;
    cell.load = load;
    const CourierRun ours = run_courier(workload, setup);
    cell.courier = measured(workload, ours.run);
    cell.rate_limited = ours.run.rate_limited;
    cell.out_of_order = ours.run.out_of_order + ours.run.twice;
    const Run folding = run_first_come(workload, limits, setup.policy, true);
    cell.folding = measured(workload, folding);
    cell.plain = measured(workload, run_first_come(workload, limits, setup.policy, false));
    if (with_floor == WithFloor::yes) {
        const Summary& summary = cell.courier.summary;
        cell.floor_ms = p95_bound_ms({.workload = workload,
                                      .limits = limits,
                                      .policy = setup.policy,
                                      .example = folding,
                                      .longest_ms = std::max(summary.max_ms, summary.opened_max_ms),
                                      .effort = effort_for(load)});
    }
    return cell;
}

std::size_t customers_within(const Load& load, std::int64_t p95_ms) {
    std::size_t good = 0;
    std::size_t bad = 20'000;
    while (bad > good + 1 + good / 10) {
        // While nothing is known, small steps: a hopeless crowd takes long to simulate.
        const std::size_t middle =
            bad == 20'000 ? std::max<std::size_t>(8, good * 2) : (good + bad) / 2;
        Load tried = load;
        tried.customers = middle;
        const Workload workload = make_workload(tried);
        const Summary summary = summarize(workload, run_courier(workload, {}).run);
        (summary.p95_ms <= p95_ms ? good : bad) = middle;
    }
    return good;
}

Paste measure_paste(const Load& load, std::size_t lines) {
    Workload workload = make_workload(load);
    // The one who pastes is there in both runs, so that nothing else differs.
    workload.customers.push_back({});
    const CourierRun without = run_courier(workload, {});
    workload.customers.pop_back();
    add_paste(workload, 0, load.minutes * 60'000 / 3, lines);
    const CourierRun with = run_courier(workload, {});
    Paste paste;
    paste.lines = lines;
    const std::size_t others = workload.customers.size() - 1;
    std::vector<std::int64_t> after;
    std::vector<std::int64_t> before;
    for (std::size_t i = 0; i < others; ++i) {
        for (std::size_t j = 0; j < workload.customers[i].items.size(); ++j) {
            const SteadyMs at = workload.customers[i].items[j].at;
            after.push_back(with.run.there_at[i][j] - at);
            before.push_back(without.run.there_at[i][j] - at);
            paste.others_later_ms_max =
                std::max(paste.others_later_ms_max, after.back() - before.back());
        }
    }
    paste.others_p95_ms = percentile(after, 0.95);
    paste.others_p95_without_ms = percentile(before, 0.95);
    paste.there_after_ms =
        with.run.there_at[others].back() - workload.customers[others].items[0].at;
    std::vector<SteadyMs> posts = with.run.there_at[others];
    posts.erase(std::unique(posts.begin(), posts.end()), posts.end());
    paste.posts = posts.size();
    return paste;
}

Outage measure_outage(const Load& load, const BadDay& day) {
    const Workload workload = make_workload(load);
    CourierSetup setup;
    setup.bad_days = {day};
    const CourierRun ours = run_courier(workload, setup);
    Outage outage;
    outage.load = load;
    outage.day = day;
    outage.letters = workload.items();
    outage.missing = summarize(workload, ours.run).missing;
    outage.out_of_order = ours.run.out_of_order;
    outage.twice = ours.run.twice;
    outage.requests = ours.run.requests_refused;
    outage.reads = ours.run.reads;
    outage.reads_limited = ours.run.reads_limited;
    outage.rate_limited = ours.run.rate_limited;
    if (day.kind == BadDay::Kind::limited) outage.rate_limited -= ours.run.requests_refused;
    outage.delays_told = ours.delays_told;
    SteadyMs drained = day.until;
    for (std::size_t i = 0; i < workload.customers.size(); ++i) {
        const auto& items = workload.customers[i].items;
        for (std::size_t j = 0; j < items.size(); ++j) {
            if (items[j].at < day.until) drained = std::max(drained, ours.run.there_at[i][j]);
        }
    }
    outage.drained_after_ms = drained - day.until;
    outage.posts_a_second_most = peak_posts(ours.run, 1'000, day.until, drained);
    outage.posts_a_minute_most = peak_posts(ours.run, 60'000, day.until, drained);
    return outage;
}

}  // namespace deskbell::pacing
