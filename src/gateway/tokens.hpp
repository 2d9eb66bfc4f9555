#pragma once
// The session's id, which names it and opens nothing, and its token, which opens it.

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"

#include <string>
#include <string_view>

namespace deskbell::gateway {

[[nodiscard]] SessionId make_session_id(WallMs now, Random& random);
// "dbs_" and 256 random bits in base64url. Shown once; only token_hash() of it goes on.
[[nodiscard]] std::string make_token(Random& random);
[[nodiscard]] std::string token_hash(std::string_view token);
// Whether it can be one of ours at all: cheaper than asking the store.
[[nodiscard]] bool looks_like_token(std::string_view token);
// The token of "Bearer dbs_…"; empty when there is none.
[[nodiscard]] std::string_view bearer_token(std::string_view authorization);

}  // namespace deskbell::gateway
