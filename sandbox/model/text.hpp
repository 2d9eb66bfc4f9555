#pragma once
// What Slack does to text on its way in: escapes, links bare URLs, turns emoji into names.

#include <cstddef>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

// `&`, `<`, `>` and nothing else.
[[nodiscard]] std::string escape(std::string_view text);
// A URL (http, https) or mail address that begins at `text`: its length, without trailing
// punctuation; 0 for none.
[[nodiscard]] std::size_t match_url(std::string_view text);
[[nodiscard]] std::size_t match_email(std::string_view text);
// An app's mrkdwn as Slack stores it: valid `<…>` sequences and entities stay, the rest is escaped.
[[nodiscard]] std::string normalize_mrkdwn(std::string_view text);
// A plain_text object's text: emoji become names, nothing is escaped.
[[nodiscard]] std::string normalize_plain(std::string_view text);
// As application/x-www-form-urlencoded wants a value.
[[nodiscard]] std::string percent_encode_form(std::string_view text);
// At most `characters` code points.
[[nodiscard]] std::string_view prefix_of_characters(std::string_view text, std::size_t characters);

}  // namespace deskbell::sandbox
