#pragma once
// Text on its way to Slack: escaped, cut, and without anything that could ping or disguise.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

// & < > are all that Slack's control sequences are made of.
[[nodiscard]] std::string escaped(std::string_view text);
// What JavaScript calls length; Slack's limits count so, as far as anyone has seen.
[[nodiscard]] std::size_t utf16_units(std::string_view text);
// At most `units_max`, with "…" where something was cut off.
[[nodiscard]] std::string cut(std::string_view text, std::size_t units_max);
// Escaped, and at most `units_max` after that; no escape is cut in half.
[[nodiscard]] std::string cut_escaped(std::string_view text, std::size_t units_max);
// The whole text in pieces of at most `units_max`, cut at line ends or blanks where there are any.
[[nodiscard]] std::vector<std::string> in_pieces(std::string_view text, std::size_t units_max);
// One line, no controls, single blanks.
[[nodiscard]] std::string one_line(std::string_view text);

}  // namespace deskbell::desk::slack
