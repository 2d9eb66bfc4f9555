#include "gateway/http_steps.hpp"

#include "base/test_hooks.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/responses.hpp"
#include "gateway/tokens.hpp"

#include <utility>

namespace deskbell::gateway {

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

// What is the same in every reply: whether the page belongs to the session's site, and refusals. A
// page of another site learns nothing of the session, not even why it is refused.
bool may_answer(Context& context, net::Exchange& exchange, const Reply& reply) {
    const net::HttpRequest& request = exchange.request();
    const bool of_a_session = !reply.session.site.empty();
    const bool may_see =
        !of_a_session || context.origins.site_allows(reply.session.site, request.header("origin"),
                                                     context.origins.is_same_origin(request));
    if (reply.refusal && may_see) {
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
    if (of_a_session && may_see) return true;
    ++context.commons.counters.requests_refused;
    exchange.respond(problem("origin_not_allowed", "This session belongs to another site."));
    return false;
}

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

}  // namespace deskbell::gateway
