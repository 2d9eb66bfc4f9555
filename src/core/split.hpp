#pragma once
// How a long text becomes several posts. The desk counts escapes: `&` weighs 5, `<` and `>` weigh
// 4, anything else its bytes in UTF-8.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::core {

[[nodiscard]] std::size_t weight_of(std::string_view text);

// Parts of at most `weight_max` whose concatenation is `text`, cut after a blank line, a line, a
// word or a code point, in that order of preference. At least one part; `weight_max` ≥ 8.
[[nodiscard]] std::vector<std::string> split_text(std::string_view text, std::size_t weight_max);

}  // namespace deskbell::core
