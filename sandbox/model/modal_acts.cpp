// What people do with modals and the Home tab: fill in, submit, close, come by.

#include "base/json.hpp"
#include "sandbox/model/elements.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/interactions.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

namespace {

// The view that a person has open, on top of their stack.
Result<View*> open_modal(World& world, std::string_view user, std::string_view id) {
    const User* person = world.workspace.find_user(user);
    if (!person) return fail("user_not_found", "There is no such person.");
    View* top = top_view(world, person->id);
    if (!top || (!id.empty() && top->id != id))
        return fail("not_found", "This person has no such view open.");
    return top;
}

// What was typed and chosen, by block and action, goes into the view's state.
Result<void> take_values(World& world, View& view, const json::object& given) {
    for (const auto& [block_id, actions] : given) {
        if (!actions.is_object()) return fail("invalid_request", "values: {block: {action: …}}.");
        for (const auto& [action_id, value] : actions.get_object()) {
            const FoundElement found = find_element(view.blocks(), block_id, action_id);
            if (!found.element) return fail("invalid_request", "The view has no such input.");
            auto state =
                chosen_state(world.workspace, *found.element, value,
                             loaded_options(world, menu_key(view.id, block_id, action_id)));
            if (!state) return std::unexpected(state.error());
            json::value& block = view.values[block_id];
            if (!block.is_object()) block.emplace_object();
            block.get_object()[action_id] = std::move(*state);
        }
    }
    return {};
}

// As Slack's own client checks before it asks the app.
json::object client_complaints(const View& view) {
    json::object complaints;
    for (const json::value& value : view.blocks()) {
        const json::object& block = value.as_object();
        const json::object* element = find_object(block, "element");
        if (string_or_empty(block, "type") != "input" || !element) continue;
        const std::string block_id = string_or_empty(block, "block_id");
        const json::object* states = find_object(view.values, block_id);
        const json::object* state =
            states ? find_object(*states, string_or_empty(*element, "action_id")) : nullptr;
        if (!state) continue;
        if (is_empty_state(*state) && find_bool(block, "optional").value_or(false)) continue;
        if (std::string complaint = complaint_about(*element, *state); !complaint.empty())
            complaints[block_id] = std::move(complaint);
    }
    return complaints;
}

// Conversations that were chosen with `response_url_enabled` may be answered into.
json::array response_urls(World& world, const View& view, const User& user) {
    json::array urls;
    for (const json::value& value : view.blocks()) {
        const json::object* element = find_object(value.as_object(), "element");
        if (!element || !find_bool(*element, "response_url_enabled").value_or(false)) continue;
        const std::string block_id = string_or_empty(value.as_object(), "block_id");
        const std::string action_id = string_or_empty(*element, "action_id");
        const json::object* states = find_object(view.values, block_id);
        const json::object* state = states ? find_object(*states, action_id) : nullptr;
        if (!state) continue;
        std::string chosen = string_or_empty(*state, "selected_conversation");
        if (chosen.empty()) chosen = string_or_empty(*state, "selected_channel");
        const Channel* channel = world.workspace.find_channel(chosen);
        if (!channel) continue;
        urls.push_back(
            {{"block_id", block_id},
             {"action_id", action_id},
             {"channel_id", channel->id},
             {"response_url", response_url(world, make_hook(world, *channel, user, 0, 0))}});
    }
    return urls;
}

Interaction about(const View& view, InteractionKind kind) {
    Interaction interaction;
    interaction.kind = kind;
    interaction.user = view.user;
    interaction.name = view.text("callback_id");
    interaction.view = view.id;
    return interaction;
}

}  // namespace

Result<std::uint64_t> Slack::submit_view(std::string_view user, std::string_view id,
                                         const json::object& values) {
    World& world = *world_;
    const auto view = open_modal(world, user, id);
    if (!view) return std::unexpected(view.error());
    if ((*view)->is_waiting) return fail("invalid_request", "It is being submitted already.");
    if (auto taken = take_values(world, **view, values); !taken)
        return std::unexpected(taken.error());
    (*view)->failure.clear();
    (*view)->errors = client_complaints(**view);
    world.changed();
    if (!(*view)->errors.empty())
        return fail("missing_input", "Some fields are not filled in as they should be.");
    if (auto checked = check_interactive(world); !checked) return std::unexpected(checked.error());
    const User& person = *world.workspace.find_user((*view)->user);
    json::object payload = interaction_base(world, "view_submission", person);
    payload["view"] = view_object(world, **view);
    payload["response_urls"] = response_urls(world, **view, person);
    const auto sent = send_interaction(world, payload, about(**view, InteractionKind::submission));
    (*view)->is_waiting = sent.has_value();
    return sent;
}

Result<void> Slack::close_view(std::string_view user, std::string_view id) {
    World& world = *world_;
    const auto view = open_modal(world, user, id);
    if (!view) return std::unexpected(view.error());
    const bool clears = (*view)->flag("clear_on_close");
    if ((*view)->flag("notify_on_close") && check_interactive(world)) {
        json::object payload =
            interaction_base(world, "view_closed", *world.workspace.find_user((*view)->user));
        payload.erase("trigger_id");
        payload["view"] = view_object(world, **view);
        payload["is_cleared"] = clears;
        if (auto sent = send_interaction(world, payload, about(**view, InteractionKind::closed));
            !sent)
            return std::unexpected(sent.error());
    }
    const std::string person = (*view)->user;
    clears ? drop_all_views(world, person) : drop_top_view(world, person);
    return {};
}

Result<void> Slack::open_home(std::string_view user, std::string_view tab) {
    World& world = *world_;
    const User* person = world.workspace.find_user(user);
    if (!person) return fail("user_not_found", "There is no such person.");
    const Features& features = world.workspace.features;
    const bool is_home = tab != "messages";
    if (is_home ? !features.has_home : !features.has_messages_tab)
        return fail("not_enabled", "The app's manifest has no such tab.");
    json::object event{{"type", "app_home_opened"},
                       {"user", person->id},
                       // The conversation of this person with the app: one id for good.
                       {"channel", "D" + person->id.substr(1)},
                       {"tab", is_home ? "home" : "messages"},
                       {"event_ts", to_text(world.now_ts())}};
    const auto home = world.views.homes.find(person->id);
    if (is_home && home != world.views.homes.end())
        event["view"] = view_object(world, *find_view(world, home->second));
    emit(world, nullptr, std::move(event));
    world.changed();
    return {};
}

}  // namespace deskbell::sandbox
