#include "desk/slack/mentions.hpp"

#include "desk/slack/escape.hpp"
#include "desk/slack/slack_ids.hpp"

namespace deskbell::desk::slack {
namespace {

constexpr char mark = '\x01';  // around whom to call; core::calling sets it

std::string person_token(std::string_view user, const Callees& callees) {
    return callees.away.contains(user) ? std::string() : "<@" + std::string(user) + ">";
}

bool can_be_called(std::string_view whom) {
    return whom.starts_with('@') || whom == "here" || whom == "channel" || whom == "everyone" ||
           is_slack_id(whom, "UWS") || parse_agent(DeskAgentId(std::string(whom)));
}

}  // namespace

std::string mention_token(std::string_view whom, const Callees& callees) {
    if (const auto agent = parse_agent(DeskAgentId(std::string(whom))))
        return person_token(agent->user, callees);
    std::string_view name = whom.starts_with('@') ? whom.substr(1) : whom;
    if (name == "here" || name == "channel" || name == "everyone")
        return "<!" + std::string(name) + ">";
    if (is_slack_id(name, "UW")) return person_token(name, callees);
    if (is_slack_id(name, "S")) return "<!subteam^" + std::string(name) + ">";
    const auto group = callees.groups.find(name);
    if (group != callees.groups.end()) return "<!subteam^" + group->second + ">";
    return escaped(whom);
}

bool has_mentions(std::string_view text) {
    for (std::size_t begin = text.find(mark); begin != std::string_view::npos;
         begin = text.find(mark)) {
        const std::size_t end = text.find(mark, begin + 1);
        if (end == std::string_view::npos) return false;
        if (can_be_called(text.substr(begin + 1, end - begin - 1))) return true;
        text.remove_prefix(end + 1);
    }
    return false;
}

std::string with_mentions(std::string_view text, const Callees& callees) {
    std::string out;
    while (!text.empty()) {
        const std::size_t begin = text.find(mark);
        out += escaped(text.substr(0, begin));
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin + 1);
        const std::size_t end = text.find(mark);
        const bool closed = end != std::string_view::npos;
        const std::string_view whom = text.substr(0, end);
        out += closed && can_be_called(whom) ? mention_token(whom, callees) : escaped(whom);
        text.remove_prefix(closed ? end + 1 : text.size());
    }
    return out;
}

}  // namespace deskbell::desk::slack
