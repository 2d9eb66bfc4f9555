// URLs, settings, faults and logs: what the operator of a sandbox turns.

#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <tuple>

namespace deskbell::sandbox {

void Slack::set_events_url(std::string url) {
    world_->workspace.events_url = std::move(url);
    world_->events_disabled = false;
    world_->deliveries.clear_pending();
    world_->changed();
}

void Slack::set_interactivity_url(std::string url) {
    world_->workspace.interactivity_url = std::move(url);
    world_->changed();
}

void Slack::set_public_url(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    world_->workspace_url = url + "/";
    world_->public_url = std::move(url);
    world_->changed(false);
}

std::string Slack::make_challenge() { return make_secret(world_->random, 52); }

std::string Slack::url_verification_body(std::string_view challenge) const {
    return json::serialize(json::object{{"token", world_->workspace.app.verification_token},
                                        {"challenge", challenge},
                                        {"type", "url_verification"}});
}

void Slack::change_settings(const json::object& changes) {
    Settings& settings = world_->workspace.settings;
    const Settings before = settings;
    merge_settings(settings, changes);
    if (before.rate_limits != settings.rate_limits) world_->limits.clear();
    if (settings.token_revoked && !before.token_revoked) {
        settings.token_revoked = false;
        revoke_token();  // so that the app is told
    }
    world_->changed();
}

Result<std::uint64_t> Slack::add_fault(FaultRule rule) {
    world_->changed(false);
    return world_->faults.add(std::move(rule));
}

bool Slack::remove_fault(std::uint64_t id) {
    world_->changed(false);
    return world_->faults.remove(id);
}

void Slack::clear_faults() {
    world_->faults.clear();
    world_->storms.clear();
    world_->changed(false);
}

Result<void> Slack::set_weather(std::string name, std::vector<FaultRule> rules,
                                const json::object& settings) {
    if (auto replaced = world_->faults.replace_weather(std::move(rules)); !replaced)
        return replaced;
    if (world_->settings_before_weather) change_settings(*world_->settings_before_weather);
    json::object before;
    const json::object now = settings_object(world_->workspace.settings);
    for (const auto& pair : settings)
        if (const json::value* value = now.if_contains(pair.key())) before[pair.key()] = *value;
    world_->settings_before_weather = std::move(before);
    world_->weather = std::move(name);
    change_settings(settings);
    return {};
}

void Slack::clear_weather() {
    std::ignore = world_->faults.replace_weather({});
    if (world_->settings_before_weather) change_settings(*world_->settings_before_weather);
    world_->settings_before_weather.reset();
    world_->weather.clear();
    world_->storms.clear();
    world_->changed(false);
}

std::map<std::string, std::uint64_t> Slack::met() const {
    std::map<std::string, std::uint64_t> all(world_->met.begin(), world_->met.end());
    for (const auto& [effect, count] : world_->faults.hits())
        all[std::string(to_text(effect))] += count;
    return all;
}

void Slack::clear_log() {
    world_->calls.clear();
    world_->deliveries.clear_log();
    world_->changed(false);
}

const Workspace& Slack::workspace() const { return world_->workspace; }

std::uint64_t Slack::version() const { return world_->version; }

std::uint64_t Slack::durable_version() const { return world_->durable_version; }

}  // namespace deskbell::sandbox
