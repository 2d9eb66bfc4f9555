#include "desk/slack/slack_client.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t retry_after_ms_default = 30'000;
constexpr std::int64_t scarce_retry_ms = 30'000;
constexpr std::size_t scarce_page = 15;         // of the 200 we ask for
constexpr std::size_t frozen_keys_max = 1'000;  // past it, what has thawed is swept

bool is_limit(std::string_view code) {
    return code == "ratelimited" || code == "rate_limited" || code == "message_limit_exceeded";
}

std::int64_t retry_after_ms_of(const net::ClientAnswer& answer) {
    const std::string_view text = net::find_header(answer.headers, "retry-after");
    std::int64_t seconds = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || failed != std::errc() || end == text.data()) return retry_after_ms_default;
    // "0" means at once; a Slack that just refused wants a moment all the same.
    return std::clamp<std::int64_t>(seconds, 1, 3'600) * 1000;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> split_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view one = trim(text.substr(0, comma));
        if (!one.empty()) scopes.emplace_back(one);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return scopes;
}

}  // namespace

std::optional<WallMs> parse_http_date(std::string_view text) {
    // Sun, 22 Nov 2026 10:00:00 GMT
    if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const auto day = number(text.substr(5, 2));
    const auto year = number(text.substr(12, 4));
    const auto hours = number(text.substr(17, 2));
    const auto minutes = number(text.substr(20, 2));
    const auto seconds = number(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hours || !minutes || !seconds)
        return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    const std::int64_t total = std::chrono::duration_cast<std::chrono::seconds>(days).count() +
                               *hours * 3600 + *minutes * 60 + *seconds;
    return total * 1000;
}

SlackReply read_reply(const net::ClientAnswer& answer) {
    SlackReply reply;
    reply.detail = answer.detail;
    if (answer.kind == net::ClientAnswer::Kind::not_sent) {
        reply.kind = SlackReply::Kind::not_sent;
        reply.error = "not_sent";
        return reply;
    }
    reply.error = "no_answer";
    if (answer.kind == net::ClientAnswer::Kind::unknown) return reply;
    if (answer.status == 429) {
        reply.kind = SlackReply::Kind::rate_limited;
        reply.error = "ratelimited";
        reply.retry_after_ms = retry_after_ms_of(answer);
        return reply;
    }
    auto body = parse_slack_json(answer.body);
    const auto ok = body ? find_bool(*body, "ok") : std::nullopt;
    // A fault of the infrastructure says nothing about what was done, whatever its body reads like.
    if (!ok || answer.status >= 500) {
        reply.error = "unreadable_answer";
        reply.detail = "HTTP " + std::to_string(answer.status);
        return reply;
    }
    if (*ok) {
        reply.kind = SlackReply::Kind::ok;
        reply.error.clear();
        reply.body = std::move(*body);
        return reply;
    }
    reply.error = text_at(*body, "error");
    reply.needed = text_at(*body, "needed");
    const json::array& messages = array_at(object_at(*body, "response_metadata"), "messages");
    if (!messages.empty() && messages[0].is_string())
        reply.detail = prefix_at_most(std::string_view(messages[0].get_string()), 300);
    reply.kind = SlackReply::Kind::refused;
    if (is_limit(reply.error)) {
        reply.kind = SlackReply::Kind::rate_limited;
        reply.retry_after_ms = retry_after_ms_of(answer);
    }
    reply.body = std::move(*body);
    return reply;
}

SlackClient::SlackClient(Loop& loop, net::HttpClient& http, Options options)
    : loop_(loop), http_(http), options_(std::move(options)) {
    if (!options_.api_url.ends_with('/')) options_.api_url += '/';
}

SlackClient::~SlackClient() = default;

bool SlackClient::has_scope(std::string_view scope) const {
    return std::find(scopes_.begin(), scopes_.end(), scope) != scopes_.end();
}

void SlackClient::call(const std::string& method, Fields fields, Callback callback,
                       const std::string& scope) {
    const std::string key = scope.empty() ? method : method + " " + scope;
    const auto frozen = frozen_until_.find(key);
    const std::int64_t wait_ms =
        frozen == frozen_until_.end() ? 0 : frozen->second - loop_.clock().steady_ms();
    if (wait_ms > 0) {
        SlackReply reply;
        reply.kind = SlackReply::Kind::rate_limited;
        reply.error = "ratelimited";
        reply.retry_after_ms = wait_ms;
        loop_.post([alive = std::weak_ptr(alive_), reply = std::move(reply),
                    callback = std::move(callback)]() mutable {
            if (!alive.expired()) callback(std::move(reply));
        });
        return;
    }
    ++calls_;
    net::ClientRequest request;
    request.method = "POST";
    request.url = options_.api_url + method;
    request.headers = {{"authorization", "Bearer " + options_.bot_token},
                       {"content-type", "application/x-www-form-urlencoded"}};
    request.body = net::encode_form(fields);
    request.timeout_ms = options_.timeout_ms;
    http_.send(std::move(request),
               [this, alive = std::weak_ptr(alive_), method, key,
                callback = std::move(callback)](net::ClientAnswer answer) mutable {
                   if (!alive.expired()) answered(method, key, std::move(answer), callback);
               });
}

