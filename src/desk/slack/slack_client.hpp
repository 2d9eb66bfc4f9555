#pragma once
// Slack's Web API over the HTTP port: one call, one answer, sorted by what it means.
//
// Who calls it: every other file here. Always form-encoded (nested values as JSON text), because
// not every method takes JSON. It honours "not before": a method that was limited answers
// `rate_limited` by itself until its time has come, and nothing else waits for it.
// What it never does: retry; follow a redirect; log a token, a body or a name.

#include "base/loop.hpp"
#include "desk/slack/slack_json.hpp"
#include "net/http_client.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

using Fields = std::vector<net::Header>;

struct SlackReply {
    enum class Kind {
        ok,            // "ok": true
        refused,       // a definite no; `error` is Slack's code
        rate_limited,  // a definite no for now; retry_after_ms
        not_sent,      // surely nothing left
        unknown,       // it may have been done
    };
    Kind kind = Kind::unknown;
    std::string error;
    std::string needed;  // missing_scope: which
    std::string detail;  // for people
    std::int64_t retry_after_ms = 0;
    json::object body;

    [[nodiscard]] bool ok() const { return kind == Kind::ok; }
};

class SlackClient {
public:
    using Callback = std::move_only_function<void(SlackReply)>;

    struct Options {
        std::string api_url = "https://slack.com/api/";
        std::string bot_token;
        std::int64_t timeout_ms = 10'000;
    };

    SlackClient(Loop& loop, net::HttpClient& http, Options options);
    ~SlackClient();

    // `scope`: what a limit of this method is about; posting is limited by channel, the rest by
    // method. The callback comes later, exactly once, and not after the client's end.
    void call(const std::string& method, Fields fields, Callback callback,
              const std::string& scope = "");

    // Another token from the next call on: the app was installed, or installed again.
    void use_token(std::string token) { options_.bot_token = std::move(token); }
    [[nodiscard]] bool has_token() const { return !options_.bot_token.empty(); }

    using Bytes = std::move_only_function<void(net::ClientAnswer)>;
    // To an address that Slack gave for it; no token goes along. `not_sent` when it is none of
    // Slack's.
    void upload(const std::string& url, const std::string& body_file, Bytes callback);
    // From an address of Slack's, with the token, into a file. Redirects are not followed: a token
    // must not travel.
    void download(const std::string& url, const std::string& answer_file, std::int64_t bytes_max,
                  Bytes callback);
    // Where files live: files.slack.com, or the very server that the API is at.
    [[nodiscard]] bool is_slacks(std::string_view url) const;

    // Slack's clock minus ours, as of the last answer that said.
    [[nodiscard]] std::optional<std::int64_t> skew_ms() const { return skew_ms_; }
    // What the token was granted, as of the last answer that said.
    [[nodiscard]] bool has_scope(std::string_view scope) const;
    [[nodiscard]] const std::vector<std::string>& scopes() const { return scopes_; }
    [[nodiscard]] std::uint64_t calls() const { return calls_; }
    // Slack lets an app like ours read one page a minute, and a short one (apps that are sold
    // outside its marketplace).
    [[nodiscard]] bool reads_are_scarce() const { return reads_are_scarce_; }

private:
    void fetch(net::ClientRequest request, Bytes callback);
    void answered(const std::string& method, const std::string& key, net::ClientAnswer answer,
                  Callback& callback);
    void learn(const net::ClientAnswer& answer);
    void freeze(const std::string& key, std::int64_t retry_after_ms);
    void watch_reads(const std::string& method, const SlackReply& reply);

    Loop& loop_;
    net::HttpClient& http_;
    Options options_;
    std::map<std::string, SteadyMs> frozen_until_;  // a few methods and channels
    std::optional<std::int64_t> skew_ms_;
    std::vector<std::string> scopes_;
    std::uint64_t calls_ = 0;
    bool reads_are_scarce_ = false;
    unsigned long_limits_ = 0;  // of reading, one after the other
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// What an HTTP answer means; pure.
[[nodiscard]] SlackReply read_reply(const net::ClientAnswer& answer);
// "Sun, 22 Nov 2026 10:00:00 GMT" as milliseconds since 1970.
[[nodiscard]] std::optional<WallMs> parse_http_date(std::string_view text);

}  // namespace deskbell::desk::slack
