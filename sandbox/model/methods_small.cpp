// Methods of a few lines each: a thread's status, pins, user groups.

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/events.hpp"
#include "sandbox/model/methods.hpp"
#include "sandbox/model/shapes.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t pins_max = 100;
constexpr std::size_t loading_messages_max = 10;
constexpr std::int64_t status_lifetime_ms = 120'000;

Result<Channel*> channel_named(Request& request, std::string_view argument) {
    const auto wanted = request.required(argument);
    if (!wanted) return std::unexpected(wanted.error());
    Channel* found = request.world.workspace.find_channel(*wanted);
    if (!found || found->id != *wanted || !found->has_member(request.world.workspace.app.user_id))
        return refuse("channel_not_found");
    return found;
}

struct Pinned {
    Channel* channel = nullptr;
    Message* message = nullptr;
};

Result<Pinned> message_to_pin(Request& request) {
    const auto channel = request.joined_channel();
    if (!channel) return std::unexpected(channel.error());
    const auto ts = request.timestamp("timestamp");
    if (!ts) return std::unexpected(ts.error());
    Message* message = (*channel)->find(*ts);
    if (!message || message->is_tombstone()) return refuse("message_not_found");
    return Pinned{*channel, message};
}

void emit_pin(World& world, Channel& channel, const Message& message, bool added) {
    emit(world, &channel,
         {{"type", added ? "pin_added" : "pin_removed"},
          {"user", world.workspace.app.user_id},
          {"channel_id", channel.id},
          {"item",
           {{"type", "message"},
            {"channel", channel.id},
            {"message", message_object(world, channel, message)}}},
          {"event_ts", to_text(world.next_ts(channel))}});
}

}  // namespace

Fields assistant_threads_set_status(Request& request) {
    World& world = request.world;
    const auto channel = channel_named(request, "channel_id");
    if (!channel) return std::unexpected(channel.error());
    const auto ts = request.required("thread_ts");
    if (!ts) return std::unexpected(ts.error());
    const auto thread_ts = parse_ts(*ts);
    if (!thread_ts || !(*channel)->find(*thread_ts) || (*channel)->find(*thread_ts)->is_reply())
        return refuse("invalid_thread_ts");
    const auto loading = request.array("loading_messages", "invalid_arguments");
    if (!loading) return std::unexpected(loading.error());
    if (*loading && (*loading)->size() > loading_messages_max) return refuse("invalid_arguments");
    const std::string status = request.text("status");
    const auto key = std::pair((*channel)->id, *thread_ts);
    if (status.empty())
        world.statuses.erase(key);
    else
        world.statuses[key] = {status, world.clock.steady_ms() + status_lifetime_ms};
    world.changed(false);
    return json::object{};
}

Fields pins_add(Request& request) {
    const auto found = message_to_pin(request);
    if (!found) return std::unexpected(found.error());
    auto& pins = found->channel->pins;
    if (std::ranges::find(pins, found->message->ts) != pins.end()) return refuse("already_pinned");
    if (pins.size() >= pins_max) return refuse("too_many_pins");
    pins.push_back(found->message->ts);
    request.world.changed();
    emit_pin(request.world, *found->channel, *found->message, true);
    return json::object{};
}

Fields pins_remove(Request& request) {
    const auto found = message_to_pin(request);
    if (!found) return std::unexpected(found.error());
    if (std::erase(found->channel->pins, found->message->ts) == 0) return refuse("not_pinned");
    request.world.changed();
    emit_pin(request.world, *found->channel, *found->message, false);
    return json::object{};
}

Fields pins_list(Request& request) {
    const auto channel = request.channel();
    if (!channel) return std::unexpected(channel.error());
    json::array items;
    for (const Ts ts : (*channel)->pins)
        if (const Message* message = (*channel)->find(ts))
            items.push_back({{"type", "message"},
                             {"channel", (*channel)->id},
                             {"message", message_object(request.world, **channel, *message)}});
    return json::object{{"items", std::move(items)}};
}

// This workspace has none.
Fields usergroups_list(Request&) { return json::object{{"usergroups", json::array()}}; }

}  // namespace deskbell::sandbox
