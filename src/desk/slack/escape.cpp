#include "desk/slack/escape.hpp"

#include "base/text.hpp"

#include <vector>

namespace deskbell::desk::slack {
namespace {

// Bytes of the character that `lead` begins.
std::size_t bytes_of_character(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
}

// Bytes of the longest prefix with at most `units_max` UTF-16 units.
std::size_t prefix_bytes(std::string_view text, std::size_t units_max) {
    std::size_t units = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t length = bytes_of_character(text[at]);
        units += length == 4 ? 2 : 1;
        if (units > units_max) break;
        at = std::min(at + length, text.size());
    }
    return at;
}

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::size_t utf16_units(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

std::string cut(std::string_view text, std::size_t units_max) {
    if (utf16_units(text) <= units_max) return std::string(text);
    const std::size_t bytes = prefix_bytes(text, units_max > 0 ? units_max - 1 : 0);
    return std::string(text.substr(0, bytes)) + "…";
}

std::string cut_escaped(std::string_view text, std::size_t units_max) {
    std::string whole = escaped(text);
    if (utf16_units(whole) <= units_max) return whole;
    std::string out;
    std::size_t units = 1;  // "…"
    while (!text.empty()) {
        const std::string_view character = text.substr(0, bytes_of_character(text.front()));
        const std::string next = escaped(character);
        units += utf16_units(next);
        if (units > units_max) break;
        out += next;
        text.remove_prefix(character.size());
    }
    return out + "…";
}

std::vector<std::string> in_pieces(std::string_view text, std::size_t units_max) {
    std::vector<std::string> pieces;
    while (utf16_units(text) > units_max) {
        std::size_t end = prefix_bytes(text, units_max);
        for (const char c : {'\n', ' '}) {
            const std::size_t good = text.substr(0, end).rfind(c);
            if (good != std::string_view::npos && good > end / 2) {
                end = good + 1;
                break;
            }
        }
        pieces.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    if (!text.empty() || pieces.empty()) pieces.emplace_back(text);
    return pieces;
}

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : without_controls(text)) {
        const bool blank = c == '\n' || c == '\t' || c == ' ';
        if (!blank) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    return std::string(trim(out));
}

}  // namespace deskbell::desk::slack
