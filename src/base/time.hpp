#pragma once
// Times as people and protocols write them.

#include "base/clock.hpp"

#include <string>

namespace deskbell {

// RFC 3339 in UTC with milliseconds: 2026-11-22T10:00:00.123Z
[[nodiscard]] std::string to_rfc3339(WallMs at);
// Hours and minutes in UTC: 10:02
[[nodiscard]] std::string to_hours_minutes(WallMs at);

}  // namespace deskbell
