#pragma once
// What a command is about, and what its rule needs to know: read from the store before deciding.
// For src/engine only. Threading: the engine's thread, inside its transaction.

#include "base/result.hpp"
#include "core/decide.hpp"
#include "engine/engine.hpp"
#include "store/store.hpp"

namespace deskbell::engine {

// The session a command is about. `token_invalid`, `session_unknown`, `thread_unknown` or
// `letter_unknown` when there is none. Empty for commands about no session or about a new one.
[[nodiscard]] Result<SessionId> session_of(store::Store& store, const core::Command& command,
                                           const Address& address);

// `thread_unknown` when a desk's message belongs to another session than its thread.
[[nodiscard]] Result<core::Facts> load_facts(store::Store& store, const core::Command& command,
                                             const core::Session& session,
                                             const core::Policy& policy, WallMs now);

// How long the last customers of the site waited for an agent's words.
[[nodiscard]] std::vector<std::int64_t> recent_waits(store::Store& store, const SiteId& site,
                                                     WallMs now);

// Whether the facts of this command, about this session, count other sessions: their rows must have
// been written then.
[[nodiscard]] bool looks_at_others(const core::Command& command, const core::Session& session);

}  // namespace deskbell::engine
