#include "sandbox/model/interactions.hpp"

#include "base/json.hpp"
#include "sandbox/model/blocks.hpp"
#include "sandbox/model/elements.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/text.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t hook_lifetime_ms = 30 * 60'000;
constexpr std::size_t ephemerals_max = 50;
constexpr std::size_t suggestions_max = 100;

ApiAnswer plain(int status, std::string body) {
    ApiAnswer answer;
    answer.status = status;
    answer.headers = {{"content-type", "text/plain; charset=utf-8"}};
    answer.body = std::move(body);
    return answer;
}

// What a response_url was given, checked and ready to be shown.
struct Reply {
    Message draft;
    bool in_channel = false;
    bool replace = false;
    bool remove = false;
};

Result<Reply> read_reply(const World& world, std::string_view body) {
    const auto given = parse_json_object(body);
    if (!given) return fail("invalid_payload", {});
    Reply reply;
    reply.remove = find_bool(*given, "delete_original").value_or(false);
    reply.replace = find_bool(*given, "replace_original").value_or(false);
    reply.in_channel = string_or_empty(*given, "response_type") == "in_channel";
    reply.draft.user = world.workspace.app.user_id;
    reply.draft.bot_id = world.workspace.app.bot_id;
    reply.draft.text = normalize_mrkdwn(string_or_empty(*given, "text"));
    if (const json::array* blocks = find_array(*given, "blocks")) reply.draft.blocks = *blocks;
    if (!accept_blocks(reply.draft.blocks).empty()) return fail("invalid_blocks", {});
    if (const auto thread = parse_ts(string_or_empty(*given, "thread_ts")))
        reply.draft.thread_ts = *thread;
    if (!reply.remove && reply.draft.text.empty() && reply.draft.blocks.empty())
        return fail("no_text", {});
    return reply;
}

void add_ephemeral(World& world, Channel& channel, Ephemeral ephemeral) {
    channel.ephemerals.push_back(std::move(ephemeral));
    if (channel.ephemerals.size() > ephemerals_max) channel.ephemerals.pop_front();
    world.changed(false);
}

// True when the original was ephemeral: it is changed or gone.
bool perform_on_ephemeral(World& world, Channel& channel, const ResponseHook& hook, Reply& reply) {
    const auto found = std::ranges::find(channel.ephemerals, hook.message_ts, &Ephemeral::ts);
    if (found == channel.ephemerals.end() || (!reply.remove && !reply.replace)) return false;
    if (reply.remove) {
        channel.ephemerals.erase(found);
    } else {
        give_block_ids(world, reply.draft.blocks);
        found->text = std::move(reply.draft.text);
        found->blocks = std::move(reply.draft.blocks);
    }
    world.changed(false);
    return true;
}

void perform(World& world, Channel& channel, const ResponseHook& hook, Reply reply) {
    if (perform_on_ephemeral(world, channel, hook, reply)) return;
    Message* original = channel.find(hook.message_ts);
    if (reply.remove) return delete_message(world, channel, hook.message_ts);
    if (reply.replace && original) {
        MessageChange change;
        change.text = std::move(reply.draft.text);
        change.blocks = std::move(reply.draft.blocks);
        change.marks_edited = false;
        return change_message(world, channel, *original, std::move(change));
    }
    const Placement placement{std::exchange(reply.draft.thread_ts, 0), false};
    if (reply.in_channel) {
        post_message(world, channel, std::move(reply.draft), placement);
        return;
    }
    give_block_ids(world, reply.draft.blocks);
    add_ephemeral(
        world, channel,
        {world.next_ts(channel), placement.thread_ts != 0 ? placement.thread_ts : hook.thread_ts,
         hook.user, std::move(reply.draft.text), std::move(reply.draft.blocks)});
}

bool is_success(const DeliveryOutcome& outcome) {
    return outcome.kind == DeliveryOutcome::Kind::answered && outcome.status >= 200 &&
           outcome.status < 300;
}

// The words under a control, or of Slackbot, when an app did not answer.
std::string failure_words(const Interaction& interaction, const DeliveryOutcome& outcome) {
    const bool is_command = interaction.kind == InteractionKind::command;
    if (outcome.kind != DeliveryOutcome::Kind::answered)
        return is_command ? "`" + interaction.name +
                                "` failed because the app did not respond. Please try again or "
                                "contact the app developer."
                          : "This app did not respond. Try again, or contact the app developer.";
    return is_command
               ? "`" + interaction.name + "` failed with the error \"dispatch_failed\""
               : "This app responded with Status Code " + std::to_string(outcome.status) + ".";
}

