#include "app/keyring.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <span>

namespace deskbell::app {
namespace {

constexpr std::string_view version = "v1.";
constexpr std::size_t id_characters = 8;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

static_assert(Keyring::key_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

std::optional<std::vector<unsigned char>> from_hex(std::string_view text) {
    std::vector<unsigned char> bytes(text.size() / 2);
    std::size_t count = 0;
    const char* end = nullptr;
    const bool ok = sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr,
                                   &count, &end) == 0;
    if (!ok || end != text.data() + text.size() || count * 2 != text.size()) return std::nullopt;
    return bytes;
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// Of the version, the key's id, and what it is for.
std::string bound_to(std::string_view id, std::string_view purpose) {
    return std::string(version) + std::string(id) + "." + std::string(purpose);
}

bool is_separator(char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

}  // namespace

Keyring::~Keyring() {
    for (Key& key : keys_) sodium_memzero(key.bytes.data(), key.bytes.size());
}

Result<Keyring> Keyring::read(std::string_view text) {
    Keyring ring;
    while (!text.empty()) {
        std::size_t end = 0;
        while (end < text.size() && !is_separator(text[end])) ++end;
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (word.empty()) continue;
        auto bytes = from_hex(word);
        if (!bytes || bytes->size() != key_bytes)
            return fail("encryption_key",
                        "each key is 64 hex digits; make one with: openssl rand -hex 32");
        Key key;
        std::copy(bytes->begin(), bytes->end(), key.bytes.begin());
        sodium_memzero(bytes->data(), bytes->size());
        std::array<unsigned char, 16> digest{};
        constexpr std::string_view label = "deskbell key id";
        crypto_generichash(digest.data(), digest.size(), bytes_of(label), label.size(),
                           key.bytes.data(), key.bytes.size());
        key.id = to_hex(digest).substr(0, id_characters);
        ring.keys_.push_back(std::move(key));
    }
    if (ring.keys_.empty()) return fail("encryption_key", "no key was given");
    return ring;
}

const Keyring::Key* Keyring::find(std::string_view id) const {
    for (const Key& key : keys_)
        if (key.id == id) return &key;
    return nullptr;
}

// The nonce comes from libsodium and nowhere else: it must never repeat, in no replay either.
std::string Keyring::seal(std::string_view text, std::string_view purpose) const {
    const Key& key = keys_.front();
    const std::string bound = bound_to(key.id, purpose);
    std::vector<unsigned char> box(nonce_bytes + text.size() + tag_bytes);
    randombytes_buf(box.data(), nonce_bytes);
    unsigned long long written = 0;
    const int done = crypto_aead_xchacha20poly1305_ietf_encrypt(
        box.data() + nonce_bytes, &written, bytes_of(text), text.size(), bytes_of(bound),
        bound.size(), nullptr, box.data(), key.bytes.data());
    DESKBELL_ASSERT(done == 0 && written == text.size() + tag_bytes);
    return std::string(version) + key.id + "." + to_hex(box);
}

Result<std::string> Keyring::open(std::string_view sealed, std::string_view purpose) const {
    const std::size_t head = version.size() + id_characters + 1;
    if (!sealed.starts_with(version) || sealed.size() < head || sealed[head - 1] != '.')
        return fail("sealed_broken", "It does not look like something sealed.");
    const std::string_view id = sealed.substr(version.size(), id_characters);
    const Key* key = find(id);
    if (key == nullptr)
        return fail("sealed_by_another_key",
                    "It was sealed by the key with the id " + std::string(id) +
                        ": put that key behind the first in slack.encryption_key.");
    const auto box = from_hex(sealed.substr(head));
    if (!box || box->size() < nonce_bytes + tag_bytes)
        return fail("sealed_broken", "It is cut short.");
    const std::string bound = bound_to(id, purpose);
    std::string text(box->size() - nonce_bytes - tag_bytes, '\0');
    unsigned long long written = 0;
    const int done = crypto_aead_xchacha20poly1305_ietf_decrypt(
        reinterpret_cast<unsigned char*>(text.data()), &written, nullptr, box->data() + nonce_bytes,
        box->size() - nonce_bytes, bytes_of(bound), bound.size(), box->data(), key->bytes.data());
    if (done != 0) return fail("sealed_broken", "It was changed, or is not for this.");
    return text;
}

bool Keyring::is_stale(std::string_view sealed) const {
    return !sealed.starts_with(std::string(version) + keys_.front().id + ".");
}

}  // namespace deskbell::app
