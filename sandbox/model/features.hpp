#pragma once
// What the app's manifest says it has: commands, shortcuts, a Home tab.

#include "base/result.hpp"

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace deskbell::sandbox {

namespace json = boost::json;

struct SlashCommand {
    std::string command;  // "/deskbell"
    std::string description;
    std::string usage_hint;
    std::string url;  // empty: without Socket Mode nobody listens
    bool should_escape = false;
};

struct Shortcut {
    std::string name;
    std::string callback_id;
    std::string description;
    bool is_message = false;  // else global
};

struct Features {
    std::vector<SlashCommand> commands;
    std::vector<Shortcut> shortcuts;
    bool has_home = false;
    bool has_messages_tab = true;
    std::vector<std::string> redirect_urls;  // of OAuth
    std::string options_url;                 // empty: external menus ask the interactivity URL
};

// A manifest's features. `invalid_manifest` says what Slack's schema would not take.
[[nodiscard]] Result<Features> parse_features(const json::object& manifest);
// In the form parse_features() reads.
[[nodiscard]] json::object to_manifest(const Features& features);

}  // namespace deskbell::sandbox
