#include "desk/slack/house_lines.hpp"

#include "core/waiting.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/blocks.hpp"
#include "desk/slack/escape.hpp"

#include <cmath>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t behind_ms_noticed = 15'000;

std::string counted(std::int64_t count, const char* one, const char* many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace

std::string session_line(const HouseSession& session, const std::string& workspace_url,
                         WallMs now) {
    std::string name = escaped(cut(one_line(session.customer_name), 60));
    if (name.empty()) name = "Customer";
    const std::string link = permalink(workspace_url, session.thread);
    std::string line = "• " + (link.empty() ? "*" + name + "*" : "*<" + link + "|" + name + ">*");
    if (!session.topic.empty()) line += " · " + escaped(cut(one_line(session.topic), 60));
    switch (session.state) {
        case core::SessionState::waiting:
            line += now > 0 ? " · waiting " + core::duration_words(now - session.asked_at)
                            : " · waiting since " + time_token(session.asked_at);
            break;
        case core::SessionState::open:
            line += " · with " +
                    (session.agent ? escaped(cut(one_line(session.agent->name), 40)) : "the team");
            break;
        case core::SessionState::closed:
            line += " · closed";
            break;
        case core::SessionState::bot:
            line += " · with the bot";
            break;
    }
    if (session.state != core::SessionState::bot && link.empty()) line += " · thread not open yet";
    return line;
}

std::string queue_line(const House& house, std::optional<std::int64_t> online) {
    std::string line = "*" + counted(house.waiting, "customer waits", "customers wait") + "* · " +
                       counted(house.open, "conversation is open", "conversations are open");
    if (online) line += " · " + counted(*online, "agent is here", "agents are here");
    return line;
}

std::vector<std::string> day_lines(const House& house) {
    std::vector<std::string> lines;
    lines.push_back("Asked for a human: *" + std::to_string(house.asked) + "*");
    lines.push_back("Answered: *" + std::to_string(house.answered) + "*");
    std::string first = "First answer: ";
    if (house.first_answer_p50_ms && house.first_answer_p90_ms) {
        first += "*" + core::duration_words(*house.first_answer_p50_ms) + "* (half), *" +
                 core::duration_words(*house.first_answer_p90_ms) + "* (nine of ten)";
    } else {
        first += "none yet";
    }
    lines.push_back(first);
    std::string rating = "Rating: ";
    if (house.ratings > 0) {
        const auto tenths = static_cast<std::int64_t>(std::llround(house.rating_average * 10));
        rating += "*" + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                  "* of 5 (" + std::to_string(house.ratings) + ")";
    } else {
        rating += "none yet";
    }
    lines.push_back(rating);
    return lines;
}

std::string health_line(const House& house) {
    if (!house.parked.empty())
        return "🔴 Nothing can be posted: `" + escaped(house.parked) + "`. Every word is kept.";
    if (house.destinations_parked > 0)
        return "🟠 " +
               counted(house.destinations_parked, "channel takes no posts",
                       "channels take no posts") +
               ": see `deskbell doctor`. Every word is kept.";
    if (house.behind_ms > behind_ms_noticed)
        return "🟡 Messages arrive late by " + core::duration_words(house.behind_ms) +
               ": Slack's limits are reached. Nothing is lost.";
    return "🟢 Messages go through.";
}

}  // namespace deskbell::desk::slack
