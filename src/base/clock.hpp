#pragma once
// Time comes from here and from nowhere else, so that a simulation can hold it in its hand.

#include <cstdint>

namespace deskbell {

using WallMs =
    std::int64_t;  // milliseconds since 1970, UTC; may step; for showing and for signatures
using SteadyMs =
    std::int64_t;  // milliseconds of a clock that never steps; for intervals and deadlines

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallMs wall_ms() const = 0;
    [[nodiscard]] virtual SteadyMs steady_ms() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] WallMs wall_ms() const override;
    [[nodiscard]] SteadyMs steady_ms() const override;
};

// A clock that a test moves by hand.
class ManualClock final : public Clock {
public:
    explicit ManualClock(WallMs wall = 1'763'800'000'000, SteadyMs steady = 1'000'000)
        : wall_(wall), steady_(steady) {}
    [[nodiscard]] WallMs wall_ms() const override { return wall_; }
    [[nodiscard]] SteadyMs steady_ms() const override { return steady_; }
    void advance(std::int64_t interval_ms) {
        wall_ += interval_ms;
        steady_ += interval_ms;
    }
    void step_wall(std::int64_t interval_ms) { wall_ += interval_ms; }

private:
    WallMs wall_;
    SteadyMs steady_;
};

}  // namespace deskbell
