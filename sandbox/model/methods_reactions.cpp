#include "sandbox/model/messages.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"

namespace deskbell::sandbox {

namespace {

struct Target {
    Channel* channel = nullptr;
    Message* message = nullptr;
};

Result<Target> find_target(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return std::unexpected(channel.error());
    if (!request.has("timestamp")) return refuse("no_item_specified");
    const auto ts = parse_ts(request.text("timestamp"));
    if (!ts) return refuse("bad_timestamp");
    Message* message = (*channel)->find(*ts);
    if (!message || message->is_tombstone()) return refuse("message_not_found");
    return Target{*channel, message};
}

}  // namespace

Fields reactions_add(Request& request) {
    const auto name = request.required("name");
    if (!name) return std::unexpected(name.error());
    const auto target = find_target(request);
    if (!target) return std::unexpected(target.error());
    if (target->channel->is_archived) return refuse("is_archived");
    const auto added = add_reaction(request.world, *target->channel, *target->message,
                                    request.world.workspace.app.user_id, *name);
    if (!added) return std::unexpected(added.error());
    return json::object{};
}

Fields reactions_remove(Request& request) {
    const auto name = request.required("name");
    if (!name) return std::unexpected(name.error());
    const auto target = find_target(request);
    if (!target) return std::unexpected(target.error());
    const auto removed = remove_reaction(request.world, *target->channel, *target->message,
                                         request.world.workspace.app.user_id, *name);
    if (!removed) return std::unexpected(removed.error());
    return json::object{};
}

Fields reactions_get(Request& request) {
    const auto target = find_target(request);
    if (!target) return std::unexpected(target.error());
    json::object message = message_object(request.world, *target->channel, *target->message);
    message["permalink"] = permalink(request.world, *target->channel, *target->message);
    return json::object{
        {"type", "message"}, {"channel", target->channel->id}, {"message", std::move(message)}};
}

}  // namespace deskbell::sandbox
