#pragma once
// Somebody elsewhere shall hear that a customer waits: another place, or a person.
//
// It is no letter of the session's lane: that place may be slow or closed, and the customer's words
// must not wait for it. Until the desk says what became of it, a timer of the session keeps it
// (TimerKind::alert) and has it said again; `id` is its mark, by which the desk finds what it has
// said before.

#include "core/session.hpp"

#include <string>

namespace deskbell::core {

struct Alert {
    LetterId id;
    SessionId session;
    std::string to;       // the operator's word for it: a place or a person
    DeskThreadId thread;  // the conversation it is about; empty: not open yet
    std::string customer_name;
    WallMs asked_at = 0;
    WallMs first_attempt_at = 0;
    int attempts = 0;  // including this one

    friend bool operator==(const Alert&, const Alert&) = default;
};

}  // namespace deskbell::core
