#pragma once
// Where a new thread opens.

#include "core/policy.hpp"
#include "core/session.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace deskbell::core {

// Sessions that are waiting or open, by destination.
using DestinationLoad = std::map<Destination, std::size_t>;

// When somebody is there for this session; nothing: always.
[[nodiscard]] const OpeningHours* find_hours(const Session& session, const Policy& policy);

// The first route whose every condition holds.
[[nodiscard]] const Route* find_route(const Session& session, const Policy& policy);

// The first route whose every condition holds; among its destinations the one with the fewest
// conversations, the first of them on a tie. Nothing when no route matches.
[[nodiscard]] std::optional<Destination> choose_destination(const Session& session,
                                                            const Policy& policy,
                                                            const DestinationLoad& load);

}  // namespace deskbell::core
