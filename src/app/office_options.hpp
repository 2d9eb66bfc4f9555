#pragma once
// What the configuration says to each workspace's Slack office. Pure.

#include "app/config.hpp"
#include "app/installations.hpp"
#include "app/office_work.hpp"
#include "desk/slack/slack_office.hpp"

#include <optional>
#include <vector>

namespace deskbell::app {

// The first workspace first, when a route leads there; then the others as they are configured.
[[nodiscard]] std::vector<desk::slack::OfficeOptions> office_options(
    const OfficeWork::Setup& setup, const std::optional<Installations>& installations);

}  // namespace deskbell::app
