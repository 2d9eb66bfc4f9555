#pragma once
// Block Kit as far as Deskbell and people's messages use it: limits, and what Slack fills in.

#include "sandbox/model/workspace.hpp"

#include <string>
#include <vector>

namespace deskbell::sandbox {

// Checks an app's blocks and brings their texts into the form Slack stores. The complaints, in
// Slack's words with JSON pointers; none: the blocks are good.
[[nodiscard]] std::vector<std::string> accept_blocks(json::array& blocks);

// The words of blocks, as a notification would show them.
[[nodiscard]] std::string plain_words(const json::array& blocks);

}  // namespace deskbell::sandbox
