#pragma once
// Emoji names, as Slack writes them, and the characters they stand for.

#include <optional>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

// "wave" or "wave::skin-tone-3", without outer colons. A name with a tone that the emoji does not
// have is the emoji without it. Nothing for names we do not know (a workspace's own).
[[nodiscard]] std::optional<std::string> emoji_characters(std::string_view name);
// "1f44b-1f3fd" (code points in hex) as text; nothing when it is none, or holds control characters.
[[nodiscard]] std::optional<std::string> characters_of_code_points(std::string_view hex);

}  // namespace deskbell::desk::slack
