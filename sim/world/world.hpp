#pragma once
// One seed, from the first customer to the verdict.
//
// What this is: everything of sim/world put together. First the weather, with its crashes and
// outages; then it clears, and everything that was promised must come true. Who calls it:
// sim/simulate.cpp and tests. Threading: none.

#include "sim/disk/sim_disk.hpp"
#include "sim/world/checks.hpp"
#include "sim/world/profile.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::sim {

// A crash at the n-th time that a named point is reached (or any point, when the name is empty).
struct CrashAt {
    std::string point;
    std::uint64_t nth = 1;
    bool power_loss = false;
};

struct RunOptions {
    bool keep_lines = false;
    std::optional<CrashAt> crash_at;
};

struct RunResult {
    std::uint64_t hash = 0;
    std::uint64_t events = 0;
    std::uint64_t crashes = 0;
    std::int64_t simulated_ms = 0;
    std::vector<Violation> violations;
    std::map<std::string, std::uint64_t> probes;
    std::map<std::string, std::uint64_t> crash_points;  // how often each was reached
    std::vector<std::string> lines;                     // with keep_lines
};

[[nodiscard]] RunResult run_world(const Profile& profile, const RunOptions& options = {});

}  // namespace deskbell::sim
