#include "app/desk_policy.hpp"

#include "app/site_settings.hpp"

#include <algorithm>

namespace deskbell::app {

core::Policy policy_of(const Config& config) {
    core::Policy policy;
    policy.routes = config.slack.routes;
    policy.escalation = config.desk.escalation;
    policy.alert_retry_ms = config.desk.alert_retry_ms;
    policy.texts = config.desk.texts;
    policy.hours = config.desk.hours;
    for (const HoursConfig& hours : config.desk.opening_hours)
        policy.opening_hours.emplace(hours.id, hours.hours);
    for (const SiteConfig& site : config.sites) {
        if (!site.hours.empty()) policy.site_hours.emplace(SiteId(site.id), site.hours);
        policy.pre_chat[SiteId(site.id)] = pre_chat_of(site);
    }
    policy.bot_answers = config.bot.kind != BotKind::none;
    policy.message_characters_max = static_cast<std::size_t>(config.limits.message_characters_max);
    policy.file_bytes_max = config.files.enabled ? config.files.bytes_max : 0;
    policy.file_bytes_a_session_max = config.files.session_bytes_max;
    policy.file_bytes_a_site_max = config.files.site_bytes_max;
    policy.edit_ms_max = config.limits.edit_minutes * 60'000;
    return policy;
}

WallMs day_began(const Config& config, WallMs now) {
    const auto& all = config.desk.opening_hours;
    auto hours = std::ranges::find(all, config.desk.hours, &HoursConfig::id);
    if (hours == all.end()) hours = all.begin();
    const TimeZone zone = hours == all.end() ? TimeZone() : hours->hours.zone();
    return zone.wall(zone.local(now).date, 0);
}

}  // namespace deskbell::app
