#pragma once
// Do Slack's events arrive? What is known to have happened is compared with what was told.
//
// Each post of ours must come back as an event: the canary. And what gap repair reads, and no event
// told, was lost. Who tells it: slack_inbound (told), slack_desk (posted), gap_repair (found). What
// it never does: ask Slack anything; decide what to do about it.

#include "base/loop.hpp"
#include "desk/slack/signature.hpp"
#include "desk/slack/slack_ids.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

namespace deskbell::desk::slack {

class EventWitness {
public:
    static constexpr std::int64_t told_within_ms = 15'000;
    static constexpr std::size_t expected_max = 5'000;  // past it the oldest is not waited for

    explicit EventWitness(Loop& loop) : loop_(loop), since_(loop.clock().wall_ms()) {}
    ~EventWitness() { loop_.cancel(timer_); }
    EventWitness(const EventWitness&) = delete;
    EventWitness& operator=(const EventWitness&) = delete;

    // `at`: when it happened, by the steady clock. `read_back`: gap repair has it already.
    void on_missed(std::function<void(SteadyMs at, bool read_back)> missed) {
        missed_ = std::move(missed);
    }
    void told(const Place& message) { told_.add(key(message)); }
    void posted(const Place& message) {
        if (told_.contains(key(message))) return;
        if (expected_.size() >= expected_max) expected_.pop_front();
        expected_.emplace_back(loop_.clock().steady_ms(), key(message));
        watch();
    }
    void found(const Place& message) {
        const std::string name = key(message);
        const std::int64_t happened = ms_of_ts(message.ts);
        const std::int64_t age = loop_.clock().wall_ms() - happened;
        if (told_.contains(name) || happened < since_ || age < told_within_ms) return;
        told_.add(name);  // said once
        miss(loop_.clock().steady_ms() - age, true);
    }
    [[nodiscard]] std::uint64_t missed() const { return count_; }

private:
    [[nodiscard]] static std::string key(const Place& message) {
        return message.channel + "/" + message.ts;
    }
    void miss(SteadyMs at, bool read_back) {
        ++count_;
        if (missed_) missed_(at, read_back);
    }
    void watch() {
        if (timer_ != 0 || expected_.empty()) return;
        const std::int64_t wait =
            expected_.front().first + told_within_ms - loop_.clock().steady_ms();
        timer_ = loop_.after(wait, [this] {
            timer_ = 0;
            look();
        });
    }
    void look() {
        const SteadyMs due = loop_.clock().steady_ms() - told_within_ms;
        while (!expected_.empty() && expected_.front().first <= due) {
            const auto [at, name] = expected_.front();
            expected_.pop_front();
            if (told_.contains(name)) continue;
            told_.add(name);
            miss(at, false);
        }
        watch();
    }

    Loop& loop_;
    const WallMs since_;  // what is older may have been told to a process before this one
    std::function<void(SteadyMs, bool)> missed_;
    Recent told_{20'000};
    std::deque<std::pair<SteadyMs, std::string>> expected_;  // oldest first
    TimerId timer_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace deskbell::desk::slack
