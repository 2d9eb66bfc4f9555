#pragma once
// A Loop is one thread's to-do list: work posted to it runs there, one piece at a time, in order.
// net/ has the one over Asio; a simulation has its own, driven by a simulated clock.

#include "base/clock.hpp"

#include <cstdint>
#include <functional>

namespace deskbell {

using TimerId = std::uint64_t;  // 0 names no timer

class Loop {
public:
    using Work = std::move_only_function<void()>;

    virtual ~Loop() = default;

    // From any thread. Never runs `work` inside the call. After the loop has ended, work is
    // destroyed unrun.
    virtual void post(Work work) = 0;

    // From the loop's own thread only. The timer fires once, not earlier than `delay_ms` from now.
    virtual TimerId after(std::int64_t delay_ms, Work work) = 0;
    // A timer that has fired or was cancelled may be cancelled again; that does nothing.
    virtual void cancel(TimerId timer) = 0;

    [[nodiscard]] virtual bool on_this_thread() const = 0;
    [[nodiscard]] virtual const Clock& clock() const = 0;
};

}  // namespace deskbell
