#pragma once
// Order keys: what sorts the messages of a session, as text.
//
// Sixteen digits of microseconds since 1970; an agent's key has a second such number behind a dot,
// the desk's own, which breaks ties. A customer's key is ours and never goes backwards; an agent's
// is the desk's, so that a reply found late sorts into its place, but it never sorts before what
// the desk had received earlier.

#include "base/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace deskbell::core {

// The microseconds of the next message of our own, after `last_order_us`.
[[nodiscard]] std::int64_t next_order_us(WallMs now, std::int64_t last_order_us);
[[nodiscard]] std::string order_key(std::int64_t order_us);

// `desk_order` is the desk's ("1763800105.000300"); `floor` is the order key of the newest message
// that the desk had before it, empty when there is none. A desk order that is no time counts as
// `now`.
[[nodiscard]] std::string agent_order_key(std::string_view desk_order, std::string_view floor,
                                          WallMs now);
// The microseconds a key begins with; 0 when it is no key.
[[nodiscard]] std::int64_t order_us_of(std::string_view key);

}  // namespace deskbell::core
