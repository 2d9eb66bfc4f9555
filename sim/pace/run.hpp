#pragma once
// What a sender did with a workload, and the figures made of it.

#include "sim/pace/workload.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace deskbell::pacing {

// A post is in its thread so long after it left: the same for every sender and for the bound.
constexpr std::int64_t transit_ms = 150;

struct Run {
    static constexpr SteadyMs not_there = std::numeric_limits<SteadyMs>::max();

    std::vector<std::vector<SteadyMs>> there_at;  // of each item of each customer
    std::vector<std::vector<SteadyMs>> left_at;   // of each post, by channel
    std::uint64_t posts = 0;
    std::uint64_t rate_limited = 0;  // 429 answers to posts
    std::uint64_t reads = 0;
    std::uint64_t reads_limited = 0;
    std::uint64_t card_updates = 0;
    std::uint64_t cards_limited = 0;
    std::uint64_t out_of_order = 0;      // a thread saw a letter before an older one
    std::uint64_t twice = 0;             // a thread saw a letter again
    std::uint64_t requests_refused = 0;  // posts that met an outage
    SteadyMs ended_at = 0;
};

[[nodiscard]] Run empty_run(const Workload& workload);

struct Summary {
    std::int64_t p50_ms = 0;
    std::int64_t p95_ms = 0;
    std::int64_t max_ms = 0;
    std::int64_t mean_ms = 0;
    std::int64_t opened_p95_ms = 0;  // from the wish for a human until the thread is there
    std::int64_t opened_max_ms = 0;
    double jain = 1;  // over customers' mean delays
    double letters_a_post = 1;
    double letters_per_second = 0;  // that reached their threads while customers wrote
    std::size_t missing = 0;
    bool grows = false;  // the delay still grew when the customers fell silent
};

[[nodiscard]] Summary summarize(const Workload& workload, const Run& run);
// Jain's index: 1 when all are alike, 1/n when one has all.
[[nodiscard]] double jain_index(const std::vector<double>& values);
// By nearest rank; orders `values`.
[[nodiscard]] std::int64_t percentile(std::vector<std::int64_t>& values, double share);
// The most posts that left for one channel within any `window_ms` between two moments.
[[nodiscard]] std::size_t peak_posts(const Run& run, std::int64_t window_ms, SteadyMs from = 0,
                                     SteadyMs until = Run::not_there);

}  // namespace deskbell::pacing
