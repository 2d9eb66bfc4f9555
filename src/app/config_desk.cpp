#include "app/config_desk.hpp"

#include <cmath>
#include <functional>
#include <set>

namespace deskbell::app {
namespace {

using Fields = std::vector<ConfigField>;
using LadderOf = std::function<core::Escalation&()>;

constexpr double delay_s_max = 7 * 24 * 3600.0;

// Seconds as people write them; fractions are for tests.
ConfigField delay(std::string key, std::function<std::int64_t&()> target) {
    return {std::move(key), ConfigKind::number,
            [target = std::move(target)](const ConfigValue& value) -> std::string {
                const double seconds = std::get<double>(value);
                if (!std::isfinite(seconds) || seconds < 0 || seconds > delay_s_max)
                    return "must be seconds, from 0 (never) to a week.";
                target() = static_cast<std::int64_t>(std::llround(seconds * 1000));
                return {};
            }};
}

ConfigField names(std::string key, std::function<std::vector<std::string>&()> target) {
    return {std::move(key), ConfigKind::list,
            [target = std::move(target)](const ConfigValue& value) -> std::string {
                target() = std::get<std::vector<std::string>>(value);
                for (const std::string& name : target()) {
                    if (name.empty() || name == "#" || name == "@") return "has an empty name.";
                }
                return {};
            }};
}

Fields escalation_fields(const std::string& prefix, const LadderOf& ladder) {
    using Ladder = core::Escalation;
    const auto number = [&](const char* key, std::int64_t Ladder::* member) {
        return delay(prefix + key,
                     [ladder, member]() -> std::int64_t& { return ladder().*member; });
    };
    const auto list = [&](const char* key, std::vector<std::string> Ladder::* member) {
        return names(prefix + key,
                     [ladder, member]() -> std::vector<std::string>& { return ladder().*member; });
    };
    return {number("mention_after_s", &Ladder::mention_after_ms),
            list("mention", &Ladder::mentions),
            number("notify_after_s", &Ladder::notify_after_ms),
            list("notify", &Ladder::notify_to),
            number("customer_after_s", &Ladder::customer_after_ms),
            number("remind_after_s", &Ladder::remind_after_ms)};
}

ConfigField words(std::string key, std::string& target) {
    return {std::move(key), ConfigKind::text, [&target](const ConfigValue& value) -> std::string {
                target = std::get<std::string>(value);
                return target.empty() ? "must not be empty." : "";
            }};
}

}  // namespace

std::vector<ConfigField> waiting_fields(DeskConfig& desk) {
    Fields fields = escalation_fields("desk.escalation.",
                                      [&desk]() -> core::Escalation& { return desk.escalation; });
    fields.push_back(
        delay("desk.alert_retry_s", [&desk]() -> std::int64_t& { return desk.alert_retry_ms; }));
    fields.push_back(delay("desk.presence_interval_s",
                           [&desk]() -> std::int64_t& { return desk.presence_interval_ms; }));
    fields.push_back(words("desk.texts.nobody_yet", desk.texts.nobody_yet));
    fields.push_back(words("desk.texts.nobody_here", desk.texts.nobody_here));
    fields.push_back(words("desk.texts.closed", desk.texts.closed));
    fields.push_back(words("desk.texts.closed_for_long", desk.texts.closed_for_long));
    fields.push_back({"desk.hours", ConfigKind::text, [&desk](const ConfigValue& value) {
                          desk.hours = std::get<std::string>(value);
                          return std::string();
                      }});
    return fields;
}

std::vector<ConfigField> hours_fields(HoursConfig& hours) {
    const auto text = [](const char* key, std::function<std::string(const std::string&)> set) {
        return ConfigField{key, ConfigKind::text, [set = std::move(set)](const ConfigValue& value) {
                               return set(std::get<std::string>(value));
                           }};
    };
    const auto list = [](const char* key, std::function<Result<void>(const std::string&)> add) {
        return ConfigField{key, ConfigKind::list,
                           [add = std::move(add)](const ConfigValue& value) -> std::string {
                               for (const auto& entry : std::get<std::vector<std::string>>(value)) {
                                   if (auto added = add(entry); !added) return added.error().detail;
                               }
                               return {};
                           }};
    };
    return {text("id", [&](const std::string& id) { return hours.id = id, std::string(); }),
            text("timezone",
                 [&](const std::string& name) -> std::string {
                     auto zone = TimeZone::load(name);
                     if (!zone) return zone.error().detail;
                     hours.hours.set_zone(std::move(*zone));
                     return {};
                 }),
            list("week", [&](const std::string& entry) { return hours.hours.add(entry); }),
            list("holidays", [&](const std::string& entry) -> Result<void> {
                const auto day = parse_date(entry);
                if (!day) return std::unexpected(day.error());
                hours.hours.add_holiday(*day);
                return {};
            })};
}

void check_hours(const Config& config, ConfigReader& reader) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < config.desk.opening_hours.size(); ++i) {
        const std::string& id = config.desk.opening_hours[i].id;
        const std::string key = "hours." + std::to_string(i) + ".id";
        if (id.empty()) reader.add_error(key, "must not be empty.");
        if (!ids.insert(id).second) reader.add_error(key, "is used twice: \"" + id + "\".");
    }
    const auto check = [&](const std::string& key, const std::string& name) {
        if (!name.empty() && !ids.contains(name))
            reader.add_error(key, "no [[hours]] has the id \"" + name + "\".");
    };
    check("desk.hours", config.desk.hours);
    for (std::size_t i = 0; i < config.sites.size(); ++i)
        check("site." + std::to_string(i) + ".hours", config.sites[i].hours);
    for (std::size_t i = 0; i < config.slack.routes.size(); ++i)
        check("slack.route." + std::to_string(i) + ".hours", config.slack.routes[i].hours);
}

std::vector<ConfigField> escalation_fields_of_route(core::Route& route) {
    return escalation_fields("escalation.", [&route]() -> core::Escalation& {
        if (!route.escalation) route.escalation.emplace();
        return *route.escalation;
    });
}

}  // namespace deskbell::app
