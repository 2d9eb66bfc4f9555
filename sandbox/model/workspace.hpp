#pragma once
// The data of a Slack workspace: people, channels, messages, settings. No behaviour but look-ups.

#include "sandbox/model/features.hpp"
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
    bool is_restricted = false;        // a guest
    bool is_ultra_restricted = false;  // a guest of one channel
    bool is_stranger = false;          // of another company, by Slack Connect
    bool is_unknown = false;           // users.info says user_not_found
    std::string team_id;               // empty: this workspace's
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
    std::vector<std::string> files;  // ids
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
    bool is_from_slackbot = false;
};

// A message as it was before something happened to it, for readers that lag behind.
struct PastMessage {
    Ts until = 0;
    Message before;
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
    std::vector<Ts> pins;
    std::deque<PastMessage> past;  // in order of happening
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
    bool is_uninstalled = false;
};

// Another app's bot that posts here.
struct ForeignBot {
    std::string bot_id;
    std::string app_id;
    std::string user_id;
    std::string name;
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
    bool token_expired = false;
    bool strip_metadata = false;        // reads show none, whatever they ask for
    bool strip_block_ids = false;       // reads show none
    bool strip_from_events = false;     // neither do events
    bool unfurl_links = false;          // links get a preview a second later
    std::int64_t date_skew_s = 0;       // of the answers' Date header
    std::int64_t signature_skew_s = 0;  // of the time that events are signed with
    double retry_scale = 1.0;
    bool socket_mode = false;
    std::int64_t socket_lifetime_s = 18'060;
    std::int64_t socket_ghost_s = 0;  // how long a connection that broke still attracts envelopes
    bool file_uploads = true;
    bool check_file_info = false;  // messages name files without saying anything about them
    std::int64_t file_bytes_max = 20'000'000;
    std::int64_t file_share_delay_ms = 1'000;  // below 0: the share never appears
    bool token_rotation = false;
};

struct Workspace {
    std::string team_id;
    std::string name;
    std::string domain;
    App app;
    Settings settings;
    Features features;
    std::string events_url;
    std::string interactivity_url;
    std::deque<User> users;
    std::deque<Channel> channels;
    std::deque<ForeignBot> foreign_bots;

    // By id, or by name with or without '#' or '@' and regardless of case.
    [[nodiscard]] Channel* find_channel(std::string_view id_or_name);
    [[nodiscard]] const Channel* find_channel(std::string_view id_or_name) const;
    [[nodiscard]] User* find_user(std::string_view id_or_name);
    [[nodiscard]] const User* find_user(std::string_view id_or_name) const;
    // By bot_id; nullptr for our own.
    [[nodiscard]] const ForeignBot* find_foreign_bot(std::string_view bot_id) const;
    // Someone of another company is in it.
    [[nodiscard]] bool is_ext_shared(const Channel& channel) const;
};

// The settings as the page reads and writes them. A value of the wrong type is skipped.
[[nodiscard]] json::object settings_object(const Settings& settings);
void merge_settings(Settings& settings, const json::object& changes);

}  // namespace deskbell::sandbox
