#include "sandbox/model/emoji.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view variation_selector = "\xEF\xB8\x8F";  // U+FE0F
constexpr std::string_view skin_tone_prefix = "skin-tone-";

void append_utf8(std::string& text, std::uint32_t point) {
    if (point < 0x80) {
        text += static_cast<char>(point);
    } else if (point < 0x800) {
        text += static_cast<char>(0xC0 | (point >> 6));
        text += static_cast<char>(0x80 | (point & 0x3F));
    } else if (point < 0x10000) {
        text += static_cast<char>(0xE0 | (point >> 12));
        text += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (point & 0x3F));
    } else {
        text += static_cast<char>(0xF0 | (point >> 18));
        text += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
        text += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
        text += static_cast<char>(0x80 | (point & 0x3F));
    }
}

std::string characters_of(std::string_view unicode) {
    std::string text;
    while (!unicode.empty()) {
        std::uint32_t point = 0;
        const auto parsed =
            std::from_chars(unicode.data(), unicode.data() + unicode.size(), point, 16);
        append_utf8(text, point);
        unicode.remove_prefix(static_cast<std::size_t>(parsed.ptr - unicode.data()));
        if (!unicode.empty()) unicode.remove_prefix(1);
    }
    return text;
}

struct Emoji {
    std::string_view name;
    std::string_view unicode;
};

struct Tables {
    std::map<std::string, Emoji, std::less<>> by_characters;
    std::map<std::string_view, std::string_view> unicode_by_name;
    std::size_t bytes_max = 0;

    Tables() {
        std::string_view rest = emoji_table();
        while (!rest.empty()) {
            const std::size_t space = rest.find(' ');
            const std::size_t comma = rest.find(',');
            add({rest.substr(space + 1, comma - space - 1), rest.substr(0, space)});
            rest.remove_prefix(comma + 1);
        }
    }

    void add(const Emoji& emoji) {
        const std::string characters = characters_of(emoji.unicode);
        unicode_by_name.emplace(emoji.name, emoji.unicode);
        bytes_max = std::max(bytes_max, characters.size());
        // People's keyboards often leave the variation selector out.
        std::string bare = characters;
        if (const auto at = bare.find(variation_selector); at != std::string::npos)
            bare.erase(at, variation_selector.size());
        if (bare.size() > 2) by_characters.emplace(bare, emoji);
        by_characters.emplace(characters, emoji);
    }
};

const Tables& tables() {
    static const Tables built;
    return built;
}

// U+1F3FB … U+1F3FF stand for Slack's skin tones 2 … 6.
int skin_tone_at(std::string_view text) {
    if (text.size() < 4 || text.substr(0, 3) != "\xF0\x9F\x8F") return 0;
    const auto last = static_cast<unsigned char>(text[3]);
    return last >= 0xBB && last <= 0xBF ? last - 0xBB + 2 : 0;
}

struct SplitName {
    std::string_view base;
    int tone = 0;
};

SplitName split_name(std::string_view name) {
    const std::size_t colons = name.find("::");
    if (colons == std::string_view::npos) return {name, 0};
    const std::string_view tone = name.substr(colons + 2);
    if (!tone.starts_with(skin_tone_prefix) || tone.size() != skin_tone_prefix.size() + 1)
        return {name, 0};
    const int digit = tone.back() - '0';
    if (digit < 2 || digit > 6) return {name, 0};
    return {name.substr(0, colons), digit};
}

}  // namespace

EmojiMatch match_emoji(std::string_view text) {
    if (text.size() < 3) return {};
    const auto first = static_cast<unsigned char>(text[0]);
    // Among ASCII only the bases of keycaps begin one: 1️⃣, #️⃣.
    if (first < 0x80 && (static_cast<unsigned char>(text[1]) != 0xEF &&
                         static_cast<unsigned char>(text[1]) != 0xE2))
        return {};
    if (first >= 0x80 && first < 0xC2) return {};
    for (std::size_t bytes = std::min(text.size(), tables().bytes_max); bytes >= 2; --bytes) {
        const auto found = tables().by_characters.find(text.substr(0, bytes));
        if (found == tables().by_characters.end()) continue;
        EmojiMatch match{bytes, std::string(found->second.name),
                         std::string(found->second.unicode)};
        if (const int tone = skin_tone_at(text.substr(bytes)); tone != 0) {
            match.bytes += 4;
            match.name += "::skin-tone-" + std::to_string(tone);
            match.unicode += "-1f3f" + std::string(1, "bcdef"[tone - 2]);
        } else if (text.substr(bytes).starts_with(variation_selector)) {
            match.bytes += variation_selector.size();
        }
        return match;
    }
    return {};
}

std::string emoji_unicode(std::string_view name) {
    const auto [base, tone] = split_name(name);
    const auto found = tables().unicode_by_name.find(base);
    if (found == tables().unicode_by_name.end()) return {};
    std::string unicode(found->second);
    if (tone != 0) unicode += "-1f3f" + std::string(1, "bcdef"[tone - 2]);
    return unicode;
}

std::string emoji_characters(std::string_view name) { return characters_of(emoji_unicode(name)); }

}  // namespace deskbell::sandbox
