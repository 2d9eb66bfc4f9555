#include "sim/world/kernel.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <limits>

namespace deskbell::sim {
namespace {

// Work that posts itself for ever at one moment is a livelock of the code under test.
constexpr std::uint64_t pieces_per_moment_max = 500'000;

}  // namespace

ManualLoop* Kernel::next_ready() {
    ready_.clear();
    for (ManualLoop* loop : loops_)
        if (loop->ready()) ready_.push_back(loop);
    if (ready_.empty()) return nullptr;
    return ready_.size() == 1 ? ready_.front() : ready_[pick(ready_.size())];
}

SteadyMs Kernel::next_timer_ms() const {
    SteadyMs next = std::numeric_limits<SteadyMs>::max();
    for (const ManualLoop* loop : loops_) next = std::min(next, loop->next_timer_ms());
    return next;
}

void Kernel::run_for(std::int64_t interval_ms, const std::function<bool()>& done) {
    const SteadyMs end = now() + interval_ms;
    std::uint64_t pieces_at = pieces_;
    for (;;) {
        if (ManualLoop* loop = next_ready()) {
            loop->run_one();
            ++pieces_;
            DESKBELL_ASSERT(pieces_ - pieces_at < pieces_per_moment_max);
            if (done && loop == &world && done()) return;
            continue;
        }
        pieces_at = pieces_;
        const SteadyMs next = std::min(next_timer_ms(), end);
        if (next > now()) clock.advance(next - now());
        if (now() >= end && next_timer_ms() > now()) return;
    }
}

}  // namespace deskbell::sim
