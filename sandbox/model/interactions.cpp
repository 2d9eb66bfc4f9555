// Buttons, menus, and the answers an app may give to a press through its response_url.

#include "base/json.hpp"
#include "sandbox/model/blocks.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/execute.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/text.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t hook_lifetime_ms = 30 * 60'000;

struct PressedElement {
    std::string block_id;
    const json::object* element = nullptr;
};

PressedElement find_element(const Message& message, const Press& press) {
    for (const json::value& item : message.blocks) {
        const json::object* block = item.if_object();
        if (!block) continue;
        const std::string block_id = string_or_empty(*block, "block_id");
        if (!press.block_id.empty() && press.block_id != block_id) continue;
        const auto matches = [&press](const json::object& element) {
            return string_or_empty(element, "action_id") == press.action_id;
        };
        if (const json::object* accessory = find_object(*block, "accessory");
            accessory && matches(*accessory))
            return {block_id, accessory};
        const json::array* elements = find_array(*block, "elements");
        for (std::size_t i = 0; elements && i < elements->size(); ++i)
            if (const json::object* element = (*elements)[i].if_object();
                element && matches(*element))
                return {block_id, element};
    }
    return {};
}

// nullptr when the menu has no such option.
const json::object* find_option(const json::object& element, std::string_view value) {
    const json::array* options = find_array(element, "options");
    for (std::size_t i = 0; options && i < options->size(); ++i)
        if (const json::object* option = (*options)[i].if_object();
            option && string_or_empty(*option, "value") == value)
            return option;
    return nullptr;
}

Result<json::object> make_action(World& world, const PressedElement& pressed, const Press& press) {
    json::object action{{"type", string_or_empty(*pressed.element, "type")},
                        {"action_id", press.action_id},
                        {"block_id", pressed.block_id},
                        {"action_ts", to_text(world.now_ts())}};
    if (string_or_empty(*pressed.element, "type") == "button") {
        for (const std::string_view key : {"text", "value", "style", "url"})
            if (const json::value* value = pressed.element->if_contains(key)) action[key] = *value;
        return action;
    }
    const json::object* option = find_option(*pressed.element, press.value);
    if (!option) return fail("invalid_request", "The menu has no option with this value.");
    action["selected_option"] = *option;
    return action;
}

ResponseHook& make_hook(World& world, const Channel& channel, const Message& message,
                        const User& user) {
    if (world.hooks.size() >= World::hooks_max) world.hooks.pop_front();
    world.hooks.push_back({make_secret(world.random, 24), channel.id, user.id, message.ts,
                           message.is_reply() ? message.thread_ts : 0,
                           world.clock.steady_ms() + hook_lifetime_ms, 5});
    return world.hooks.back();
}

json::object interaction(World& world, const Channel& channel, const Message& message,
                         const User& user, json::object action) {
    const Workspace& workspace = world.workspace;
    json::object container{{"type", "message"},
                           {"message_ts", to_text(message.ts)},
                           {"channel_id", channel.id},
                           {"is_ephemeral", false}};
    if (message.is_reply() || !message.replies.empty())
        container["thread_ts"] = to_text(message.is_reply() ? message.thread_ts : message.ts);
    return {{"type", "block_actions"},
            {"user",
             {{"id", user.id},
              {"username", user.name},
              {"name", user.name},
              {"team_id", workspace.team_id}}},
            {"api_app_id", workspace.app.app_id},
            {"token", workspace.app.verification_token},
            {"container", std::move(container)},
            {"trigger_id", make_trigger_id(world)},
            {"team", {{"id", workspace.team_id}, {"domain", workspace.domain}}},
            {"enterprise", nullptr},
            {"is_enterprise_install", false},
            {"channel", {{"id", channel.id}, {"name", channel.name}}},
            {"message", message_object(world, channel, message)},
            {"state", {{"values", json::object()}}},
            {"response_url",
             world.public_url + "/response/" + make_hook(world, channel, message, user).id},
            {"actions", json::array{std::move(action)}}};
}

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

void perform(World& world, Channel& channel, const ResponseHook& hook, Reply reply) {
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
    channel.ephemerals.push_back(
        {world.next_ts(channel), placement.thread_ts != 0 ? placement.thread_ts : hook.thread_ts,
         hook.user, std::move(reply.draft.text), std::move(reply.draft.blocks)});
    if (channel.ephemerals.size() > 50) channel.ephemerals.pop_front();
    world.changed(false);
}

}  // namespace

Result<std::uint64_t> Slack::press(const Press& press) {
    World& world = *world_;
    const User* user = world.workspace.find_user(press.user);
    if (!user) return fail("user_not_found", "There is no such person.");
    const Channel* channel = world.workspace.find_channel(press.channel);
    if (!channel) return fail("channel_not_found", "There is no such channel.");
    const auto ts = parse_ts(press.ts);
    const Message* message = ts ? channel->find(*ts) : nullptr;
    if (!message) return fail("message_not_found", "There is no such message.");
    const PressedElement pressed = find_element(*message, press);
    if (!pressed.element) return fail("invalid_request", "The message has no such button.");
    if (world.workspace.interactivity_url.empty() ||
        !world.workspace.settings.interactivity_enabled)
        return fail("not_configured", "The app has no interactivity URL.");
    auto action = make_action(world, pressed, press);
    if (!action) return std::unexpected(action.error());
    Delivery delivery;
    delivery.kind = DeliveryKind::interactive;
    delivery.url = world.workspace.interactivity_url;
    delivery.content_type = "application/x-www-form-urlencoded";
    delivery.type = "block_actions";
    delivery.subtype = press.action_id;
    delivery.created_ms = world.clock.steady_ms();
    delivery.due_ms = delivery.created_ms;
    delivery.body = "payload=" + percent_encode_form(json::serialize(interaction(
                                     world, *channel, *message, *user, std::move(*action))));
    if (world.deliveries.push(std::move(delivery), world.now_ts()) !=
        DeliveryQueue::Verdict::queued)
        return fail("too_many_deliveries", "Too much is waiting to be delivered.");
    world.changed();
    return world.deliveries.log().front().id;
}

ApiAnswer Slack::respond(std::string_view hook_id, std::string_view body) {
    World& world = *world_;
    const auto hook = std::ranges::find(world.hooks, hook_id, &ResponseHook::id);
    if (hook == world.hooks.end()) return plain(404, "no_service");
    if (hook->uses_left == 0 || hook->expires_ms < world.clock.steady_ms())
        return plain(404, "used_url");
    Channel* channel = world.workspace.find_channel(hook->channel);
    if (!channel) return plain(404, "channel_not_found");
    auto reply = read_reply(world, body);
    if (!reply) return plain(400, reply.error().code);
    --hook->uses_left;
    perform(world, *channel, *hook, std::move(*reply));
    ApiAnswer answer;
    answer.headers = {{"content-type", "application/json; charset=utf-8"}};
    answer.body = R"({"ok":true})";
    return answer;
}

}  // namespace deskbell::sandbox
