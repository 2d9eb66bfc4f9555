#pragma once
// Proof that whoever comes back from Slack set out from here, in the same browser, and only once.
//
// A state is signed and carries its own end; the browser keeps the other half in a cookie. Who uses
// it: installer, on the office loop. A restart forgets the key: whoever was on the way begins anew.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "desk/slack/signature.hpp"

#include <string>
#include <string_view>

namespace deskbell::desk::slack {

class InstallStates {
public:
    static constexpr std::int64_t lifetime_ms = 10 * 60'000;

    struct Pair {
        std::string state;   // travels through Slack
        std::string cookie;  // stays with the browser
    };

    explicit InstallStates(Random& random) : random_(random), key_(random.base32(52)) {}

    [[nodiscard]] Pair make(WallMs now);
    // Good once. `state_invalid`, `state_expired`, `state_used`.
    [[nodiscard]] Result<void> redeem(std::string_view state, std::string_view cookie, WallMs now);

private:
    [[nodiscard]] std::string sign(std::string_view state, std::string_view cookie) const;

    Random& random_;
    const std::string key_;
    Recent used_{10'000};
};

}  // namespace deskbell::desk::slack
