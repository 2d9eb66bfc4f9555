#pragma once
// The data of a Slack workspace: people, channels, messages, settings. No behaviour but look-ups.

#include "sandbox/model/ids.hpp"

#include <boost/json.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

namespace json = boost::json;

struct User {
    std::string id;
    std::string name;  // the handle
    std::string real_name;
    std::string display_name;
    std::string title;
    std::string avatar;  // path below the public URL, "/avatars/ana.svg"
    bool is_bot = false;
    bool is_admin = false;
    bool is_away = false;
    bool is_deleted = false;
};

struct Reaction {
    std::string name;
    std::vector<std::string> users;  // in order of reacting
};

struct Edited {
    std::string user;
    Ts ts = 0;
};

struct Message {
    Ts ts = 0;
    Ts thread_ts = 0;  // replies only; a root knows its thread by `replies`
    std::string user;
    std::string bot_id;
    std::string subtype;
    std::string text;
    json::array blocks;
    json::array attachments;
    std::string username;  // the app's override
    std::string icon_emoji;
    std::string icon_url;
    std::string client_msg_id;
    std::optional<json::object> metadata;
    std::optional<Edited> edited;
    std::vector<Reaction> reactions;
    // Of a thread's root:
    std::set<Ts> replies;
    bool is_locked = false;

    [[nodiscard]] bool is_tombstone() const { return subtype == "tombstone"; }
    [[nodiscard]] bool is_reply() const { return thread_ts != 0; }
    [[nodiscard]] bool is_broadcast() const { return subtype == "thread_broadcast"; }
    // Who Slack counts as the author of a reply.
    [[nodiscard]] const std::string& author() const { return user.empty() ? bot_id : user; }
};

struct Ephemeral {
    Ts ts = 0;
    Ts thread_ts = 0;
    std::string for_user;
    std::string text;
    json::array blocks;
};

struct Channel {
    std::string id;
    std::string name;
    std::string topic;
    std::string creator;
    bool is_private = false;
    bool is_archived = false;
    std::int64_t created_s = 0;
    std::vector<std::string> previous_names;
    std::vector<std::string> members;  // in order of joining
    std::map<Ts, Message> messages;
    std::set<Ts> main_view;  // everything but plain replies
    std::deque<Ephemeral> ephemerals;
    Ts last_ts = 0;

    [[nodiscard]] bool has_member(std::string_view user) const;
    [[nodiscard]] Message* find(Ts ts);
    [[nodiscard]] const Message* find(Ts ts) const;
};

struct App {
    std::string app_id;
    std::string bot_id;
    std::string user_id;
    std::string bot_token;
    std::string app_token;
    std::string signing_secret;
    std::string verification_token;
    std::vector<std::string> scopes;
};

struct Settings {
    bool rate_limits = true;
    bool history_limited = false;
    bool events_enabled = true;
    bool interactivity_enabled = true;
    bool split_long_text = false;
    bool client_msg_id_dedupe = false;
    bool thread_under_tombstone = true;
    bool token_revoked = false;
    double retry_scale = 1.0;
};

struct Workspace {
    std::string team_id;
    std::string name;
    std::string domain;
    App app;
    Settings settings;
    std::string events_url;
    std::string interactivity_url;
    std::deque<User> users;
    std::deque<Channel> channels;

    // By id, or by name with or without '#' or '@' and regardless of case.
    [[nodiscard]] Channel* find_channel(std::string_view id_or_name);
    [[nodiscard]] const Channel* find_channel(std::string_view id_or_name) const;
    [[nodiscard]] User* find_user(std::string_view id_or_name);
    [[nodiscard]] const User* find_user(std::string_view id_or_name) const;
};

// The settings as the page reads and writes them. A value of the wrong type is skipped.
[[nodiscard]] json::object settings_object(const Settings& settings);
void merge_settings(Settings& settings, const json::object& changes);

}  // namespace deskbell::sandbox
