#pragma once
// Events that go wrong by a rule.

#include "sandbox/model/world.hpp"

namespace deskbell::sandbox {

// An event about to be queued, with the envelope around it.
struct Outgoing {
    Delivery delivery;
    json::object envelope;
};

enum class Fate { send, lose, lose_over_limit };

// What the rule that strikes, if any, makes of `outgoing`; copies and phantoms are queued here.
[[nodiscard]] Fate meet_event_fault(World& world, const Channel* channel, Outgoing& outgoing);

}  // namespace deskbell::sandbox
