#include "gateway/http_api.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "gateway/customer_link.hpp"
#include "gateway/event_stream.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/long_poll.hpp"
#include "gateway/responses.hpp"
#include "gateway/tokens.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace deskbell::gateway {

namespace {

constexpr std::int64_t events_limit_max = 200;
constexpr std::int64_t poll_wait_s_max = 25;

std::string network_of(const Context& context, const net::HttpRequest& request) {
    return client_address(request, context.proxies).network();
}

void refuse(Context& context, net::Exchange& exchange, const Error& error) {
    ++context.commons.counters.requests_refused;
    respond(exchange, problem(error));
}

// The token's hash, or why the request goes no further.
Result<std::string> read_authority(Context& context, const net::HttpRequest& request) {
    const std::string_view token = bearer_token(request.header("authorization"));
    if (token.empty())
        return fail("token_missing", "Send the session's token: `Authorization: Bearer dbs_…`.");
    if (!looks_like_token(token)) return fail("token_invalid", "This token opens no session.");
    std::string hash = token_hash(token);
    RateLimits& limits = context.commons.limits;
    const SteadyMs now = context.now();
    auto refusal = limits.request(session_key(hash), now);
    if (!refusal) return hash;
    ++context.commons.counters.requests_rate_limited;
    return std::unexpected(std::move(*refusal));
}

// What is the same in every reply: refusals, and whether the page belongs to the session's site.
bool may_answer(Context& context, net::Exchange& exchange, const Reply& reply) {
    const net::HttpRequest& request = exchange.request();
    if (reply.refusal) {
        // Only who sends wrong tokens is told to wait: a neighbour behind the same address is not.
        std::optional<Error> too_many;
        if (reply.refusal->code == "token_invalid") {
            const std::string network = network_of(context, request);
            too_many = context.commons.limits.token_attempt(network, context.now());
            context.commons.limits.token_failed(network, context.now());
        }
        refuse(context, exchange, too_many ? *too_many : *reply.refusal);
        return false;
    }
    if (context.origins.site_allows(reply.session.site, request.header("origin"),
                                    context.origins.is_same_origin(request)))
        return true;
    ++context.commons.counters.requests_refused;
    exchange.respond(problem("origin_not_allowed", "This session belongs to another site."));
    return false;
}

using OnReply = std::move_only_function<void(Context&, ExchangePtr, Reply)>;

// Submits on behalf of whoever holds the token; `on_reply` runs only when it was not refused.
void submit(Context& context, ExchangePtr exchange, std::string hash, core::Command command,
            OnReply on_reply) {
    context.backend.submit(std::move(command), Address{{}, std::move(hash)},
                           [weak = context.weak_from_this(), exchange = std::move(exchange),
                            on_reply = std::move(on_reply)](Reply reply) mutable {
                               const auto alive = weak.lock();
                               if (!alive || !may_answer(*alive, *exchange, reply)) return;
                               DESKBELL_CRASH_POINT("gateway.http.before_answer");
                               on_reply(*alive, std::move(exchange), std::move(reply));
                           });
}

void answer_with_session(ExchangePtr exchange, int status, const Reply& reply) {
    respond(*exchange, json_response(status, session_and_head(reply.session)));
}

// A POST of that kind whose answer is the session.
void post(Context& context, ExchangePtr exchange, RequestKind kind, OnReply on_reply) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto request = read_request(kind, exchange->request().body);
    if (!request) return refuse(context, *exchange, request.error());
    submit(context, std::move(exchange), std::move(*hash), std::move(request->command),
           std::move(on_reply));
}

Result<SiteId> resolve_site(const Context& context, SiteId asked) {
    const auto& sites = context.options.sites;
    if (asked.empty() && !sites.empty()) return sites.front().id;
    if (std::ranges::find(sites, asked, &Site::id) != sites.end()) return asked;
    return fail("site_unknown", "No site of that id is configured.");
}

struct EventsQuery {
    std::int64_t after = 0;
    std::int64_t limit = events_limit_max;
    std::int64_t wait_ms = 0;
};

