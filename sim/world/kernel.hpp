#pragma once
// Time, chance and turns: everything that happens in a simulated world happens here, one piece at a
// time.
//
// What this is: a set of hand-turned loops over one clock. When several have something to do, the
// dice decide who goes first, so that a seed explores one interleaving and another seed another.
// Who uses it: everybody in sim/world. What it never does: read real time or an address; iterate
// over anything unordered.

#include "base/manual_loop.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace deskbell::sim {

class Kernel {
public:
    explicit Kernel(std::uint64_t seed) : dice_(seed) { add(world); }

    ManualClock clock;
    // The world outside the processes: people, networks, Slack.
    ManualLoop world{clock};

    void add(ManualLoop& loop) { loops_.push_back(&loop); }
    void remove(ManualLoop& loop) { std::erase(loops_, &loop); }

    // Turns until that time, or until `done` says so (asked between pieces of the world's loop).
    void run_for(std::int64_t interval_ms, const std::function<bool()>& done = {});

    [[nodiscard]] SteadyMs now() const { return clock.steady_ms(); }
    [[nodiscard]] std::uint64_t pieces() const { return pieces_; }

    // ---- Chance. ----
    [[nodiscard]] Random& dice() { return dice_; }
    [[nodiscard]] bool chance(double probability) {
        return probability > 0 && static_cast<double>(dice_.below(1'000'000)) < probability * 1e6;
    }
    // Both ends included.
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
        return high <= low ? low
                           : low + static_cast<std::int64_t>(
                                       dice_.below(static_cast<std::uint64_t>(high - low + 1)));
    }
    [[nodiscard]] std::size_t pick(std::size_t choices) {
        return static_cast<std::size_t>(dice_.below(choices));
    }
    // Mostly short, sometimes long: what networks and people do.
    [[nodiscard]] std::int64_t skewed(std::int64_t typical, std::int64_t longest) {
        if (chance(0.9)) return between(typical / 2, typical * 2);
        return between(typical, longest);
    }

private:
    [[nodiscard]] ManualLoop* next_ready();
    [[nodiscard]] SteadyMs next_timer_ms() const;

    SeededRandom dice_;
    std::vector<ManualLoop*> loops_;
    std::vector<ManualLoop*> ready_;  // scratch
    std::uint64_t pieces_ = 0;
};

}  // namespace deskbell::sim
