#include "desk/slack/slack_inbound.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"

#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t answer_within_ms = 2'500;  // Slack gives up after three seconds

constexpr std::string_view interactivity_path = "/slack/interactivity";

net::HttpResponse text_response(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.headers = {{"content-type", "text/plain; charset=utf-8"}};
    response.body = std::move(body);
    return response;
}

net::HttpResponse problem(int status, const char* title, const Error& error) {
    net::HttpResponse response;
    response.status = status;
    response.headers = {{"content-type", "application/problem+json"}};
    const json::object body = {{"type", "about:blank"},
                               {"title", title},
                               {"status", status},
                               {"code", error.code},
                               {"detail", error.detail}};
    response.body = json::serialize(body);
    return response;
}

net::HttpResponse not_stored() {
    return problem(503, "Service Unavailable",
                   {"not_stored", "The event is not durable yet; send it again.", std::nullopt});
}

}  // namespace

// One request on its way to its answer, which is given once: by the outcome or by the clock.
struct SlackInbound::Pending {
    Answer answer;
    std::string signature_key;
    std::string event_id;
    TimerId deadline = 0;

    void give(net::HttpResponse response) {
        if (answer) std::exchange(answer, nullptr)(std::move(response));
    }
};

SlackInbound::SlackInbound(Loop& loop, Relay& relay, Workspace& workspace,
                           std::vector<std::string> signing_secrets)
    : loop_(loop),
      relay_(relay),
      workspace_(workspace),
      signing_secrets_(std::move(signing_secrets)) {}

bool SlackInbound::is_signed(const net::HttpRequest& request) const {
    return verify_signature(signing_secrets_, request.header("x-slack-request-timestamp"),
                            request.header("x-slack-signature"), request.body,
                            loop_.clock().wall_ms())
        .has_value();
}

void SlackInbound::receive(net::HttpRequest request, Answer answer) {
    auto pending = std::make_shared<Pending>();
    pending->answer = std::move(answer);
    const std::string_view timestamp = request.header("x-slack-request-timestamp");
    const std::string_view signature = request.header("x-slack-signature");
    const auto verified = verify_signature(signing_secrets_, timestamp, signature, request.body,
                                           loop_.clock().wall_ms());
    if (!verified) {
        workspace_.count("signature_invalid");
        log::warn("slack: a request was turned away: {}", verified.error().detail);
        return pending->give(problem(401, "Unauthorized", verified.error()));
    }
    if (DESKBELL_PLANTED("drop_event_retries") && !request.header("x-slack-retry-num").empty())
        return pending->give(text_response(200, ""));
    DESKBELL_CRASH_POINT("slack.event.verified");
    pending->signature_key = std::string(timestamp) + ":" + std::string(signature);
    if (signatures_.contains(pending->signature_key)) {
        workspace_.count("replayed_request");
        return pending->give(text_response(200, ""));
    }
    if (request.path.starts_with(interactivity_path))
        return interact(request.body, std::move(pending));
    if (request.path == "/slack/commands") return obey(request.body, std::move(pending));
    const auto envelope = parse_slack_json(request.body);
    if (!envelope) {
        // Signed and unreadable: refusing would only bring it again. What it said is read back.
        workspace_.count("unreadable_event");
        log::error("slack: a signed event could not be read: {}", envelope.error().detail);
        if (gap_) gap_("unreadable event");
        return pending->give(text_response(200, ""));
    }
    take(*envelope, std::move(pending));
}

// Slack sends a command once; whoever typed it sees what it came to, or that it took too long.
void SlackInbound::obey(const std::string& body, std::shared_ptr<Pending> pending) {
    signatures_.add(pending->signature_key);
    if (!command_) return pending->give(text_response(200, ""));
    pending->deadline =
        loop_.after(answer_within_ms, [this, alive = std::weak_ptr(alive_), pending] {
            if (alive.expired()) return;
            workspace_.count("command_too_slow");
            pending->give(text_response(200, "That took too long. Please try again."));
        });
    command_(net::parse_form(body),
             [this, alive = std::weak_ptr(alive_), pending](std::string answer_json) {
                 if (alive.expired()) return;
                 loop_.cancel(pending->deadline);
                 net::HttpResponse response = text_response(200, std::move(answer_json));
                 response.headers = {{"content-type", "application/json; charset=utf-8"}};
                 pending->give(std::move(response));
             });
}

void SlackInbound::receive_trusted(const json::object& envelope, Answer answer) {
    auto pending = std::make_shared<Pending>();
    pending->answer = std::move(answer);
    take(envelope, std::move(pending));
}

