#include "sandbox/model/views.hpp"

#include "base/json.hpp"
#include "sandbox/model/elements.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/messages.hpp"
#include "sandbox/model/view_schema.hpp"
#include "sandbox/model/world.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view trouble = "We had some trouble connecting. Try again?";

std::string make_hash(World& world) {
    return std::to_string(world.clock.wall_ms() / 1000) + "." + make_hex(world.random, 8);
}

// Every element that can act has an action_id; Slack draws those that the app left out.
void give_action_ids(World& world, json::array& blocks) {
    const auto give = [&world](json::object& element) {
        if (!element.contains("action_id") && string_or_empty(element, "type") != "image")
            element["action_id"] = make_secret(world.random, 5);
    };
    for (json::value& value : blocks) {
        json::object& block = value.as_object();
        for (const std::string_view key : {"element", "accessory"})
            if (json::value* element = block.if_contains(key); element && element->is_object())
                give(element->get_object());
        json::value* elements = block.if_contains("elements");
        if (string_or_empty(block, "type") != "actions" || !elements) continue;
        for (json::value& element : elements->as_array())
            if (element.is_object()) give(element.get_object());
    }
}

bool is_taken(const World& world, std::string_view external_id, const View* self) {
    return !external_id.empty() && std::ranges::any_of(world.views.by_id, [&](const auto& entry) {
        return &entry.second != self && entry.second.text("external_id") == external_id;
    });
}

Result<void> fill(World& world, View& view, json::object given) {
    if (is_taken(world, string_or_empty(given, "external_id"), &view))
        return fail("duplicate_external_id", {});
    json::array& blocks = given["blocks"].as_array();
    give_block_ids(world, blocks);
    give_action_ids(world, blocks);
    view.values = state_values(blocks, view.values);
    view.given = std::move(given);
    view.hash = make_hash(world);
    view.errors.clear();
    view.failure.clear();
    world.changed();
    return {};
}

Result<View*> add_view(World& world, const std::string& user, json::object given) {
    View view;
    view.id = make_id(world.random, "V");
    view.user = user;
    if (auto filled = fill(world, view, std::move(given)); !filled)
        return std::unexpected(filled.error());
    const std::string id = view.id;
    return &world.views.by_id.emplace(id, std::move(view)).first->second;
}

// The view of a response_action, if it is one that Slack would show.
Result<json::object> read_view(const json::object& answer) {
    const json::object* given = find_object(answer, "view");
    if (!given) return fail("invalid_arguments", {});
    json::object view = *given;
    if (!accept_view(view).empty() || string_or_empty(view, "type") != "modal")
        return fail("invalid_arguments", {});
    return view;
}

Result<void> take_errors(View& view, const json::object& answer) {
    const json::object* errors = find_object(answer, "errors");
    if (!errors || errors->empty()) return fail("invalid_arguments", {});
    // An error for a block that is no input of the view spoils the whole answer.
    for (const auto& [block_id, words] : *errors) {
        const bool is_input = std::ranges::any_of(view.blocks(), [&](const json::value& block) {
            return string_or_empty(block.as_object(), "block_id") == block_id &&
                   string_or_empty(block.as_object(), "type") == "input";
        });
        if (!is_input || !words.is_string()) return fail("invalid_arguments", {});
    }
    view.errors = *errors;
    return {};
}

Result<void> act_on_answer(World& world, View& view, const json::object& answer) {
    const std::string action = string_or_empty(answer, "response_action");
    if (action == "errors") return take_errors(view, answer);
    if (action == "clear") {
        drop_all_views(world, std::string(view.user));
        return {};
    }
    if (action == "update" || action == "push") {
        auto given = read_view(answer);
        if (!given) return std::unexpected(given.error());
        const auto done = action == "update"
                              ? update_view(world, view, std::move(*given))
                              : open_view(world, view.user, std::move(*given), Opens::pushed);
        if (!done) return std::unexpected(done.error());
        return {};
    }
    if (!action.empty()) return fail("invalid_arguments", {});
    std::erase(world.views.stacks[view.user], view.id);
    world.views.by_id.erase(std::string(view.id));
    return {};
}

json::object shown_view(const View& view) {
    json::object shown = view.given;
    shown["id"] = view.id;
    shown["values"] = view.values;
    shown["waiting"] = view.is_waiting;
    shown["errors"] = view.errors;
    shown["failure"] = view.failure;
    return shown;
}

}  // namespace

std::string View::text(std::string_view key) const { return string_or_empty(given, key); }

bool View::flag(std::string_view key) const { return find_bool(given, key).value_or(false); }

const json::array& View::blocks() const { return given.at("blocks").as_array(); }

std::string issue_trigger(World& world, std::string_view user) {
    Views& views = world.views;
    if (views.triggers.size() >= Views::triggers_max) views.triggers.pop_front();
    views.triggers.push_back({make_trigger_id(world), std::string(user),
                              world.clock.steady_ms() + Views::trigger_lifetime_ms, false});
    return views.triggers.back().id;
}

