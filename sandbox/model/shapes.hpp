#pragma once
// How messages, people and channels look on Slack's wire.

#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

enum class MetadataView { full, event_type_only };

// A message as history, replies and the events show it. A thread's root carries the thread's
// numbers.
[[nodiscard]] json::object message_object(const World& world, const Channel& channel,
                                          const Message& message,
                                          MetadataView metadata = MetadataView::full);
[[nodiscard]] json::object user_object(const World& world, const User& user);
[[nodiscard]] json::object channel_object(const World& world, const Channel& channel,
                                          bool with_member_count);
[[nodiscard]] std::string permalink(const World& world, const Channel& channel,
                                    const Message& message);
// Authors of a thread's replies, each once, in order of their first reply.
[[nodiscard]] std::vector<std::string> reply_authors(const Channel& channel, const Message& root);
// Takes metadata and block_ids out of a shown message, and of the root that it may quote.
void strip_marks(World& world, json::object& shown, bool metadata, bool block_ids);
// "channel" or "group".
[[nodiscard]] std::string_view channel_type(const Channel& channel);

}  // namespace deskbell::sandbox
