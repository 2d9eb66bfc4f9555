#include "sandbox/model/events.hpp"

#include "base/json.hpp"
#include "sandbox/model/event_faults.hpp"
#include "sandbox/model/shapes.hpp"
#include "sandbox/model/unfurls.hpp"

namespace deskbell::sandbox {

namespace {

bool is_subscribed(const World& world) {
    const Settings& settings = world.workspace.settings;
    const bool has_way = settings.socket_mode || !world.workspace.events_url.empty();
    return has_way && !world.workspace.app.is_uninstalled && settings.events_enabled &&
           (settings.socket_mode || !world.events_disabled);
}

Delivery make_delivery(World& world) {
    Delivery delivery;
    delivery.url = world.workspace.events_url;
    delivery.content_type = "application/json";
    delivery.created_ms = world.clock.steady_ms();
    delivery.due_ms = delivery.created_ms;
    return delivery;
}

json::object envelope(World& world, const Channel* channel, const json::object& event,
                      const std::string& event_id) {
    const Workspace& workspace = world.workspace;
    json::object context{{"et", string_or_empty(event, "type")},
                         {"tid", workspace.team_id},
                         {"aid", workspace.app.app_id},
                         {"cid", channel ? channel->id : ""}};
    return {{"token", workspace.app.verification_token},
            {"team_id", workspace.team_id},
            {"context_team_id", workspace.team_id},
            {"context_enterprise_id", nullptr},
            {"api_app_id", workspace.app.app_id},
            {"event", event},
            {"type", "event_callback"},
            {"event_id", event_id},
            {"event_time", world.clock.wall_ms() / 1000},
            {"authorizations", json::array{{{"enterprise_id", nullptr},
                                            {"team_id", workspace.team_id},
                                            {"user_id", workspace.app.user_id},
                                            {"is_bot", true},
                                            {"is_enterprise_install", false}}}},
            {"is_ext_shared_channel", channel && workspace.is_ext_shared(*channel)},
            {"event_context", "4-" + to_base64(json::serialize(context))}};
}

json::object shown_in_event(World& world, const Channel& channel, const Message& message) {
    json::object shown = message_object(world, channel, message);
    if (world.workspace.settings.strip_from_events) strip_marks(world, shown, true, true);
    return shown;
}

void add_event_fields(json::object& event, const Channel& channel, Ts event_ts) {
    event["channel"] = channel.id;
    event["event_ts"] = to_text(event_ts);
    event["channel_type"] = channel_type(channel);
}

}  // namespace

std::string make_trigger_id(World& world) {
    return std::to_string(world.now_ts() / 1000) + "." +
           std::to_string(world.random.below(1u << 30)) + "." + make_hex(world.random, 32);
}

void emit(World& world, const Channel* channel, json::object event) {
    if (world.is_muted || !is_subscribed(world)) return;
    if (channel && !channel->has_member(world.workspace.app.user_id)) return;
    const std::string event_id = make_id(world.random, "Ev");
    Outgoing outgoing{make_delivery(world), envelope(world, channel, event, event_id)};
    outgoing.delivery.event_id = event_id;
    outgoing.delivery.type = string_or_empty(event, "type");
    outgoing.delivery.subtype = string_or_empty(event, "subtype");
    outgoing.delivery.body = json::serialize(outgoing.envelope);
    world.changed();
    const Fate fate = meet_event_fault(world, channel, outgoing);
    if (fate != Fate::send) {
        world.deliveries.note_dropped(outgoing.delivery, world.now_ts());
        if (fate == Fate::lose_over_limit) emit_app_rate_limited(world);
        return;
    }
    const auto verdict = world.deliveries.push(std::move(outgoing.delivery), world.now_ts());
    if (verdict == DeliveryQueue::Verdict::over_hourly_limit) emit_app_rate_limited(world);
}

// Once for each affected minute, and not wrapped in an envelope.
void emit_app_rate_limited(World& world) {
    const std::int64_t minute = world.clock.wall_ms() / 60'000;
    if (!is_subscribed(world) || world.limited_minute == minute) return;
    world.limited_minute = minute;
    world.count("app_rate_limited");
    const Workspace& workspace = world.workspace;
    Delivery delivery = make_delivery(world);
    delivery.body = json::serialize(json::object{{"token", workspace.app.verification_token},
                                                 {"type", "app_rate_limited"},
                                                 {"team_id", workspace.team_id},
                                                 {"minute_rate_limited", minute * 60},
                                                 {"api_app_id", workspace.app.app_id}});
    delivery.kind = DeliveryKind::interactive;  // outside the limit, and never repeated
    delivery.type = "app_rate_limited";
    world.deliveries.push(std::move(delivery), world.now_ts());
    world.changed();
}

void emit_message(World& world, Channel& channel, const Message& message) {
    json::object event = shown_in_event(world, channel, message);
    add_event_fields(event, channel, message.ts);
    emit(world, &channel, std::move(event));
    consider_unfurl(world, channel, message);
}

void emit_message_changed(World& world, Channel& channel, const Message& message,
                          json::object previous) {
    const Ts ts = world.next_ts(channel);
    json::object event{{"type", "message"},
                       {"subtype", "message_changed"},
                       {"hidden", true},
                       {"message", shown_in_event(world, channel, message)},
                       {"previous_message", std::move(previous)},
                       {"ts", to_text(ts)}};
    add_event_fields(event, channel, ts);
    emit(world, &channel, std::move(event));
}

void emit_message_deleted(World& world, Channel& channel, Ts deleted, json::object previous) {
    const Ts ts = world.next_ts(channel);
    json::object event{{"type", "message"},
                       {"subtype", "message_deleted"},
                       {"hidden", true},
                       {"deleted_ts", to_text(deleted)},
                       {"previous_message", std::move(previous)},
                       {"ts", to_text(ts)}};
    add_event_fields(event, channel, ts);
    emit(world, &channel, std::move(event));
}

void emit_reaction(World& world, Channel& channel, const Message& message, std::string_view user,
                   std::string_view name, bool added) {
    json::object event{
        {"type", added ? "reaction_added" : "reaction_removed"},
        {"user", user},
        {"reaction", name},
        {"item", {{"type", "message"}, {"channel", channel.id}, {"ts", to_text(message.ts)}}}};
    // Posts under a borrowed name have no user, and Slack then leaves item_user out.
    if (!message.user.empty()) event["item_user"] = message.user;
    event["event_ts"] = to_text(world.next_ts(channel));
    emit(world, &channel, std::move(event));
}

}  // namespace deskbell::sandbox
