#pragma once
// What the rules obey, from the configuration.

#include "app/config.hpp"
#include "core/policy.hpp"

namespace deskbell::app {

[[nodiscard]] core::Policy policy_of(const Config& config);
// Midnight where the team is: of the default opening hours, else of the first, else in UTC.
[[nodiscard]] WallMs day_began(const Config& config, WallMs now);

}  // namespace deskbell::app
