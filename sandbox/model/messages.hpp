#pragma once
// What can happen to messages, whoever does it: the app through the Web API or a person on the
// page. Each keeps the threads right and tells the app by an event.

#include "base/result.hpp"
#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

struct Placement {
    Ts thread_ts = 0;        // as asked for; 0: the channel itself
    bool broadcast = false;  // "also send to channel"
};

// Slack threads a message under a root that exists. A reply names its root; under anything that is
// gone the message lands in the channel itself, and only its missing thread_ts tells.
Message& post_message(World& world, Channel& channel, Message draft, Placement placement);

struct MessageChange {
    std::optional<std::string> text;
    std::optional<json::array> blocks;
    std::optional<json::array> attachments;
    std::optional<std::optional<json::object>> metadata;
    bool marks_edited = true;
    std::string by;
};
void change_message(World& world, Channel& channel, Message& message, MessageChange change);

// A root with replies becomes a tombstone; anything else goes away.
void delete_message(World& world, Channel& channel, Ts ts);

// With its thread, and nobody is told.
void vanish_message(World& world, Channel& channel, Ts ts);

// `already_reacted`, `no_reaction`, `invalid_name`, `too_many_reactions`.
Result<void> add_reaction(World& world, Channel& channel, Message& message, std::string_view user,
                          std::string_view name);
Result<void> remove_reaction(World& world, Channel& channel, Message& message,
                             std::string_view user, std::string_view name);

// A line of Slack's own ("… has joined the channel").
void post_service_message(World& world, Channel& channel, std::string_view subtype,
                          std::string_view user, std::string text);
// Each block gets a block_id if it has none.
void give_block_ids(World& world, json::array& blocks);

}  // namespace deskbell::sandbox
