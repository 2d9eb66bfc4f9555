#pragma once
// What the engine tells the courier about a lane: enough to plan, no bodies.

#include "core/session.hpp"

#include <cstddef>
#include <optional>

namespace deskbell::core {

// A lane has something to say (or is known to have something in the air).
struct LaneNews {
    SessionId session;
    Destination destination;
    bool thread_open = false;        // false: its head is open_thread
    std::size_t letters_queued = 0;  // waiting ones, the head included
    WallMs oldest_queued_at = 0;
    std::optional<Post> unresolved;  // sending or unknown at start-up: must be looked up first
};

}  // namespace deskbell::core
