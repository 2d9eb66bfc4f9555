#pragma once
// What the desk's opaque identifiers are made of: the only place that makes and parses them.
//
// A thread is team/channel/ts of its parent, a message team/channel/ts, an agent team/user. The
// parsers are strict: what another hand made does not pass.

#include "base/id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

struct Place {
    std::string team;
    std::string channel;
    std::string ts;

    friend auto operator<=>(const Place&, const Place&) = default;
};

struct AgentName {
    std::string team;
    std::string user;
};

[[nodiscard]] DeskThreadId thread_id(const Place& parent);
[[nodiscard]] DeskMessageId message_id(const Place& message);
[[nodiscard]] DeskAgentId agent_id(std::string_view team, std::string_view user);
// A channel as the operator names it: "#sales" or its id, and before it, where there are several
// workspaces and it is not of the first one, whose it is: "T0123/#sales".
struct NamedChannel {
    std::string_view team;  // empty: the first workspace's
    std::string_view name;
};
[[nodiscard]] NamedChannel parse_destination(std::string_view destination);
[[nodiscard]] std::string destination_in(std::string_view team, std::string_view name);
[[nodiscard]] std::optional<Place> parse_thread(const DeskThreadId& id);
[[nodiscard]] std::optional<Place> parse_message(const DeskMessageId& id);
[[nodiscard]] std::optional<AgentName> parse_agent(const DeskAgentId& id);

// "1763800105.000300": ten digits, a dot, six digits. Ordered as text; never a floating number.
[[nodiscard]] bool is_ts(std::string_view text);
[[nodiscard]] std::string ts_of_ms(std::int64_t wall_ms);
[[nodiscard]] std::int64_t ms_of_ts(std::string_view ts);  // 0 when it is none
// Upper-case letters and digits, at least three, beginning with one of `prefixes`.
[[nodiscard]] bool is_slack_id(std::string_view text, std::string_view prefixes);

}  // namespace deskbell::desk::slack
