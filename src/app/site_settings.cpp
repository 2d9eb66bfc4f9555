#include "app/site_settings.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::app {
namespace {

namespace json = boost::json;

std::string label_of(const PreChatConfig& pre_chat, const std::string& field) {
    const auto given = pre_chat.labels.find(field);
    if (given != pre_chat.labels.end()) return given->second;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> known = {
        {{"name", "Name"}, {"email", "E-mail"}, {"phone", "Phone"}}};
    for (const auto& [name, label] : known)
        if (field == name) return std::string(label);
    return field.substr(field.find('.') + 1);
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
    return std::ranges::find(list, one) != list.end();
}

// What is required is asked for, listed or not.
json::object pre_chat_json(const PreChatConfig& pre_chat) {
    std::vector<std::string> names = pre_chat.fields;
    for (const std::string& one : pre_chat.required)
        if (!contains(names, one)) names.push_back(one);
    json::array fields;
    for (const std::string& name : names) {
        fields.push_back({{"name", name},
                          {"label", label_of(pre_chat, name)},
                          {"required", contains(pre_chat.required, name)}});
    }
    return {{"when", pre_chat.when}, {"fields", std::move(fields)}};
}

json::array list_of(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

}  // namespace

std::string site_settings_json(const Config& config, const SiteConfig& site) {
    json::object texts;
    for (const auto& [key, text] : site.texts) texts[key] = text;
    const FilesConfig& files = config.files;
    json::object out = {
        {"site", site.id},
        {"locale", site.locale},
        {"accent", site.accent},
        {"title", site.title},
        {"greeting", site.greeting},
        {"texts", std::move(texts)},
        {"quick_topics", list_of(site.quick_topics)},
        {"hours_hint", site.hours_hint},
        {"pre_chat", pre_chat_json(site.pre_chat)},
        {"files",
         {{"enabled", files.enabled},
          {"bytes_max", files.bytes_max},
          {"per_message_max", core::Policy{}.files_a_message_max},
          {"types", list_of(files.types)}}},
        {"limits", {{"message_characters_max", config.limits.message_characters_max}}},
        {"features",
         {{"files", files.enabled},
          {"identity", !site.identity_secret.empty()},
          {"transcript", true},
          {"edit", config.limits.edit_minutes > 0},
          {"edit_minutes", config.limits.edit_minutes},
          {"forget", true},
          {"bot_streaming",
           config.bot.kind == BotKind::webhook || config.bot.kind == BotKind::openai}}},
    };
    return json::serialize(out);
}

core::PreChat pre_chat_of(const SiteConfig& site) {
    return {.at_start = site.pre_chat.when == "start", .required = site.pre_chat.required};
}

}  // namespace deskbell::app
