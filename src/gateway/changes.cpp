// What customers change about what they said, and how they make all of it go away.

#include "base/test_hooks.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/responses.hpp"

#include <string>
#include <utility>

namespace deskbell::gateway {
namespace {

std::string id_in_path(const net::HttpRequest& request) {
    return request.path.substr(std::string_view("/v1/session/messages/").size());
}

void answer_with_head(Context&, ExchangePtr exchange, const Reply& reply) {
    respond(*exchange, json_response(200, session_and_head(reply.session)));
}

}  // namespace

void change_message(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto edited = read_edit(id_in_path(exchange->request()), exchange->request().body);
    if (!edited) return refuse(context, *exchange, edited.error());
    core::Command command = std::move(*edited);
    context.limit_message(session_key(*hash), command);
    submit(context, std::move(exchange), std::move(*hash), std::move(command), answer_with_head);
}

void withdraw_message(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto id = read_message_id(id_in_path(exchange->request()));
    if (!id) return refuse(context, *exchange, id.error());
    if (auto said = read_nothing(exchange->request().body))
        return refuse(context, *exchange, *said);
    submit(context, std::move(exchange), std::move(*hash), core::CustomerWithdrew{std::move(*id)},
           answer_with_head);
}

// Whose session it is, and whether the page is of its site, is asked first: what follows cannot be
// taken back.
void forget_session(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    if (auto said = read_nothing(exchange->request().body))
        return refuse(context, *exchange, *said);
    submit(context, std::move(exchange), std::move(*hash), core::ReadSession{},
           [](Context& alive, ExchangePtr asked, const Reply& reply) {
               alive.backend.submit(
                   core::CustomerForgot{}, Address{reply.session.id, {}},
                   [weak = alive.weak_from_this(), asked = std::move(asked)](const Reply& after) {
                       const auto context_now = weak.lock();
                       if (!context_now) return;
                       DESKBELL_CRASH_POINT("gateway.forget.before_answer");
                       if (after.refusal) return refuse(*context_now, *asked, *after.refusal);
                       respond(*asked, no_content());
                   });
           });
}

}  // namespace deskbell::gateway
