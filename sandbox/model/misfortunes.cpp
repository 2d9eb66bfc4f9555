// What admins, other companies, other apps and Slack itself do to an app.

#include "base/text.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/lookups.hpp"
#include "sandbox/model/membership.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t people_max = 500;
constexpr std::size_t foreign_bots_max = 100;

const ForeignBot& foreign_bot(World& world, const std::string& name) {
    auto& bots = world.workspace.foreign_bots;
    const auto found = std::ranges::find(bots, name, &ForeignBot::name);
    if (found != bots.end()) return *found;
    User user;
    user.id = make_id(world.random, "U");
    user.name = to_lower_ascii(name);
    std::erase(user.name, ' ');
    user.display_name = name;
    user.real_name = name;
    user.avatar = "/avatars/" + user.name + ".svg";
    user.is_bot = true;
    bots.push_back({make_id(world.random, "B"), make_id(world.random, "A"), user.id, name});
    world.workspace.users.push_back(std::move(user));
    return bots.back();
}

std::string handle_of(std::string_view display_name) {
    std::string handle;
    for (const char c : to_lower_ascii(display_name))
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') handle += c;
    return handle;
}

void emit_tokens_revoked(World& world) {
    emit(world, nullptr,
         {{"type", "tokens_revoked"},
          {"tokens", {{"oauth", json::array()}, {"bot", {world.workspace.app.user_id}}}},
          {"event_ts", to_text(world.now_ts())}});
}

// The team that all outsiders are of.
std::string outsiders_team(World& world) {
    for (const User& user : world.workspace.users)
        if (!user.team_id.empty()) return user.team_id;
    return make_id(world.random, "T");
}

User make_person(World& world, const NewPerson& person, std::string name) {
    User user;
    user.id = make_id(world.random, "U");
    user.avatar = "/avatars/" + name + ".svg";
    user.name = std::move(name);
    user.display_name = person.display_name.empty() ? user.name : person.display_name;
    user.real_name = user.display_name;
    user.is_ultra_restricted = person.kind == PersonKind::single_channel_guest;
    user.is_restricted = user.is_ultra_restricted || person.kind == PersonKind::guest;
    user.is_unknown = person.kind == PersonKind::stranger;
    user.is_stranger = user.is_unknown || person.kind == PersonKind::outsider;
    if (user.is_stranger) user.team_id = outsiders_team(world);
    return user;
}

void tell_shared(World& world, Channel& channel, const std::string& team, bool on) {
    emit(world, &channel,
         {{"type", on ? "channel_shared" : "channel_unshared"},
          {on ? "connected_team_id" : "previously_connected_team_id", team},
          {"channel", channel.id},
          {"event_ts", to_text(world.next_ts(channel))}});
}

}  // namespace

Result<std::string> Slack::post_as_bot(const PostedByBot& posted) {
    World& world = *world_;
    const auto channel = look_up_channel(world, posted.channel);
    if (!channel) return std::unexpected(channel.error());
    if ((*channel)->is_archived) return fail("is_archived", "The channel is archived.");
    const std::string name(trim(posted.name));
    if (name.empty() || handle_of(name).empty() || count_characters(name) > 80)
        return fail("invalid_name", "The bot needs a name.");
    if (trim(posted.text).empty() && posted.blocks.empty())
        return fail("no_text", "There is nothing to say.");
    const User* taken = world.workspace.find_user(handle_of(name));
    const bool is_new = std::ranges::find(world.workspace.foreign_bots, name, &ForeignBot::name) ==
                        world.workspace.foreign_bots.end();
    if (is_new && (taken || world.workspace.foreign_bots.size() >= foreign_bots_max))
        return fail("invalid_name", "The name is taken, or there are too many bots.");
    Placement placement;
    if (!posted.thread_ts.empty()) {
        const auto thread = parse_ts(posted.thread_ts);
        if (!thread) return fail("thread_not_found", "The thread is gone.");
        placement.thread_ts = *thread;
    }
    const ForeignBot& bot = foreign_bot(world, name);
    Message draft;
    draft.bot_id = bot.bot_id;
    draft.text = normalize_mrkdwn(posted.text);
    draft.blocks = posted.blocks;
    draft.metadata = posted.metadata;
    if (posted.classic) {
        draft.subtype = "bot_message";
        draft.username = name;
    } else {
        draft.user = bot.user_id;
    }
    world.count("foreign_bot_post");
    return to_text(post_message(world, **channel, std::move(draft), placement).ts);
}

