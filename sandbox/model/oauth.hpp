#pragma once
// OAuth v2: the page that asks a person, codes, tokens, and tokens that rotate.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

struct World;

struct OAuth {
    static constexpr std::int64_t code_lifetime_ms = 10 * 60'000;
    static constexpr std::int64_t token_lifetime_s = 43'200;
    static constexpr std::size_t codes_max = 100;
    static constexpr std::size_t rotating_max = 2;  // access tokens alive at once

    struct Code {
        std::string text;
        std::string redirect_uri;
        std::string user;
        std::vector<std::string> scopes;
        SteadyMs expires_ms = 0;
    };
    // An access token that ends by itself, and what renews it.
    struct Rotating {
        std::string access;
        std::string refresh;  // empty: used
        SteadyMs expires_ms = 0;
    };

    std::string client_id;
    std::string client_secret;
    std::deque<Code> codes;
    std::deque<Rotating> rotating;  // oldest first; those past their time stay a while, as known
};

void found_oauth(World& world);
// Nothing when the token is a bot token that counts; `invalid_auth`, `token_expired` otherwise.
[[nodiscard]] std::string bot_token_error(const World& world, std::string_view token);

// The query of /oauth/v2/authorize.
struct AuthorizeRequest {
    std::string client_id;
    std::string scope;
    std::string redirect_uri;
    std::string state;
};
// What is wrong with the request, in Slack's words; empty: ask the person.
[[nodiscard]] std::string authorize_complaint(const World& world, const AuthorizeRequest& request);
// Where the browser goes after Allow, or (`allows` is false) after Cancel.
[[nodiscard]] std::string authorize(World& world, const AuthorizeRequest& request, const User& user,
                                    bool allows);

[[nodiscard]] json::object save_oauth(const World& world);
void load_oauth(World& world, const json::object& saved);

}  // namespace deskbell::sandbox
