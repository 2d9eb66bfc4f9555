#pragma once
// The port to whoever makes commands durable. The app stands behind it and hands over to the
// engine.
//
// Threading: submit() is called on the gateway's loop and the callback comes back on that same
// loop, exactly once, later, never inside submit(). When the backend cannot take the command it
// says so with the refusal `busy`: nothing ever waits here.
//
// Order matters: replies and pushes must reach a loop in the order in which they were committed.

#include "base/id.hpp"
#include "base/result.hpp"
#include "core/command.hpp"
#include "core/session.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::gateway {

// Whose session a command is about. Both empty: a command that creates its session.
struct Address {
    SessionId session;       // already authenticated, or
    std::string token_hash;  // to be looked up: `token_invalid` when it opens nothing
};

// With a refusal nothing was changed.
struct Reply {
    std::optional<Error> refusal;
    core::Session session;                  // after the command
    std::vector<core::Event> events;        // appended, found again, or asked for
    bool replayed = false;                  // done before; `events` holds its first outcome
    bool resumed = false;                   // CustomerArrived: of the same user, with a new key
    std::vector<core::File> files{};        // uploaded, or asked for
    std::vector<core::Message> messages{};  // ReadTranscript
};

class Backend {
public:
    using Callback = std::move_only_function<void(Reply)>;

    virtual ~Backend() = default;
    virtual void submit(core::Command command, Address address, Callback callback) = 0;
};

// News of a session's log. The JSON is shared between loops and never changes.
struct Push {
    SessionId session;
    std::int64_t seq = 0;
    std::shared_ptr<const std::string> json;
};

}  // namespace deskbell::gateway
