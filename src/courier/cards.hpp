#pragma once
// The parents of threads, kept true: last state wins, one update in flight a session.
//
// Who calls it: the courier, which pumps it. It has a budget of its own, apart from the posts'.
// What it never does: keep a card: what to show is claimed at the moment of showing.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "courier/courier.hpp"
#include "courier/pace.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

namespace deskbell::courier {

class Cards {
public:
    // `wake` asks for another pump, later.
    Cards(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, const Pace& pace,
          std::function<void()> wake);

    void changed(const SessionId& session);
    // What waited because the desk refused may be tried again.
    void try_again();
    void pump(SteadyMs now);
    [[nodiscard]] SteadyMs next_at(SteadyMs now);
    // Other updates of what stands at the desk share the budget.
    [[nodiscard]] bool take_one(SteadyMs now);
    [[nodiscard]] SteadyMs free_at(SteadyMs now);
    void freeze(SteadyMs now, std::int64_t retry_after_ms);
    [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

private:
    struct Entry {
        bool wanted = false;
        bool in_flight = false;
        unsigned failures = 0;
        SteadyMs due = 0;
    };

    void claim(const SessionId& session, SteadyMs now);
    void claimed(const SessionId& session, std::optional<core::Card> card);
    void shown(const core::Card& card, const desk::CardOutcome& outcome);
    void landed(const SessionId& session);  // its update is over, whatever came of it
    void want_at(const SessionId& session, Entry& entry, SteadyMs due);
    template <class Callback>
    auto guarded(Callback callback);

    Loop& loop_;
    desk::Desk& desk_;
    Ledger& ledger_;
    Random& random_;
    std::function<void()> wake_;
    TokenBucket bucket_;
    SteadyMs frozen_until_ = 0;
    std::size_t in_flight_ = 0;
    std::map<SessionId, Entry> entries_;                // only sessions with something to show
    std::set<std::pair<SteadyMs, SessionId>> waiting_;  // by due time
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::courier
