#include "sandbox/model/oauth.hpp"

#include "base/json.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/text.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

std::vector<std::string> split_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(", "), text.size());
        if (end > 0) scopes.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return scopes;
}

bool is_below(std::string_view uri, std::string_view configured) {
    return uri.starts_with(configured) &&
           (uri.size() == configured.size() || configured.ends_with('/') ||
            uri[configured.size()] == '/' || uri[configured.size()] == '?');
}

// Without a configured URL any is taken: the sandbox need not be told of every test's port.
bool is_allowed_redirect(const World& world, std::string_view uri) {
    const auto& configured = world.workspace.features.redirect_urls;
    if (uri.empty()) return !configured.empty();
    if (!uri.starts_with("http://") && !uri.starts_with("https://")) return false;
    return configured.empty() ||
           std::ranges::any_of(configured, [uri](const auto& url) { return is_below(uri, url); });
}

}  // namespace

void found_oauth(World& world) {
    const auto digits = [&world] {
        return std::to_string(100'000'000'000 + world.random.below(899'999'999'999));
    };
    world.oauth.client_id = digits() + "." + digits();
    world.oauth.client_secret = make_hex(world.random, 32);
}

std::string bot_token_error(const World& world, std::string_view token) {
    if (token == world.workspace.app.bot_token) return {};
    const auto known = std::ranges::find(world.oauth.rotating, token, &OAuth::Rotating::access);
    if (known == world.oauth.rotating.end() || token.empty()) return "invalid_auth";
    return known->expires_ms <= world.clock.steady_ms() ? "token_expired" : "";
}

std::string authorize_complaint(const World& world, const AuthorizeRequest& request) {
    if (request.client_id != world.oauth.client_id) return "Invalid client_id parameter";
    if (split_scopes(request.scope).empty()) return "Invalid permissions requested";
    if (!is_allowed_redirect(world, request.redirect_uri))
        return "redirect_uri did not match any configured URIs. Passed URI: " +
               request.redirect_uri;
    return {};
}

std::string authorize(World& world, const AuthorizeRequest& request, const User& user,
                      bool allows) {
    const auto& configured = world.workspace.features.redirect_urls;
    std::string url = request.redirect_uri.empty() && !configured.empty() ? configured.front()
                                                                          : request.redirect_uri;
    url += url.contains('?') ? "&" : "?";
    if (!allows) {
        url += "error=access_denied";
    } else {
        OAuth& oauth = world.oauth;
        if (oauth.codes.size() >= OAuth::codes_max) oauth.codes.pop_front();
        oauth.codes.push_back({oauth.client_id + "." + make_hex(world.random, 64),
                               request.redirect_uri, user.id, split_scopes(request.scope),
                               world.clock.steady_ms() + OAuth::code_lifetime_ms});
        url += "code=" + oauth.codes.back().text;
    }
    return url + "&state=" + percent_encode_form(request.state);
}

json::object save_oauth(const World& world) {
    const SteadyMs now = world.clock.steady_ms();
    json::array rotating;
    for (const OAuth::Rotating& token : world.oauth.rotating)
        rotating.push_back({{"access", token.access},
                            {"refresh", token.refresh},
                            {"left_ms", token.expires_ms - now}});
    return {{"client_id", world.oauth.client_id},
            {"client_secret", world.oauth.client_secret},
            {"rotating", std::move(rotating)}};
}

void load_oauth(World& world, const json::object& saved) {
    // A state from before there was OAuth keeps the secrets that were drawn just now.
    if (string_or_empty(saved, "client_id").empty()) return;
    world.oauth = {};
    world.oauth.client_id = string_or_empty(saved, "client_id");
    world.oauth.client_secret = string_or_empty(saved, "client_secret");
    const json::array* rotating = find_array(saved, "rotating");
    for (std::size_t i = 0; rotating && i < rotating->size(); ++i)
        if (const json::object* token = (*rotating)[i].if_object())
            world.oauth.rotating.push_back(
                {string_or_empty(*token, "access"), string_or_empty(*token, "refresh"),
                 world.clock.steady_ms() + find_int(*token, "left_ms").value_or(0)});
}

std::string Slack::authorize_complaint(const AuthorizeRequest& request) const {
    return sandbox::authorize_complaint(*world_, request);
}

Result<std::string> Slack::authorize(const AuthorizeRequest& request, std::string_view user,
                                     bool allows) {
    const User* person = world_->workspace.find_user(user);
    if (!person || person->is_bot) return fail("user_not_found", "There is no such person.");
    if (const std::string complaint = authorize_complaint(request); !complaint.empty())
        return fail("invalid_request", complaint);
    world_->changed();
    return sandbox::authorize(*world_, request, *person, allows);
}

}  // namespace deskbell::sandbox
