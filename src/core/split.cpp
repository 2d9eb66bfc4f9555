#include "core/split.hpp"

#include "base/assert.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

std::size_t weight_of_byte(char byte) {
    if (byte == '&') return 5;
    return byte == '<' || byte == '>' ? 4 : 1;
}

bool continues_code_point(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// The longest prefix that weighs at most `weight_max` and ends between code points.
std::size_t longest_fit(std::string_view text, std::size_t weight_max) {
    std::size_t weight = 0;
    std::size_t end = 0;
    while (end < text.size() && weight + weight_of_byte(text[end]) <= weight_max) {
        weight += weight_of_byte(text[end]);
        ++end;
    }
    if (end == text.size()) return end;
    std::size_t whole = end;
    while (whole > 0 && continues_code_point(text[whole])) --whole;
    return whole > 0 ? whole : end;  // bytes that are no UTF-8 must not stop us
}

// Where to cut within text[0, fit): a boundary in the second half is worth a shorter part.
std::size_t best_cut(std::string_view text, std::size_t fit) {
    for (const std::string_view boundary : {"\n\n", "\n", " "}) {
        const std::size_t found = text.substr(0, fit).rfind(boundary);
        if (found == std::string_view::npos) continue;
        const std::size_t cut = found + boundary.size();
        if (cut >= fit / 2) return cut;
    }
    return fit;
}

}  // namespace

std::size_t weight_of(std::string_view text) {
    std::size_t weight = 0;
    for (const char byte : text) weight += weight_of_byte(byte);
    return weight;
}

std::vector<std::string> split_text(std::string_view text, std::size_t weight_max) {
    DESKBELL_ASSERT(weight_max >= 8);
    std::vector<std::string> parts;
    while (weight_of(text) > weight_max) {
        const std::size_t cut = best_cut(text, longest_fit(text, weight_max));
        parts.emplace_back(text.substr(0, cut));
        text.remove_prefix(cut);
    }
    if (!text.empty() || parts.empty()) parts.emplace_back(text);
    return parts;
}

}  // namespace deskbell::core
