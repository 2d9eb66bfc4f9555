#include "sandbox/model/methods.hpp"

#include "sandbox/model/past.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view history_scopes = "channels:history,groups:history";
constexpr std::string_view read_scopes = "channels:read,groups:read";
constexpr int tier_2 = 20;
constexpr int tier_3 = 50;
constexpr int tier_4 = 100;
constexpr int special = 600;

// chat.postMessage has no tier: its channel and the workspace pace it (Request::pace_post).
constexpr std::array<Method, 40> table = {{
    {"api.test", "", 0, true, api_test},
    {"apps.connections.open", "", tier_3, true, apps_connections_open},
    {"apps.uninstall", "", 1, false, apps_uninstall},
    {"assistant.threads.setStatus", "chat:write,assistant:write", special, true,
     assistant_threads_set_status},
    {"auth.revoke", "", tier_3, false, auth_revoke},
    {"auth.test", "", special, true, auth_test},
    {"bots.info", "users:read", tier_3, false, bots_info},
    {"chat.delete", "chat:write", tier_3, true, chat_delete},
    {"chat.getPermalink", "", special, false, chat_get_permalink},
    {"chat.postEphemeral", "chat:write", tier_4, true, chat_post_ephemeral},
    {"chat.postMessage", "chat:write", 0, true, chat_post_message},
    {"chat.update", "chat:write", tier_3, true, chat_update},
    {"conversations.history", history_scopes, tier_3, true, conversations_history},
    {"conversations.info", read_scopes, tier_3, false, conversations_info},
    {"conversations.join", "channels:join", tier_3, true, conversations_join},
    {"conversations.list", read_scopes, tier_2, false, conversations_list},
    {"conversations.members", read_scopes, tier_4, false, conversations_members},
    {"conversations.replies", history_scopes, tier_3, false, conversations_replies},
    {"files.completeUploadExternal", "files:write", tier_4, true, files_complete_upload_external},
    {"files.delete", "files:write", tier_3, true, files_delete},
    {"files.getUploadURLExternal", "files:write", tier_4, false, files_get_upload_url_external},
    {"files.info", "files:read", tier_4, false, files_info},
    {"files.list", "files:read", tier_3, false, files_list},
    {"oauth.v2.access", "", special, false, oauth_v2_access},
    {"oauth.v2.exchange", "", tier_3, false, oauth_v2_exchange},
    {"pins.add", "pins:write", tier_2, true, pins_add},
    {"pins.list", "pins:read", tier_2, false, pins_list},
    {"pins.remove", "pins:write", tier_2, true, pins_remove},
    {"reactions.add", "reactions:write", tier_3, true, reactions_add},
    {"reactions.get", "reactions:read", tier_3, false, reactions_get},
    {"reactions.remove", "reactions:write", tier_2, true, reactions_remove},
    {"team.info", "team:read", tier_3, false, team_info},
    {"usergroups.list", "usergroups:read", tier_2, false, usergroups_list},
    {"users.getPresence", "users:read", tier_3, false, users_get_presence},
    {"users.info", "users:read", tier_4, false, users_info},
    {"users.list", "users:read", tier_2, false, users_list},
    {"views.open", "", tier_4, true, views_open},
    {"views.publish", "", tier_4, true, views_publish},
    {"views.push", "", tier_4, true, views_push},
    {"views.update", "", tier_4, true, views_update},
}};

}  // namespace

std::span<const Method> methods() { return table; }

const Method* find_method(std::string_view name) {
    const auto found = std::ranges::find(methods(), name, &Method::name);
    return found == methods().end() ? nullptr : &*found;
}

std::unexpected<Error> refuse(std::string_view code) { return fail(std::string(code), {}); }

std::string Request::text(std::string_view name) const {
    const auto found = args.find(std::string(name));
    return found == args.end() ? std::string() : found->second;
}

bool Request::has(std::string_view name) const {
    const auto found = args.find(std::string(name));
    return found != args.end() && !found->second.empty();
}

bool Request::flag(std::string_view name, bool otherwise) const {
    if (!has(name)) return otherwise;
    const std::string value = text(name);
    return value == "true" || value == "1" || value == "True";
}

Result<std::string> Request::required(std::string_view name) {
    if (has(name)) return text(name);
    messages.push_back("[ERROR] missing required field: " + std::string(name));
    return refuse("invalid_arguments");
}

Result<std::int64_t> Request::number(std::string_view name, std::int64_t otherwise,
                                     std::int64_t least, std::int64_t most, std::string_view code) {
    if (!has(name)) return otherwise;
    const std::string value = text(name);
    std::int64_t parsed = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (failed != std::errc() || end != value.data() + value.size() || parsed < least) {
        messages.push_back("[ERROR] must be an integer of at least " + std::to_string(least) +
                           " [json-pointer:/" + std::string(name) + "]");
        return refuse(code);
    }
    return std::min(parsed, most);
}

Result<std::optional<json::array>> Request::array(std::string_view name,
                                                  std::string_view code) const {
    if (!has(name)) return std::nullopt;
    json::parse_options options;
    options.max_depth = 16;
    json::error_code failed;
    json::value value = json::parse(text(name), failed, {}, options);
    if (failed || !value.is_array()) return refuse(code);
    return std::move(value.get_array());
}

Result<Ts> Request::timestamp(std::string_view name) {
    const auto given = required(name);
    if (!given) return std::unexpected(given.error());
    const auto ts = parse_ts(*given);
    if (!ts) return refuse("message_not_found");
    return *ts;
}

Result<Channel*> Request::channel(ChannelBy by) {
    const auto wanted = required("channel");
    if (!wanted) return std::unexpected(wanted.error());
    Channel* found = world.workspace.find_channel(*wanted);
    if (found && by == ChannelBy::id && found->id != *wanted) found = nullptr;
    const bool hidden =
        found && found->is_private && !found->has_member(world.workspace.app.user_id);
    if (!found || hidden) return refuse("channel_not_found");
    return found;
}

Result<Channel*> Request::joined_channel(ChannelBy by) {
    const auto found = channel(by);
    if (found && !(*found)->has_member(world.workspace.app.user_id))
        return refuse("not_in_channel");
    return found;
}

const Channel& Request::seen(const Channel& now) {
    if (as_of == 0) return now;
    past_ = channel_as_of(now, as_of);
    return *past_;
}

Result<User*> Request::user(std::string_view name) {
    const auto wanted = required(name);
    if (!wanted) return std::unexpected(wanted.error());
    for (User& known : world.workspace.users)
        if (known.id == *wanted) return &known;
    return refuse("user_not_found");
}

bool Request::has_scope(std::string_view scope) const {
    return std::ranges::find(world.workspace.app.scopes, scope) != world.workspace.app.scopes.end();
}

Result<void> Request::pace_post(const Channel& into) {
    if (!world.workspace.settings.rate_limits) return {};
    const std::int64_t wait_s = world.limits.take_post(world.clock.steady_ms(), into.id);
    if (wait_s == 0) return {};
    return std::unexpected(Error{"ratelimited", {}, wait_s * 1000});
}

}  // namespace deskbell::sandbox
