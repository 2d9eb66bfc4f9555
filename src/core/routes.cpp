#include "core/routes.hpp"

#include "base/json.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace deskbell::core {
namespace {

bool attributes_match(const Route& route, const Session& session) {
    if (route.attributes.empty()) return true;
    const auto attributes = parse_json_object(session.customer.attributes_json);
    if (!attributes) return false;
    return std::ranges::all_of(route.attributes, [&](const auto& wanted) {
        const json::value* value = attributes->if_contains(wanted.first);
        if (!value) return false;
        return value->is_string() ? std::string_view(value->get_string()) == wanted.second
                                  : json::serialize(*value) == wanted.second;
    });
}

bool route_matches(const Route& route, const Session& session) {
    return !route.destinations.empty() && (route.site.empty() || route.site == session.site) &&
           (route.topic.empty() || route.topic == session.topic) &&
           session.page.url.starts_with(route.url_prefix) && attributes_match(route, session);
}

}  // namespace

const Route* find_route(const Session& session, const Policy& policy) {
    const auto route = std::ranges::find_if(
        policy.routes, [&](const Route& candidate) { return route_matches(candidate, session); });
    return route == policy.routes.end() ? nullptr : &*route;
}

const OpeningHours* find_hours(const Session& session, const Policy& policy) {
    const Route* route = find_route(session, policy);
    std::string name = route ? route->hours : std::string();
    const auto of_site = policy.site_hours.find(session.site);
    if (name.empty() && of_site != policy.site_hours.end()) name = of_site->second;
    if (name.empty()) name = policy.hours;
    const auto found = policy.opening_hours.find(name);
    return found == policy.opening_hours.end() ? nullptr : &found->second;
}

std::optional<Destination> choose_destination(const Session& session, const Policy& policy,
                                              const DestinationLoad& load) {
    const Route* route = find_route(session, policy);
    if (!route) return std::nullopt;
    const auto conversations = [&](const Destination& destination) {
        const auto found = load.find(destination);
        return found == load.end() ? std::size_t{0} : found->second;
    };
    return *std::ranges::min_element(route->destinations, {}, conversations);
}

}  // namespace deskbell::core
