#include "sandbox/model/events.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/oauth.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

// As stored tokens of the past stay known: `token_expired`, not `invalid_auth`.
constexpr std::size_t remembered_max = 20;

Result<void> check_client(Request& request) {
    const OAuth& oauth = request.world.oauth;
    if (request.text("client_id") != oauth.client_id) return refuse("invalid_client_id");
    if (request.text("client_secret") != oauth.client_secret) return refuse("bad_client_secret");
    return {};
}

std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

// A fresh pair. The third oldest access token ends at once.
const OAuth::Rotating& rotate(World& world) {
    auto& rotating = world.oauth.rotating;
    const SteadyMs now = world.clock.steady_ms();
    const auto alive = [now](const OAuth::Rotating& token) { return token.expires_ms > now; };
    while (std::ranges::count_if(rotating, alive) >= std::ptrdiff_t{OAuth::rotating_max})
        std::ranges::find_if(rotating, alive)->expires_ms = now;
    while (rotating.size() >= remembered_max) rotating.pop_front();
    rotating.push_back({"xoxe.xoxb-1-" + make_secret(world.random, 48),
                        "xoxe-1-" + make_secret(world.random, 48),
                        now + OAuth::token_lifetime_s * 1000});
    return rotating.back();
}

json::object granted(World& world, std::string_view user) {
    const Workspace& workspace = world.workspace;
    json::object answer{{"app_id", workspace.app.app_id},
                        {"authed_user", {{"id", user}}},
                        {"scope", join(workspace.app.scopes)},
                        {"token_type", "bot"},
                        {"access_token", workspace.app.bot_token},
                        {"bot_user_id", workspace.app.user_id},
                        {"team", {{"id", workspace.team_id}, {"name", workspace.name}}},
                        {"enterprise", nullptr},
                        {"is_enterprise_install", false}};
    if (!workspace.settings.token_rotation) return answer;
    const OAuth::Rotating& pair = rotate(world);
    answer["access_token"] = pair.access;
    answer["refresh_token"] = pair.refresh;
    answer["expires_in"] = OAuth::token_lifetime_s;
    return answer;
}

// Scopes add up over installations. A revoked token is gone for good: there is a new one.
void install(World& world, const std::vector<std::string>& scopes) {
    App& app = world.workspace.app;
    for (const std::string& scope : scopes)
        if (std::ranges::find(app.scopes, scope) == app.scopes.end()) app.scopes.push_back(scope);
    if (app.is_uninstalled || world.workspace.settings.token_revoked)
        app.bot_token = "xoxb-" + std::to_string(100'000'000 + world.random.below(899'999'999)) +
                        "-" + make_secret(world.random, 24);
    app.is_uninstalled = false;
    world.workspace.settings.token_revoked = false;
    world.workspace.settings.token_expired = false;
    world.changed();
}

Fields redeem_code(Request& request) {
    World& world = request.world;
    auto& codes = world.oauth.codes;
    const auto found = std::ranges::find(codes, request.text("code"), &OAuth::Code::text);
    if (found == codes.end()) return refuse("invalid_code");
    const OAuth::Code code = *found;
    codes.erase(found);  // whatever comes of it
    if (code.expires_ms < world.clock.steady_ms()) return refuse("invalid_code");
    if (request.text("redirect_uri") != code.redirect_uri) return refuse("bad_redirect_uri");
    install(world, code.scopes);
    return granted(world, code.user);
}

Fields refresh(Request& request) {
    World& world = request.world;
    auto& rotating = world.oauth.rotating;
    const std::string given = request.text("refresh_token");
    const auto found = std::ranges::find(rotating, given, &OAuth::Rotating::refresh);
    if (given.empty() || found == rotating.end()) return refuse("invalid_refresh_token");
    found->refresh.clear();
    json::object answer = granted(world, "");
    answer.erase("authed_user");
    world.changed();
    return answer;
}

}  // namespace

Fields oauth_v2_access(Request& request) {
    if (auto checked = check_client(request); !checked) return std::unexpected(checked.error());
    const std::string grant = request.text("grant_type");
    if (grant == "refresh_token") return refresh(request);
    if (!grant.empty() && grant != "authorization_code") return refuse("invalid_grant_type");
    return redeem_code(request);
}

Fields oauth_v2_exchange(Request& request) {
    if (auto checked = check_client(request); !checked) return std::unexpected(checked.error());
    if (!request.world.workspace.settings.token_rotation)
        return refuse("token_rotation_not_enabled");
    if (!request.world.oauth.rotating.empty()) return refuse("token_already_exchanged");
    request.world.changed();
    return granted(request.world, "");
}

Fields auth_revoke(Request& request) {
    if (request.flag("test")) return json::object{{"revoked", true}};
    World& world = request.world;
    world.oauth.rotating.clear();
    emit(world, nullptr,
         {{"type", "tokens_revoked"},
          {"tokens", {{"oauth", json::array()}, {"bot", {world.workspace.app.user_id}}}},
          {"event_ts", to_text(world.now_ts())}});
    world.workspace.settings.token_revoked = true;
    world.changed();
    return json::object{{"revoked", true}};
}

Fields apps_uninstall(Request& request) {
    World& world = request.world;
    if (request.text("client_id") != world.oauth.client_id)
        return refuse("client_id_token_mismatch");
    if (auto checked = check_client(request); !checked) return std::unexpected(checked.error());
    if (auto revoked = auth_revoke(request); !revoked) return revoked;
    emit(world, nullptr, {{"type", "app_uninstalled"}, {"event_ts", to_text(world.now_ts())}});
    world.workspace.settings.token_revoked = false;
    world.workspace.app.is_uninstalled = true;
    world.changed();
    return json::object{};
}

}  // namespace deskbell::sandbox
