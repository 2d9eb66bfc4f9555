#pragma once
// Where destinations were found, in a note of the house. Within the engine's transaction.

#include "core/command.hpp"

#include <map>
#include <optional>
#include <string>

namespace deskbell::store {
class Store;
}

namespace deskbell::engine {

void note_place(store::Store& store, const core::DestinationFound& found);
[[nodiscard]] std::map<Destination, std::string> read_places(store::Store& store);

// How many agents are at their desks. What was said long ago is not known any more.
void note_agents_online(store::Store& store, const core::AgentsOnline& said, WallMs now);
[[nodiscard]] std::optional<std::int64_t> read_agents_online(store::Store& store, WallMs now);

}  // namespace deskbell::engine
