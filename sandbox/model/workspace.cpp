#include "sandbox/model/workspace.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::sandbox {

namespace {

using Switch = std::pair<std::string_view, bool Settings::*>;
constexpr std::array<Switch, 8> switches = {{
    {"rate_limits", &Settings::rate_limits},
    {"history_limited", &Settings::history_limited},
    {"events_enabled", &Settings::events_enabled},
    {"interactivity_enabled", &Settings::interactivity_enabled},
    {"split_long_text", &Settings::split_long_text},
    {"client_msg_id_dedupe", &Settings::client_msg_id_dedupe},
    {"thread_under_tombstone", &Settings::thread_under_tombstone},
    {"token_revoked", &Settings::token_revoked},
}};

template <class Items>
auto find_by_id_or_name(Items& items, std::string_view wanted) -> decltype(&items.front()) {
    for (auto& item : items)
        if (item.id == wanted) return &item;
    if (wanted.starts_with('#') || wanted.starts_with('@')) wanted.remove_prefix(1);
    const std::string name = to_lower_ascii(wanted);
    for (auto& item : items)
        if (item.name == name) return &item;
    return nullptr;
}

}  // namespace

bool Channel::has_member(std::string_view user) const {
    return std::ranges::find(members, user) != members.end();
}

Message* Channel::find(Ts ts) {
    const auto found = messages.find(ts);
    return found == messages.end() ? nullptr : &found->second;
}

const Message* Channel::find(Ts ts) const {
    const auto found = messages.find(ts);
    return found == messages.end() ? nullptr : &found->second;
}

Channel* Workspace::find_channel(std::string_view id_or_name) {
    return find_by_id_or_name(channels, id_or_name);
}

const Channel* Workspace::find_channel(std::string_view id_or_name) const {
    return find_by_id_or_name(channels, id_or_name);
}

User* Workspace::find_user(std::string_view id_or_name) {
    return find_by_id_or_name(users, id_or_name);
}

const User* Workspace::find_user(std::string_view id_or_name) const {
    return find_by_id_or_name(users, id_or_name);
}

json::object settings_object(const Settings& settings) {
    json::object object;
    for (const auto& [name, member] : switches) object[name] = settings.*member;
    object["retry_scale"] = settings.retry_scale;
    return object;
}

void merge_settings(Settings& settings, const json::object& changes) {
    for (const auto& [name, member] : switches)
        if (const json::value* value = changes.if_contains(name); value && value->is_bool())
            settings.*member = value->get_bool();
    if (const json::value* value = changes.if_contains("retry_scale"); value && value->is_number())
        settings.retry_scale = std::clamp(value->to_number<double>(), 0.0, 100.0);
}

}  // namespace deskbell::sandbox
