#pragma once
// Who is measured: the real courier against Slack's pace, and what anybody would write first.
//
// Who calls it: the experiment and its tests. One thread, a clock turned by hand.

#include "core/policy.hpp"
#include "courier/courier.hpp"
#include "sim/pace/run.hpp"
#include "sim/pace/slack.hpp"

#include <cstdint>
#include <vector>

namespace deskbell::pacing {

// Slack's limits as the sandbox keeps them, for those who may know them exactly.
struct SlackLimits {
    double posts_per_second_per_channel = 1.0;
    double burst_per_channel = 4;
    double posts_per_second_per_workspace = 5.0;
    double burst_per_workspace = 30;
};

struct CourierSetup {
    courier::Pace pace;
    core::Policy policy;
    std::vector<BadDay> bad_days;
    std::uint64_t seed = 7;
    std::int64_t drain_ms_max = 60LL * 60 * 60 * 1000;  // how long after the last letter
};

struct CourierRun {
    Run run;
    courier::Figures figures;
    std::uint64_t delays_told = 0;
};

// Until every letter is in its thread and recorded, or `drain_ms_max` is over.
[[nodiscard]] CourierRun run_courier(const Workload& workload, const CourierSetup& setup);

// One queue a channel, the oldest letter first; with `fold` a post takes along what its customer
// has waiting. It knows Slack's limits to the token, needs no answer and no disk: better than any
// real sender of its kind.
[[nodiscard]] Run run_first_come(const Workload& workload, const SlackLimits& limits,
                                 const core::Policy& policy, bool fold);

}  // namespace deskbell::pacing
