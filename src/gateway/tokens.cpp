#include "gateway/tokens.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace deskbell::gateway {

namespace {

constexpr std::string_view prefix = "dbs_";
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_characters = 43;

std::string to_base64url(std::span<const std::byte> bytes) {
    std::string text;
    std::uint32_t bits = 0;
    int bits_held = 0;
    for (const std::byte byte : bytes) {
        bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
        bits_held += 8;
        while (bits_held >= 6) {
            bits_held -= 6;
            text += alphabet[bits >> bits_held & 63];
        }
    }
    if (bits_held > 0) text += alphabet[bits << (6 - bits_held) & 63];
    return text;
}

}  // namespace

SessionId make_session_id(WallMs now, Random& random) {
    return SessionId("session_" + std::to_string(now / 1000) + "_" + random.base32(8));
}

std::string make_token(Random& random) {
    std::array<std::byte, secret_bytes> secret{};
    random.fill(secret);
    return std::string(prefix) + to_base64url(secret);
}

std::string token_hash(std::string_view token) { return sha256_hex(token); }

bool looks_like_token(std::string_view token) {
    return token.size() == prefix.size() + secret_characters && token.starts_with(prefix) &&
           std::ranges::all_of(token.substr(prefix.size()),
                               [](char c) { return alphabet.find(c) != std::string_view::npos; });
}

std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size()) return {};
    if (to_lower_ascii(authorization.substr(0, scheme.size())) != scheme) return {};
    return trim(authorization.substr(scheme.size()));
}

}  // namespace deskbell::gateway
