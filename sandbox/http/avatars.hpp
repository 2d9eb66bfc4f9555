#pragma once
// Small pictures of the sandbox's people.

#include <string>
#include <string_view>

namespace deskbell::sandbox {

// The SVG for "/avatars/<name>.svg"; any name gets one.
[[nodiscard]] std::string avatar_svg(std::string_view name);

}  // namespace deskbell::sandbox
