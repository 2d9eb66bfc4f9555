// Buttons and menus, in messages and in views: what people press becomes `block_actions`.

#include "base/json.hpp"
#include "sandbox/model/elements.hpp"
#include "sandbox/model/interactions.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

// Where the control is: a message, an ephemeral message, or a view.
struct Source {
    Channel* channel = nullptr;
    const Message* message = nullptr;
    const Ephemeral* ephemeral = nullptr;
    View* view = nullptr;

    [[nodiscard]] const json::array& blocks() const {
        if (view) return view->blocks();
        return message ? message->blocks : ephemeral->blocks;
    }
    [[nodiscard]] std::string key() const {
        if (view) return view->id;
        return channel->id + " " + to_text(message ? message->ts : ephemeral->ts);
    }
};

Result<Source> find_source(World& world, const Press& press, const User& user) {
    Source source;
    if (!press.view.empty()) {
        source.view = find_view(world, press.view);
        if (!source.view || source.view->user != user.id)
            return fail("not_found", "This person has no such view open.");
        return source;
    }
    source.channel = world.workspace.find_channel(press.channel);
    if (!source.channel) return fail("channel_not_found", "There is no such channel.");
    const auto ts = parse_ts(press.ts);
    source.message = ts ? source.channel->find(*ts) : nullptr;
    if (source.message) return source;
    const auto& ephemerals = source.channel->ephemerals;
    const auto found = std::ranges::find_if(ephemerals, [&](const Ephemeral& known) {
        return ts && known.ts == *ts && known.for_user == user.id;
    });
    if (found == ephemerals.end()) return fail("message_not_found", "There is no such message.");
    source.ephemeral = &*found;
    return source;
}

void add_container(World& world, json::object& payload, const Source& source, const User& user) {
    if (source.view) {
        payload["container"] = {{"type", "view"}, {"view_id", source.view->id}};
        payload["view"] = view_object(world, *source.view);
        return;
    }
    const Ts ts = source.message ? source.message->ts : source.ephemeral->ts;
    Ts thread_ts = source.message ? source.message->thread_ts : source.ephemeral->thread_ts;
    json::object container{{"type", "message"},
                           {"message_ts", to_text(ts)},
                           {"channel_id", source.channel->id},
                           {"is_ephemeral", source.message == nullptr}};
    if (thread_ts != 0)
        container["thread_ts"] = to_text(thread_ts);
    else if (source.message && !source.message->replies.empty())
        container["thread_ts"] = to_text(ts);
    payload["container"] = std::move(container);
    payload["channel"] = {{"id", source.channel->id}, {"name", source.channel->name}};
    // Of messages that only one person sees the app gets none back.
    if (source.message)
        payload["message"] = message_object(world, *source.channel, *source.message);
    payload["response_url"] =
        response_url(world, make_hook(world, *source.channel, user, ts, thread_ts));
}

// The state of the element after the press goes into the view, or into what the payload shows.
Result<json::object> make_action(World& world, const FoundElement& found, const json::value& given,
                                 const std::string& menu) {
    const json::object& element = *found.element;
    const std::string type = string_or_empty(element, "type");
    json::object action{{"type", type},
                        {"action_id", string_or_empty(element, "action_id")},
                        {"block_id", found.block_id},
                        {"action_ts", to_text(world.now_ts())}};
    if (type == "button") {
        for (const std::string_view key : {"text", "value", "style", "url"})
            if (const json::value* value = element.if_contains(key)) action[key] = *value;
        return action;
    }
    auto state = chosen_state(world.workspace, element, given, loaded_options(world, menu));
    if (!state) return std::unexpected(state.error());
    if (type == "overflow" && is_empty_state(*state))
        return fail("invalid_request", "The menu has no option with this value.");
    for (const auto& [key, value] : *state) action[key] = value;
    if (const json::value* text = element.if_contains("placeholder")) action["placeholder"] = *text;
    return action;
}

