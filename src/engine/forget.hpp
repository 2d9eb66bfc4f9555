#pragma once
// A session leaves the store for good; what is left of it at the desk is noted, to be taken away
// there.
//
// Who calls it: the engine, for a customer; the operator's command, on the engine's thread or
// instead of an engine. What it never does: begin or end a transaction.

#include "base/clock.hpp"
#include "base/id.hpp"

#include <vector>

namespace deskbell::store {
class Store;
}

namespace deskbell::engine {

// Inside a transaction. Its files, whose bytes are nobody's any more.
[[nodiscard]] std::vector<FileId> forget_session(store::Store& store, const SessionId& id,
                                                 WallMs now);

}  // namespace deskbell::engine
