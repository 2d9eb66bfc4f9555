// The manifest against the limits of Slack's own schema, whatever is added to it.
#include "desk/slack/manifest.hpp"

#include "desk/slack/slack_fakes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

namespace deskbell::desk::slack {
namespace {

// Slack counts characters.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void expect_text(const json::object& object, std::string_view key, std::size_t least,
                 std::size_t most) {
    const std::size_t count = characters(text_at(object, key));
    EXPECT_GE(count, least) << key;
    EXPECT_LE(count, most) << key << ": " << text_at(object, key);
}

void expect_words(const json::array& list, std::size_t most, const std::regex& form) {
    EXPECT_LE(list.size(), most);
    std::set<std::string> seen;
    for (const json::value& value : list) {
        ASSERT_TRUE(value.is_string());
        const std::string word(value.get_string());
        EXPECT_TRUE(std::regex_match(word, form)) << word;
        EXPECT_TRUE(seen.insert(word).second) << word << " stands there twice";
    }
}

void expect_shortcuts(const json::array& shortcuts) {
    EXPECT_LE(shortcuts.size(), 5u);
    std::set<std::string> callbacks;
    for (const json::value& value : shortcuts) {
        const json::object& shortcut = value.as_object();
        expect_text(shortcut, "name", 1, 24);
        expect_text(shortcut, "callback_id", 1, 255);
        expect_text(shortcut, "description", 1, 150);
        const std::string_view type = text_at(shortcut, "type");
        EXPECT_TRUE(type == "message" || type == "global") << type;
        EXPECT_TRUE(callbacks.insert(std::string(text_at(shortcut, "callback_id"))).second);
    }
}

void expect_commands(const json::array& commands, bool socket_mode) {
    EXPECT_LE(commands.size(), 5u);
    for (const json::value& value : commands) {
        const json::object& command = value.as_object();
        expect_text(command, "command", 2, 32);
        EXPECT_TRUE(text_at(command, "command").starts_with('/'));
        expect_text(command, "description", 1, 2000);
        expect_text(command, "usage_hint", 0, 1000);
        EXPECT_EQ(command.contains("url"), !socket_mode);
    }
}

// Every address in it: under our own, and none at all in Socket Mode.
void expect_urls(const json::value& value, std::string_view base, bool socket_mode) {
    if (const json::object* object = value.if_object()) {
        for (const auto& [key, item] : *object) {
            const std::string_view name = key;
            if (item.is_string() && (name == "url" || name.ends_with("_url"))) {
                EXPECT_FALSE(socket_mode) << name;
                EXPECT_TRUE(std::string_view(item.get_string()).starts_with(base)) << name;
            }
            expect_urls(item, base, socket_mode);
        }
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& item : *array) expect_urls(item, base, socket_mode);
    }
}

void expect_valid(const std::string& text, bool socket_mode) {
    const json::object manifest = parse_or_die(text);
    const json::object& display = object_at(manifest, "display_information");
    expect_text(display, "name", 1, 35);
    expect_text(display, "description", 1, 140);
    if (display.contains("long_description")) expect_text(display, "long_description", 175, 4000);
    EXPECT_TRUE(std::regex_match(std::string(text_at(display, "background_color")),
                                 std::regex("#([0-9a-fA-F]{3}){1,2}")));
    const json::object& features = object_at(manifest, "features");
    expect_text(object_at(features, "bot_user"), "display_name", 1, 80);
    expect_shortcuts(array_at(features, "shortcuts"));
    expect_commands(array_at(features, "slash_commands"), socket_mode);
    const json::object& oauth = object_at(manifest, "oauth_config");
    const json::array& scopes = array_at(object_at(oauth, "scopes"), "bot");
    expect_words(scopes, 255, std::regex("[a-z_.]+(:[a-z_.]+){1,2}|commands"));
    EXPECT_LE(array_at(oauth, "redirect_urls").size(), 1'000u);
    const json::object& settings = object_at(manifest, "settings");
    const json::object& events = object_at(settings, "event_subscriptions");
    expect_words(array_at(events, "bot_events"), 100, std::regex("[a-z_]+(\\.[a-z_]+)?"));
    EXPECT_EQ(events.contains("request_url"), !socket_mode);
    EXPECT_EQ(find_bool(settings, "socket_mode_enabled"), socket_mode);
    EXPECT_LE(array_at(events, "metadata_subscriptions").size(), 20u);
    // A control without a place to send it to would do nothing.
    const json::object& interactivity = object_at(settings, "interactivity");
    const bool has_controls =
        features.contains("shortcuts") || interactivity.contains("is_enabled");
    if (has_controls && !socket_mode) {
        EXPECT_TRUE(interactivity.contains("request_url"));
    }
    if (features.contains("shortcuts") || features.contains("slash_commands")) {
        EXPECT_TRUE(std::ranges::find(scopes, json::value("commands")) != scopes.end());
    }
    expect_urls(manifest, "https://chat.example.com/slack/", socket_mode);
}

// Without the scope an event never comes.
TEST(Manifest, EachEventHasItsScope) {
    const std::pair<std::string_view, std::string_view> needs[] = {
        {"message.channels", "channels:history"},
        {"message.groups", "groups:history"},
        {"reaction_added", "reactions:read"},
        {"channel_rename", "channels:read"},
        {"group_rename", "groups:read"},
        {"user_change", "users:read"},
        {"file_shared", "files:read"}};
    const auto& scopes = bot_scopes();
    for (const auto& [event, scope] : needs) {
        const auto& events = bot_events();
        if (std::ranges::find(events, event) == events.end()) continue;
        EXPECT_TRUE(std::ranges::find(scopes, scope) != scopes.end()) << event;
    }
    for (const std::string_view scope : required_scopes())
        EXPECT_TRUE(std::ranges::find(scopes, scope) != scopes.end()) << scope;
}

TEST(Manifest, KeepsToSlacksSchemaInBothModes) {
    for (const char* url : {"https://chat.example.com", "https://chat.example.com//"})
        expect_valid(app_manifest({url, false, "Deskbell"}), false);
    expect_valid(app_manifest({"https://chat.example.com", true, "Deskbell"}), true);
    for (const std::string& name : {std::string(200, 'x'), std::string("a\nb\tc"), std::string(),
                                    std::string("Glöckchen, das für alle Kunden überall läutet")}) {
        expect_valid(app_manifest({"https://chat.example.com", false, name}), false);
        expect_valid(app_manifest({"", true, name}), true);
    }
}

}  // namespace
}  // namespace deskbell::desk::slack