void answer_command(World& world, const Interaction& command, const DeliveryOutcome& outcome) {
    Channel* channel = world.workspace.find_channel(command.channel);
    const auto hook = std::ranges::find(world.hooks, command.hook, &ResponseHook::id);
    if (!channel) return;
    if (!is_success(outcome))
        return tell_by_slackbot(world, *channel, command.user, failure_words(command, outcome));
    if (outcome.body.empty() || hook == world.hooks.end()) return;
    if (apply_reply(world, *channel, *hook, outcome.body)) return;
    if (parse_json_object(outcome.body)) return;  // an object that says nothing
    // Plain text is a message for the person alone.
    add_ephemeral(world, *channel,
                  {world.next_ts(*channel), 0, command.user, normalize_mrkdwn(outcome.body), {}});
}

void answer_suggestion(World& world, const Interaction& asked, const DeliveryOutcome& outcome) {
    const auto menu = world.interactions.menus.find(asked.menu);
    if (menu == world.interactions.menus.end()) return;
    const auto answer = parse_json_object(outcome.body);
    menu->second.state = "failed";
    if (!is_success(outcome) || !answer) return;
    if (!answer->contains("options") && !answer->contains("option_groups")) return;
    json::array options = options_of(*answer);
    if (options.size() > suggestions_max) return;
    menu->second.options = std::move(options);
    menu->second.state = "ready";
}

Result<std::uint64_t> queue(World& world, Delivery delivery, Interaction interaction) {
    delivery.kind = DeliveryKind::interactive;
    delivery.content_type = "application/x-www-form-urlencoded";
    delivery.created_ms = world.clock.steady_ms();
    delivery.due_ms = delivery.created_ms;
    if (world.deliveries.push(std::move(delivery), world.now_ts()) !=
        DeliveryQueue::Verdict::queued)
        return fail("too_many_deliveries", "Too much is waiting to be delivered.");
    interaction.delivery = world.deliveries.log().front().id;
    interaction.at = world.now_ts();
    const std::uint64_t id = interaction.delivery;
    world.interactions.log.push_front(std::move(interaction));
    if (world.interactions.log.size() > Interactions::log_max) world.interactions.log.pop_back();
    world.changed();
    return id;
}

std::string_view to_text(InteractionKind kind) {
    switch (kind) {
        case InteractionKind::action:
            return "action";
        case InteractionKind::submission:
            return "submission";
        case InteractionKind::closed:
            return "closed";
        case InteractionKind::shortcut:
            return "shortcut";
        case InteractionKind::command:
            return "command";
        case InteractionKind::suggestion:
            return "suggestion";
    }
    return "";
}

}  // namespace

json::object interaction_base(World& world, std::string_view type, const User& user) {
    const Workspace& workspace = world.workspace;
    return {{"type", type},
            {"user",
             {{"id", user.id},
              {"username", user.name},
              {"name", user.name},
              {"team_id", user.team_id.empty() ? workspace.team_id : user.team_id}}},
            {"api_app_id", workspace.app.app_id},
            {"token", workspace.app.verification_token},
            {"trigger_id", issue_trigger(world, user.id)},
            {"team", {{"id", workspace.team_id}, {"domain", workspace.domain}}},
            {"enterprise", nullptr},
            {"is_enterprise_install", false}};
}

ResponseHook& make_hook(World& world, const Channel& channel, const User& user, Ts message_ts,
                        Ts thread_ts) {
    if (world.hooks.size() >= World::hooks_max) world.hooks.pop_front();
    world.hooks.push_back({make_secret(world.random, 24), channel.id, user.id, message_ts,
                           thread_ts, world.clock.steady_ms() + hook_lifetime_ms, 5});
    return world.hooks.back();
}

std::string response_url(const World& world, const ResponseHook& hook) {
    return world.public_url + "/response/" + hook.id;
}

