#include "base/random.hpp"

#include "base/assert.hpp"

#include <array>
#include <cstdio>
#include <cstring>

#include <sodium.h>

namespace deskbell {

std::uint64_t Random::next_u64() {
    std::uint64_t value = 0;
    fill(std::as_writable_bytes(std::span(&value, 1)));
    return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
    DESKBELL_ASSERT(bound != 0);
    // Values under this threshold would make the low results likelier, so they are drawn again.
    const std::uint64_t threshold = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t value = next_u64();
        if (value >= threshold) return value % bound;
    }
}

std::string Random::uuid() {
    std::array<unsigned char, 16> bytes{};
    fill(std::as_writable_bytes(std::span(bytes)));
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        constexpr char digits[] = "0123456789abcdef";
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 0x0f];
    }
    return text;
}

std::string Random::base32(std::size_t characters) {
    constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    std::string text(characters, 'a');
    std::string bytes(characters, '\0');
    fill(std::as_writable_bytes(std::span(bytes)));
    for (std::size_t i = 0; i < characters; ++i)
        text[i] = alphabet[static_cast<unsigned char>(bytes[i]) & 31];
    return text;
}

SystemRandom::SystemRandom() { DESKBELL_ASSERT(sodium_init() >= 0); }

void SystemRandom::fill(std::span<std::byte> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

void SeededRandom::fill(std::span<std::byte> bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        mixed ^= mixed >> 31;
        const std::size_t part = std::min(sizeof mixed, bytes.size() - done);
        std::memcpy(bytes.data() + done, &mixed, part);
        done += part;
    }
}

}  // namespace deskbell
