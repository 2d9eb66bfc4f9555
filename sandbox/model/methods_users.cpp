#include "base/json.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

Fields users_info(Request& request) {
    const auto user = request.user();
    if (!user) return std::unexpected(user.error());
    if ((*user)->is_unknown) return refuse("user_not_found");
    json::object object = user_object(request.world, **user);
    if (request.flag("include_locale")) object["locale"] = "en-US";
    return json::object{{"user", std::move(object)}};
}

Fields users_list(Request& request) {
    const auto limit = request.number("limit", 0, 0, 1000, "invalid_limit");
    if (!limit) return std::unexpected(limit.error());
    const auto& users = request.world.workspace.users;
    std::size_t first = 0;
    if (request.has("cursor")) {
        const auto after = read_cursor("user", request.text("cursor"));
        const auto found = after ? std::ranges::find(users, *after, &User::id) : users.end();
        if (found == users.end()) return refuse("invalid_cursor");
        first = static_cast<std::size_t>(found - users.begin());
    }
    const std::size_t end = *limit == 0
                                ? users.size()
                                : std::min(users.size(), first + static_cast<std::size_t>(*limit));
    json::array members;
    for (std::size_t i = first; i < end; ++i)
        if (!users[i].is_unknown) members.push_back(user_object(request.world, users[i]));
    const std::string next = end < users.size() ? make_cursor("user", users[end].id) : "";
    return json::object{{"members", std::move(members)},
                        {"cache_ts", request.world.clock.wall_ms() / 1000},
                        {"response_metadata", {{"next_cursor", next}}}};
}

Fields users_get_presence(Request& request) {
    const std::string& bot = request.world.workspace.app.user_id;
    const User* user = request.world.workspace.find_user(bot);
    if (request.has("user")) {
        const auto found = request.user();
        if (!found) return std::unexpected(found.error());
        user = *found;
    }
    json::object answer{{"presence", user->is_away ? "away" : "active"}};
    if (user->id == bot) {
        answer["online"] = true;
        answer["auto_away"] = false;
        answer["manual_away"] = false;
        answer["connection_count"] = 0;
    }
    return answer;
}

Fields auth_test(Request& request) {
    const Workspace& workspace = request.world.workspace;
    const User* bot = workspace.find_user(workspace.app.user_id);
    return json::object{{"url", request.world.workspace_url}, {"team", workspace.name},
                        {"user", bot ? bot->name : ""},       {"team_id", workspace.team_id},
                        {"user_id", workspace.app.user_id},   {"bot_id", workspace.app.bot_id},
                        {"is_enterprise_install", false}};
}

Fields team_info(Request& request) {
    const Workspace& workspace = request.world.workspace;
    return json::object{{"team",
                         {{"id", workspace.team_id},
                          {"name", workspace.name},
                          {"url", request.world.workspace_url},
                          {"domain", workspace.domain},
                          {"email_domain", ""},
                          {"icon", {{"image_default", true}}}}}};
}

Fields bots_info(Request& request) {
    const Workspace& workspace = request.world.workspace;
    const std::string wanted = request.text("bot");
    const ForeignBot* foreign = workspace.find_foreign_bot(wanted);
    if (!wanted.empty() && wanted != workspace.app.bot_id && !foreign)
        return refuse("bot_not_found");
    const std::string& user_id = foreign ? foreign->user_id : workspace.app.user_id;
    const User* bot = workspace.find_user(user_id);
    return json::object{{"bot",
                         {{"id", foreign ? foreign->bot_id : workspace.app.bot_id},
                          {"deleted", false},
                          {"name", bot ? bot->display_name : ""},
                          {"updated", 1763000000},
                          {"app_id", foreign ? foreign->app_id : workspace.app.app_id},
                          {"user_id", user_id}}}};
}

// Echoes its arguments; `error` makes it fail with that code.
Fields api_test(Request& request) {
    if (request.has("error")) return refuse(request.text("error"));
    json::object echoed;
    if (request.has("foo")) echoed["foo"] = request.text("foo");
    return json::object{{"args", std::move(echoed)}};
}

}  // namespace deskbell::sandbox