Result<void> check_interactive(const World& world) {
    const Settings& settings = world.workspace.settings;
    const bool has_way = settings.socket_mode || !world.workspace.interactivity_url.empty();
    if (!has_way || !settings.interactivity_enabled)
        return fail("not_configured", "The app has no interactivity URL.");
    return {};
}

Result<std::uint64_t> send_interaction(World& world, const json::object& payload,
                                       Interaction interaction, std::string url) {
    Delivery delivery;
    delivery.url = url.empty() ? world.workspace.interactivity_url : std::move(url);
    delivery.type = string_or_empty(payload, "type");
    delivery.subtype = interaction.name;
    delivery.body = "payload=" + percent_encode_form(json::serialize(payload));
    return queue(world, std::move(delivery), std::move(interaction));
}

Result<std::uint64_t> send_command(World& world, std::string form, Interaction interaction,
                                   std::string url) {
    Delivery delivery;
    delivery.url = std::move(url);
    delivery.type = "slash_commands";
    delivery.subtype = interaction.name;
    delivery.body = std::move(form);
    return queue(world, std::move(delivery), std::move(interaction));
}

void answer_interaction(World& world, std::uint64_t delivery, const DeliveryOutcome& outcome) {
    const auto found = std::ranges::find(world.interactions.log, delivery, &Interaction::delivery);
    if (found == world.interactions.log.end()) return;
    found->state = is_success(outcome) ? "done" : "failed";
    if (!is_success(outcome)) found->detail = failure_words(*found, outcome);
    const Interaction interaction = *found;
    switch (interaction.kind) {
        case InteractionKind::submission:
            return answer_submission(world, interaction.view, is_success(outcome), outcome.body);
        case InteractionKind::command:
            return answer_command(world, interaction, outcome);
        case InteractionKind::suggestion:
            return answer_suggestion(world, interaction, outcome);
        default:
            return;
    }
}

Result<void> apply_reply(World& world, Channel& channel, const ResponseHook& hook,
                         std::string_view body) {
    auto reply = read_reply(world, body);
    if (!reply) return std::unexpected(reply.error());
    perform(world, channel, hook, std::move(*reply));
    return {};
}

void tell_by_slackbot(World& world, Channel& channel, std::string_view user, std::string text) {
    add_ephemeral(world, channel,
                  {world.next_ts(channel), 0, std::string(user), std::move(text), {}, true});
}

std::string menu_key(std::string_view container, std::string_view block_id,
                     std::string_view action_id) {
    return std::string(container) + " " + std::string(block_id) + " " + std::string(action_id);
}

const json::array& loaded_options(const World& world, const std::string& menu) {
    static const json::array none;
    const auto found = world.interactions.menus.find(menu);
    return found == world.interactions.menus.end() ? none : found->second.options;
}

json::array shown_interactions(const World& world) {
    json::array list;
    for (const Interaction& known : world.interactions.log)
        list.push_back({{"delivery", known.delivery},
                        {"kind", to_text(known.kind)},
                        {"user", known.user},
                        {"name", known.name},
                        {"channel", known.channel},
                        {"at", to_text(known.at)},
                        {"state", known.state},
                        {"detail", known.detail}});
    return list;
}

json::object shown_menus(const World& world) {
    json::object menus;
    for (const auto& [key, menu] : world.interactions.menus)
        menus[key] = {{"query", menu.query}, {"state", menu.state}, {"options", menu.options}};
    return menus;
}

ApiAnswer Slack::respond(std::string_view hook_id, std::string_view body) {
    World& world = *world_;
    const auto hook = std::ranges::find(world.hooks, hook_id, &ResponseHook::id);
    if (hook == world.hooks.end()) return plain(404, "no_service");
    if (hook->uses_left == 0 || hook->expires_ms < world.clock.steady_ms())
        return plain(404, "used_url");
    Channel* channel = world.workspace.find_channel(hook->channel);
    if (!channel) return plain(404, "channel_not_found");
    const ResponseHook used = *hook;
    if (const auto applied = apply_reply(world, *channel, used, body); !applied)
        return plain(400, applied.error().code);
    --std::ranges::find(world.hooks, hook_id, &ResponseHook::id)->uses_left;
    ApiAnswer answer;
    answer.headers = {{"content-type", "application/json; charset=utf-8"}};
    answer.body = R"({"ok":true})";
    return answer;
}

}  // namespace deskbell::sandbox
