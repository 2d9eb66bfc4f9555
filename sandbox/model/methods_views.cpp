#include "base/json.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/view_schema.hpp"
#include "sandbox/model/views.hpp"

namespace deskbell::sandbox {

namespace {

// The `view` argument, checked: `view_too_large`, or `invalid_arguments` with what is wrong.
Result<json::object> read_view(Request& request, std::string_view type) {
    const auto text = request.required("view");
    if (!text) return std::unexpected(text.error());
    if (text->size() > view_bytes_max) return refuse("view_too_large");
    auto view = parse_json_object(*text);
    if (!view) {
        request.messages.push_back("[ERROR] must be a JSON object [json-pointer:/view]");
        return refuse("invalid_arguments");
    }
    std::vector<std::string> complaints = accept_view(*view);
    if (complaints.empty() && !type.empty() && string_or_empty(*view, "type") != type)
        complaints.push_back("must be one of " + std::string(type) + " [json-pointer:/view/type]");
    for (const std::string& complaint : complaints)
        request.messages.push_back("[ERROR] " + complaint);
    if (!complaints.empty()) return refuse("invalid_arguments");
    return std::move(*view);
}

Fields answer(const World& world, const Result<View*>& view) {
    if (!view) return std::unexpected(view.error());
    return json::object{{"view", view_object(world, **view)}};
}

Fields open(Request& request, Opens how) {
    const auto trigger = request.required("trigger_id");
    if (!trigger) return std::unexpected(trigger.error());
    auto view = read_view(request, "modal");
    if (!view) return std::unexpected(view.error());
    const auto user = exchange_trigger(request.world, *trigger);
    if (!user) return refuse(user.error().code);
    return answer(request.world, open_view(request.world, *user, std::move(*view), how));
}

Result<void> check_hash(const Request& request, const View& view) {
    if (request.has("hash") && request.text("hash") != view.hash) return refuse("hash_conflict");
    return {};
}

}  // namespace

Fields views_open(Request& request) { return open(request, Opens::root); }

Fields views_push(Request& request) { return open(request, Opens::pushed); }

Fields views_update(Request& request) {
    if (!request.has("view_id") && !request.has("external_id")) {
        request.messages.push_back("[ERROR] missing required field: view_id or external_id");
        return refuse("invalid_arguments");
    }
    auto given = read_view(request, "");
    if (!given) return std::unexpected(given.error());
    View* found = find_view(request.world, request.text("view_id"));
    if (!found && request.has("external_id"))
        for (auto& [id, view] : request.world.views.by_id)
            if (view.text("external_id") == request.text("external_id")) found = &view;
    if (!found) return refuse("not_found");
    if (found->text("type") != string_or_empty(*given, "type")) return refuse("not_found");
    if (auto checked = check_hash(request, *found); !checked)
        return std::unexpected(checked.error());
    return answer(request.world, update_view(request.world, *found, std::move(*given)));
}

Fields views_publish(Request& request) {
    const auto user = request.user("user_id");
    if (!user) {
        request.messages.push_back("[ERROR] invalid `user_id`");
        return refuse("invalid_arguments");
    }
    auto given = read_view(request, "home");
    if (!given) return std::unexpected(given.error());
    if (!request.world.workspace.features.has_home) return refuse("not_enabled");
    const auto known = request.world.views.homes.find((*user)->id);
    if (known != request.world.views.homes.end())
        if (auto checked = check_hash(request, *find_view(request.world, known->second)); !checked)
            return std::unexpected(checked.error());
    return answer(request.world, publish_home(request.world, (*user)->id, std::move(*given)));
}

}  // namespace deskbell::sandbox
