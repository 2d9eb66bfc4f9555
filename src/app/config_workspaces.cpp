#include "app/config_fields.hpp"
#include "app/config_sections.hpp"
#include "desk/slack/slack_ids.hpp"

#include <algorithm>
#include <set>

namespace deskbell::app {
namespace {

using desk::slack::destination_in;
using desk::slack::parse_destination;

bool is_channel(const std::string& place) {
    return place.starts_with('#') || place.starts_with('C') || place.starts_with('G');
}

// The places of one route are its workspace's. The common ladder names places of the first one;
// what it says of telling others counts here only when the route says it itself.
void lead_to(core::Route& route, const std::string& team, const core::Escalation& common) {
    for (Destination& destination : route.destinations)
        destination = Destination(destination_in(team, destination.value));
    if (!route.escalation) {
        route.escalation = common;
        route.escalation->notify_to.clear();
        return;
    }
    for (std::string& place : route.escalation->notify_to) place = destination_in(team, place);
}

}  // namespace

std::vector<ConfigField> workspace_fields(WorkspaceConfig& workspace) {
    return {
        checked("id",
                [&](const std::string& value) -> std::string {
                    workspace.id = value;
                    if (desk::slack::is_slack_id(value, "T")) return {};
                    return "must be the workspace's id, which begins with T; it stands in the "
                           "address of Slack in a browser.";
                }),
        checked("api_url",
                [&](const std::string& value) -> std::string {
                    workspace.api_url = value;
                    if (is_web_url(value) && value.ends_with('/')) return {};
                    return "must be an http(s) URL that ends with '/'.";
                }),
        secret("bot_token", workspace.bot_token),
        secret("signing_secret", workspace.signing_secret),
    };
}

void settle_workspaces(Config& config, const std::vector<std::string>& of_routes,
                       ConfigReader& reader) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < config.slack.workspaces.size(); ++i) {
        const WorkspaceConfig& workspace = config.slack.workspaces[i];
        const std::string key = "slack.workspace." + std::to_string(i);
        if (workspace.id.empty()) reader.add_error(key + ".id", "must not be empty.");
        if (!ids.insert(workspace.id).second)
            reader.add_error(key + ".id", "is used twice: \"" + workspace.id + "\".");
        if (workspace.bot_token.empty() && config.slack.client_id.empty())
            reader.add_error(key + ".bot_token",
                             "is needed, or slack.client_id so that the app can be installed there "
                             "by a browser.");
    }
    for (std::size_t i = 0; i < config.slack.routes.size() && i < of_routes.size(); ++i) {
        const std::string& team = of_routes[i];
        if (team.empty()) continue;
        if (!ids.contains(team))
            reader.add_error("slack.route." + std::to_string(i) + ".workspace",
                             "no [[slack.workspace]] has the id \"" + team + "\".");
        lead_to(config.slack.routes[i], team, config.desk.escalation);
    }
}

bool has_first_workspace(const Config& config) {
    return config.slack.workspaces.empty() ||
           std::ranges::any_of(config.slack.routes, [](const core::Route& route) {
               return std::ranges::any_of(route.destinations, [](const Destination& destination) {
                   return parse_destination(destination.value).team.empty();
               });
           });
}

std::set<Destination> destinations_in(const Config& config, std::string_view team) {
    std::set<Destination> all;
    const auto add = [&](const std::string& place) {
        const auto named = parse_destination(place);
        // People need no joining.
        if (named.team == team && is_channel(std::string(named.name))) all.emplace(place);
    };
    for (const core::Route& route : config.slack.routes) {
        for (const Destination& destination : route.destinations)
            if (parse_destination(destination.value).team == team) all.insert(destination);
        if (!route.escalation) continue;
        for (const std::string& place : route.escalation->notify_to) add(place);
    }
    for (const std::string& place : config.desk.escalation.notify_to) add(place);
    add(config.slack.operator_place);
    return all;
}

Config only_workspace(const Config& config, const WorkspaceConfig& workspace) {
    Config one = config;
    if (!workspace.api_url.empty()) one.slack.api_url = workspace.api_url;
    one.slack.bot_token = workspace.bot_token;
    one.slack.workspaces.clear();
    one.slack.routes.clear();
    core::Route route;
    for (const Destination& destination : destinations_in(config, workspace.id))
        route.destinations.emplace_back(std::string(parse_destination(destination.value).name));
    if (!route.destinations.empty()) one.slack.routes.push_back(std::move(route));
    return one;
}

}  // namespace deskbell::app
