#pragma once
// How fast, and when again: token buckets, backoff with jitter, and the door of a destination.
//
// What this is: plain values moved by the time they are given. Who calls it: the courier.
// What it never does: know a clock or a timer.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/test_hooks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace deskbell::courier {

constexpr SteadyMs never_ms = std::numeric_limits<SteadyMs>::max();

// Holds up to `burst` tokens and gains `per_ms` each millisecond. A rate of 0 lifts the limit.
class TokenBucket {
public:
    TokenBucket(double per_second, double burst, SteadyMs now)
        : per_ms_(per_second / 1000.0), burst_(std::max(1.0, burst)), tokens_(burst_), at_(now) {}

    [[nodiscard]] bool has_one(SteadyMs now) {
        if (DESKBELL_PLANTED("pace_no_limit")) return true;
        refill(now);
        return unlimited() || tokens_ >= 1.0 - rounding;
    }
    void take_one(SteadyMs now) {
        refill(now);
        if (!unlimited()) tokens_ -= 1.0;
    }
    void give_back_one() { tokens_ = std::min(burst_, tokens_ + 1.0); }

    // The earliest time at which has_one() says yes, if nobody takes before.
    [[nodiscard]] SteadyMs next_at(SteadyMs now) {
        if (has_one(now)) return now;
        // Never now: whoever waits would ask again in the same moment, for ever.
        const double delay_ms = std::ceil((1.0 - tokens_) / per_ms_ - rounding);
        return std::max(at_, now) + std::max<SteadyMs>(static_cast<SteadyMs>(delay_ms), 1);
    }

    // How long until `posts` could have passed, one after the other, if nobody else takes.
    [[nodiscard]] std::int64_t wait_ms(SteadyMs now, std::size_t posts) {
        refill(now);
        const double missing = static_cast<double>(posts) - tokens_;
        const std::int64_t frozen = std::max<std::int64_t>(0, at_ - now);
        if (unlimited() || missing <= 0) return frozen;
        return frozen + static_cast<std::int64_t>(std::ceil(missing / per_ms_ - rounding));
    }
    // When nothing more can be saved up, if nobody takes before.
    [[nodiscard]] SteadyMs full_at(SteadyMs now) {
        refill(now);
        if (unlimited() || tokens_ >= burst_) return std::max(at_, now);
        return std::max(at_, now) +
               static_cast<SteadyMs>(std::ceil((burst_ - tokens_) / per_ms_ - rounding));
    }
    // What was saved up in bad times must not leave as a flood.
    void spend_savings(SteadyMs now) {
        refill(now);
        tokens_ = std::min(tokens_, 1.0);
    }

    // The other side counted differently: nothing before `at`, and then a single one.
    void restart(SteadyMs at) {
        tokens_ = 1.0;
        at_ = at;
    }

private:
    static constexpr double rounding = 1e-9;  // sums of fractions of tokens

    [[nodiscard]] bool unlimited() const { return per_ms_ <= 0; }
    void refill(SteadyMs now) {
        if (now <= at_) return;
        const double gained = static_cast<double>(now - at_) * per_ms_;
        const double most = DESKBELL_PLANTED("flood_after_outage") ? 1e9 : burst_;
        tokens_ = std::min(most, tokens_ + gained);
        // What rounding took from a token that is due must not cost another millisecond.
        if (tokens_ > 1.0 - rounding && tokens_ < 1.0) tokens_ = 1.0;
        at_ = now;
    }

    double per_ms_;
    double burst_;
    double tokens_;
    SteadyMs at_;
};

// Exponential with full jitter: anywhere between a small floor and the doubled interval, so that
// what failed together does not come back together.
[[nodiscard]] inline std::int64_t backoff_ms(unsigned failures, std::int64_t first_ms,
                                             std::int64_t most_ms, Random& random) {
    const unsigned doublings = std::min(failures > 0 ? failures - 1 : 0u, 20u);
    const std::int64_t ceiling = std::min(most_ms, first_ms << doublings);
    const std::int64_t floor = std::min<std::int64_t>(ceiling, first_ms / 4);
    return floor +
           static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ceiling - floor + 1)));
}

