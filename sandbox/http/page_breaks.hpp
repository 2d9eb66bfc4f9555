#pragma once
// The page's actions that break Slack, beside the rules: weather, installation, strangers (API.md).

#include "base/result.hpp"
#include "sandbox/model/slack.hpp"

#include <boost/json.hpp>

#include <optional>
#include <string_view>

namespace deskbell::sandbox {

// nullopt: it is none of these actions.
[[nodiscard]] std::optional<Result<json::object>> perform_breaking_act(Slack& slack,
                                                                       std::string_view action,
                                                                       const json::object& body);

}  // namespace deskbell::sandbox
