// The workspace as the page shows it, and the switches the page and the operator turn.

#include "sandbox/model/emoji.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/slack.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t replies_shown_max = 1'000;

std::string_view kind_of(const Message& message) {
    if (message.is_tombstone()) return "tombstone";
    return message.subtype.starts_with("channel_") ? "service" : "message";
}

std::string_view kind_of(const User& user) {
    if (user.is_unknown) return "stranger";
    if (!user.team_id.empty()) return "outsider";
    if (user.is_ultra_restricted) return "single_channel_guest";
    return user.is_restricted ? "guest" : "member";
}

json::object author_of(const World& world, const Message& message) {
    const App& app = world.workspace.app;
    const bool is_app = !message.bot_id.empty();
    const ForeignBot* foreign = world.workspace.find_foreign_bot(message.bot_id);
    const std::string& bot_user = foreign ? foreign->user_id : app.user_id;
    const User* user = world.workspace.find_user(is_app ? bot_user : message.user);
    json::object author{{"id", message.author()},
                        {"name", user ? user->display_name : "Slackbot"},
                        {"avatar", user ? user->avatar : "/avatars/slackbot.svg"},
                        {"emoji", message.icon_emoji},
                        {"is_bot", is_app}};
    if (!message.username.empty()) author["name"] = message.username;
    if (!message.icon_url.empty()) author["avatar"] = message.icon_url;
    return author;
}

json::array shown_reactions(const Message& message) {
    json::array list;
    for (const Reaction& reaction : message.reactions)
        list.push_back({{"name", reaction.name},
                        {"unicode", emoji_characters(reaction.name)},
                        {"count", reaction.users.size()},
                        {"users", json::array(reaction.users.begin(), reaction.users.end())}});
    return list;
}

json::object shown_message(const World& world, const Channel& channel, const Message& message) {
    json::object shown{{"ts", to_text(message.ts)},
                       {"kind", kind_of(message)},
                       {"subtype", message.subtype},
                       {"author", author_of(world, message)},
                       {"text", message.text},
                       {"blocks", message.blocks},
                       {"attachments", message.attachments},
                       {"reactions", shown_reactions(message)},
                       {"broadcast", message.is_broadcast()},
                       {"ephemeral_for", ""}};
    if (message.edited)
        shown["edited"] = {{"user", message.edited->user}, {"ts", to_text(message.edited->ts)}};
    if (message.metadata) shown["metadata"] = *message.metadata;
    if (const auto status = world.statuses.find({channel.id, message.ts});
        status != world.statuses.end() && status->second.ends_ms > world.clock.steady_ms())
        shown["status"] = status->second.text;
    if (!message.files.empty()) shown["files"] = shown_files(world, message);
    if (message.is_reply()) {
        shown["thread_ts"] = to_text(message.thread_ts);
        return shown;
    }
    if (message.replies.empty()) return shown;
    const std::vector<std::string> authors = reply_authors(channel, message);
    shown["thread_ts"] = to_text(message.ts);
    shown["reply_count"] = message.replies.size();
    shown["latest_reply"] = to_text(*message.replies.rbegin());
    shown["reply_users"] = json::array(authors.begin(), authors.end());
    json::array& replies = shown["replies"].emplace_array();
    auto it = message.replies.begin();
    if (message.replies.size() > replies_shown_max)
        std::advance(it, message.replies.size() - replies_shown_max);
    for (; it != message.replies.end(); ++it)
        replies.push_back(shown_message(world, channel, *channel.find(*it)));
    return shown;
}

json::object shown_ephemeral(const World& world, const Ephemeral& ephemeral) {
    Message message;
    message.ts = ephemeral.ts;
    message.bot_id = world.workspace.app.bot_id;
    message.user = world.workspace.app.user_id;
    json::object shown{{"ts", to_text(ephemeral.ts)},
                       {"kind", "ephemeral"},
                       {"subtype", ""},
                       {"author", author_of(world, message)},
                       {"text", ephemeral.text},
                       {"blocks", ephemeral.blocks},
                       {"attachments", json::array()},
                       {"reactions", json::array()},
                       {"broadcast", false},
                       {"ephemeral_for", ephemeral.for_user}};
    if (ephemeral.is_from_slackbot)
        shown["author"] = {{"id", "USLACKBOT"},
                           {"name", "Slackbot"},
                           {"avatar", "/avatars/slackbot.svg"},
                           {"emoji", ""},
                           {"is_bot", true}};
    if (ephemeral.thread_ts != 0) shown["thread_ts"] = to_text(ephemeral.thread_ts);
    return shown;
}

// Ephemerals stand where their time puts them: in the main view, or in their thread.
void merge_ephemerals(const World& world, const Channel& channel, json::array& messages) {
    for (const Ephemeral& ephemeral : channel.ephemerals) {
        json::array* list = &messages;
        for (json::value& entry : messages)
            if (ephemeral.thread_ts != 0 &&
                entry.at("ts").as_string() == to_text(ephemeral.thread_ts)) {
                json::value& replies = entry.as_object()["replies"];
                list = replies.is_array() ? &replies.get_array() : &replies.emplace_array();
            }
        const std::string ts = to_text(ephemeral.ts);
        const auto place = std::ranges::find_if(*list, [&ts](const json::value& entry) {
            return std::string_view(entry.at("ts").as_string()) > ts;
        });
        list->insert(place, shown_ephemeral(world, ephemeral));
    }
}

