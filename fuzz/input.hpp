#pragma once
// Takes a fuzzer's bytes apart into numbers, choices and texts, from the front. When they run out,
// zeros and empty texts come, so that every input means something.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::fuzz {

class Input {
public:
    explicit Input(std::string_view bytes) : left_(bytes) {}

    [[nodiscard]] bool empty() const { return left_.empty(); }
    [[nodiscard]] std::uint8_t byte() {
        if (left_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return first;
    }
    [[nodiscard]] bool flag() { return (byte() & 1) != 0; }
    // 0 … count - 1; count ≤ 256.
    [[nodiscard]] std::size_t below(std::size_t count) { return byte() % count; }
    [[nodiscard]] std::uint64_t number(std::size_t bytes = 8) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | byte();
        return value;
    }
    // A text whose length stands before it, in one byte (or two, when it may be longer).
    [[nodiscard]] std::string text(std::size_t bytes_max = 255) {
        const std::size_t length = number(bytes_max > 255 ? 2 : 1) % (bytes_max + 1);
        const std::string_view taken = left_.substr(0, length);
        left_.remove_prefix(taken.size());
        return std::string(taken);
    }
    [[nodiscard]] std::string_view rest() { return std::exchange(left_, {}); }

private:
    std::string_view left_;
};

// The bytes in pieces whose lengths `seed` decides: 1 to 64 each, single bytes for some seeds;
// larger ones of what is long.
[[nodiscard]] inline std::vector<std::string> in_random_pieces(std::string_view bytes,
                                                               std::uint64_t seed) {
    std::vector<std::string> pieces;
    const bool single = seed % 7 == 1 && bytes.size() <= 4096;
    const std::size_t most = 64 + bytes.size() / 64;
    while (!bytes.empty()) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const std::size_t length = single ? 1 : 1 + (seed >> 33) % most;
        pieces.emplace_back(bytes.substr(0, length));
        bytes.remove_prefix(std::min(length, bytes.size()));
    }
    return pieces;
}

}  // namespace deskbell::fuzz
