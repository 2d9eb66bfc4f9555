// Signatures and tokens: only what was signed with one of our secrets, within five minutes, exactly
// as it was, passes.

#include "base/text.hpp"
#include "desk/slack/signature.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/tokens.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace deskbell;
using namespace deskbell::desk::slack;

constexpr WallMs now = 1'763'800'000'000;

// Without NULs: HMAC fills keys up with them, so that "a" and "a\0" are one key.
std::string secret_from(fuzz::Input& input) {
    std::string secret = input.text(40);
    std::erase(secret, '\0');
    return secret;
}

void check_made(fuzz::Input& input) {
    const std::vector<std::string> secrets = {secret_from(input), secret_from(input)};
    const std::string secret = input.flag()   ? secrets[0]
                               : input.flag() ? secrets[1]
                                              : secret_from(input);
    const std::int64_t off_s = static_cast<std::int64_t>(input.number(2)) % 700 - 350;
    const std::string time = std::to_string(now / 1000 + off_s);
    std::string body(input.text(300));
    std::string signature = signature_of(secret, time, body);
    const std::size_t change = input.below(4);
    if (change == 1 && !body.empty()) body[input.number(2) % body.size()] ^= 1;
    if (change == 2) signature[input.below(signature.size())] ^= 1 << input.below(7);
    const bool ours = !secret.empty() && std::ranges::count(secrets, secret) > 0;
    const bool untouched = signature == signature_of(secret, time, body);
    const bool fresh = off_s >= -300 && off_s <= 300;
    const bool passes = verify_signature(secrets, time, signature, body, now).has_value();
    FUZZ_CHECK(passes == (ours && untouched && fresh));
    FUZZ_CHECK(!verify_signature({}, time, signature, body, now));
    FUZZ_CHECK(!verify_signature({""}, time, signature, body, now));
    FUZZ_CHECK(!verify_signature(secrets, " " + time, signature, body, now));
    FUZZ_CHECK(!verify_signature(secrets, time, "", body, now));
}

void check_guessed(fuzz::Input& input) {
    const std::string time = input.text(30);
    const std::string signature = input.text(100);
    FUZZ_CHECK(!verify_signature({"a secret nobody guesses"}, time, signature, input.rest(), now));
}

void check_token(std::string_view header) {
    const std::string_view token = gateway::bearer_token(header);
    FUZZ_CHECK(trim(token) == token);
    if (!gateway::looks_like_token(token)) return;
    FUZZ_CHECK(token.size() == 47 && token.starts_with("dbs_"));
    FUZZ_CHECK(gateway::token_hash(token).size() == 64);
    FUZZ_CHECK(gateway::token_hash(token).find(token) == std::string::npos);
}

}  // namespace

DESKBELL_FUZZ(signatures) {
    fuzz::Input bytes(input);
    switch (bytes.below(3)) {
        case 0:
            return check_guessed(bytes);
        case 1:
            return check_token(bytes.rest());
        default:
            return check_made(bytes);
    }
}
