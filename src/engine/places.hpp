#pragma once
// Where destinations were found, in a note of the house. Within the engine's transaction.

#include "core/command.hpp"

#include <map>
#include <string>

namespace deskbell::store {
class Store;
}

namespace deskbell::engine {

void note_place(store::Store& store, const core::DestinationFound& found);
[[nodiscard]] std::map<Destination, std::string> read_places(store::Store& store);

}  // namespace deskbell::engine
