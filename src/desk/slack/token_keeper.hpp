#pragma once
// Tokens that end by themselves (token rotation) are renewed in time, one renewal at a time.
//
// A refresh token is good once: what it brings is made durable before anybody uses it, and until
// then the old token goes on. Who makes it: the app, on the office loop, when the app was installed
// by a browser. What it never does: two renewals at once; use a token that is not kept.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "desk/slack/slack_client.hpp"
#include "net/http_client.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

struct Grant {
    std::string token;
    std::string refresh;    // empty: the token does not end
    WallMs expires_at = 0;  // with `refresh`
};

// What oauth.v2.access gave; `unreadable_answer` when there is no bot token in it.
[[nodiscard]] Result<Grant> read_grant(const json::object& body, WallMs now);

struct AppCredentials {
    std::string api_url = "https://slack.com/api/";
    std::string client_id;
    std::string client_secret;
};
// oauth.v2.access; the fields beside the app's own.
void ask_oauth(net::HttpClient& http, const AppCredentials& app, Fields fields,
               std::move_only_function<void(SlackReply)> done);

class TokenKeeper {
public:
    // Durable, and in use, when it returns well.
    using Keep = std::function<Result<void>(const Grant&)>;

    TokenKeeper(Loop& loop, net::HttpClient& http, Random& random, AppCredentials app, Keep keep);
    ~TokenKeeper();

    // This is the grant from now on; it is renewed when half of the time that is left has passed.
    void watch(Grant grant);
    [[nodiscard]] std::uint64_t renewals() const { return renewals_; }

private:
    void plan(std::int64_t delay_ms);
    void look();
    void renew();
    void renewed(const SlackReply& reply);
    void try_again();

    Loop& loop_;
    net::HttpClient& http_;
    Random& random_;
    AppCredentials app_;
    Keep keep_;
    Grant grant_;
    WallMs renew_at_ = 0;
    bool is_renewing_ = false;
    unsigned failures_ = 0;
    std::uint64_t renewals_ = 0;
    TimerId timer_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
