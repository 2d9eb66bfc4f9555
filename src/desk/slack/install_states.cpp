#include "desk/slack/install_states.hpp"

#include <sodium.h>

#include <charconv>

namespace deskbell::desk::slack {

InstallStates::Pair InstallStates::make(WallMs now) {
    Pair pair;
    pair.cookie = random_.base32(40);
    const std::string bare = random_.base32(26) + "." + std::to_string(now + lifetime_ms);
    pair.state = bare + "." + sign(bare, pair.cookie);
    return pair;
}

std::string InstallStates::sign(std::string_view state, std::string_view cookie) const {
    return signature_of(key_, state, cookie);
}

Result<void> InstallStates::redeem(std::string_view state, std::string_view cookie, WallMs now) {
    const std::size_t dot = state.rfind('.');
    if (dot == std::string_view::npos || cookie.empty())
        return fail("state_invalid", "It did not begin here, or not in this browser.");
    const std::string_view bare = state.substr(0, dot);
    const std::string expected = sign(bare, cookie);
    const std::string_view given = state.substr(dot + 1);
    if (given.size() != expected.size() ||
        sodium_memcmp(given.data(), expected.data(), expected.size()) != 0)
        return fail("state_invalid", "It did not begin here, or not in this browser.");
    // Ours from here on.
    const std::string_view end = bare.substr(bare.find('.') + 1);
    WallMs expires = 0;
    std::from_chars(end.data(), end.data() + end.size(), expires);
    if (now >= expires || expires - now > lifetime_ms)
        return fail("state_expired", "It took longer than ten minutes.");
    if (used_.contains(std::string(bare))) return fail("state_used", "It was used already.");
    used_.add(std::string(bare));
    return {};
}

}  // namespace deskbell::desk::slack
