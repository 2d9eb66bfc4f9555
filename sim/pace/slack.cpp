#include "sim/pace/slack.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace deskbell::pacing {
namespace {

using desk::CardOutcome;
using desk::LookUpOutcome;
using desk::PostOutcome;

constexpr std::int64_t deadline_ms = 10'000;  // after which our client gives an answer up
constexpr int reads_per_minute = 50;          // Tier 3, each method its own
constexpr int updates_per_minute = 50;

std::string padded(std::size_t number, std::size_t digits) {
    std::string text = std::to_string(number);
    return std::string(digits - std::min(digits, text.size()), '0') + text;
}

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    DESKBELL_ASSERT(read.ec == std::errc() && read.ptr == text.data() + text.size());
    return number;
}

}  // namespace

SessionId session_of(std::size_t customer) { return SessionId("s" + padded(customer, 7)); }
std::size_t customer_of(const SessionId& session) {
    return number_in(std::string_view(session.value).substr(1));
}
LetterId letter_id(std::size_t customer, std::size_t item) {
    return LetterId(padded(customer, 7) + "." + padded(item, 6));
}
Place place_of(const LetterId& letter) {
    const std::string_view text = letter.value;
    return {number_in(text.substr(0, 7)), number_in(text.substr(8))};
}
Destination channel_name(std::size_t channel) { return Destination("#" + padded(channel, 3)); }

SlackPace::SlackPace(Loop& loop, const Workload& workload, std::vector<BadDay> bad_days,
                     std::uint64_t seed)
    : loop_(loop),
      workload_(workload),
      bad_days_(std::move(bad_days)),
      seed_(seed),
      random_(seed),
      start_(loop.clock().steady_ms()),
      in_thread_(workload.customers.size(), 0),
      run_(empty_run(workload)) {}

const BadDay* SlackPace::bad_day() const {
    const auto found = std::ranges::find_if(
        bad_days_, [at = now()](const BadDay& day) { return at >= day.from && at < day.until; });
    return found == bad_days_.end() ? nullptr : &*found;
}

// Mostly a fifth of a second, sometimes two: Slack's answers have a long tail.
// Drawn by the letter, so that two runs which differ elsewhere have it alike.
std::int64_t SlackPace::answer_ms(const LetterId& letter) const {
    const Place place = place_of(letter);
    SeededRandom random(seed_ + place.customer * 1'000'003 + place.item);
    const double even = (static_cast<double>(random.next_u64() >> 11) + 0.5) / 9007199254740992.0;
    const double tail = random.below(100) == 0 ? 1'500.0 : 80.0;
    return 30 + std::min<std::int64_t>(4'000, std::llround(-std::log(even) * tail));
}

void SlackPace::appear(const core::Post& post, SteadyMs at) {
    const Place place = place_of(post.id);
    std::size_t& there = in_thread_[place.customer];
    const std::size_t letters = std::max<std::size_t>(1, post.lines.size());
    if (place.item > there) ++run_.out_of_order;
    if (place.item < there) ++run_.twice;
    for (std::size_t item = std::max(there, place.item); item < place.item + letters; ++item)
        run_.there_at[place.customer][item] = at;
    there = std::max(there, place.item + letters);
}

void SlackPace::answer(const core::Post& post, PostOutcome::Kind kind, std::int64_t after_ms,
                       std::int64_t retry_after_ms,
                       std::move_only_function<void(PostOutcome)> done) {
    PostOutcome outcome;
    outcome.kind = kind;
    outcome.retry_after_ms = retry_after_ms;
    if (kind == PostOutcome::Kind::sent) {
        outcome.message = DeskMessageId("m." + post.id.value);
        outcome.thread =
            post.thread.empty() ? DeskThreadId("t." + post.session.value) : post.thread;
        outcome.order = post.id.value;
    }
    loop_.after(after_ms, [outcome = std::move(outcome), done = std::move(done)]() mutable {
        done(std::move(outcome));
    });
}

void SlackPace::post(core::Post post, std::move_only_function<void(PostOutcome)> done) {
    const std::size_t channel = workload_.customers[place_of(post.id).customer].channel;
    const SteadyMs at = now();
    run_.left_at[channel].push_back(at);
    if (const BadDay* day = bad_day()) {
        ++run_.requests_refused;
        switch (day->kind) {
            case BadDay::Kind::silent:
                if (static_cast<int>(random_.below(100)) < day->done_percent)
                    appear(post, at + transit_ms);
                return answer(post, PostOutcome::Kind::unknown, deadline_ms, 0, std::move(done));
            case BadDay::Kind::unavailable:
                return answer(post, PostOutcome::Kind::unknown, answer_ms(post.id), 0,
                              std::move(done));
            case BadDay::Kind::refused:
                return answer(post, PostOutcome::Kind::not_sent, 1, 0, std::move(done));
            case BadDay::Kind::limited:
                ++run_.rate_limited;
                return answer(post, PostOutcome::Kind::rate_limited, answer_ms(post.id),
                              day->retry_after_ms, std::move(done));
        }
    }
    if (const std::int64_t wait_s = limits_.take_post(at, post.destination.value); wait_s > 0) {
        ++run_.rate_limited;
        return answer(post, PostOutcome::Kind::rate_limited, answer_ms(post.id), wait_s * 1'000,
                      std::move(done));
    }
    ++run_.posts;
    appear(post, at + transit_ms);
    answer(post, PostOutcome::Kind::sent, transit_ms + answer_ms(post.id), 0, std::move(done));
}

void SlackPace::look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) {
    ++run_.reads;
    LookUpOutcome outcome;
    outcome.kind = LookUpOutcome::Kind::failed;
    std::int64_t after_ms = answer_ms(post.id);
    const BadDay* day = bad_day();
    const bool reachable = !day || day->kind == BadDay::Kind::limited;
    if (!reachable) {
        if (day->kind == BadDay::Kind::silent) after_ms = deadline_ms;
    } else if (const std::int64_t wait_s = limits_.take(now(), "read", reads_per_minute);
               wait_s > 0) {
        ++run_.reads_limited;
        outcome.retry_after_ms = wait_s * 1'000;
    } else {
        const Place place = place_of(post.id);
        const SteadyMs there = run_.there_at[place.customer][place.item];
        const bool found = there <= now();
        outcome.kind = found ? LookUpOutcome::Kind::found : LookUpOutcome::Kind::absent;
        outcome.message = DeskMessageId("m." + post.id.value);
        outcome.thread =
            post.thread.empty() ? DeskThreadId("t." + post.session.value) : post.thread;
        outcome.order = post.id.value;
    }
    loop_.after(after_ms, [outcome = std::move(outcome), done = std::move(done)]() mutable {
        done(std::move(outcome));
    });
}

void SlackPace::show_card(core::Card, std::move_only_function<void(CardOutcome)> done) {
    CardOutcome outcome;
    outcome.kind = CardOutcome::Kind::shown;
    const BadDay* day = bad_day();
    if (day && day->kind != BadDay::Kind::limited) {
        outcome.kind = CardOutcome::Kind::failed;
    } else if (const std::int64_t wait_s = limits_.take(now(), "update", updates_per_minute);
               wait_s > 0) {
        ++run_.cards_limited;
        outcome.kind = CardOutcome::Kind::rate_limited;
        outcome.retry_after_ms = wait_s * 1'000;
    } else {
        ++run_.card_updates;
    }
    constexpr std::int64_t update_ms = 180;
    loop_.after(update_ms, [outcome = std::move(outcome), done = std::move(done)]() mutable {
        done(std::move(outcome));
    });
}

}  // namespace deskbell::pacing
