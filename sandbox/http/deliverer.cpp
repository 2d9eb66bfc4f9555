#include "sandbox/http/deliverer.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/http/signature.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t verification_timeout_ms = 3000;

// Plain text, a form, or JSON: Slack takes the challenge back in any of these.
bool holds_challenge(const std::string& body, const std::string& challenge) {
    const std::string_view text = trim(body);
    if (text == challenge || text == "challenge=" + challenge) return true;
    const auto object = parse_json_object(text);
    return object && string_or_empty(*object, "challenge") == challenge;
}

}  // namespace

Deliverer::Deliverer(Loop& loop, Slack& slack, net::HttpClient& client,
                     std::function<void()> on_change)
    : loop_(loop), slack_(slack), client_(client), on_change_(std::move(on_change)) {}

Deliverer::~Deliverer() = default;

void Deliverer::pump() {
    if (in_flight_ < in_flight_max)
        for (const Delivery& delivery : slack_.next_deliveries(in_flight_max - in_flight_))
            send(delivery);
    if (in_flight_ >= in_flight_max) return;  // the next outcome pumps again
    const auto due = slack_.next_due();
    if (!due) return;
    if (timer_ != 0 && timer_due_ms_ <= *due) return;
    loop_.cancel(timer_);
    timer_due_ms_ = *due;
    timer_ = loop_.after(std::max<std::int64_t>(1, *due - loop_.clock().steady_ms()), [this] {
        timer_ = 0;
        pump();
        on_change_();
    });
}

net::ClientRequest Deliverer::signed_request(const std::string& url, std::string type,
                                             std::string body, bool bad_signature,
                                             std::int64_t timestamp_skew_s) const {
    const std::string timestamp = std::to_string(loop_.clock().wall_ms() / 1000 + timestamp_skew_s);
    std::string secret = slack_.workspace().app.signing_secret;
    if (bad_signature) secret += "x";
    net::ClientRequest request;
    request.method = "POST";
    request.url = url;
    request.headers = {{"content-type", std::move(type)},
                       {"user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)"},
                       {"x-slack-request-timestamp", timestamp},
                       {"x-slack-signature", sign(secret, timestamp, body)}};
    request.body = std::move(body);
    return request;
}

void Deliverer::send(const Delivery& delivery) {
    net::ClientRequest request = signed_request(delivery.url, delivery.content_type, delivery.body,
                                                delivery.bad_signature, delivery.timestamp_skew_s);
    request.timeout_ms = delivery.timeout_ms;
    request.response_bytes_max = 64u << 10;
    if (delivery.attempt > 0) {
        request.headers.push_back({"x-slack-retry-num", std::to_string(delivery.attempt)});
        request.headers.push_back({"x-slack-retry-reason", delivery.retry_reason});
    }
    ++in_flight_;
    client_.send(std::move(request),
                 [this, id = delivery.id, started_at = loop_.clock().steady_ms(),
                  timeout_ms = delivery.timeout_ms](const net::ClientAnswer& answer) {
                     finished(id, started_at, timeout_ms, answer);
                 });
}

void Deliverer::finished(std::uint64_t id, std::int64_t started_at, std::int64_t timeout_ms,
                         const net::ClientAnswer& answer) {
    --in_flight_;
    DeliveryOutcome outcome;
    outcome.status = answer.status;
    outcome.body = answer.body;
    outcome.no_retry = net::find_header(answer.headers, "x-slack-no-retry") == "1";
    if (answer.kind != net::ClientAnswer::Kind::answered)
        outcome.kind = loop_.clock().steady_ms() - started_at >= timeout_ms - 50
                           ? DeliveryOutcome::Kind::timeout
                           : DeliveryOutcome::Kind::connection_failed;
    slack_.delivered(id, outcome);
    pump();
    on_change_();
}

void Deliverer::verify(const std::string& url, std::function<void(Result<void>)> done) {
    const std::string challenge = slack_.make_challenge();
    net::ClientRequest request =
        signed_request(url, "application/json", slack_.url_verification_body(challenge), false,
                       slack_.workspace().settings.signature_skew_s);
    request.timeout_ms = verification_timeout_ms;
    request.response_bytes_max = 64u << 10;
    client_.send(
        std::move(request), [challenge, done = std::move(done)](const net::ClientAnswer& answer) {
            if (answer.kind != net::ClientAnswer::Kind::answered)
                return done(fail("url_not_verified", "No answer: " + answer.detail));
            if (answer.status != 200)
                return done(
                    fail("url_not_verified", "It answered " + std::to_string(answer.status) + "."));
            if (!holds_challenge(answer.body, challenge))
                return done(fail("url_not_verified", "The answer does not hold the challenge."));
            done({});
        });
}

}  // namespace deskbell::sandbox
