#pragma once
// What Socket Mode's frames say. Pure: text in, a frame out; whatever the text, a frame.

#include "desk/slack/slack_json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace deskbell::desk::slack {

// The first frame: from now on this connection counts.
struct SocketHello {
    std::int64_t connections = 0;  // of this app, as Slack counts; 0: it did not say
};

struct SocketDisconnect {
    std::string reason;  // "warning", "refresh_requested", "link_disabled", "too_many_websockets"
};

// One event, interaction or command. It is acknowledged by its id.
struct SocketEnvelope {
    std::string id;
    std::string type;  // "events_api", "interactive", "slash_commands"
    bool takes_payload = false;
    std::int64_t retry_attempt = 0;
    std::string retry_reason;
    json::object payload;
};

struct SocketUnknown {
    std::string why;
};

using SocketFrame = std::variant<SocketHello, SocketDisconnect, SocketEnvelope, SocketUnknown>;

[[nodiscard]] SocketFrame read_socket_frame(std::string_view text);
// `payload`: what the answer says, as JSON; empty: nothing.
[[nodiscard]] std::string socket_acknowledgement(std::string_view envelope_id,
                                                 std::string_view payload);

}  // namespace deskbell::desk::slack
