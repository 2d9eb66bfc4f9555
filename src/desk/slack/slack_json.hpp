#pragma once
// Slack's JSON: deeper than ours (messages within messages within blocks), and never trusted.

#include "base/json.hpp"

#include <boost/json.hpp>

#include <string>
#include <string_view>

namespace deskbell::desk::slack {

// Like parse_json_object, but to depth 64.
[[nodiscard]] Result<json::object> parse_slack_json(std::string_view text);

// The object at a path of keys, or an empty one: missing pieces read as absent, not as errors.
[[nodiscard]] const json::object& object_at(const json::object& object, std::string_view key);
[[nodiscard]] const json::array& array_at(const json::object& object, std::string_view key);
// A view that lives as long as the object.
[[nodiscard]] std::string_view text_at(const json::object& object, std::string_view key);

}  // namespace deskbell::desk::slack
