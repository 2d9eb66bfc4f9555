#pragma once
// The experiment: cells of load, a paste, an outage, a storm of 429; each measured on the courier.
//
// Who calls it: the program `pace` and the tests. Deterministic: the same seed, the same numbers.

#include "sim/pace/run.hpp"
#include "sim/pace/senders.hpp"

#include <cstdint>
#include <optional>

namespace deskbell::pacing {

struct Measured {
    Summary summary;
    std::uint64_t posts = 0;
    std::size_t posts_a_minute_most = 0;  // of one channel
};

struct Cell {
    Load load;
    Measured courier;
    Measured plain;    // first come, first served, a post a letter
    Measured folding;  // the same with folding: oldest first with no delay of its own
    std::uint64_t rate_limited = 0;
    std::uint64_t out_of_order = 0;
    std::optional<std::int64_t> floor_ms;  // p95 that no scheduler can beat
};

enum class WithFloor : bool { no, yes };
[[nodiscard]] Cell measure_cell(const Load& load, WithFloor with_floor);

// The most customers with whom 95 % of the letters are in their threads within `p95_ms`, to a
// tenth.
[[nodiscard]] std::size_t customers_within(const Load& load, std::int64_t p95_ms);

struct Paste {
    std::size_t lines = 0;
    std::int64_t others_later_ms_max = 0;  // the most that anybody's letter came later for it
    std::int64_t others_p95_ms = 0;
    std::int64_t others_p95_without_ms = 0;
    std::int64_t there_after_ms = 0;  // when its last line was in the thread
    std::uint64_t posts = 0;          // that it took
};

[[nodiscard]] Paste measure_paste(const Load& load, std::size_t lines);

struct Outage {
    Load load;
    BadDay day;
    std::size_t letters = 0;
    std::size_t missing = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t twice = 0;
    std::uint64_t requests = 0;  // posts tried while it lasted
    std::uint64_t reads = 0;
    std::uint64_t reads_limited = 0;
    std::uint64_t rate_limited = 0;  // by Slack's ordinary limits, the bad day's own apart
    std::int64_t drained_after_ms = 0;
    std::size_t posts_a_second_most = 0;  // of one channel, while it drained
    std::size_t posts_a_minute_most = 0;
    std::uint64_t delays_told = 0;
};

[[nodiscard]] Outage measure_outage(const Load& load, const BadDay& day);

}  // namespace deskbell::pacing
