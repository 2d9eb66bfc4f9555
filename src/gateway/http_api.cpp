#include "gateway/http_api.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "gateway/customer_link.hpp"
#include "gateway/event_stream.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/identity.hpp"
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

namespace {

Result<core::Identity> identity_for(const Context& context, const SiteId& id,
                                    std::string_view signed_text) {
    const auto site = std::ranges::find(context.options.sites, id, &Site::id);
    const std::string secret =
        site == context.options.sites.end() ? std::string() : site->identity_secret;
    return read_identity(signed_text, secret, id.value, context.loop.clock().wall_ms());
}

// Whose secret it must be signed with only the session says.
void identify(Context& context, ExchangePtr exchange, std::string hash, std::string signed_text) {
    submit(context, std::move(exchange), hash, core::ReadSession{},
           [hash, signed_text = std::move(signed_text)](Context& alive, ExchangePtr asked,
                                                        const Reply& reply) {
               auto identity = identity_for(alive, reply.session.site, signed_text);
               if (!identity) return refuse(alive, *asked, identity.error());
               submit(alive, std::move(asked), hash, core::CustomerIdentified{std::move(*identity)},
                      [](Context&, ExchangePtr last, const Reply& after) {
                          answer_with_session(std::move(last), 200, after);
                      });
           });
}

}  // namespace

void create_session(Context& context, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string network = network_of(context, request);
    if (const auto refusal = context.commons.limits.new_session(network, context.now())) {
        ++context.commons.counters.requests_rate_limited;
        return refuse(context, *exchange, *refusal);
    }
    std::string identity;
    auto arrived = read_arrival(request.body, &identity);
    if (!arrived) return refuse(context, *exchange, arrived.error());
    auto site = resolve_site(context, std::move(arrived->site));
    if (!site) return refuse(context, *exchange, site.error());
    if (!context.origins.site_allows(*site, request.header("origin"),
                                     context.origins.is_same_origin(request)))
        return exchange->respond(
            problem("origin_not_allowed", "This site does not list the page's origin."));
    if (!identity.empty()) {
        auto verified = identity_for(context, *site, identity);
        if (!verified) return refuse(context, *exchange, verified.error());
        arrived->identity = std::move(*verified);
    }
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
        body += ",\"token\":" + json_string(token);
        if (reply.resumed) body += ",\"resumed\":true";
        respond(*exchange, json_response(reply.resumed ? 200 : 201, body + "}"));
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
    std::string identity;
    auto details = read_details(exchange->request().body, &identity);
    if (!details) return refuse(context, *exchange, details.error());
    if (!identity.empty())
        return identify(context, std::move(exchange), std::move(*hash), std::move(identity));
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
               if (alive.hooks.typing) alive.hooks.typing(reply.session.id, on);
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