Result<EventsQuery> read_events_query(const net::HttpRequest& request) {
    const auto after = read_number("after", request.query_value("after"));
    const auto limit = read_number("limit", request.query_value("limit"));
    const auto wait = read_number("wait", request.query_value("wait"));
    for (const auto* number : {&after, &limit, &wait})
        if (!*number) return std::unexpected(number->error());
    if (limit->value_or(1) == 0) return fail("invalid_field", "`limit` must be at least 1.");
    EventsQuery query;
    query.after = after->value_or(0);
    query.limit = std::min(limit->value_or(events_limit_max), events_limit_max);
    query.wait_ms = std::min(wait->value_or(0), poll_wait_s_max) * 1000;
    return query;
}

}  // namespace

void create_session(Context& context, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string network = network_of(context, request);
    if (const auto refusal = context.commons.limits.new_session(network, context.now())) {
        ++context.commons.counters.requests_rate_limited;
        return refuse(context, *exchange, *refusal);
    }
    auto arrived = read_arrival(request.body);
    if (!arrived) return refuse(context, *exchange, arrived.error());
    auto site = resolve_site(context, std::move(arrived->site));
    if (!site) return refuse(context, *exchange, site.error());
    if (!context.origins.site_allows(*site, request.header("origin"),
                                     context.origins.is_same_origin(request)))
        return exchange->respond(
            problem("origin_not_allowed", "This site does not list the page's origin."));
    std::string token = make_token(context.random);
    arrived->site = std::move(*site);
    arrived->session = make_session_id(context.loop.clock().wall_ms(), context.random);
    arrived->token_hash = token_hash(token);
    Backend::Callback answer = [weak = context.weak_from_this(), exchange,
                                token = std::move(token)](const Reply& reply) {
        const auto alive = weak.lock();
        if (!alive || !may_answer(*alive, *exchange, reply)) return;
        DESKBELL_CRASH_POINT("gateway.session.before_answer");
        ++alive->commons.counters.sessions_created;
        std::string body = session_and_head(reply.session);
        body.pop_back();
        respond(*exchange, json_response(201, body + ",\"token\":" + json_string(token) + "}"));
    };
    context.backend.submit(std::move(*arrived), Address{}, std::move(answer));
}

void get_session(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    submit(context, std::move(exchange), std::move(*hash), core::ReadSession{},
           [](Context& alive, ExchangePtr asked, const Reply& reply) {
               respond(*asked,
                       json_response(200, session_and_head(reply.session, alive.options.log_run)));
           });
}

void change_session(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto details = read_details(exchange->request().body);
    if (!details) return refuse(context, *exchange, details.error());
    submit(context, std::move(exchange), std::move(*hash), std::move(*details),
           [](Context&, ExchangePtr asked, const Reply& reply) {
               answer_with_session(std::move(asked), 200, reply);
           });
}

void get_events(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    const auto query = read_events_query(exchange->request());
    if (!query) return refuse(context, *exchange, query.error());
    const PollRequest poll{query->after, query->limit, query->wait_ms, context.now()};
    submit(context, std::move(exchange), std::move(*hash),
           core::ReadEvents{query->after, query->limit},
           [poll](Context& alive, ExchangePtr asked, const Reply& reply) {
               const bool hold = poll.wait_ms > 0 && reply.events.empty() && !alive.draining;
               if (hold) return LongPoll::hold(alive, std::move(asked), poll, reply);
               respond(*asked, json_response(200, events_and_head(reply)));
           });
}

void stream_events(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    const net::HttpRequest& request = exchange->request();
    const std::string_view last_id = request.header("last-event-id");
    const auto after = last_id.empty() ? read_number("after", request.query_value("after"))
                                       : read_number("Last-Event-ID", std::string(last_id));
    if (!after) return refuse(context, *exchange, after.error());
    const std::int64_t from = after->value_or(0);
    submit(context, std::move(exchange), std::move(*hash), core::ReadEvents{from, events_limit_max},
           [from, asked_at = context.now()](Context& alive, ExchangePtr asked, Reply reply) {
               net::HttpResponse head = EventStream::head();
               add_api_headers(asked->request(), head);
               asked->stream(std::move(head), std::make_unique<EventStream>(
                                                  alive, from, std::move(reply), asked_at));
           });
}

