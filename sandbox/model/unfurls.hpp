#pragma once
// Previews of links: they come after the message, and look like an edit that is none.

#include "sandbox/model/world.hpp"

#include <optional>

namespace deskbell::sandbox {

// Slack looks at a fresh message: with a link in it, and links unfurled here, a preview follows.
void consider_unfurl(World& world, const Channel& channel, const Message& message);
void unfurl_later(World& world, const Channel& channel, Ts ts, std::int64_t delay_ms);
// Those that are due.
void run_unfurls(World& world);
[[nodiscard]] std::optional<SteadyMs> next_unfurl(const World& world);

}  // namespace deskbell::sandbox
