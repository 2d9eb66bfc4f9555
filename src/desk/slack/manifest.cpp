#include "desk/slack/manifest.hpp"

#include "desk/slack/escape.hpp"
#include "desk/slack/forms.hpp"
#include "desk/slack/slack_json.hpp"

namespace deskbell::desk::slack {
namespace {

// What can be done to a message of a thread, beside the buttons on its parent.
json::array message_shortcuts() {
    const auto shortcut = [](std::string_view name, std::string_view callback,
                             std::string_view description) {
        return json::object{{"name", name},
                            {"type", "message"},
                            {"callback_id", callback},
                            {"description", description}};
    };
    return {shortcut("Send a canned reply", control::canned, "To the customer of this thread"),
            shortcut("Make this a note", control::note_shortcut,
                     "The customer does not get it, or no longer sees it"),
            shortcut("Close chat", control::resolve, "Ends the customer's conversation")};
}

json::array list_of(const std::vector<std::string_view>& words) {
    json::array list;
    for (const std::string_view word : words) list.push_back(json::value(word));
    return list;
}

void write_indented(std::string& out, const json::value& value, std::size_t depth) {
    const std::string inner((depth + 1) * 2, ' ');
    const std::string outer(depth * 2, ' ');
    bool first = true;
    const auto next = [&] {
        out += first ? "\n" : ",\n";
        out += inner;
        first = false;
    };
    if (const json::object* object = value.if_object()) {
        out += '{';
        for (const auto& [key, item] : *object) {
            next();
            out += json::serialize(json::value(key)) + ": ";
            write_indented(out, item, depth + 1);
        }
        out += "\n" + outer + "}";
    } else if (const json::array* array = value.if_array()) {
        out += '[';
        for (const json::value& item : *array) {
            next();
            write_indented(out, item, depth + 1);
        }
        out += "\n" + outer + "]";
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

const std::vector<std::string_view>& bot_scopes() {
    static const std::vector<std::string_view> scopes = {
        "chat:write",     "chat:write.customize", "channels:history", "channels:read",
        "channels:join",  "groups:history",       "groups:read",      "users:read",
        "reactions:read", "reactions:write",      "commands",         "usergroups:read"};
    return scopes;
}

const std::vector<std::string_view>& required_scopes() {
    static const std::vector<std::string_view> scopes = {"chat:write", "channels:history",
                                                         "channels:read", "users:read"};
    return scopes;
}

const std::vector<std::string_view>& bot_events() {
    static const std::vector<std::string_view> events = {
        "message.channels",    "message.groups",   "reaction_added",  "member_joined_channel",
        "member_left_channel", "channel_left",     "group_left",      "channel_archive",
        "channel_unarchive",   "group_archive",    "group_unarchive", "channel_deleted",
        "channel_shared",      "channel_unshared", "channel_rename",  "group_rename",
        "tokens_revoked",      "app_uninstalled",  "app_home_opened"};
    return events;
}

std::string app_manifest(const ManifestOptions& options) {
    const std::string name = cut(one_line(options.name.empty() ? "Deskbell" : options.name), 35);
    std::string base = options.public_url;
    while (base.ends_with('/')) base.pop_back();
    json::object subscriptions;
    if (!options.socket_mode) subscriptions["request_url"] = base + "/slack/events";
    subscriptions["bot_events"] = list_of(bot_events());
    json::object interactivity = {{"is_enabled", true}};
    if (!options.socket_mode) {
        interactivity["request_url"] = base + "/slack/interactivity";
        interactivity["message_menu_options_url"] = base + "/slack/interactivity";
    }
    json::object oauth = {{"scopes", {{"bot", list_of(bot_scopes())}}}};
    if (options.installed_by_browser) oauth["redirect_urls"] = {base + "/slack/oauth/callback"};
    json::object command = {{"command", "/deskbell"},
                            {"description", "Who waits, what is yours, where it was said"},
                            {"usage_hint", "status | waiting | mine | search WORDS | on | off"},
                            {"should_escape", false}};
    if (!options.socket_mode) command["url"] = base + "/slack/commands";
    const json::object manifest = {
        {"_metadata", {{"major_version", 1}, {"minor_version", 1}}},
        {"display_information",
         {{"name", name},
          {"description", "One Slack thread per website customer, relayed live both ways."},
          {"background_color", "#1f3a5f"}}},
        {"features",
         {{"bot_user", {{"display_name", name}, {"always_online", true}}},
          {"app_home",
           {{"home_tab_enabled", true},
            {"messages_tab_enabled", false},
            {"messages_tab_read_only_enabled", false}}},
          {"slash_commands", json::array{std::move(command)}},
          {"shortcuts", message_shortcuts()}}},
        {"oauth_config", std::move(oauth)},
        {"settings",
         {{"event_subscriptions", std::move(subscriptions)},
          {"interactivity", std::move(interactivity)},
          {"org_deploy_enabled", false},
          {"socket_mode_enabled", options.socket_mode},
          {"token_rotation_enabled", false}}}};
    std::string out;
    write_indented(out, manifest, 0);
    return out + "\n";
}

}  // namespace deskbell::desk::slack
