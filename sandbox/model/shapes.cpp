#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

json::object bot_profile(const World& world) {
    const App& app = world.workspace.app;
    const User* bot = world.workspace.find_user(app.user_id);
    const std::string avatar = bot ? world.avatar_url(*bot) : "";
    return {{"id", app.bot_id},
            {"deleted", false},
            {"name", bot ? bot->display_name : ""},
            {"updated", 1763000000},
            {"app_id", app.app_id},
            {"icons", {{"image_36", avatar}, {"image_48", avatar}, {"image_72", avatar}}},
            {"team_id", world.workspace.team_id}};
}

void add_app_author(json::object& object, const World& world, const Message& message) {
    object["bot_id"] = message.bot_id;
    object["app_id"] = world.workspace.app.app_id;
    if (message.username.empty() && message.icon_emoji.empty() && message.icon_url.empty()) {
        object["bot_profile"] = bot_profile(world);
        return;
    }
    if (!message.username.empty()) object["username"] = message.username;
    json::object icons;
    if (!message.icon_emoji.empty()) icons["emoji"] = message.icon_emoji;
    if (!message.icon_url.empty()) icons["image_48"] = message.icon_url;
    if (!icons.empty()) object["icons"] = std::move(icons);
}

void add_thread(json::object& object, const Channel& channel, const Message& message) {
    if (message.is_reply()) {
        object["thread_ts"] = to_text(message.thread_ts);
        const Message* root = channel.find(message.thread_ts);
        if (root && !root->user.empty()) object["parent_user_id"] = root->user;
        return;
    }
    if (message.replies.empty()) return;
    const std::vector<std::string> authors = reply_authors(channel, message);
    object["thread_ts"] = to_text(message.ts);
    object["reply_count"] = message.replies.size();
    object["reply_users_count"] = authors.size();
    object["latest_reply"] = to_text(*message.replies.rbegin());
    object["reply_users"] = json::array(authors.begin(), authors.end());
    object["is_locked"] = message.is_locked;
    object["subscribed"] = false;
}

void add_broadcast_root(json::object& object, const World& world, const Channel& channel,
                        const Message& message) {
    if (!message.is_broadcast()) return;
    if (const Message* root = channel.find(message.thread_ts))
        object["root"] = message_object(world, channel, *root);
}

}  // namespace

std::vector<std::string> reply_authors(const Channel& channel, const Message& root) {
    std::vector<std::string> authors;
    for (const Ts ts : root.replies) {
        const Message* reply = channel.find(ts);
        if (reply && std::ranges::find(authors, reply->author()) == authors.end())
            authors.push_back(reply->author());
    }
    return authors;
}

json::object message_object(const World& world, const Channel& channel, const Message& message,
                            MetadataView metadata) {
    json::object object;
    if (!message.client_msg_id.empty()) object["client_msg_id"] = message.client_msg_id;
    object["type"] = "message";
    if (!message.subtype.empty()) object["subtype"] = message.subtype;
    if (!message.user.empty()) object["user"] = message.user;
    object["text"] = message.text;
    object["ts"] = to_text(message.ts);
    if (message.is_tombstone())
        object["hidden"] = true;
    else
        object["team"] = world.workspace.team_id;
    if (!message.bot_id.empty()) add_app_author(object, world, message);
    if (message.edited)
        object["edited"] = {{"user", message.edited->user}, {"ts", to_text(message.edited->ts)}};
    if (!message.blocks.empty()) object["blocks"] = message.blocks;
    if (!message.attachments.empty()) object["attachments"] = message.attachments;
    add_thread(object, channel, message);
    add_broadcast_root(object, world, channel, message);
    if (message.metadata) {
        if (metadata == MetadataView::full)
            object["metadata"] = *message.metadata;
        else
            object["metadata"] = {{"event_type", message.metadata->at("event_type")}};
    }
    if (!message.reactions.empty()) {
        json::array& list = object["reactions"].emplace_array();
        for (const Reaction& reaction : message.reactions)
            list.push_back({{"name", reaction.name},
                            {"users", json::array(reaction.users.begin(), reaction.users.end())},
                            {"count", reaction.users.size()}});
    }
    return object;
}

json::object user_object(const World& world, const User& user) {
    const std::string avatar = world.avatar_url(user);
    json::object profile{{"title", user.title},
                         {"real_name", user.real_name},
                         {"real_name_normalized", user.real_name},
                         {"display_name", user.display_name},
                         {"display_name_normalized", user.display_name},
                         {"status_text", ""},
                         {"status_emoji", ""},
                         {"avatar_hash", "g" + user.name},
                         {"team", world.workspace.team_id}};
    for (const std::string_view size : {"24", "32", "48", "72", "192", "512"})
        profile["image_" + std::string(size)] = avatar;
    if (user.is_bot) {
        profile["bot_id"] = world.workspace.app.bot_id;
        profile["api_app_id"] = world.workspace.app.app_id;
    }
    return {{"id", user.id},
            {"team_id", world.workspace.team_id},
            {"name", user.name},
            {"deleted", user.is_deleted},
            {"color", "9f69e7"},
            {"real_name", user.real_name},
            {"tz", "Etc/UTC"},
            {"tz_label", "Coordinated Universal Time"},
            {"tz_offset", 0},
            {"profile", std::move(profile)},
            {"is_admin", user.is_admin},
            {"is_owner", false},
            {"is_primary_owner", false},
            {"is_restricted", false},
            {"is_ultra_restricted", false},
            {"is_bot", user.is_bot},
            {"is_app_user", false},
            {"updated", 1763000000}};
}

json::object channel_object(const World& world, const Channel& channel, bool with_member_count) {
    json::object object{{"id", channel.id},
                        {"name", channel.name},
                        {"name_normalized", channel.name},
                        {"is_channel", !channel.is_private},
                        {"is_group", channel.is_private},
                        {"is_im", false},
                        {"is_mpim", false},
                        {"is_private", channel.is_private},
                        {"created", channel.created_s},
                        {"creator", channel.creator},
                        {"is_archived", channel.is_archived},
                        {"is_general", channel.name == "general"},
                        {"unlinked", 0},
                        {"is_shared", false},
                        {"is_org_shared", false},
                        {"is_ext_shared", false},
                        {"is_pending_ext_shared", false},
                        {"pending_shared", json::array()},
                        {"context_team_id", world.workspace.team_id},
                        {"shared_team_ids", json::array{world.workspace.team_id}},
                        {"is_member", channel.has_member(world.workspace.app.user_id)},
                        {"topic", {{"value", channel.topic}, {"creator", ""}, {"last_set", 0}}},
                        {"purpose", {{"value", ""}, {"creator", ""}, {"last_set", 0}}},
                        {"previous_names",
                         json::array(channel.previous_names.begin(), channel.previous_names.end())},
                        {"updated", channel.created_s * 1000}};
    if (with_member_count) object["num_members"] = channel.members.size();
    return object;
}

std::string permalink(const World& world, const Channel& channel, const Message& message) {
    std::string digits = to_text(message.ts);
    std::erase(digits, '.');
    std::string url = world.workspace_url + "archives/" + channel.id + "/p" + digits;
    if (message.is_reply())
        url += "?thread_ts=" + to_text(message.thread_ts) + "&cid=" + channel.id;
    return url;
}

std::string_view channel_type(const Channel& channel) {
    return channel.is_private ? "group" : "channel";
}

}  // namespace deskbell::sandbox
