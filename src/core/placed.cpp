#include "core/placed.hpp"

#include <charconv>

namespace deskbell::core {
namespace {

std::string_view take_until(std::string_view& rest, char end) {
    const std::size_t at = rest.find(end);
    const std::string_view taken = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return taken;
}

int number_of(std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

std::vector<Placed> read_placed(std::string_view desk_posts) {
    std::vector<Placed> all;
    while (!desk_posts.empty()) {
        std::string_view line = take_until(desk_posts, '\n');
        Placed placed;
        placed.part = number_of(take_until(line, '/'));
        placed.parts = number_of(take_until(line, ' '));
        placed.letter = LetterId(std::string(take_until(line, ' ')));
        placed.message = DeskMessageId(std::string(line));
        const bool whole = placed.part > 0 && placed.part <= placed.parts &&
                           !placed.letter.empty() && !placed.message.empty();
        if (whole) all.push_back(std::move(placed));
    }
    return all;
}

std::string with_placed(std::string_view desk_posts, const Placed& placed) {
    std::string text;
    const auto add = [&text](const Placed& one) {
        text += std::to_string(one.part) + "/" + std::to_string(one.parts) + " " +
                one.letter.value + " " + one.message.value + "\n";
    };
    for (const Placed& one : read_placed(desk_posts)) {
        if (one.part != placed.part) add(one);
    }
    add(placed);
    return text;
}

}  // namespace deskbell::core
