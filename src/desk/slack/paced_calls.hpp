#pragma once
// Calls that take turns within a budget, and wait out Slack's limits by themselves.
//
// For work that reads a lot and is in no hurry. Who makes one: reconcile. What it never does: spend
// more than its budget; give up because of a limit.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/slack/slack_client.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace deskbell::desk::slack {

class PacedCalls {
    template <class Callback>
    auto guarded(Callback callback) {
        return [alive = std::weak_ptr(alive_),
                callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
            if (!alive.expired()) callback(std::forward<Args>(args)...);
        };
    }

public:
    PacedCalls(Loop& loop, SlackClient& client, Random& random)
        : loop_(loop), client_(client), random_(random), budget_at_(loop.clock().steady_ms()) {}

    void call(const std::string& method, Fields fields, SlackClient::Callback callback) {
        later(wait_for_budget(),
              [this, method, fields = std::move(fields), callback = std::move(callback)]() mutable {
                  Fields copy = fields;
                  client_.call(method, std::move(copy),
                               guarded([this, method, fields = std::move(fields),
                                        callback = std::move(callback)](SlackReply reply) mutable {
                                   if (reply.kind != SlackReply::Kind::rate_limited)
                                       return callback(std::move(reply));
                                   later(reply.retry_after_ms +
                                             static_cast<std::int64_t>(random_.below(500)),
                                         [this, method, fields = std::move(fields),
                                          callback = std::move(callback)]() mutable {
                                             call(method, std::move(fields), std::move(callback));
                                         });
                               }));
              });
    }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }

private:
    static constexpr double calls_per_minute = 40;  // of the fifty that Slack allows a method
    static constexpr double calls_burst = 10;

    std::int64_t wait_for_budget() {
        ++calls_;
        constexpr double per_ms = calls_per_minute / 60'000.0;
        const SteadyMs now = loop_.clock().steady_ms();
        budget_ = std::min(calls_burst, budget_ + static_cast<double>(now - budget_at_) * per_ms);
        budget_at_ = now;
        budget_ -= 1;  // below zero: somebody who waits has taken it already
        return budget_ >= 0 ? 0 : static_cast<std::int64_t>(std::ceil(-budget_ / per_ms));
    }
    void later(std::int64_t delay_ms, std::move_only_function<void()> work) {
        loop_.after(delay_ms, guarded([work = std::move(work)]() mutable { work(); }));
    }

    Loop& loop_;
    SlackClient& client_;
    Random& random_;
    double budget_ = calls_burst;
    SteadyMs budget_at_;
    std::uint64_t calls_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
