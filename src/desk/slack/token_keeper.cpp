#include "desk/slack/token_keeper.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/slack_json.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t ask_timeout_ms = 10'000;
constexpr std::int64_t look_again_ms = 600'000;
constexpr std::int64_t retry_ms = 5'000;
constexpr std::int64_t retry_ms_max = 300'000;

}  // namespace

Result<Grant> read_grant(const json::object& body, WallMs now) {
    Grant grant;
    grant.token = text_at(body, "access_token");
    grant.refresh = text_at(body, "refresh_token");
    if (!grant.token.starts_with("xoxb-") && !grant.token.starts_with("xoxe.xoxb-"))
        return fail("unreadable_answer", "Slack's answer holds no bot token.");
    if (!grant.refresh.empty())
        grant.expires_at = now + find_int(body, "expires_in").value_or(0) * 1000;
    return grant;
}

void ask_oauth(net::HttpClient& http, const AppCredentials& app, Fields fields,
               std::move_only_function<void(SlackReply)> done) {
    net::ClientRequest ask;
    ask.method = "POST";
    ask.url = app.api_url + "oauth.v2.access";
    ask.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    fields.push_back({"client_id", app.client_id});
    fields.push_back({"client_secret", app.client_secret});
    ask.body = net::encode_form(fields);
    ask.timeout_ms = ask_timeout_ms;
    http.send(std::move(ask), [done = std::move(done)](const net::ClientAnswer& got) mutable {
        done(read_reply(got));
    });
}

TokenKeeper::TokenKeeper(Loop& loop, net::HttpClient& http, Random& random, AppCredentials app,
                         Keep keep)
    : loop_(loop), http_(http), random_(random), app_(std::move(app)), keep_(std::move(keep)) {}

TokenKeeper::~TokenKeeper() { loop_.cancel(timer_); }

void TokenKeeper::watch(Grant grant) {
    grant_ = std::move(grant);
    failures_ = 0;
    loop_.cancel(std::exchange(timer_, 0));
    if (grant_.refresh.empty()) return;
    plan((grant_.expires_at - loop_.clock().wall_ms()) / 2);
}

void TokenKeeper::plan(std::int64_t delay_ms) {
    renew_at_ = loop_.clock().wall_ms() + delay_ms;
    look();
}

// Tokens end by the wall clock, which goes on while this machine sleeps; timers may not.
void TokenKeeper::look() {
    const std::int64_t wait = renew_at_ - loop_.clock().wall_ms();
    timer_ = loop_.after(std::clamp<std::int64_t>(wait, 0, look_again_ms),
                         [this, alive = std::weak_ptr(alive_)] {
                             if (alive.expired()) return;
                             timer_ = 0;
                             if (loop_.clock().wall_ms() >= renew_at_) return renew();
                             look();
                         });
}

void TokenKeeper::renew() {
    if (std::exchange(is_renewing_, true)) return;
    DESKBELL_CRASH_POINT("slack.token.before_renewal");
    ask_oauth(http_, app_, {{"grant_type", "refresh_token"}, {"refresh_token", grant_.refresh}},
              [this, alive = std::weak_ptr(alive_),
               asked_with = grant_.refresh](const SlackReply& reply) {
                  if (alive.expired()) return;
                  is_renewing_ = false;
                  // Installed anew meanwhile: what was asked for is of the past.
                  if (asked_with == grant_.refresh) renewed(reply);
              });
}

void TokenKeeper::renewed(const SlackReply& reply) {
    if (!reply.ok()) {
        log::error("slack: the token could not be renewed: {}. {}", reply.error,
                   reply.error == "invalid_refresh_token" ? "Install the app again."
                                                          : "It is tried again.");
        return try_again();
    }
    auto grant = read_grant(reply.body, loop_.clock().wall_ms());
    if (!grant || grant->refresh.empty()) {
        log::error("slack: the renewed token could not be read");
        return try_again();
    }
    DESKBELL_CRASH_POINT("slack.token.renewed");
    if (const auto kept = keep_(*grant); !kept) {
        // The refresh token is used up; what it brought is all there is. It is kept as soon as it
        // can be, and not used before: a restart must find what we use.
        log::error("slack: the renewed token could not be kept: {}", kept.error().code);
        grant_.refresh = grant->refresh;
        return try_again();
    }
    ++renewals_;
    log::info("slack: the token was renewed");
    watch(std::move(*grant));
}

void TokenKeeper::try_again() {
    const std::int64_t wait = std::min(retry_ms_max, retry_ms << std::min(failures_++, 12u));
    plan(wait / 2 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(wait))));
}

}  // namespace deskbell::desk::slack
