#pragma once
// Small things about text that several rooms need.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace deskbell {

// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text);
// Code points in valid UTF-8.
[[nodiscard]] std::size_t count_characters(std::string_view text);
// The longest prefix of at most `bytes_max` bytes that ends between code points.
[[nodiscard]] std::string_view prefix_at_most(std::string_view text, std::size_t bytes_max);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_lower_ascii(std::string_view text);
// Drops C0/C1 controls except newline and tab, and the bidirectional overrides that can disguise
// text.
[[nodiscard]] std::string without_controls(std::string_view text);
[[nodiscard]] std::string to_hex(std::span<const unsigned char> bytes);
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace deskbell
