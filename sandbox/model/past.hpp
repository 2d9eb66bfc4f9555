#pragma once
// What a channel was a few seconds ago: reads may come from a replica that lags behind.

#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

// Called before anything happens to a message that is there: changed, deleted, reacted to.
void keep_past(World& world, Channel& channel, const Message& message);
// A copy as it was at `at`, at most a minute back.
[[nodiscard]] Channel channel_as_of(const Channel& channel, Ts at);

}  // namespace deskbell::sandbox
