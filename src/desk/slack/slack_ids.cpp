#include "desk/slack/slack_ids.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace deskbell::desk::slack {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string joined(const Place& place) { return place.team + "/" + place.channel + "/" + place.ts; }

std::optional<Place> parse_place(std::string_view text) {
    const std::size_t first = text.find('/');
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t second = text.find('/', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view team = text.substr(0, first);
    const std::string_view channel = text.substr(first + 1, second - first - 1);
    const std::string_view ts = text.substr(second + 1);
    if (!is_slack_id(team, "TE") || !is_slack_id(channel, "CGD") || !is_ts(ts)) return std::nullopt;
    return Place{std::string(team), std::string(channel), std::string(ts)};
}

}  // namespace

DeskThreadId thread_id(const Place& parent) { return DeskThreadId(joined(parent)); }
DeskMessageId message_id(const Place& message) { return DeskMessageId(joined(message)); }
DeskAgentId agent_id(std::string_view team, std::string_view user) {
    return DeskAgentId(std::string(team) + "/" + std::string(user));
}

NamedChannel parse_destination(std::string_view destination) {
    const std::size_t slash = destination.find('/');
    if (slash == std::string_view::npos) return {{}, destination};
    return {destination.substr(0, slash), destination.substr(slash + 1)};
}
std::string destination_in(std::string_view team, std::string_view name) {
    return team.empty() ? std::string(name) : std::string(team) + "/" + std::string(name);
}

std::optional<Place> parse_thread(const DeskThreadId& id) { return parse_place(id.value); }
std::optional<Place> parse_message(const DeskMessageId& id) { return parse_place(id.value); }

std::optional<AgentName> parse_agent(const DeskAgentId& id) {
    const std::string_view text = id.value;
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view team = text.substr(0, slash);
    const std::string_view user = text.substr(slash + 1);
    if (!is_slack_id(team, "TE") || !is_slack_id(user, "UW")) return std::nullopt;
    return AgentName{std::string(team), std::string(user)};
}

bool is_ts(std::string_view text) {
    return text.size() == 17 && text[10] == '.' &&
           std::all_of(text.begin(), text.begin() + 10, is_digit) &&
           std::all_of(text.begin() + 11, text.end(), is_digit);
}

std::string ts_of_ms(std::int64_t wall_ms) {
    const std::int64_t ms = std::clamp<std::int64_t>(wall_ms, 0, 9'999'999'999'999);
    char text[32];
    std::snprintf(text, sizeof text, "%010lld.%06lld", static_cast<long long>(ms / 1000),
                  static_cast<long long>(ms % 1000 * 1000));
    return text;
}

std::int64_t ms_of_ts(std::string_view ts) {
    if (!is_ts(ts)) return 0;
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
    std::from_chars(ts.data(), ts.data() + 10, seconds);
    std::from_chars(ts.data() + 11, ts.data() + 17, micros);
    return seconds * 1000 + micros / 1000;
}

bool is_slack_id(std::string_view text, std::string_view prefixes) {
    return text.size() >= 3 && text.size() <= 24 &&
           prefixes.find(text.front()) != std::string_view::npos &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); });
}

}  // namespace deskbell::desk::slack
