#pragma once
// Who is in a channel, and whether it is open: the changes, with what Slack says about them.

#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

void join_channel(World& world, Channel& channel, std::string_view user, std::string_view inviter);
// The app still hears of its own removal.
void leave_channel(World& world, Channel& channel, std::string_view user, std::string_view actor);
void set_archived(World& world, Channel& channel, std::string_view actor, bool on);
// Between public and private.
void convert_channel(World& world, Channel& channel, std::string_view actor, bool to_private);
void rename_channel(World& world, Channel& channel, std::string name, std::string_view actor);

}  // namespace deskbell::sandbox
