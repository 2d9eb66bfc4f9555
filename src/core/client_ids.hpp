#pragma once
// A customer's idempotency key as a post may carry it: after a restore the post is all that is left
// of it.

#include "base/id.hpp"

#include <string>
#include <string_view>

namespace deskbell::core {

// What looks like a key (a UUID, say) stays as it is; of anything else, where a client might have
// put a name or an address, only a digest leaves the house.
[[nodiscard]] std::string outward_client_id(const SessionId& session, std::string_view client_id);
[[nodiscard]] bool is_digest(std::string_view outward_client_id);

}  // namespace deskbell::core
