#pragma once
// Many seeds, spread over child processes, and what came of them.
//
// What this is: the runs behind `make sim`, `make planted` and the crash points. A child that dies
// (an assertion, a sanitizer) is a violation of the seed it was running. Who calls it:
// sim/simulate.cpp.

#include <cstdint>
#include <string>

namespace deskbell::sim {

struct Campaign {
    std::uint64_t seeds = 200;
    std::uint64_t from = 1;
    std::uint64_t jobs = 2;
    std::uint64_t replay = 0;
    std::uint64_t lines_max = 400;
    std::string planted;
    std::string known_path;  // which seed finds which planted bug
    bool updates_known = false;
    bool crash_points = false;
    std::string crash_at;  // with `replay`: a point's name; killed there, at the hit-th time
    std::uint64_t hit = 1;
    bool power_loss = false;
    bool twice = false;
    bool shows_probes = false;
};

// The process's exit code: 0 when everything holds.
[[nodiscard]] int run(const Campaign& campaign);

}  // namespace deskbell::sim
