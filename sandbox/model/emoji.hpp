#pragma once
// Emoji both ways between characters and Slack's `:names:`.

#include <cstddef>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

struct EmojiMatch {
    std::size_t bytes = 0;  // of the text that was matched; 0: none begins here
    std::string name;       // "wave", or "wave::skin-tone-3"
    std::string unicode;    // "1f44b", or "1f44b-1f3fc"
};

// The longest emoji that begins at `text`.
[[nodiscard]] EmojiMatch match_emoji(std::string_view text);
// The characters of a name (with or without a skin tone), or empty text for an unknown name.
[[nodiscard]] std::string emoji_characters(std::string_view name);
// Hex code points joined by '-', as rich_text elements carry them; empty for an unknown name.
[[nodiscard]] std::string emoji_unicode(std::string_view name);
// "code points, space, name, comma" over and over: emoji_table.cpp.
[[nodiscard]] std::string_view emoji_table();

}  // namespace deskbell::sandbox