namespace {

constexpr std::int64_t bytes_timeout_ms = 120'000;

// "https://files.slack.com", without what could hide another host in it.
std::string_view server_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    const std::string_view server = url.substr(0, url.find_first_of("/?#\\", scheme + 3));
    return server.find('@') == std::string_view::npos ? server : std::string_view();
}

}  // namespace

bool SlackClient::is_slacks(std::string_view url) const {
    const std::string_view server = server_of(url);
    const std::string_view api = server_of(options_.api_url);
    if (server.empty()) return false;
    return server == api || (api == "https://slack.com" && server == "https://files.slack.com");
}

void SlackClient::upload(const std::string& url, const std::string& body_file, Bytes callback) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"content-type", "application/octet-stream"}};
    request.body_file = body_file;
    fetch(std::move(request), std::move(callback));
}

void SlackClient::download(const std::string& url, const std::string& answer_file,
                           std::int64_t bytes_max, Bytes callback) {
    net::ClientRequest request;
    request.url = url;
    request.headers = {{"authorization", "Bearer " + options_.bot_token}};
    request.answer_file = answer_file;
    request.response_bytes_max = static_cast<std::size_t>(bytes_max) + (64U << 10);
    fetch(std::move(request), std::move(callback));
}

void SlackClient::fetch(net::ClientRequest request, Bytes callback) {
    request.timeout_ms = bytes_timeout_ms;
    if (!is_slacks(request.url)) {
        loop_.post([alive = std::weak_ptr(alive_), callback = std::move(callback)]() mutable {
            if (!alive.expired()) callback({});
        });
        return;
    }
    ++calls_;
    http_.send(std::move(request), [alive = std::weak_ptr(alive_), callback = std::move(callback)](
                                       net::ClientAnswer answer) mutable {
        if (!alive.expired()) callback(std::move(answer));
    });
}

void SlackClient::answered(const std::string& method, const std::string& key,
                           net::ClientAnswer answer, Callback& callback) {
    learn(answer);
    SlackReply reply = read_reply(answer);
    const std::string_view request_id = net::find_header(answer.headers, "x-slack-req-id");
    switch (reply.kind) {
        case SlackReply::Kind::ok:
            log::debug("slack: {} ok (request {})", method, request_id);
            break;
        case SlackReply::Kind::rate_limited:
            freeze(key, reply.retry_after_ms);
            log::info("slack: {} limited for {} ms (request {})", key, reply.retry_after_ms,
                      request_id);
            break;
        default:
            log::warn("slack: {} came to {} (HTTP {}, request {}) {}", method, reply.error,
                      answer.status, request_id, reply.detail);
    }
    watch_reads(method, reply);
    callback(std::move(reply));
}

// A page shorter than asked for while more remain, or "in a minute" twice in a row: reading is
// rationed for us.
void SlackClient::watch_reads(const std::string& method, const SlackReply& reply) {
    if (method != "conversations.history" && method != "conversations.replies") return;
    const bool limited = reply.kind == SlackReply::Kind::rate_limited;
    long_limits_ = limited && reply.retry_after_ms >= scarce_retry_ms ? long_limits_ + 1 : 0;
    const std::size_t items = array_at(reply.body, "messages").size();
    const bool more = find_bool(reply.body, "has_more").value_or(false);
    const bool short_page = reply.ok() && more && items > 2 && items <= scarce_page;
    if (reads_are_scarce_ || (!short_page && long_limits_ < 3)) return;
    reads_are_scarce_ = true;
    log::warn(
        "slack: this app may read one short page a minute. What events do not tell is found late; "
        "an app of your own workspace has no such limit (see docs/slack-setup.md)");
}

void SlackClient::learn(const net::ClientAnswer& answer) {
    if (answer.kind != net::ClientAnswer::Kind::answered) return;
    if (const auto date = parse_http_date(net::find_header(answer.headers, "date")))
        skew_ms_ = *date + 500 - loop_.clock().wall_ms();  // the header drops the fraction
    const std::string_view scopes = net::find_header(answer.headers, "x-oauth-scopes");
    if (!scopes.empty()) scopes_ = split_scopes(scopes);
}

void SlackClient::freeze(const std::string& key, std::int64_t retry_after_ms) {
    const SteadyMs now = loop_.clock().steady_ms();
    if (frozen_until_.size() >= frozen_keys_max)
        std::erase_if(frozen_until_, [now](const auto& entry) { return entry.second <= now; });
    SteadyMs& until = frozen_until_[key];
    until = std::max(until, now + retry_after_ms);
}

}  // namespace deskbell::desk::slack
