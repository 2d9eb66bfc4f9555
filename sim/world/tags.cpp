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
    for (std::size_t i = 0; i + 4 < text.size(); ++i) {
        const char kind = text[i];
        if (kind < 'q' || (kind > 'q' && kind < 'w')) continue;
        if (kind > 'z' || text[i + 1] < '0' || text[i + 1] > '9') continue;
        std::size_t at = i + 1;
        const auto customer = number_at(text, at);
        if (!customer || at + 3 >= text.size() || text[at] != '=' ||
            text[at + 1] != letter_of(kind))
            continue;
        at += 2;
        const auto number = number_at(text, at);
        if (!number || at + 1 >= text.size() || text[at] != '=' || text[at + 1] != kind) continue;
        found.push_back({kind, *customer, *number});
        i = at + 1;
    }
    return found;
}

}  // namespace deskbell::sim