// A press that is not durable in time is shown to have failed; pressing again does no harm.
void SlackInbound::interact(const std::string& body, std::shared_ptr<Pending> pending) {
    std::string text;
    for (const net::Header& field : net::parse_form(body))
        if (field.name == "payload") text = field.value;
    const auto payload = parse_slack_json(text);
    if (!payload || !interaction_) {
        workspace_.count("interaction_unreadable");
        return pending->give(
            problem(400, "Bad Request", {"payload_unreadable", "No payload could be read.", {}}));
    }
    pending->deadline =
        loop_.after(answer_within_ms, [this, alive = std::weak_ptr(alive_), pending] {
            if (alive.expired()) return;
            workspace_.count("interaction_too_slow");
            pending->give(not_stored());
        });
    interaction_(*payload,
                 [this, alive = std::weak_ptr(alive_), pending](InteractionAnswer answer) {
                     if (alive.expired()) return;
                     loop_.cancel(pending->deadline);
                     if (!answer.ok) return pending->give(not_stored());
                     signatures_.add(pending->signature_key);
                     net::HttpResponse response = text_response(200, std::move(answer.json));
                     if (!response.body.empty())
                         response.headers = {{"content-type", "application/json; charset=utf-8"}};
                     DESKBELL_CRASH_POINT("slack.interaction.before_answer");
                     pending->give(std::move(response));
                 });
}

void SlackInbound::take(const json::object& envelope, std::shared_ptr<Pending> pending) {
    Envelope read = read_envelope(envelope);
    if (read.type == "url_verification") return pending->give(text_response(200, read.challenge));
    last_event_at_ = loop_.clock().steady_ms();
    if (!workspace_.known()) {  // whose words these are is decided by who we are
        workspace_.count("event_too_early");
        if (gap_) gap_("an event came too early");
        return pending->give(not_stored());
    }
    Meaning meaning = Ignored{"unknown_envelope"};
    if (read.team != workspace_.self.team) {
        meaning = Ignored{"other_team"};
    } else if (read.type == "app_rate_limited") {
        meaning = SweepNeeded{"app_rate_limited"};
    } else if (read.type == "event_callback") {
        if (events_.contains(read.event_id)) {
            workspace_.count("redelivered_event");
            return pending->give(text_response(200, ""));
        }
        if (workspace_.self.app_id.empty()) workspace_.self.app_id = read.app_id;
        meaning = read_event(object_at(envelope, "event"), workspace_.self);
        if (const Place* message = message_of(meaning); message && told_) told_(*message);
        const auto* ignored = std::get_if<Ignored>(&meaning);
        if (ignored && ignored->why == "own_unmarked") {
            // Ours, and Slack has taken its mark away: that it came is all that counts here.
            const json::object& event = object_at(envelope, "event");
            workspace_.last_canary = canary_of(event);
            if (told_)
                told_({read.team, std::string(text_at(event, "channel")),
                       std::string(text_at(event, "ts"))});
        }
    }
    pending->event_id = read.event_id;
    pending->deadline =
        loop_.after(answer_within_ms, [this, alive = std::weak_ptr(alive_), pending] {
            if (alive.expired()) return;
            workspace_.count("event_too_slow");
            if (gap_) gap_("an event took too long");
            pending->give(not_stored());
        });
    DESKBELL_CRASH_POINT("slack.event.before_durable");
    if (DESKBELL_PLANTED("ack_event_before_commit")) pending->give(text_response(200, ""));
    relay_.handle(std::move(meaning),
                  [this, alive = std::weak_ptr(alive_), pending](Handled outcome) {
                      if (!alive.expired()) handled(pending, outcome);
                  });
}

void SlackInbound::handled(const std::shared_ptr<Pending>& pending, Handled outcome) {
    loop_.cancel(pending->deadline);
    DESKBELL_CRASH_POINT("slack.event.handled");
    if (outcome == Handled::failed) {
        workspace_.count("event_not_stored");
        if (gap_) gap_("an event was not stored");
        return pending->give(not_stored());
    }
    if (outcome == Handled::unknown_thread) {
        workspace_.count("event_unknown_thread");
        if (gap_) gap_("unknown thread");
    } else {
        events_.add(pending->event_id);
    }
    signatures_.add(pending->signature_key);
    DESKBELL_CRASH_POINT("slack.event.before_answer");
    pending->give(text_response(200, ""));
    DESKBELL_CRASH_POINT("slack.event.after_answer");
}

}  // namespace deskbell::desk::slack
