#pragma once
// Something that shall happen to a session later, unless something else happens before.
//
// A timer is set and cancelled by decisions, in their transaction, so it survives whatever the
// session survives. Due, it comes back as the command TimerFired, whose decision takes it away in
// its own transaction: its effect happens once, however often the process dies on the way. A
// session has at most one timer of a kind; setting it again replaces it.

#include "base/clock.hpp"
#include "base/id.hpp"

#include <cstdint>
#include <string>

namespace deskbell::core {

// The numbers stand in the store, and are never given to another kind.
enum class TimerKind : std::uint8_t {
    escalation = 0,  // nobody has claimed; the payload names the rung
    unanswered = 1,  // the customer wrote last; since when, says the payload
    alert = 2,       // an alert that may not have been said yet; see alert.hpp
};

struct Timer {
    SessionId session;
    TimerKind kind = TimerKind::escalation;
    WallMs due_at = 0;
    std::string payload;  // the kind's own, short

    friend bool operator==(const Timer&, const Timer&) = default;
};

}  // namespace deskbell::core
