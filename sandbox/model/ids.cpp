#include "sandbox/model/ids.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace deskbell::sandbox {

namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view letters_and_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool all_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Ts> from_parts(std::string_view seconds, std::string fraction) {
    if (!all_digits(seconds) || seconds.size() > 12) return std::nullopt;
    if (!fraction.empty() && !all_digits(fraction)) return std::nullopt;
    fraction.resize(6, '0');
    return std::stoll(std::string(seconds)) * 1'000'000 + std::stoll(fraction);
}

std::string make_from(Random& random, std::string_view alphabet, std::size_t characters) {
    std::string text;
    for (std::size_t i = 0; i < characters; ++i) text += alphabet[random.below(alphabet.size())];
    return text;
}

}  // namespace

std::string to_text(Ts ts) {
    std::string fraction = std::to_string(ts % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    return std::to_string(ts / 1'000'000) + "." + fraction;
}

std::optional<Ts> parse_ts(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || text.size() != dot + 7) return std::nullopt;
    return from_parts(text.substr(0, dot), std::string(text.substr(dot + 1)));
}

std::optional<Ts> parse_bound(std::string_view text) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return from_parts(text, {});
    if (text.size() > dot + 7) return std::nullopt;
    return from_parts(text.substr(0, dot), std::string(text.substr(dot + 1)));
}

std::string make_id(Random& random, std::string_view prefix) {
    return std::string(prefix) + "0" +
           make_from(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 10 - prefix.size());
}

std::string make_secret(Random& random, std::size_t characters) {
    return make_from(random, letters_and_digits, characters);
}

std::string make_hex(Random& random, std::size_t characters) {
    return make_from(random, "0123456789abcdef", characters);
}

std::string to_base64(std::string_view bytes) {
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        std::array<unsigned, 3> part{};
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
        for (std::size_t i = 0; i < count; ++i) part[i] = static_cast<unsigned char>(bytes[at + i]);
        const unsigned group = (part[0] << 16) | (part[1] << 8) | part[2];
        for (std::size_t i = 0; i < 4; ++i)
            text += i <= count ? base64_alphabet[(group >> (18 - 6 * i)) & 63] : '=';
    }
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string bytes;
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        const std::size_t digit = base64_alphabet.find(c);
        if (digit == std::string_view::npos) return std::nullopt;
        bits = (bits << 6) | static_cast<unsigned>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> held) & 0xFF);
        }
    }
    return bytes;
}

std::string make_cursor(std::string_view kind, std::string_view value) {
    return to_base64(std::string(kind) + ":" + std::string(value));
}

std::optional<std::string> read_cursor(std::string_view kind, std::string_view cursor) {
    const auto text = from_base64(cursor);
    if (!text || !text->starts_with(std::string(kind) + ":")) return std::nullopt;
    return text->substr(kind.size() + 1);
}

}  // namespace deskbell::sandbox
