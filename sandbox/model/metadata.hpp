#pragma once
// Message metadata: what an app may attach to its posts.

#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <optional>
#include <string_view>

namespace deskbell::sandbox {

// The `metadata` argument's text. nullopt for `{}`, which clears. `invalid_metadata_format`,
// `invalid_metadata_schema`, `metadata_too_large` otherwise.
[[nodiscard]] Result<std::optional<json::object>> parse_metadata(std::string_view text);

}  // namespace deskbell::sandbox