Result<std::string> exchange_trigger(World& world, std::string_view id) {
    const auto found = std::ranges::find(world.views.triggers, id, &Trigger::id);
    if (found == world.views.triggers.end()) return fail("invalid_trigger_id", {});
    if (found->is_used) return fail("exchanged_trigger_id", {});
    if (found->expires_ms < world.clock.steady_ms()) return fail("expired_trigger_id", {});
    found->is_used = true;
    return found->user;
}

json::object view_object(const World& world, const View& view) {
    const auto given = [&view](std::string_view key) {
        const json::value* value = view.given.if_contains(key);
        return value ? *value : json::value();
    };
    return {{"id", view.id},
            {"team_id", world.workspace.team_id},
            {"type", view.text("type")},
            {"blocks", view.blocks()},
            {"private_metadata", view.text("private_metadata")},
            {"callback_id", view.text("callback_id")},
            {"state", {{"values", view.values}}},
            {"hash", view.hash},
            {"title", given("title")},
            {"clear_on_close", view.flag("clear_on_close")},
            {"notify_on_close", view.flag("notify_on_close")},
            {"close", given("close")},
            {"submit", given("submit")},
            {"previous_view_id",
             view.previous_id.empty() ? json::value() : json::value(view.previous_id)},
            {"root_view_id", view.root_id},
            {"app_id", world.workspace.app.app_id},
            {"external_id", view.text("external_id")},
            {"app_installed_team_id", world.workspace.team_id},
            {"bot_id", world.workspace.app.bot_id}};
}

View* find_view(World& world, std::string_view id) {
    const auto found = world.views.by_id.find(id);
    return found == world.views.by_id.end() ? nullptr : &found->second;
}

View* top_view(World& world, const std::string& user) {
    const auto stack = world.views.stacks.find(user);
    if (stack == world.views.stacks.end() || stack->second.empty()) return nullptr;
    return find_view(world, stack->second.back());
}

void drop_top_view(World& world, const std::string& user) {
    auto& stack = world.views.stacks[user];
    if (stack.empty()) return;
    world.views.by_id.erase(stack.back());
    stack.pop_back();
    world.changed();
}

void drop_all_views(World& world, const std::string& user) {
    while (top_view(world, user)) drop_top_view(world, user);
}

Result<View*> open_view(World& world, const std::string& user, json::object given, Opens how) {
    const View* below = top_view(world, user);
    if (how == Opens::pushed && !below) return fail("not_found", {});
    if (how == Opens::pushed && world.views.stacks[user].size() >= Views::stack_max)
        return fail("push_limit_reached", {});
    if (is_taken(world, string_or_empty(given, "external_id"), nullptr))
        return fail("duplicate_external_id", {});
    if (how == Opens::root) drop_all_views(world, user);
    const std::string root = how == Opens::pushed ? below->root_id : "";
    const std::string previous = how == Opens::pushed ? below->id : "";
    auto view = add_view(world, user, std::move(given));
    if (!view) return view;
    (*view)->root_id = root.empty() ? (*view)->id : root;
    (*view)->previous_id = previous;
    world.views.stacks[user].push_back((*view)->id);
    return view;
}

Result<View*> update_view(World& world, View& view, json::object given) {
    if (auto filled = fill(world, view, std::move(given)); !filled)
        return std::unexpected(filled.error());
    return &view;
}

Result<View*> publish_home(World& world, const std::string& user, json::object given) {
    const auto known = world.views.homes.find(user);
    if (known != world.views.homes.end())
        return update_view(world, *find_view(world, known->second), std::move(given));
    auto view = add_view(world, user, std::move(given));
    if (!view) return view;
    (*view)->root_id = (*view)->id;
    world.views.homes[user] = (*view)->id;
    return view;
}

void answer_submission(World& world, std::string_view id, bool delivered, std::string_view body) {
    View* view = find_view(world, id);
    if (!view) return;  // closed meanwhile
    view->is_waiting = false;
    world.changed();
    if (!delivered) {
        view->failure = trouble;
        return;
    }
    const auto answer =
        body.empty() ? Result<json::object>(json::object()) : parse_json_object(body);
    if (!answer || !act_on_answer(world, *view, *answer))
        if (View* still = find_view(world, id)) still->failure = trouble;
}

json::object shown_views(const World& world) {
    json::object modals;
    for (const auto& [user, stack] : world.views.stacks) {
        json::array shown;
        for (const std::string& id : stack) shown.push_back(shown_view(world.views.by_id.at(id)));
        if (!shown.empty()) modals[user] = std::move(shown);
    }
    json::object homes;
    for (const auto& [user, id] : world.views.homes)
        homes[user] = shown_view(world.views.by_id.at(id));
    return {{"modals", std::move(modals)}, {"homes", std::move(homes)}};
}

}  // namespace deskbell::sandbox
