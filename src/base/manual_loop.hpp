#pragma once
// A Loop that a test or a simulation turns by hand, over a ManualClock.
//
// Nothing runs by itself: run_ready() runs what was posted and the timers that are due; advance()
// moves the clock from timer to timer, so each runs at its own time. Same calls, same order,
// always. One thread only: work is run inside run_ready() and advance(), never inside post() or
// after().

#include "base/assert.hpp"
#include "base/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <utility>

namespace deskbell {

class ManualLoop final : public Loop {
public:
    // `clock` outlives the loop. Several loops may share it: use advance() of one and run_ready()
    // of the others, or step through next_timer_ms() of them all.
    explicit ManualLoop(ManualClock& clock) : clock_(clock) {}
    ManualLoop(const ManualLoop&) = delete;
    ManualLoop& operator=(const ManualLoop&) = delete;
    ~ManualLoop() override { end(); }

    void post(Work work) override {
        if (!ended_) posted_.push_back(std::move(work));
    }

    TimerId after(std::int64_t delay_ms, Work work) override {
        if (ended_) return 0;
        const SteadyMs due = clock_.steady_ms() + (delay_ms > 0 ? delay_ms : 0);
        const TimerId id = ++timer_last_;
        due_of_.emplace(id, due);
        timers_.emplace(std::pair{due, id}, std::move(work));
        return id;
    }

    void cancel(TimerId timer) override {
        const auto found = due_of_.find(timer);
        if (found == due_of_.end()) return;
        const auto entry = timers_.find(std::pair{found->second, timer});
        due_of_.erase(found);
        const Work dropped = std::move(entry->second);  // may own what cancels other timers
        timers_.erase(entry);
    }

    [[nodiscard]] bool on_this_thread() const override { return true; }
    [[nodiscard]] const Clock& clock() const override { return clock_; }

    // Runs everything that is ready now, and what that makes ready, until nothing is: posted work
    // first, then due timers by due time and age. `pieces_max` catches work that posts itself for
    // ever. Returns how many pieces ran.
    std::size_t run_ready(std::size_t pieces_max = 1'000'000) {
        std::size_t pieces = 0;
        while (run_one()) {
            ++pieces;
            DESKBELL_ASSERT(pieces < pieces_max);
        }
        return pieces;
    }

    // One piece, if any is ready: for a simulation that decides itself whose turn it is.
    bool run_one() {
        Work work;
        if (!posted_.empty()) {
            work = std::move(posted_.front());
            posted_.pop_front();
        } else if (next_timer_ms() <= clock_.steady_ms()) {
            const auto first = timers_.begin();
            due_of_.erase(first->first.second);
            work = std::move(first->second);
            timers_.erase(first);
        } else {
            return false;
        }
        work();
        return true;
    }
    [[nodiscard]] bool ready() const {
        return !posted_.empty() || next_timer_ms() <= clock_.steady_ms();
    }

    // Moves the clock on by `interval_ms`, stopping at each timer on the way to run it at its time.
    void advance(std::int64_t interval_ms) {
        const SteadyMs end = clock_.steady_ms() + interval_ms;
        run_ready();
        while (next_timer_ms() <= end) {
            const SteadyMs now = clock_.steady_ms();
            if (next_timer_ms() > now) clock_.advance(next_timer_ms() - now);
            run_ready();
        }
        if (end > clock_.steady_ms()) clock_.advance(end - clock_.steady_ms());
        run_ready();
    }

    // When the next timer is due; the largest number when there is none.
    [[nodiscard]] SteadyMs next_timer_ms() const {
        return timers_.empty() ? std::numeric_limits<SteadyMs>::max()
                               : timers_.begin()->first.first;
    }
    [[nodiscard]] bool idle() const { return posted_.empty() && timers_.empty(); }
    [[nodiscard]] std::size_t timers() const { return timers_.size(); }
    [[nodiscard]] std::size_t posted() const { return posted_.size(); }

    // As if the process died: everything pending is destroyed unrun, and so is what comes later.
    void end() {
        ended_ = true;
        due_of_.clear();
        const auto timers =
            std::exchange(timers_, {});  // destroyed after the members are consistent
        const auto posted = std::exchange(posted_, {});
    }

private:
    ManualClock& clock_;
    std::deque<Work> posted_;
    std::map<std::pair<SteadyMs, TimerId>, Work> timers_;
    std::map<TimerId, SteadyMs> due_of_;
    TimerId timer_last_ = 0;
    bool ended_ = false;
};

}  // namespace deskbell
