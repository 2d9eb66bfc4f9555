#include "desk/slack/emoji.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace deskbell::desk::slack {
namespace {

struct Entry {
    std::string_view name;
    std::string_view characters;
};

constexpr auto table = std::to_array<Entry>({
#include "emoji_table.inc"
});

std::optional<std::string> search(std::string_view name) {
    const auto found =
        std::lower_bound(table.begin(), table.end(), name,
                         [](const Entry& entry, std::string_view key) { return entry.name < key; });
    if (found == table.end() || found->name != name) return std::nullopt;
    return std::string(found->characters);
}

void append_utf8(std::string& out, std::uint32_t c) {
    const auto byte = [&out](std::uint32_t value) { out += static_cast<char>(value); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xc0 | (c >> 6));
        byte(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        byte(0xe0 | (c >> 12));
        byte(0x80 | ((c >> 6) & 0x3f));
        byte(0x80 | (c & 0x3f));
    } else {
        byte(0xf0 | (c >> 18));
        byte(0x80 | ((c >> 12) & 0x3f));
        byte(0x80 | ((c >> 6) & 0x3f));
        byte(0x80 | (c & 0x3f));
    }
}

}  // namespace

std::optional<std::string> emoji_characters(std::string_view name) {
    if (auto whole = search(name)) return whole;
    const std::size_t tone = name.find("::");
    if (tone == std::string_view::npos) return std::nullopt;
    return search(name.substr(0, tone));
}

std::optional<std::string> characters_of_code_points(std::string_view hex) {
    std::string out;
    while (!hex.empty()) {
        const std::size_t dash = std::min(hex.find('-'), hex.size());
        std::uint32_t code_point = 0;
        const auto [end, failed] = std::from_chars(hex.data(), hex.data() + dash, code_point, 16);
        const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
        const bool control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
        if (failed != std::errc() || end != hex.data() + dash || surrogate || control ||
            code_point > 0x10ffff || out.size() > 64)
            return std::nullopt;
        append_utf8(out, code_point);
        hex.remove_prefix(std::min(dash + 1, hex.size()));
    }
    if (out.empty()) return std::nullopt;
    return out;
}

}  // namespace deskbell::desk::slack
