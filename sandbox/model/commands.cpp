// Slash commands and shortcuts, as people run them.

#include "base/text.hpp"
#include "sandbox/model/interactions.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/text.hpp"
#include "sandbox/model/typed_text.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

std::string encode_form(const std::vector<std::pair<std::string_view, std::string>>& fields) {
    std::string form;
    for (const auto& [name, value] : fields) {
        if (!form.empty()) form += '&';
        form += std::string(name) + "=" + percent_encode_form(value);
    }
    return form;
}

const Shortcut* find_shortcut(const World& world, std::string_view callback_id, bool on_message) {
    const auto& shortcuts = world.workspace.features.shortcuts;
    const auto found = std::ranges::find_if(shortcuts, [&](const Shortcut& known) {
        return known.callback_id == callback_id && known.is_message == on_message;
    });
    return found == shortcuts.end() ? nullptr : &*found;
}

struct Caller {
    const User* user = nullptr;
    Channel* channel = nullptr;
};

Result<Caller> find_caller(World& world, std::string_view user, std::string_view channel) {
    Caller caller;
    caller.user = world.workspace.find_user(user);
    if (!caller.user) return fail("user_not_found", "There is no such person.");
    if (channel.empty()) return caller;
    caller.channel = world.workspace.find_channel(channel);
    if (!caller.channel) return fail("channel_not_found", "There is no such channel.");
    if (!caller.channel->has_member(caller.user->id))
        return fail("not_in_channel", "This person is not in the channel.");
    return caller;
}

}  // namespace

Result<std::uint64_t> Slack::run_command(const PostedByPerson& typed) {
    World& world = *world_;
    const auto caller = find_caller(world, typed.user, typed.channel);
    if (!caller) return std::unexpected(caller.error());
    if (!caller->channel) return fail("channel_not_found", "There is no such channel.");
    const std::string_view line = trim(typed.text);
    const std::string name = to_lower_ascii(line.substr(0, line.find_first_of(" \n")));
    std::string rest(trim(line.substr(std::min(line.size(), name.size()))));
    const auto& commands = world.workspace.features.commands;
    const auto command = std::ranges::find(commands, name, &SlashCommand::command);
    if (command == commands.end())
        return fail("unknown_command", "`" + name + "` is not a valid command.");
    if (!typed.thread_ts.empty())
        return fail("not_in_threads", name + " is not supported in threads. Sorry!");
    const Settings& settings = world.workspace.settings;
    if (!settings.interactivity_enabled || (!settings.socket_mode && command->url.empty()))
        return fail("not_configured", "The command has no request URL.");
    if (command->should_escape && !rest.empty())
        rest = parse_typed_text(world.workspace, rest).text;
    const Workspace& workspace = world.workspace;
    const ResponseHook& hook = make_hook(world, *caller->channel, *caller->user, 0, 0);
    Interaction interaction;
    interaction.kind = InteractionKind::command;
    interaction.user = caller->user->id;
    interaction.name = name;
    interaction.channel = caller->channel->id;
    interaction.hook = hook.id;
    std::string form = encode_form(
        {{"token", workspace.app.verification_token},
         {"team_id", workspace.team_id},
         {"team_domain", workspace.domain},
         {"channel_id", caller->channel->id},
         {"channel_name", caller->channel->is_private ? "privategroup" : caller->channel->name},
         {"user_id", caller->user->id},
         {"user_name", caller->user->name},
         {"command", name},
         {"text", rest},
         {"api_app_id", workspace.app.app_id},
         {"is_enterprise_install", "false"},
         {"response_url", response_url(world, hook)},
         {"trigger_id", issue_trigger(world, caller->user->id)}});
    return send_command(world, std::move(form), std::move(interaction), command->url);
}

Result<std::uint64_t> Slack::run_shortcut(std::string_view user, std::string_view callback_id,
                                          std::string_view channel, std::string_view ts) {
    World& world = *world_;
    const bool on_message = !ts.empty();
    const auto caller = find_caller(world, user, on_message ? channel : "");
    if (!caller) return std::unexpected(caller.error());
    const Shortcut* shortcut = find_shortcut(world, callback_id, on_message);
    if (!shortcut) return fail("invalid_request", "The app has no such shortcut.");
    if (auto checked = check_interactive(world); !checked) return std::unexpected(checked.error());
    json::object payload =
        interaction_base(world, on_message ? "message_action" : "shortcut", *caller->user);
    payload.erase("api_app_id");  // shortcuts do not say it
    payload["callback_id"] = shortcut->callback_id;
    payload["action_ts"] = to_text(world.now_ts());
    Interaction interaction;
    interaction.kind = InteractionKind::shortcut;
    interaction.user = caller->user->id;
    interaction.name = shortcut->callback_id;
    if (on_message) {
        if (!caller->channel) return fail("channel_not_found", "There is no such channel.");
        const auto at = parse_ts(ts);
        const Message* message = at ? caller->channel->find(*at) : nullptr;
        if (!message || message->is_tombstone())
            return fail("message_not_found", "There is no such message.");
        interaction.channel = caller->channel->id;
        payload["channel"] = {{"id", caller->channel->id}, {"name", caller->channel->name}};
        payload["message_ts"] = to_text(message->ts);
        payload["message"] = message_object(world, *caller->channel, *message);
        payload["response_url"] = response_url(
            world,
            make_hook(world, *caller->channel, *caller->user, message->ts, message->thread_ts));
    }
    return send_interaction(world, payload, std::move(interaction));
}

Result<void> Slack::apply_manifest(const json::object& manifest) {
    auto features = parse_features(manifest);
    if (!features) return std::unexpected(features.error());
    world_->workspace.features = std::move(*features);
    world_->changed();
    return {};
}

}  // namespace deskbell::sandbox
