#pragma once
// Who a customer is, signed by their site: a JWT with HS256 and nothing else. Pure.
//
// The algorithm is ours to choose, never the token's: its header must say HS256 and nothing that
// must be understood besides. What it says is short-lived, for one site, and for one use.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/command.hpp"

#include <string>
#include <string_view>

namespace deskbell::gateway {

// `identity_not_supported` without a secret; `identity_malformed`, `identity_algorithm_refused`,
// `identity_signature_invalid`, `identity_claim_missing`, `identity_audience_wrong`,
// `identity_not_yet_valid`, `identity_expired`, `identity_lifetime_too_long`.
[[nodiscard]] Result<core::Identity> read_identity(std::string_view jwt, std::string_view secret,
                                                   std::string_view site, WallMs now);

}  // namespace deskbell::gateway
