#include "sandbox/model/workspace.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::sandbox {

namespace {

using Switch = std::pair<std::string_view, bool Settings::*>;
constexpr std::array<Switch, 17> switches = {{
    {"rate_limits", &Settings::rate_limits},
    {"history_limited", &Settings::history_limited},
    {"events_enabled", &Settings::events_enabled},
    {"interactivity_enabled", &Settings::interactivity_enabled},
    {"split_long_text", &Settings::split_long_text},
    {"client_msg_id_dedupe", &Settings::client_msg_id_dedupe},
    {"thread_under_tombstone", &Settings::thread_under_tombstone},
    {"token_revoked", &Settings::token_revoked},
    {"token_expired", &Settings::token_expired},
    {"strip_metadata", &Settings::strip_metadata},
    {"strip_block_ids", &Settings::strip_block_ids},
    {"strip_from_events", &Settings::strip_from_events},
    {"unfurl_links", &Settings::unfurl_links},
    {"socket_mode", &Settings::socket_mode},
    {"file_uploads", &Settings::file_uploads},
    {"check_file_info", &Settings::check_file_info},
    {"token_rotation", &Settings::token_rotation},
}};

struct Number {
    std::string_view name;
    std::int64_t Settings::* member;
    std::int64_t least;
    std::int64_t most;
};
constexpr std::array<Number, 6> numbers = {{
    {"socket_lifetime_s", &Settings::socket_lifetime_s, 1, 1'000'000},
    {"socket_ghost_s", &Settings::socket_ghost_s, 0, 86'400},
    {"date_skew_s", &Settings::date_skew_s, -86'400, 86'400},
    {"signature_skew_s", &Settings::signature_skew_s, -86'400, 86'400},
    {"file_bytes_max", &Settings::file_bytes_max, 0, 30'000'000},
    {"file_share_delay_ms", &Settings::file_share_delay_ms, -1, 3'600'000},
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

const ForeignBot* Workspace::find_foreign_bot(std::string_view bot_id) const {
    const auto found = std::ranges::find(foreign_bots, bot_id, &ForeignBot::bot_id);
    return found == foreign_bots.end() ? nullptr : &*found;
}

bool Workspace::is_ext_shared(const Channel& channel) const {
    return std::ranges::any_of(users, [&](const User& user) {
        return !user.team_id.empty() && channel.has_member(user.id);
    });
}

json::object settings_object(const Settings& settings) {
    json::object object;
    for (const auto& [name, member] : switches) object[name] = settings.*member;
    for (const Number& number : numbers) object[number.name] = settings.*number.member;
    object["retry_scale"] = settings.retry_scale;
    return object;
}

void merge_settings(Settings& settings, const json::object& changes) {
    for (const auto& [name, member] : switches)
        if (const json::value* value = changes.if_contains(name); value && value->is_bool())
            settings.*member = value->get_bool();
    for (const Number& number : numbers)
        if (const json::value* value = changes.if_contains(number.name); value && value->is_int64())
            settings.*number.member = std::clamp(value->get_int64(), number.least, number.most);
    if (const json::value* value = changes.if_contains("retry_scale"); value && value->is_number())
        settings.retry_scale = std::clamp(value->to_number<double>(), 0.0, 100.0);
}

}  // namespace deskbell::sandbox
