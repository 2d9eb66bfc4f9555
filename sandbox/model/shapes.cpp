#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

json::object bot_profile(const World& world, const Message& message) {
    const App& app = world.workspace.app;
    const ForeignBot* foreign = world.workspace.find_foreign_bot(message.bot_id);
    const User* bot = world.workspace.find_user(foreign ? foreign->user_id : app.user_id);
    const std::string avatar = bot ? world.avatar_url(*bot) : "";
    return {{"id", message.bot_id},
            {"deleted", false},
            {"name", bot ? bot->display_name : ""},
            {"updated", 1763000000},
            {"app_id", foreign ? foreign->app_id : app.app_id},
            {"icons", {{"image_36", avatar}, {"image_48", avatar}, {"image_72", avatar}}},
            {"team_id", world.workspace.team_id}};
}

void add_app_author(json::object& object, const World& world, const Message& message) {
    const ForeignBot* foreign = world.workspace.find_foreign_bot(message.bot_id);
    object["bot_id"] = message.bot_id;
    object["app_id"] = foreign ? foreign->app_id : world.workspace.app.app_id;
    if (message.username.empty() && message.icon_emoji.empty() && message.icon_url.empty()) {
        object["bot_profile"] = bot_profile(world, message);
        return;
    }
    if (!message.username.empty()) object["username"] = message.username;
    json::object icons;
    if (!message.icon_emoji.empty()) icons["emoji"] = message.icon_emoji;
    if (!message.icon_url.empty()) icons["image_48"] = message.icon_url;
    if (!icons.empty()) object["icons"] = std::move(icons);
}

// People of other companies carry their team and enough of a profile to be shown.
void add_foreign_author(json::object& object, const World& world, const User& user) {
    object["team"] = user.team_id;
    object["user_team"] = user.team_id;
    object["source_team"] = user.team_id;
    object["user_profile"] = {{"avatar_hash", "g" + user.name},
                              {"image_72", world.avatar_url(user)},
                              {"first_name", user.display_name},
                              {"real_name", user.real_name},
                              {"display_name", user.display_name},
                              {"team", user.team_id},
                              {"name", user.name},
                              {"is_restricted", user.is_restricted},
                              {"is_ultra_restricted", user.is_ultra_restricted}};
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

json::array teams_of(const World& world, const Channel& channel) {
    json::array teams{world.workspace.team_id};
    for (const User& user : world.workspace.users)
        if (!user.team_id.empty() && channel.has_member(user.id) &&
            std::ranges::find(teams, json::value(user.team_id)) == teams.end())
            teams.emplace_back(user.team_id);
    return teams;
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
    const User* author = message.user.empty() ? nullptr : world.workspace.find_user(message.user);
    if (author && !author->team_id.empty()) add_foreign_author(object, world, *author);
    if (!message.bot_id.empty()) add_app_author(object, world, message);
    if (message.edited)
        object["edited"] = {{"user", message.edited->user}, {"ts", to_text(message.edited->ts)}};
    if (!message.blocks.empty()) object["blocks"] = message.blocks;
    if (!message.attachments.empty()) object["attachments"] = message.attachments;
    if (!message.files.empty()) {
        object["files"] = message_files(world, message);
        object["upload"] = true;
        object["display_as_bot"] = false;
    }
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

void strip_marks(World& world, json::object& shown, bool metadata, bool block_ids) {
    if (metadata && shown.erase("metadata") != 0) world.count("metadata_stripped");
    if (json::value* blocks = block_ids ? shown.if_contains("blocks") : nullptr;
        blocks && blocks->is_array()) {
        for (json::value& block : blocks->get_array())
            if (block.is_object()) block.get_object().erase("block_id");
        world.count("block_ids_stripped");
    }
    if (json::value* root = shown.if_contains("root"); root && root->is_object())
        strip_marks(world, root->get_object(), metadata, block_ids);
}

json::object user_object(const World& world, const User& user) {
    const std::string avatar = world.avatar_url(user);
    const std::string& team = user.team_id.empty() ? world.workspace.team_id : user.team_id;
    json::object profile{{"title", user.title},
                         {"real_name", user.real_name},
                         {"real_name_normalized", user.real_name},
                         {"display_name", user.display_name},
                         {"display_name_normalized", user.display_name},
                         {"status_text", ""},
                         {"status_emoji", ""},
                         {"avatar_hash", "g" + user.name},
                         {"team", team}};
    for (const std::string_view size : {"24", "32", "48", "72", "192", "512"})
        profile["image_" + std::string(size)] = avatar;
    if (user.is_bot) {
        const auto& foreign = world.workspace.foreign_bots;
        const auto bot = std::ranges::find(foreign, user.id, &ForeignBot::user_id);
        const App& app = world.workspace.app;
        profile["bot_id"] = bot == foreign.end() ? app.bot_id : bot->bot_id;
        profile["api_app_id"] = bot == foreign.end() ? app.app_id : bot->app_id;
    }
    json::object object{{"id", user.id},
                        {"team_id", team},
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
                        {"is_restricted", user.is_restricted},
                        {"is_ultra_restricted", user.is_ultra_restricted},
                        {"is_bot", user.is_bot},
                        {"is_app_user", false},
                        {"updated", 1763000000}};
    if (user.is_stranger) object["is_stranger"] = true;
    return object;
}

json::object channel_object(const World& world, const Channel& channel, bool with_member_count) {
    const bool is_shared = world.workspace.is_ext_shared(channel);
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
                        {"is_shared", is_shared},
                        {"is_org_shared", false},
                        {"is_ext_shared", is_shared},
                        {"is_pending_ext_shared", false},
                        {"pending_shared", json::array()},
                        {"context_team_id", world.workspace.team_id},
                        {"shared_team_ids", teams_of(world, channel)},
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