// Whether posts may pass to a destination (or to the whole desk) now, and if not, when next.
class Door {
public:
    explicit Door(TokenBucket bucket) : bucket_(bucket) {}

    [[nodiscard]] bool lets_pass(SteadyMs now) {
        return now >= opens_at() && !(doubtful_ && in_flight_ > 0) && bucket_.has_one(now);
    }
    // never_ms while only the answer in flight can tell.
    [[nodiscard]] SteadyMs next_at(SteadyMs now) {
        if (doubtful_ && in_flight_ > 0) return never_ms;
        return std::max(bucket_.next_at(now), opens_at());
    }
    // How long the last of so many posts would wait here.
    [[nodiscard]] std::int64_t wait_ms(SteadyMs now, std::size_t posts) {
        return std::max(bucket_.wait_ms(now, posts), opens_at() - now);
    }
    [[nodiscard]] SteadyMs full_at(SteadyMs now) { return bucket_.full_at(now); }
    void enter(SteadyMs now) {
        bucket_.take_one(now);
        ++in_flight_;
    }
    void leave() { --in_flight_; }
    void leave_unused() {
        --in_flight_;
        bucket_.give_back_one();
    }

    // "Not before": it is no failure, and nothing else changes.
    void freeze(SteadyMs now, std::int64_t retry_after_ms, Random& random) {
        if (DESKBELL_PLANTED("pace_ignores_429")) return;
        const std::int64_t jitter = static_cast<std::int64_t>(random.below(
            static_cast<std::uint64_t>(std::clamp<std::int64_t>(retry_after_ms / 20, 50, 1000))));
        frozen_until_ =
            std::max(frozen_until_, now + std::max<std::int64_t>(retry_after_ms, 0) + jitter);
        bucket_.restart(frozen_until_);
    }
    // From here on one post at a time, until one arrives. Failures of one moment count once.
    void fail(SteadyMs now, Random& random) {
        doubtful_ = true;
        if (now < shut_until_) return;
        shut_until_ = now + backoff_ms(++failures_, 1'000, 60'000, random);
    }
    // Unknown, once and again: whoever tries next would be in question too, and each of them must
    // be read back later. So nobody does until something was heard from there, or a long time is
    // over.
    void doubt(SteadyMs now, Random& random) {
        constexpr unsigned unknowns_max = 3;
        fail(now, random);
        if (++unknowns_ >= unknowns_max)
            shut_until_ = now + 600'000 + backoff_ms(1, 300'000, 300'000, random);
    }
    // It was read from: it is there, so one may try.
    void heard(SteadyMs now) {
        if (unknowns_ == 0 || parked_) return;
        unknowns_ = 0;
        shut_until_ = std::min(shut_until_, now);
    }
    // No posts but slow probes: 30 s to 5 min.
    void park(SteadyMs now, std::string why, Random& random) {
        if (!parked_) failures_ = 0;
        why_ = std::move(why);
        const bool probed = !parked_ || now >= shut_until_;
        parked_ = doubtful_ = true;
        if (probed) shut_until_ = now + 30'000 + backoff_ms(++failures_, 30'000, 270'000, random);
    }
    // It works again (a post arrived), or somebody says so.
    void open(SteadyMs now) {
        if (doubtful_) bucket_.spend_savings(now);
        parked_ = doubtful_ = false;
        failures_ = unknowns_ = 0;
        shut_until_ = now;
        why_.clear();
    }

    [[nodiscard]] bool parked() const { return parked_; }
    [[nodiscard]] const std::string& why() const { return why_; }

private:
    [[nodiscard]] SteadyMs opens_at() const { return std::max(frozen_until_, shut_until_); }

    TokenBucket bucket_;
    SteadyMs frozen_until_ = 0;  // the desk said "not before"
    SteadyMs shut_until_ = 0;    // our own backoff, or the next probe
    unsigned failures_ = 0;
    unsigned unknowns_ = 0;  // since a post arrived or something was heard
    std::size_t in_flight_ = 0;
    bool doubtful_ = false;
    bool parked_ = false;
    std::string why_;
};

}  // namespace deskbell::courier
