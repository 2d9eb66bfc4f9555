#pragma once
// Randomness comes from here and from nowhere else. SystemRandom is libsodium's and fit for
// secrets; SeededRandom repeats itself for a seed and is fit for tests and simulations only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace deskbell {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;

    [[nodiscard]] std::uint64_t next_u64();
    // Uniform in [0, bound); bound must not be 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    // Random UUID (version 4), lower case with dashes.
    [[nodiscard]] std::string uuid();
    // `characters` of lower-case base 32 (5 bits each).
    [[nodiscard]] std::string base32(std::size_t characters);
};

class SystemRandom final : public Random {
public:
    SystemRandom();
    void fill(std::span<std::byte> bytes) override;
};

class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::byte> bytes) override;

private:
    std::uint64_t state_;  // splitmix64
};

}  // namespace deskbell
