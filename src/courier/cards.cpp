#include "courier/cards.hpp"

namespace deskbell::courier {
namespace {

constexpr std::size_t updates_in_flight_max = 4;
constexpr double burst = 5;

}  // namespace

Cards::Cards(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, const Pace& pace,
             std::function<void()> wake)
    : loop_(loop),
      desk_(desk),
      ledger_(ledger),
      random_(random),
      wake_(std::move(wake)),
      bucket_(pace.card_updates_per_minute / 60.0, burst, loop.clock().steady_ms()) {}

// Callbacks may come after the courier has gone; then they do nothing.
template <class Callback>
auto Cards::guarded(Callback callback) {
    return [alive = std::weak_ptr(alive_),
            callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
        if (!alive.expired()) callback(std::forward<Args>(args)...);
    };
}

void Cards::changed(const SessionId& session) {
    Entry& entry = entries_[session];
    if (entry.wanted) return;
    // Due at once, but never before a backoff that is already running.
    want_at(session, entry, std::max(entry.due, loop_.clock().steady_ms()));
    wake_();
}

void Cards::want_at(const SessionId& session, Entry& entry, SteadyMs due) {
    if (entry.wanted && !entry.in_flight) waiting_.erase({entry.due, session});
    entry.wanted = true;
    entry.due = due;
    if (!entry.in_flight) waiting_.insert({due, session});
}

void Cards::try_again() {
    const SteadyMs now = loop_.clock().steady_ms();
    for (auto& [session, entry] : entries_) {
        if (entry.wanted && !entry.in_flight) want_at(session, entry, now);
    }
    wake_();
}

void Cards::pump(SteadyMs now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now && now >= frozen_until_ &&
           in_flight_ < updates_in_flight_max && bucket_.has_one(now)) {
        const SessionId session = waiting_.begin()->second;
        claim(session, now);
    }
}

SteadyMs Cards::next_at(SteadyMs now) {
    if (waiting_.empty() || in_flight_ >= updates_in_flight_max) return never_ms;
    return std::max({waiting_.begin()->first, frozen_until_, bucket_.next_at(now)});
}

bool Cards::take_one(SteadyMs now) {
    if (now < frozen_until_ || !bucket_.has_one(now)) return false;
    bucket_.take_one(now);
    return true;
}

SteadyMs Cards::free_at(SteadyMs now) { return std::max(frozen_until_, bucket_.next_at(now)); }

void Cards::freeze(SteadyMs now, std::int64_t retry_after_ms) {
    frozen_until_ = std::max(frozen_until_,
                             now + retry_after_ms + 50 + static_cast<SteadyMs>(random_.below(500)));
    bucket_.restart(frozen_until_);
}

void Cards::claim(const SessionId& session, SteadyMs now) {
    Entry& entry = entries_[session];
    waiting_.erase({entry.due, session});
    entry.wanted = false;
    entry.in_flight = true;
    ++in_flight_;
    bucket_.take_one(now);
    ledger_.claim_card(session, guarded([this, session](std::optional<core::Card> card) {
                           claimed(session, std::move(card));
                       }));
}

void Cards::claimed(const SessionId& session, std::optional<core::Card> card) {
    if (!card || card->thread.empty()) {  // up to date, or no parent yet: its opening asks again
        bucket_.give_back_one();
        entries_[session].failures = 0;
        landed(session);
        return;
    }
    desk_.show_card(*card, guarded([this, card = *card](const desk::CardOutcome& outcome) {
        shown(card, outcome);
    }));
}

void Cards::shown(const core::Card& card, const desk::CardOutcome& outcome) {
    using Kind = desk::CardOutcome::Kind;
    const SessionId session = card.session;
    Entry& entry = entries_[session];
    const SteadyMs now = loop_.clock().steady_ms();
    const auto recorded = [this, session] { landed(session); };
    switch (outcome.kind) {
        case Kind::shown:
            entry.failures = 0;
            entry.due = now;
            return ledger_.record(core::CardShown{session, card.version}, guarded(recorded));
        case Kind::thread_lost:
            return ledger_.record(core::ThreadLost{card.thread}, guarded(recorded));
        case Kind::rate_limited:
            freeze(now, outcome.retry_after_ms);
            want_at(session, entry, now);
            break;
        case Kind::failed:
            want_at(session, entry, now + backoff_ms(++entry.failures, 2'000, 120'000, random_));
            break;
        case Kind::parked:
            want_at(session, entry,
                    now + 30'000 + backoff_ms(++entry.failures, 30'000, 270'000, random_));
            break;
    }
    landed(session);
}

void Cards::landed(const SessionId& session) {
    --in_flight_;
    Entry& entry = entries_[session];
    entry.in_flight = false;
    if (entry.wanted) {
        waiting_.insert({entry.due, session});
    } else {
        entries_.erase(session);
    }
    wake_();
}

}  // namespace deskbell::courier
