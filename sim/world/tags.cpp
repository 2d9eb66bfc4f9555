#include "sim/world/tags.hpp"

#include <charconv>
#include <optional>

namespace deskbell::sim {
namespace {

char letter_of(char kind) { return kind == 'y' ? 'a' : kind == 'x' ? 'b' : 'm'; }

std::optional<int> number_at(std::string_view text, std::size_t& at) {
    int value = 0;
    const char* begin = text.data() + at;
    const auto [end, failed] = std::from_chars(begin, text.data() + text.size(), value);
    if (failed != std::errc() || end == begin) return std::nullopt;
    at += static_cast<std::size_t>(end - begin);
    return value;
}

}  // namespace

std::string to_text(const Tag& tag) {
    std::string text(1, tag.kind);
    text += std::to_string(tag.customer);
    text += '=';
    text += letter_of(tag.kind);
    text += std::to_string(tag.number);
    text += '=';
    text += tag.kind;
    return text;
}

std::vector<Tag> tags_in(std::string_view text) {
    std::vector<Tag> found;
    // Rare in other text, and looked for in megabytes of it.
    for (std::size_t sign = text.find('='); sign != std::string_view::npos;
         sign = text.find('=', sign + 1)) {
        std::size_t begin = sign;
        while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
        if (begin == sign || begin == 0 || sign + 2 >= text.size()) continue;
        const char kind = text[begin - 1];
        if ((kind != 'q' && (kind < 'w' || kind > 'z')) || text[sign + 1] != letter_of(kind))
            continue;
        const auto customer = number_at(text, begin);
        std::size_t at = sign + 2;
        const auto number = number_at(text, at);
        if (!customer || !number || at + 1 >= text.size() || text[at] != '=' ||
            text[at + 1] != kind)
            continue;
        found.push_back({kind, *customer, *number});
        sign = at;
    }
    return found;
}

}  // namespace deskbell::sim
