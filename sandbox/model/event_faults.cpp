#include "sandbox/model/event_faults.hpp"

#include "base/json.hpp"
#include "sandbox/model/unfurls.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t old_timestamp_s = 600;

Occasion occasion_of(const Outgoing& outgoing, const Channel* channel) {
    const Delivery& delivery = outgoing.delivery;
    const json::object& event = outgoing.envelope.at("event").as_object();
    Occasion occasion;
    occasion.is_event = true;
    occasion.keys = {delivery.type, delivery.subtype};
    if (channel) occasion.channel = channel->id;
    const bool is_new = delivery.subtype.empty() || delivery.subtype == "thread_broadcast" ||
                        delivery.subtype == "file_share" || delivery.subtype == "bot_message";
    occasion.is_message = channel && delivery.type == "message" && is_new;
    occasion.is_typed = occasion.is_message && !string_or_empty(event, "client_msg_id").empty();
    return occasion;
}

// The envelope as an event of its own.
void queue_copy(World& world, const Delivery& like, json::object envelope, std::int64_t delay_ms) {
    Delivery copy = like;
    copy.event_id = make_id(world.random, "Ev");
    copy.due_ms += delay_ms;
    envelope["event_id"] = copy.event_id;
    copy.body = json::serialize(envelope);
    world.deliveries.push(std::move(copy), world.now_ts());
}

// The same message once more under a ts of its own: what one keystroke has been seen to make.
void add_phantom(World& world, const Outgoing& outgoing, Channel& channel, const FaultRule& rule) {
    json::object envelope = outgoing.envelope;
    json::object& event = envelope.at("event").as_object();
    const auto original = parse_ts(string_or_empty(event, "ts"));
    const Ts ts = world.next_ts(channel);
    event["ts"] = to_text(ts);
    event["event_ts"] = to_text(ts);
    const Message* message = original ? channel.find(*original) : nullptr;
    if (rule.effect == Effect::event_phantom_kept && message) {
        Message twin = *message;
        twin.ts = ts;
        twin.replies.clear();
        if (Message* root = twin.is_reply() ? channel.find(twin.thread_ts) : nullptr)
            root->replies.insert(ts);
        if (!twin.is_reply() || twin.is_broadcast()) channel.main_view.insert(ts);
        channel.messages.emplace(ts, std::move(twin));
    }
    queue_copy(world, outgoing.delivery, std::move(envelope), world.faults.draw_delay_ms(rule));
}

// The same ts, of somebody else: another workspace, or another channel of this one.
void add_stray(World& world, const Outgoing& outgoing, std::int64_t delay_ms) {
    json::object envelope = outgoing.envelope;
    json::object& event = envelope.at("event").as_object();
    event["text"] = "stray: " + string_or_empty(event, "text");
    if (world.random.below(2) == 0) {
        event["channel"] = make_id(world.random, "C");
    } else {
        const std::string team = make_id(world.random, "T");
        event["team"] = team;
        envelope["team_id"] = team;
        envelope["context_team_id"] = team;
        for (json::value& installation : envelope.at("authorizations").as_array())
            installation.as_object()["team_id"] = team;
    }
    queue_copy(world, outgoing.delivery, std::move(envelope), delay_ms);
}

}  // namespace

Fate meet_event_fault(World& world, const Channel* channel, Outgoing& outgoing) {
    const FaultRule* struck = world.faults.strike(occasion_of(outgoing, channel));
    if (!struck) return Fate::send;
    const FaultRule rule = *struck;
    Delivery& delivery = outgoing.delivery;
    Channel* own = channel ? world.workspace.find_channel(channel->id) : nullptr;
    const std::int64_t delay_ms = world.faults.draw_delay_ms(rule);
    switch (rule.effect) {
        case Effect::event_drop:
            return Fate::lose;
        case Effect::event_over_limit:
            return Fate::lose_over_limit;
        case Effect::event_duplicate: {
            Delivery twin = delivery;
            twin.due_ms += delay_ms;
            world.deliveries.push(std::move(twin), world.now_ts());
            return Fate::send;
        }
        case Effect::event_delay:
            delivery.due_ms += delay_ms;
            return Fate::send;
        case Effect::event_shuffle:
            delivery.due_ms += static_cast<std::int64_t>(
                world.random.below(static_cast<std::uint64_t>(delay_ms) + 1));
            return Fate::send;
        case Effect::event_old_timestamp:
            delivery.timestamp_skew_s = -(delay_ms > 0 ? delay_ms / 1000 : old_timestamp_s);
            return Fate::send;
        case Effect::event_first_lost:
            delivery.attempt = 1;
            delivery.retry_reason = "connection_failed";
            delivery.due_ms += delay_ms;
            return Fate::send;
        case Effect::event_phantom:
        case Effect::event_phantom_kept:
            add_phantom(world, outgoing, *own, rule);
            return Fate::send;
        case Effect::event_stray:
            add_stray(world, outgoing, delay_ms);
            return Fate::send;
        case Effect::event_unfurl:
            if (const auto ts =
                    parse_ts(string_or_empty(outgoing.envelope.at("event").as_object(), "ts")))
                unfurl_later(world, *own, *ts, delay_ms);
            return Fate::send;
        default:
            delivery.bad_signature = rule.effect == Effect::event_bad_signature;
            delivery.loses_answer = rule.effect == Effect::event_answer_lost;
            return Fate::send;
    }
}

}  // namespace deskbell::sandbox
