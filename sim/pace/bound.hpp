#pragma once
// What no scheduler can beat under Slack's limits, however clever and even if it knew the future.
//
// The question put is: can 95 % of the customers' letters be in their threads within D, and every
// letter within `longest_ms`? The answer is "no" only where arithmetic proves it; the bound is the
// largest D so refused. How: put a price on each moment's post (as many letters late as it is
// worth) and let every customer alone choose the cheapest posts for its own letters, knowing all of
// them, with no delay and no rule but three: a post leaves after what it carries was written, it
// carries neighbours only, and no more than folding allows. If even the sum of these cheapest
// choices costs more than all the posts that Slack's buckets can give, at these prices, and more
// than the letters that may be late, then no schedule exists (weak duality of linear programmes).
// Prices that are chosen badly make the bound lower, never wrong.
//
// Who calls it: the experiment and its tests. What it never does: schedule anything.

#include "core/policy.hpp"
#include "sim/pace/run.hpp"
#include "sim/pace/senders.hpp"

#include <cstdint>

namespace deskbell::pacing {

struct BoundQuestion {
    const Workload& workload;
    const SlackLimits& limits;
    const core::Policy& policy;
    // A schedule to take the first guess at the prices from.
    const Run& example;
    std::int64_t longest_ms = 0;  // no letter may take longer; 0: late letters may be given up
    double share = 0.95;          // so many of the letters must be there in time
    int effort = 40;              // rounds of improving the prices
};

// The 95th percentile of the delay that is out of reach for everybody, in milliseconds.
[[nodiscard]] std::int64_t p95_bound_ms(const BoundQuestion& question);

}  // namespace deskbell::pacing
