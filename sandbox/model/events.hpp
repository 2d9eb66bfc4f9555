#pragma once
// Turns what happened into event envelopes, as the Events API sends them.

#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

// Queues `event` unless there is no subscription. `channel` (may be null) must have the bot as a
// member; event faults and the hourly limit apply here.
void emit(World& world, const Channel* channel, json::object event);

// For the minute, at most once: Slack had more events than it sends an app in an hour.
void emit_app_rate_limited(World& world);

// `message` events: the message itself, plus the fields only events carry.
void emit_message(World& world, Channel& channel, const Message& message);
void emit_message_changed(World& world, Channel& channel, const Message& message,
                          json::object previous);
void emit_message_deleted(World& world, Channel& channel, Ts deleted, json::object previous);
void emit_reaction(World& world, Channel& channel, const Message& message, std::string_view user,
                   std::string_view name, bool added);

// The random, unique parts of an envelope and of interactions.
[[nodiscard]] std::string make_trigger_id(World& world);

}  // namespace deskbell::sandbox
