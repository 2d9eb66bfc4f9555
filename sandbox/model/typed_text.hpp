#pragma once
// What a person types into Slack's message box becomes a rich_text block and its mrkdwn twin.

#include "sandbox/model/workspace.hpp"

#include <string>
#include <string_view>

namespace deskbell::sandbox {

struct TypedText {
    std::string text;    // mrkdwn, as in a message's `text`
    json::array blocks;  // one rich_text block without a block_id
};

[[nodiscard]] TypedText parse_typed_text(const Workspace& workspace, std::string_view typed);

// Inline only, for typed_inline.cpp: appends rich_text elements and their mrkdwn.
void parse_typed_inline(const Workspace& workspace, std::string_view typed, json::array& elements,
                        std::string& text);

}  // namespace deskbell::sandbox
