#include "desk/slack/front_desk.hpp"

#include "desk/slack/escape.hpp"

#include <algorithm>

namespace deskbell::desk::slack {

void FrontDesk::tell_trouble(const Destination& destination, const std::string& code,
                             const std::string& fix) {
    std::string place = options_.operator_place;
    for (const auto& route : options_.routes) {
        if (!place.empty()) break;
        if (std::ranges::find(route, destination) == route.end()) continue;
        for (const Destination& next : route) {
            const Channels::Channel* channel = channels_.find(next);
            if (next != destination && channel && channel->ready && place.empty())
                place = next.value;
        }
    }
    if (place.empty() || place == destination.value) return;
    workspace_.count("operator_told");
    alerts_.tell(place, "⚠️ *" + escaped(parse_destination(destination.value).name) +
                            "* takes no posts any more (`" + escaped(code) + "`). " + escaped(fix) +
                            " Customers' words are kept until then.");
}

Typed read_command(const std::vector<net::Header>& form) {
    Typed typed;
    for (const net::Header& field : form) {
        if (field.name == "team_id") typed.team = field.value;
        if (field.name == "user_id") typed.user = field.value;
        if (field.name == "command") typed.command = field.value;
        if (field.name == "text") typed.text = field.value;
        if (field.name == "thread_ts") typed.thread_ts = field.value;
    }
    return typed;
}

Typed read_command(const json::object& payload) {
    return {.team = std::string(text_at(payload, "team_id")),
            .user = std::string(text_at(payload, "user_id")),
            .command = std::string(text_at(payload, "command")),
            .text = std::string(text_at(payload, "text")),
            .thread_ts = std::string(text_at(payload, "thread_ts"))};
}

}  // namespace deskbell::desk::slack
