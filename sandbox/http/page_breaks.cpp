#include "sandbox/http/page_breaks.hpp"

#include "base/json.hpp"
#include "sandbox/model/weather.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::sandbox {

namespace {

using Answer = Result<json::object>;

Answer nothing_more(const Result<void>& done) {
    if (!done) return std::unexpected(done.error());
    return json::object{};
}

Answer bot_post(Slack& slack, const json::object& body) {
    PostedByBot post;
    post.name = string_or_empty(body, "name");
    post.channel = string_or_empty(body, "channel");
    post.text = string_or_empty(body, "text");
    post.thread_ts = string_or_empty(body, "thread_ts");
    post.classic = find_bool(body, "classic").value_or(true);
    if (const json::object* metadata = find_object(body, "metadata")) {
        if (!find_string(*metadata, "event_type") || !find_object(*metadata, "event_payload"))
            return fail("invalid_request", "metadata has an event_type and an event_payload.");
        post.metadata = *metadata;
    }
    if (const json::array* blocks = find_array(body, "blocks")) post.blocks = *blocks;
    const auto ts = slack.post_as_bot(post);
    if (!ts) return std::unexpected(ts.error());
    return json::object{{"ts", *ts}};
}

constexpr std::array<std::pair<std::string_view, PersonKind>, 5> kinds = {{
    {"member", PersonKind::member},
    {"guest", PersonKind::guest},
    {"single_channel_guest", PersonKind::single_channel_guest},
    {"outsider", PersonKind::outsider},
    {"stranger", PersonKind::stranger},
}};

Answer add_person(Slack& slack, const json::object& body) {
    NewPerson person;
    person.name = string_or_empty(body, "name");
    person.display_name = string_or_empty(body, "display_name");
    const std::string wanted = string_or_empty(body, "kind");
    const auto kind = std::ranges::find(kinds, std::string_view(wanted),
                                        &std::pair<std::string_view, PersonKind>::first);
    if (kind == kinds.end())
        return fail("invalid_request",
                    "kind is member, guest, single_channel_guest, outsider or stranger.");
    person.kind = kind->second;
    if (const json::array* channels = find_array(body, "channels"))
        for (const json::value& channel : *channels)
            if (channel.is_string()) person.channels.emplace_back(channel.get_string());
    const auto id = slack.add_person(person);
    if (!id) return std::unexpected(id.error());
    return json::object{{"user", *id}};
}

Answer make_private(Slack& slack, const json::object& body) {
    return nothing_more(slack.set_private(string_or_empty(body, "channel"), true));
}

Answer make_public(Slack& slack, const json::object& body) {
    return nothing_more(slack.set_private(string_or_empty(body, "channel"), false));
}

Answer vanish(Slack& slack, const json::object& body) {
    return nothing_more(
        slack.vanish(string_or_empty(body, "channel"), string_or_empty(body, "ts")));
}

Answer scope(Slack& slack, const json::object& body) {
    const auto on = find_bool(body, "on");
    if (!on) return fail("invalid_request", "on is true or false.");
    return nothing_more(slack.set_scope(string_or_empty(body, "scope"), *on));
}

Answer weather(Slack& slack, const json::object& body) {
    const std::string name = string_or_empty(body, "name");
    if (name.empty()) {
        clear_weather(slack);
        return json::object{};
    }
    const auto ready_made = weather_named(name);
    if (!ready_made) return fail("invalid_request", "There is no weather of that name.");
    return nothing_more(apply_weather(slack, *ready_made));
}

template <void (Slack::*act)()>
Answer simply(Slack& slack, const json::object&) {
    (slack.*act)();
    return json::object{};
}

struct Act {
    std::string_view name;
    Answer (*perform)(Slack&, const json::object&);
};

constexpr std::array<Act, 16> acts = {{
    {"add_person", add_person},
    {"bot_post", bot_post},
    {"clear_all", simply<&Slack::clear_all>},
    {"disable_events", simply<&Slack::disable_events>},
    {"enable_events", simply<&Slack::enable_events>},
    {"expire_token", simply<&Slack::expire_token>},
    {"limit_events", simply<&Slack::limit_events>},
    {"make_private", make_private},
    {"make_public", make_public},
    {"reinstall", simply<&Slack::reinstall>},
    {"restore_token", simply<&Slack::restore_token>},
    {"revoke_token", simply<&Slack::revoke_token>},
    {"scope", scope},
    {"uninstall", simply<&Slack::uninstall>},
    {"vanish", vanish},
    {"weather", weather},
}};

}  // namespace

std::optional<Answer> perform_breaking_act(Slack& slack, std::string_view action,
                                           const json::object& body) {
    const auto act = std::ranges::find(acts, action, &Act::name);
    if (act == acts.end()) return std::nullopt;
    return act->perform(slack, body);
}

}  // namespace deskbell::sandbox
