#include "sandbox/model/features.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace deskbell::sandbox {

namespace {

constexpr std::size_t commands_max = 50;
constexpr std::size_t shortcuts_max = 10;

std::unexpected<Error> invalid(std::string what) {
    return fail("invalid_manifest", std::move(what));
}

Result<SlashCommand> read_command(const json::object& given) {
    SlashCommand command;
    command.command = string_or_empty(given, "command");
    command.description = string_or_empty(given, "description");
    command.usage_hint = string_or_empty(given, "usage_hint");
    command.url = string_or_empty(given, "url");
    command.should_escape = find_bool(given, "should_escape").value_or(false);
    if (!command.command.starts_with('/') || command.command.size() < 2 ||
        count_characters(command.command) > 32 || command.command.contains(' '))
        return invalid("A command begins with '/' and has at most 32 characters.");
    if (command.description.empty() || count_characters(command.description) > 2000)
        return invalid(command.command + " needs a description of at most 2000 characters.");
    if (count_characters(command.usage_hint) > 1000)
        return invalid("A usage_hint has at most 1000 characters.");
    if (!command.url.empty() && !command.url.starts_with("http://") &&
        !command.url.starts_with("https://"))
        return invalid("A command's url begins with http:// or https://.");
    return command;
}

Result<Shortcut> read_shortcut(const json::object& given) {
    Shortcut shortcut;
    shortcut.name = string_or_empty(given, "name");
    shortcut.callback_id = string_or_empty(given, "callback_id");
    shortcut.description = string_or_empty(given, "description");
    const std::string type = string_or_empty(given, "type");
    shortcut.is_message = type == "message";
    if (type != "message" && type != "global")
        return invalid("A shortcut's type is message or global.");
    if (shortcut.name.empty() || count_characters(shortcut.name) > 24)
        return invalid("A shortcut needs a name of at most 24 characters.");
    if (shortcut.callback_id.empty() || count_characters(shortcut.callback_id) > 255)
        return invalid("A shortcut needs a callback_id of at most 255 characters.");
    if (shortcut.description.empty() || count_characters(shortcut.description) > 150)
        return invalid("A shortcut needs a description of at most 150 characters.");
    return shortcut;
}

template <class Item, class Read>
Result<std::vector<Item>> read_list(const json::object& features, std::string_view key,
                                    std::size_t most, Read read) {
    std::vector<Item> items;
    const json::array* list = find_array(features, key);
    if (!list) return items;
    if (list->size() > most)
        return invalid(std::string(key) + " holds at most " + std::to_string(most) + ".");
    for (const json::value& value : *list) {
        const json::object* given = value.if_object();
        if (!given) return invalid(std::string(key) + " holds objects.");
        auto item = read(*given);
        if (!item) return std::unexpected(item.error());
        items.push_back(std::move(*item));
    }
    return items;
}

}  // namespace

Result<Features> parse_features(const json::object& manifest) {
    Features features;
    const json::object* oauth = find_object(manifest, "oauth_config");
    if (const json::array* urls = oauth ? find_array(*oauth, "redirect_urls") : nullptr)
        for (const json::value& url : *urls) {
            if (!url.is_string() || !url.get_string().starts_with("http"))
                return invalid("A redirect URL begins with http:// or https://.");
            features.redirect_urls.emplace_back(url.get_string());
        }
    const json::object* given = find_object(manifest, "features");
    if (!given) return features;
    auto commands = read_list<SlashCommand>(*given, "slash_commands", commands_max, read_command);
    if (!commands) return std::unexpected(commands.error());
    features.commands = std::move(*commands);
    auto shortcuts = read_list<Shortcut>(*given, "shortcuts", shortcuts_max, read_shortcut);
    if (!shortcuts) return std::unexpected(shortcuts.error());
    features.shortcuts = std::move(*shortcuts);
    if (const json::object* home = find_object(*given, "app_home")) {
        features.has_home = find_bool(*home, "home_tab_enabled").value_or(false);
        features.has_messages_tab = find_bool(*home, "messages_tab_enabled").value_or(true);
    }
    const json::object* settings = find_object(manifest, "settings");
    const json::object* interactivity =
        settings ? find_object(*settings, "interactivity") : nullptr;
    if (interactivity)
        features.options_url = string_or_empty(*interactivity, "message_menu_options_url");
    return features;
}

json::object to_manifest(const Features& features) {
    json::array commands;
    for (const SlashCommand& command : features.commands)
        commands.push_back({{"command", command.command},
                            {"description", command.description},
                            {"usage_hint", command.usage_hint},
                            {"url", command.url},
                            {"should_escape", command.should_escape}});
    json::array shortcuts;
    for (const Shortcut& shortcut : features.shortcuts)
        shortcuts.push_back({{"name", shortcut.name},
                             {"type", shortcut.is_message ? "message" : "global"},
                             {"callback_id", shortcut.callback_id},
                             {"description", shortcut.description}});
    return {
        {"features",
         {{"app_home",
           {{"home_tab_enabled", features.has_home},
            {"messages_tab_enabled", features.has_messages_tab}}},
          {"slash_commands", std::move(commands)},
          {"shortcuts", std::move(shortcuts)}}},
        {"oauth_config",
         {{"redirect_urls",
           json::array(features.redirect_urls.begin(), features.redirect_urls.end())}}},
        {"settings", {{"interactivity", {{"message_menu_options_url", features.options_url}}}}}};
}

}  // namespace deskbell::sandbox
