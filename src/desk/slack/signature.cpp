#include "desk/slack/signature.hpp"

#include "base/text.hpp"

#include <sodium.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t window_s = 300;

}  // namespace

std::string signature_of(std::string_view secret, std::string_view timestamp,
                         std::string_view body) {
    crypto_auth_hmacsha256_state state;
    const auto feed = [&state](std::string_view bytes) {
        crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                      bytes.size());
    };
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                                secret.size());
    feed("v0:");
    feed(timestamp);
    feed(":");
    feed(body);
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
    crypto_auth_hmacsha256_final(&state, digest.data());
    sodium_memzero(&state, sizeof state);
    return "v0=" + to_hex(digest);
}

Result<void> verify_signature(const std::vector<std::string>& secrets, std::string_view timestamp,
                              std::string_view signature, std::string_view body, WallMs now) {
    const auto no = [](const char* why) { return fail("signature_invalid", why); };
    if (timestamp.empty() || signature.empty()) return no("The signature headers are missing.");
    std::int64_t signed_at_s = 0;
    const auto [end, failed] =
        std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), signed_at_s);
    if (failed != std::errc() || end != timestamp.data() + timestamp.size() || signed_at_s < 0)
        return no("The timestamp is not a number.");
    const std::int64_t now_s = now / 1000;
    const std::int64_t away_s = now_s > signed_at_s ? now_s - signed_at_s : signed_at_s - now_s;
    if (away_s > window_s) return no("The timestamp is more than five minutes away.");
    bool matches = false;
    for (const std::string& secret : secrets) {
        if (secret.empty()) continue;
        const std::string expected = signature_of(secret, timestamp, body);
        // Every secret is tried whatever the others said, and each compare takes the same time.
        matches |= expected.size() == signature.size() &&
                   sodium_memcmp(expected.data(), signature.data(), expected.size()) == 0;
    }
    if (!matches) return no("The signature does not match.");
    return {};
}

}  // namespace deskbell::desk::slack
