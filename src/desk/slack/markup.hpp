#pragma once
// What an agent wrote, as a customer may see it: blocks or text → a small tree and Markdown.
//
// What this is: pure functions over JSON that is never trusted: whatever it holds, something
// readable comes out. Who calls it: slack_inbound. What it never does: show an agent's id, pass a
// broadcast on, or make a link that is not http, https, mailto or tel.

#include "core/rich.hpp"
#include "desk/slack/slack_json.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

// What mentions read as. Who is not in it is "someone".
struct NameBook {
    std::map<std::string, std::string, std::less<>> users;
    std::map<std::string, std::string, std::less<>> channels;
};

struct Rendered {
    std::string markdown;
    std::string rich_json;
};

// Everything a message says: its words, then a line for each file.
[[nodiscard]] Rendered render_message(const json::object& message, const NameBook& names);
// The users it mentions, each once, at most `most`.
[[nodiscard]] std::vector<std::string> mentioned_users(const json::object& message,
                                                       std::size_t most);

[[nodiscard]] core::RichTree tree_of_blocks(const json::array& blocks, const NameBook& names);
[[nodiscard]] core::RichTree tree_of_text(std::string_view mrkdwn, const NameBook& names);
// "&lt;" and its two sisters, as characters.
[[nodiscard]] std::string unescaped(std::string_view text);

}  // namespace deskbell::desk::slack
