#include "net/http_exchange.hpp"

#include "base/assert.hpp"
#include "base/text.hpp"
#include "net/http_response.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace deskbell::net {
namespace {

// Whether a comma-separated header of this name, perhaps repeated, names `token` (lower case).
bool has_token(const HttpRequest& request, std::string_view name, std::string_view token) {
    for (const Header& header : request.headers) {
        if (header.name != name) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            if (to_lower_ascii(trim(rest.substr(0, comma))) == token) return true;
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
    }
    return false;
}

// 16 bytes in base 64: 22 characters and "==".
bool is_websocket_key(std::string_view key) {
    const auto is_base64 = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") &&
           std::ranges::all_of(key.substr(0, 22), is_base64);
}

void answer_unanswered(HttpConnection* http, const HttpRequest& request) {
    if (http == nullptr) return;
    HttpResponse answer =
        problem_response(500, "internal_error", "the server did not answer this request");
    http->dress(request, answer);
    http->respond(std::move(answer));
}

}  // namespace

HttpExchange::HttpExchange(AsioLoop& loop, std::shared_ptr<HttpConnection::Ticket> ticket,
                           HttpRequest request, HeldBytes held, bool is_http_1_1)
    : loop_(loop),
      ticket_(std::move(ticket)),
      request_(std::move(request)),
      held_(std::move(held)) {
    const bool upgrades = request_.method == "GET" && is_http_1_1 && request_.body.empty() &&
                          has_token(request_, "upgrade", "websocket") &&
                          has_token(request_, "connection", "upgrade");
    if (!upgrades) return;
    const bool is_version_13 = request_.header("sec-websocket-version") == "13";
    websocket_key_ = std::string(request_.header("sec-websocket-key"));
    wants_websocket_ = is_version_13 && is_websocket_key(websocket_key_);
    wants_other_websocket_ = !is_version_13;
}

HttpExchange::~HttpExchange() {
    if (is_answered_ || ticket_->http == nullptr) return;
    if (loop_.on_this_thread()) {
        answer_unanswered(ticket_->http, request_);
        return;
    }
    loop_.post([ticket = ticket_, request = std::move(request_)] {
        answer_unanswered(ticket->http, request);
    });
}

void HttpExchange::answer_once() {
    DESKBELL_ASSERT(loop_.on_this_thread());
    DESKBELL_ASSERT(!is_answered_);
    is_answered_ = true;
}

void HttpExchange::respond(HttpResponse response) {
    answer_once();
    if (ticket_->http != nullptr) ticket_->http.load()->respond(std::move(response));
}

void HttpExchange::stream(HttpResponse head, std::unique_ptr<ResponseStreamHandler> handler) {
    answer_once();
    if (ticket_->http != nullptr) ticket_->http.load()->stream(std::move(head), std::move(handler));
}

void HttpExchange::accept_websocket(std::string_view protocol,
                                    std::unique_ptr<WebSocketHandler> handler) {
    DESKBELL_ASSERT(wants_websocket_);
    answer_once();
    if (ticket_->http == nullptr) return;
    ticket_->http.load()->accept_websocket(websocket_key_, protocol, std::move(handler));
}

void HttpExchange::drop() {
    answer_once();
    if (ticket_->http != nullptr) ticket_->http.load()->drop();
}

void HttpExchange::cut(HttpResponse response, std::size_t body_bytes) {
    answer_once();
    if (ticket_->http != nullptr) ticket_->http.load()->cut(std::move(response), body_bytes);
}

void HttpExchange::on_abandoned(std::function<void()> callback) {
    DESKBELL_ASSERT(loop_.on_this_thread());
    if (ticket_->http != nullptr) ticket_->http.load()->watch_for_abandonment(std::move(callback));
}

}  // namespace deskbell::net
