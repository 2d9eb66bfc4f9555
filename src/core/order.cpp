#include "core/order.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace deskbell::core {
namespace {

constexpr std::size_t key_digits = 16;
constexpr std::size_t fraction_digits = 6;

std::optional<std::int64_t> parse_number(std::string_view digits) {
    std::int64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [stopped, failed] = std::from_chars(digits.data(), end, value);
    if (digits.empty() || failed != std::errc{} || stopped != end || value < 0) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_desk_order_us(std::string_view desk_order) {
    const std::size_t dot = desk_order.find('.');
    const auto seconds = parse_number(desk_order.substr(0, dot));
    if (!seconds || *seconds > 9'999'999'999) return std::nullopt;
    std::string fraction(dot == std::string_view::npos ? "" : desk_order.substr(dot + 1));
    fraction.resize(fraction_digits, '0');
    const auto micros = parse_number(fraction);
    if (!micros) return std::nullopt;
    return *seconds * 1'000'000 + *micros;
}

}  // namespace

std::int64_t next_order_us(WallMs now, std::int64_t last_order_us) {
    return std::max(now * 1000, last_order_us + 1);
}

std::string order_key(std::int64_t order_us) {
    char text[32];
    const int length =
        std::snprintf(text, sizeof text, "%016lld", static_cast<long long>(order_us));
    return {text, static_cast<std::size_t>(length)};
}

std::string agent_order_key(std::string_view desk_order, std::string_view floor, WallMs now) {
    const std::int64_t own_us = parse_desk_order_us(desk_order).value_or(now * 1000);
    return order_key(std::max(own_us, order_us_of(floor))) + "." + order_key(own_us);
}

std::int64_t order_us_of(std::string_view key) {
    return parse_number(key.substr(0, key_digits)).value_or(0);
}

}  // namespace deskbell::core