void post_message(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto request = read_request(RequestKind::message, exchange->request().body);
    if (!request) return refuse(context, *exchange, request.error());
    context.limit_message(session_key(*hash), request->command);
    submit(context, std::move(exchange), std::move(*hash), std::move(request->command),
           [](Context& alive, ExchangePtr asked, const Reply& reply) {
               if (reply.events.empty())
                   return respond(*asked, problem("internal_error", "The message has no event."));
               if (!reply.replayed) ++alive.commons.counters.messages_accepted;
               respond(*asked, json_response(reply.replayed ? 200 : 201,
                                             "{\"event\":" + reply.events.front().json + "}"));
           });
}

void post_handoff(Context& context, ExchangePtr exchange) {
    post(context, std::move(exchange), RequestKind::handoff,
         [](Context&, ExchangePtr asked, const Reply& reply) {
             answer_with_session(std::move(asked), 202, reply);
         });
}

void post_read(Context& context, ExchangePtr exchange) {
    post(context, std::move(exchange), RequestKind::read,
         [](Context&, ExchangePtr asked, const Reply&) { respond(*asked, no_content()); });
}

void post_typing(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    const auto request = read_request(RequestKind::typing, exchange->request().body);
    if (!request) return refuse(context, *exchange, request.error());
    submit(context, std::move(exchange), std::move(*hash), core::ReadSession{},
           [on = request->typing_on](Context& alive, ExchangePtr asked, const Reply& reply) {
               const std::string frame = typing_frame("customer", "", on);
               alive.hub.live(reply.session.id.value, frame, 0);
               if (alive.hooks.live) alive.hooks.live(reply.session.id, frame, 0);
               respond(*asked, no_content());
           });
}

void post_close(Context& context, ExchangePtr exchange) {
    post(context, std::move(exchange), RequestKind::close,
         [](Context&, ExchangePtr asked, const Reply& reply) {
             answer_with_session(std::move(asked), 200, reply);
         });
}

void post_rating(Context& context, ExchangePtr exchange) {
    post(context, std::move(exchange), RequestKind::rating,
         [](Context&, ExchangePtr asked, const Reply& reply) {
             answer_with_session(std::move(asked), 200, reply);
         });
}

namespace {

enum class Subprotocol { ours, another_version, none };

// The protocol to accept; a client of another version is accepted only to be told so (4010), since
// browsers show their pages nothing of a refused upgrade.
std::pair<Subprotocol, std::string> choose_subprotocol(std::string_view offered) {
    std::string other;
    while (!offered.empty()) {
        const std::size_t comma = offered.find(',');
        const std::string_view name = trim(offered.substr(0, comma));
        if (name == "deskbell.v1") return {Subprotocol::ours, std::string(name)};
        if (name.starts_with("deskbell.v") && other.empty()) other = name;
        offered = comma == std::string_view::npos ? std::string_view{} : offered.substr(comma + 1);
    }
    return {other.empty() ? Subprotocol::none : Subprotocol::another_version, std::move(other)};
}

// Clients may spread their list over several headers.
std::string subprotocols_of(const net::HttpRequest& request) {
    std::string offered;
    for (const net::Header& header : request.headers)
        if (header.name == "sec-websocket-protocol") offered += header.value + ",";
    return offered;
}

class UpgradeYourself final : public net::WebSocketHandler {
public:
    void on_open(net::WebSocket& socket) override {
        socket.close(close_code::upgrade_client, "this server speaks deskbell.v1");
    }
    void on_text(std::string_view) override {}
    void on_close(std::uint16_t) override {}
};

}  // namespace

void open_socket(Context& context, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    if (!exchange->wants_websocket()) {
        net::HttpResponse response = problem("upgrade_required", "This is a WebSocket endpoint.");
        response.headers.push_back({"upgrade", "websocket"});
        return respond(*exchange, std::move(response));
    }
    auto [choice, name] = choose_subprotocol(subprotocols_of(request));
    if (choice == Subprotocol::none)
        return refuse(context, *exchange,
                      {"subprotocol_required", "Offer the sub-protocol `deskbell.v1`.", {}});
    if (choice == Subprotocol::another_version)
        return exchange->accept_websocket(name, std::make_unique<UpgradeYourself>());
    LinkOrigin origin{std::string(request.header("origin")),
                      context.origins.is_same_origin(request), network_of(context, request)};
    exchange->accept_websocket(name, std::make_unique<CustomerLink>(context, std::move(origin)));
}

}  // namespace deskbell::gateway
