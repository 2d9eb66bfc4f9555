#pragma once
// What Slack takes as a view: the limits of modals and of the Home tab.

#include "sandbox/model/workspace.hpp"

#include <string>
#include <vector>

namespace deskbell::sandbox {

inline constexpr std::size_t view_bytes_max = 250'000;

// Checks a view and brings its texts into the form Slack stores. The complaints, in Slack's words
// with JSON pointers; none: the view is good.
[[nodiscard]] std::vector<std::string> accept_view(json::object& view);

}  // namespace deskbell::sandbox
