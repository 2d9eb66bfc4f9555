#include "sandbox/http/signature.hpp"

#include "base/text.hpp"

#include <sodium.h>

#include <array>

namespace deskbell::sandbox {

namespace {

void add(crypto_auth_hmacsha256_state& state, std::string_view bytes) {
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
}

}  // namespace

std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                                secret.size());
    add(state, "v0:");
    add(state, timestamp);
    add(state, ":");
    add(state, body);
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> digest{};
    crypto_auth_hmacsha256_final(&state, digest.data());
    return "v0=" + to_hex(digest);
}

}  // namespace deskbell::sandbox