Result<std::string> Slack::add_person(const NewPerson& person) {
    World& world = *world_;
    const std::string name = handle_of(person.name.empty() ? person.display_name : person.name);
    if (name.empty() || name.size() > 80) return fail("invalid_name", "Letters, please.");
    if (world.workspace.find_user(name)) return fail("name_taken", "There is one already.");
    if (world.workspace.users.size() >= people_max)
        return fail("restricted_action", "The sandbox holds 500 people.");
    std::vector<Channel*> channels;
    for (const std::string& wanted : person.channels) {
        const auto channel = look_up_channel(world, wanted);
        if (!channel) return std::unexpected(channel.error());
        if ((*channel)->is_archived) return fail("is_archived", "The channel is archived.");
        channels.push_back(*channel);
    }
    const User user = make_person(world, person, name);
    world.workspace.users.push_back(user);
    world.changed();
    for (Channel* channel : channels) {
        const bool was_shared = world.workspace.is_ext_shared(*channel);
        join_channel(world, *channel, user.id, some_admin(world).id);
        if (!was_shared && !user.team_id.empty()) tell_shared(world, *channel, user.team_id, true);
    }
    return user.id;
}

Result<void> Slack::set_private(std::string_view channel, bool on) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    if ((*found)->is_private == on)
        return fail(on ? "already_private" : "already_public", "Nothing to do.");
    convert_channel(*world_, **found, some_admin(*world_).id, on);
    return {};
}

Result<void> Slack::vanish(std::string_view channel, std::string_view ts) {
    const auto found = look_up_channel(*world_, channel);
    if (!found) return std::unexpected(found.error());
    const auto at = parse_ts(ts);
    if (!at || !(*found)->find(*at)) return fail("message_not_found", "There is no such message.");
    vanish_message(*world_, **found, *at);
    return {};
}

void Slack::revoke_token() {
    Settings& settings = world_->workspace.settings;
    if (std::exchange(settings.token_revoked, true)) return;
    emit_tokens_revoked(*world_);
    world_->changed();
}

void Slack::expire_token() {
    world_->workspace.settings.token_expired = true;
    world_->changed();
}

void Slack::restore_token() {
    world_->workspace.settings.token_revoked = false;
    world_->workspace.settings.token_expired = false;
    world_->changed();
}

void Slack::uninstall() {
    App& app = world_->workspace.app;
    if (app.is_uninstalled) return;
    // Slack promises no order of these two.
    emit_tokens_revoked(*world_);
    emit(*world_, nullptr, {{"type", "app_uninstalled"}, {"event_ts", to_text(world_->now_ts())}});
    app.is_uninstalled = true;
    world_->changed();
}

void Slack::reinstall() {
    world_->workspace.app.is_uninstalled = false;
    world_->changed();
}

Result<void> Slack::set_scope(std::string_view scope, bool on) {
    if (scope.empty() || scope.size() > 80 ||
        scope.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.:") != std::string_view::npos)
        return fail("invalid_request", "That is not a scope.");
    std::vector<std::string>& scopes = world_->workspace.app.scopes;
    std::erase(scopes, scope);
    if (on && scopes.size() < 100) scopes.emplace_back(scope);
    world_->changed();
    return {};
}

void Slack::disable_events() {
    world_->events_disabled = true;
    world_->deliveries.clear_pending();
    world_->count("events_disabled");
    world_->changed();
}

void Slack::enable_events() {
    world_->events_disabled = false;
    world_->changed();
}

void Slack::limit_events() { emit_app_rate_limited(*world_); }

void Slack::clear_all() {
    World& world = *world_;
    world.settings_before_weather.reset();
    world.weather.clear();
    world.faults.clear();
    world.storms.clear();
    // How the app is connected is no fault of Slack's.
    Settings good;
    const Settings& now = world.workspace.settings;
    good.retry_scale = now.retry_scale;
    good.socket_mode = now.socket_mode;
    good.socket_lifetime_s = now.socket_lifetime_s;
    good.token_rotation = now.token_rotation;
    change_settings(settings_object(good));
    restore_token();
    reinstall();
    enable_events();
    for (const std::string& scope : default_scopes())
        if (std::ranges::find(world.workspace.app.scopes, scope) ==
            world.workspace.app.scopes.end())
            world.workspace.app.scopes.push_back(scope);
}

}  // namespace deskbell::sandbox
