#pragma once
// The house at a glance, for the people who answer: who waits, who talks, how the day goes.
//
// What this is: values that the app reads from the store, in bounded portions, and a desk shows.

#include "core/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::desk {

struct HouseSession {
    SessionId session;
    core::SessionState state = core::SessionState::waiting;
    std::string customer_name;
    std::string topic;
    Destination destination;
    DeskThreadId thread;  // empty: not open yet
    WallMs asked_at = 0;
    std::optional<core::Agent> agent;
};

struct House {
    std::vector<HouseSession>
        active;  // those who wait first, the longest first; then the open ones
    std::int64_t waiting = 0;
    std::int64_t open = 0;
    // Since the day began.
    std::int64_t asked = 0;
    std::int64_t answered = 0;
    std::optional<std::int64_t> first_answer_p50_ms;
    std::optional<std::int64_t> first_answer_p90_ms;
    std::int64_t ratings = 0;
    double rating_average = 0;
    // The way to the desk.
    std::int64_t behind_ms = 0;  // the oldest word that is not there yet
    std::string parked;          // why nothing can be posted; empty: all is well
    std::int64_t destinations_parked = 0;
};

struct Found {
    HouseSession session;
    std::string excerpt;  // where the words were found; empty: in who the customer is
};

}  // namespace deskbell::desk