void keep_state(View& view, const FoundElement& found, const json::object& action) {
    if (!has_state(string_or_empty(*found.element, "type"))) return;
    json::object state = initial_state(*found.element);
    for (auto& [key, value] : state)
        if (const json::value* chosen = action.if_contains(key)) value = *chosen;
    json::value& block = view.values[found.block_id];
    if (!block.is_object()) block.emplace_object();
    block.get_object()[string_or_empty(action, "action_id")] = std::move(state);
}

}  // namespace

Result<std::uint64_t> Slack::press(const Press& press) {
    World& world = *world_;
    const User* user = world.workspace.find_user(press.user);
    if (!user) return fail("user_not_found", "There is no such person.");
    const auto source = find_source(world, press, *user);
    if (!source) return std::unexpected(source.error());
    const FoundElement found = find_element(source->blocks(), press.block_id, press.action_id);
    if (!found.element) return fail("invalid_request", "There is no such control.");
    if (auto checked = check_interactive(world); !checked) return std::unexpected(checked.error());
    const json::value given =
        press.values.empty() ? json::value(press.value)
                             : json::value(json::array(press.values.begin(), press.values.end()));
    const std::string menu = menu_key(source->key(), found.block_id, press.action_id);
    auto action = make_action(world, found, given, menu);
    if (!action) return std::unexpected(action.error());
    if (source->view) keep_state(*source->view, found, *action);
    json::object payload = interaction_base(world, "block_actions", *user);
    add_container(world, payload, *source, *user);
    json::object values;
    if (source->message) values = state_values(source->message->blocks, {});
    if (!source->view) payload["state"] = {{"values", std::move(values)}};
    payload["actions"] = json::array{std::move(*action)};
    Interaction interaction;
    interaction.kind = InteractionKind::action;
    interaction.user = user->id;
    interaction.name = press.action_id;
    interaction.channel = source->channel ? source->channel->id : "";
    interaction.view = source->view ? source->view->id : "";
    return send_interaction(world, payload, std::move(interaction));
}

Result<std::uint64_t> Slack::ask_suggestions(const Press& asked) {
    World& world = *world_;
    const User* user = world.workspace.find_user(asked.user);
    if (!user) return fail("user_not_found", "There is no such person.");
    const auto source = find_source(world, asked, *user);
    if (!source) return std::unexpected(source.error());
    const FoundElement found = find_element(source->blocks(), asked.block_id, asked.action_id);
    if (!found.element || !string_or_empty(*found.element, "type").contains("external"))
        return fail("invalid_request", "There is no such menu.");
    const auto least = static_cast<std::size_t>(
        std::max<std::int64_t>(0, find_int(*found.element, "min_query_length").value_or(3)));
    if (asked.value.size() < least)
        return fail("invalid_request", "Type " + std::to_string(least) + " characters.");
    const std::string& url = world.workspace.features.options_url;
    if (url.empty())
        if (auto checked = check_interactive(world); !checked)
            return std::unexpected(checked.error());
    auto& menus = world.interactions.menus;
    const std::string key = menu_key(source->key(), found.block_id, asked.action_id);
    if (menus.size() >= Interactions::menus_max && !menus.contains(key)) menus.erase(menus.begin());
    menus[key].query = asked.value;
    menus[key].state = "waiting";
    json::object payload = interaction_base(world, "block_suggestion", *user);
    payload.erase("trigger_id");
    add_container(world, payload, *source, *user);
    payload.erase("response_url");
    payload["action_id"] = asked.action_id;
    payload["block_id"] = found.block_id;
    payload["value"] = asked.value;
    Interaction interaction;
    interaction.kind = InteractionKind::suggestion;
    interaction.user = user->id;
    interaction.name = asked.action_id;
    interaction.menu = key;
    return send_interaction(world, payload, std::move(interaction), url);
}

}  // namespace deskbell::sandbox
