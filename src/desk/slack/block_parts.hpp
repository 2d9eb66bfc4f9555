#pragma once
// The pieces that messages are built of.

#include "base/clock.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/slack_json.hpp"

#include <string>
#include <string_view>

namespace deskbell::desk::slack {

// Literal text: nothing in it is markup.
[[nodiscard]] json::object plain(std::string_view text);
// Markup of our own; whatever of others' is in it must have been escaped.
[[nodiscard]] json::object markup(std::string_view text);

[[nodiscard]] json::object header(std::string_view text, std::string_view block_id);
[[nodiscard]] json::object section(json::object text);
[[nodiscard]] json::object fields_section(json::array fields);
[[nodiscard]] json::object context(json::object text);

// "10:02" in the reader's own time zone; whoever cannot do that shows UTC.
[[nodiscard]] std::string time_token(WallMs at);
// <https://…>, or the escaped text when it is no link that may be one.
[[nodiscard]] std::string link_token(std::string_view url);

// One rich_text block of literal text, in which web addresses can be clicked.
class RichText {
public:
    void bold(std::string_view text);
    void text(std::string_view text);
    // What we say about the words: whoever reads them back leaves it out (own_words.cpp).
    void aside(std::string_view text);
    void time(WallMs at);
    [[nodiscard]] json::object block(std::string_view block_id);

private:
    void add_text(std::string_view text);
    json::array elements_;
};

}  // namespace deskbell::desk::slack
