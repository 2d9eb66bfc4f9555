#pragma once
// Secrets at rest: sealed with XChaCha20-Poly1305, by keys that can be exchanged.
//
// The first key seals; all of them open. What is sealed is bound to what it is for, so that it
// cannot be moved elsewhere. Who uses it: installations. What it never does: print or log a key.

#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::app {

class Keyring {
public:
    static constexpr std::size_t key_bytes = 32;

    // Keys of 64 hex digits, apart by commas or white space. `encryption_key` when one is none.
    [[nodiscard]] static Result<Keyring> read(std::string_view text);
    ~Keyring();
    Keyring(Keyring&&) noexcept = default;
    Keyring& operator=(Keyring&&) noexcept = default;
    Keyring(const Keyring&) = delete;
    Keyring& operator=(const Keyring&) = delete;

    // "v1.<key id>.<nonce and box in hex>".
    [[nodiscard]] std::string seal(std::string_view text, std::string_view purpose) const;
    // `sealed_by_another_key`, `sealed_broken`.
    [[nodiscard]] Result<std::string> open(std::string_view sealed, std::string_view purpose) const;
    // Sealed by a key that is on its way out.
    [[nodiscard]] bool is_stale(std::string_view sealed) const;

private:
    struct Key {
        std::string id;  // tells which, and nothing about it
        std::array<unsigned char, key_bytes> bytes{};
    };
    Keyring() = default;
    [[nodiscard]] const Key* find(std::string_view id) const;

    std::vector<Key> keys_;  // the first seals
};

}  // namespace deskbell::app
