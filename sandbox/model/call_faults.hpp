#pragma once
// Calls that go wrong by a rule or by a storm of 429s, and what is applied behind its caller's
// back.

#include "sandbox/model/world.hpp"

#include <optional>

namespace deskbell::sandbox {

// The answer to a call, whatever strikes it; `entry` learns what happened.
[[nodiscard]] ApiAnswer answer_with_faults(World& world, const ApiCall& call, CallLogEntry& entry);
void log_call(World& world, CallLogEntry entry);

// Late calls and previews that are due.
void run_late(World& world);
[[nodiscard]] std::optional<SteadyMs> next_late(const World& world);

}  // namespace deskbell::sandbox