json::object shown_channel(const World& world, const Channel& channel, std::size_t entries) {
    json::array messages;
    auto it = channel.main_view.end();
    while (it != channel.main_view.begin() && entries > 0) {
        --it;
        --entries;
    }
    const bool has_more = it != channel.main_view.begin();
    for (; it != channel.main_view.end(); ++it)
        messages.push_back(shown_message(world, channel, *channel.find(*it)));
    merge_ephemerals(world, channel, messages);
    return {{"id", channel.id},
            {"name", channel.name},
            {"is_private", channel.is_private},
            {"is_ext_shared", world.workspace.is_ext_shared(channel)},
            {"is_archived", channel.is_archived},
            {"bot_is_member", channel.has_member(world.workspace.app.user_id)},
            {"members", json::array(channel.members.begin(), channel.members.end())},
            {"topic", channel.topic},
            {"has_more", has_more},
            {"messages", std::move(messages)}};
}

json::array shown_calls(const World& world) {
    json::array list;
    for (const CallLogEntry& call : world.calls)
        list.push_back({{"at", to_text(call.at)},
                        {"method", call.method},
                        {"channel", call.channel},
                        {"status", call.status},
                        {"ok", call.ok},
                        {"error", call.error},
                        {"fault", call.fault},
                        {"retry_after_s", call.retry_after_s}});
    return list;
}

json::array shown_deliveries(const World& world) {
    json::array list;
    for (const DeliveryLogEntry& entry : world.deliveries.log())
        list.push_back({{"id", entry.id},
                        {"at", to_text(entry.at)},
                        {"kind", entry.kind == DeliveryKind::event ? "event" : "interactive"},
                        {"type", entry.type},
                        {"subtype", entry.subtype},
                        {"event_id", entry.event_id},
                        {"attempt", entry.attempt},
                        {"outcome", entry.outcome},
                        {"state", entry.state}});
    return list;
}

std::string_view events_state(const World& world) {
    if (world.workspace.settings.socket_mode)
        return world.workspace.settings.events_enabled ? "on" : "off";
    if (world.workspace.events_url.empty()) return "none";
    if (world.events_disabled) return "disabled";
    return world.workspace.settings.events_enabled ? "on" : "off";
}

// What is on its way beside the rules, and what was met so far.
json::object shown_trouble(const Slack& slack, const World& world) {
    json::object met;
    for (const auto& [name, count] : slack.met()) met[name] = count;
    const SteadyMs now = world.clock.steady_ms();
    json::array storms;
    for (const Storm& storm : world.storms)
        if (storm.until_ms > now)
            storms.push_back({{"method", storm.method},
                              {"channel", storm.channel},
                              {"ends_in_ms", storm.until_ms - now}});
    return {{"weather", world.weather},
            {"late_calls", world.late_calls.size()},
            {"storms", std::move(storms)},
            {"met", std::move(met)}};
}

json::object shown_app(const World& world) {
    const App& app = world.workspace.app;
    const User* bot = world.workspace.find_user(app.user_id);
    return {{"app_id", app.app_id},
            {"bot_id", app.bot_id},
            {"user_id", app.user_id},
            {"name", bot ? bot->display_name : ""},
            {"avatar", bot ? bot->avatar : ""},
            {"installed", !app.is_uninstalled},
            {"scopes", json::array(app.scopes.begin(), app.scopes.end())}};
}

}  // namespace

json::object Slack::snapshot(std::size_t entries_per_channel) const {
    const World& world = *world_;
    const Workspace& workspace = world.workspace;
    json::array users;
    for (const User& user : workspace.users)
        users.push_back({{"id", user.id},
                         {"name", user.name},
                         {"display_name", user.display_name},
                         {"real_name", user.real_name},
                         {"avatar", user.avatar},
                         {"is_bot", user.is_bot},
                         {"kind", kind_of(user)},
                         {"presence", user.is_away ? "away" : "active"}});
    json::array channels;
    for (const Channel& channel : workspace.channels)
        channels.push_back(shown_channel(world, channel, entries_per_channel));
    json::array faults;
    for (const FaultRule& rule : world.faults.rules()) faults.push_back(to_json(rule));
    return {{"version", world.version},
            {"now", to_text(world.now_ts())},
            {"team",
             {{"id", workspace.team_id}, {"name", workspace.name}, {"domain", workspace.domain}}},
            {"app", shown_app(world)},
            {"users", std::move(users)},
            {"channels", std::move(channels)},
            {"settings", settings_object(workspace.settings)},
            {"events",
             {{"url", workspace.events_url},
              {"interactivity_url", workspace.interactivity_url},
              {"state", events_state(world)},
              {"pending", world.deliveries.pending()},
              {"failed_last_hour", world.deliveries.failed_last_hour(world.clock.steady_ms())}}},
            {"faults", std::move(faults)},
            {"trouble", shown_trouble(*this, world)},
            {"calls", shown_calls(world)},
            {"deliveries", shown_deliveries(world)},
            {"sockets", shown_sockets(world)},
            {"views", shown_views(world)},
            {"interactions", shown_interactions(world)},
            {"menus", shown_menus(world)},
            {"oauth",
             {{"client_id", world.oauth.client_id}, {"client_secret", world.oauth.client_secret}}},
            {"manifest", to_manifest(workspace.features)}};
}

}  // namespace deskbell::sandbox
