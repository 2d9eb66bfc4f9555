#include "net/http_connection.hpp"

#include "base/assert.hpp"
#include "net/guarded.hpp"
#include "net/http_exchange.hpp"
#include "net/http_response.hpp"
#include "net/server_state.hpp"
#include "net/websocket_connection.hpp"

#include <utility>

namespace deskbell::net {
namespace {

// A long body keeps its time as long as it arrives at this pace.
constexpr std::int64_t body_bytes_per_second_min = 16 << 10;

}  // namespace

HttpConnection::~HttpConnection() {
    if (ticket_) ticket_->http = nullptr;
}

void HttpConnection::on_start() {
    connection_.set_deadline(Deadline::idle);
    connection_.read(ReadMode::bytes);
}

// ---- requests

void HttpConnection::on_bytes(std::span<char> bytes) {
    std::string_view rest(bytes.data(), bytes.size());
    if (state_ == State::idle && connection_.has_backlog()) {
        // The last answers left the cork but not the process. Who does not read them gets no more.
        state_ = State::writing;
        keep_unread(rest);
        return connection_.read(ReadMode::none);
    }
    take(rest);
    if (!rest.empty() && !connection_.has_ended()) keep_unread(rest);
}

void HttpConnection::keep_unread(std::string_view bytes) {
    unread_.assign(bytes);
    unread_held_.set(unread_.capacity());
}

// Handles as many requests as are there, one after the other. Stops at one whose answer is not
// complete yet; `bytes` is then what lies behind it.
void HttpConnection::take(std::string_view& bytes) {
    is_taking_ = true;
    while (!bytes.empty() && (state_ == State::idle || state_ == State::reading)) {
        if (!reader_) {
            reader_ = std::make_unique<RequestReader>(connection_.server().limits());
            state_ = State::reading;
            bytes_at_deadline_ = 0;
            connection_.set_deadline(Deadline::request);
        }
        const RequestReader::Step step = reader_->feed(bytes);
        if (step == RequestReader::Step::failed) {
            bytes = {};
            refuse(reader_->failure());
        } else if (step == RequestReader::Step::done) {
            dispatch();
        } else if (reader_->awaits_continue()) {
            connection_.write({"HTTP/1.1 100 Continue\r\n\r\n"});
        }
    }
    is_taking_ = false;
}

// After an answer has left: first what was pipelined, then the socket.
void HttpConnection::resume() {
    if (state_ != State::idle) return;
    const std::string unread = std::exchange(unread_, {});
    unread_held_.set(0);
    std::string_view rest = unread;
    take(rest);
    if (!rest.empty() && !connection_.has_ended()) keep_unread(rest);
    if (state_ == State::idle || state_ == State::reading) connection_.read(ReadMode::bytes);
}

void HttpConnection::dispatch() {
    const std::unique_ptr<RequestReader> reader = std::move(reader_);
    keep_alive_ = reader->keep_alive();
    is_http_1_1_ = reader->is_http_1_1();
    is_head_ = reader->request().method == "HEAD";
    reader->request().peer_address = connection_.peer_address();
    state_ = State::handling;
    connection_.set_deadline(Deadline::none);
    connection_.read(ReadMode::none);

    ticket_ = std::make_shared<Ticket>();
    ticket_->http = this;
    auto& server = connection_.server();
    {
        const auto ticket = ticket_;  // answering lets go of ours
        auto exchange = std::make_shared<HttpExchange>(
            server.loop(), ticket, std::move(reader->request()), reader->take_held(), is_http_1_1_);
        if (exchange->wants_other_websocket()) {
            HttpResponse refusal = problem_response(426, "websocket_version_unsupported",
                                                    "this server speaks WebSocket version 13");
            refusal.headers.push_back({"sec-websocket-version", "13"});
            dress(exchange->request(), refusal);
            exchange->respond(std::move(refusal));
        } else if (!guarded("request handler", [&] { server.handler()(exchange); }) &&
                   ticket->http != nullptr) {
            HttpResponse failed =
                problem_response(500, "internal_error", "the request could not be handled");
            dress(exchange->request(), failed);
            respond(std::move(failed));
        }
    }  // an Exchange that nobody kept answers here
    if (state_ == State::handling) connection_.read(ReadMode::watch);
}

void HttpConnection::refuse(const RequestFailure& failure) {
    keep_alive_ = false;
    is_http_1_1_ = true;
    is_head_ = false;
    state_ = State::handling;
    HttpResponse answer = problem_response(failure.status, failure.code, failure.detail);
    if (failure.status == 503) answer.headers.push_back({"retry-after", "1"});
    const auto reader = std::move(reader_);  // `failure` may live in it
    if (reader) dress(reader->request(), answer);
    respond(std::move(answer));
}

void HttpConnection::dress(const HttpRequest& request, HttpResponse& answer) const {
    const auto& finish = connection_.server().limits().dress_refusal;
    if (finish) finish(request, answer);
}

// ---- answers

bool HttpConnection::may_keep_alive() const {
    return keep_alive_ && !peer_has_finished_ && !connection_.server().is_draining();
}

void HttpConnection::respond(HttpResponse response) {
    DESKBELL_ASSERT(state_ == State::handling);
    if (const auto ticket = std::exchange(ticket_, nullptr)) ticket->http = nullptr;
    if (connection_.has_ended()) return;
    state_ = State::writing;
    keep_alive_ = may_keep_alive();

    HeadOptions options;
    options.is_http_1_1 = is_http_1_1_;
    options.keep_alive = keep_alive_;
    options.date = connection_.server().date();
    if (may_have_body(response.status)) {
        options.content_length =
            response.body.empty() ? response.static_body.size() : response.body.size();
    }
    std::string head = to_head(response, options);
    if (is_head_ || !may_have_body(response.status)) {
        connection_.write_response(std::move(head), {}, {});
    } else {
        connection_.write_response(std::move(head), std::move(response.body), response.static_body,
                                   std::move(response.static_body_owner));
    }
    if (!keep_alive_) {
        state_ = State::ending;
        keep_unread({});
        connection_.finish();
    } else if (!connection_.has_backlog()) {
        answer_has_left();
    }
}

void HttpConnection::answer_has_left() {
    if (!may_keep_alive()) {  // the server began to close meanwhile
        state_ = State::ending;
        keep_unread({});
        return connection_.finish();
    }
    state_ = State::idle;
    connection_.set_deadline(Deadline::idle);
    if (is_taking_) {
        connection_.read(ReadMode::bytes);  // take() goes on with what it has
    } else if (unread_.empty()) {
        connection_.read(ReadMode::bytes);
    } else {
        // Not here: this may be inside the call that answered.
        connection_.call_soon([this] { resume(); });
    }
}

void HttpConnection::drop() {
    DESKBELL_ASSERT(state_ == State::handling);
    if (const auto ticket = std::exchange(ticket_, nullptr)) ticket->http = nullptr;
    state_ = State::ending;
    connection_.reset();
}

void HttpConnection::cut(HttpResponse response, std::size_t body_bytes) {
    DESKBELL_ASSERT(state_ == State::handling);
    if (const auto ticket = std::exchange(ticket_, nullptr)) ticket->http = nullptr;
    if (connection_.has_ended()) return;
    state_ = State::ending;
    HeadOptions options;
    options.is_http_1_1 = is_http_1_1_;
    options.date = connection_.server().date();
    options.content_length = response.body.size();
    connection_.write({to_head(response, options), response.body.substr(0, body_bytes)});
    connection_.finish();
}

void HttpConnection::stream(HttpResponse head, std::unique_ptr<ResponseStreamHandler> handler) {
    DESKBELL_ASSERT(state_ == State::handling);
    if (const auto ticket = std::exchange(ticket_, nullptr)) ticket->http = nullptr;
    if (connection_.has_ended()) return;
    state_ = State::streaming;
    HeadOptions options;
    options.is_http_1_1 = is_http_1_1_;
    options.is_chunked = is_http_1_1_;
    options.keep_alive = may_keep_alive() && is_http_1_1_;
    options.date = connection_.server().date();
    keep_alive_ = options.keep_alive;
    connection_.write({to_head(head, options)});
    stream_ = std::make_unique<EventStream>(connection_, *this, is_http_1_1_, is_head_,
                                            std::move(handler));
    connection_.call_soon([this] {
        if (!stream_) return;
        connection_.read(ReadMode::watch);
        stream_->open();
    });
}

void HttpConnection::stream_has_finished() {
    if (!stream_) return;
    if (connection_.has_backlog()) return;  // on_written() calls again
    stream_->close();
    stream_.reset();
    answer_has_left();
}

void HttpConnection::accept_websocket(std::string_view key, std::string_view protocol,
                                      std::unique_ptr<WebSocketHandler> handler) {
    DESKBELL_ASSERT(state_ == State::handling);
    if (const auto ticket = std::exchange(ticket_, nullptr)) ticket->http = nullptr;
    if (connection_.has_ended()) return;
    state_ = State::ending;
    HttpResponse response;
    response.status = 101;
    response.headers = {{"upgrade", "websocket"}, {"sec-websocket-accept", websocket_accept(key)}};
    if (!protocol.empty()) {
        response.headers.push_back({"sec-websocket-protocol", std::string(protocol)});
    }
    std::string head = to_head(response, {});
    head.insert(head.size() - 2, "connection: Upgrade\r\n");
    connection_.write({head});
    // Frames that came with the request are still in our caller's hands when it is take(): they
    // become unread_ before the next turn of the loop.
    connection_.call_soon([this, handler = std::move(handler)]() mutable {
        connection_.replace_protocol(
            std::make_unique<WebSocketConnection>(connection_, std::move(handler)),
            std::exchange(unread_, {}));
    });
}

// ---- the connection's events

void HttpConnection::on_written() {
    if (state_ == State::writing) {
        answer_has_left();
    } else if (state_ == State::idle) {
        connection_.set_deadline(Deadline::idle);
    } else if (state_ == State::streaming && stream_ && stream_->is_over()) {
        stream_has_finished();
    }
}

void HttpConnection::on_peer_finished() {
    peer_has_finished_ = true;
    switch (state_) {
        case State::handling:
            // A peer that only closed its sending side still reads the answer; a long poll that
            // asked to know is over.
            if (ticket_ && ticket_->on_abandoned) connection_.end();
            return;
        case State::writing:
            return;
        case State::reading:
            return refuse({400, "bad_request", "the request ended before it was whole"});
        case State::idle:
        case State::streaming:
        case State::ending:
            return connection_.end();
    }
}

void HttpConnection::on_deadline() {
    if (state_ != State::reading) return connection_.end();
    const std::size_t arrived = reader_->bytes_fed() - bytes_at_deadline_;
    const std::int64_t enough =
        body_bytes_per_second_min * connection_.server().limits().request_timeout_ms / 1000;
    if (reader_->head_is_done() && static_cast<std::int64_t>(arrived) >= enough) {
        bytes_at_deadline_ = reader_->bytes_fed();
        return connection_.set_deadline(Deadline::request);
    }
    refuse({408, "request_timeout", "the request did not arrive in time"});
}

void HttpConnection::on_end() {
    state_ = State::ending;
    abandon();
    if (stream_) stream_->close();
    stream_.reset();
    reader_.reset();
}

void HttpConnection::abandon() {
    const auto ticket = std::exchange(ticket_, nullptr);
    if (!ticket) return;
    ticket->http = nullptr;
    const auto callback = std::exchange(ticket->on_abandoned, nullptr);
    if (callback) guarded("on_abandoned", callback);
}

void HttpConnection::watch_for_abandonment(std::function<void()> callback) {
    ticket_->on_abandoned = std::move(callback);
    if (peer_has_finished_) connection_.end_soon();
}

void HttpConnection::on_drain(std::uint16_t, const std::function<std::string()>&) {
    switch (state_) {
        case State::idle:
            state_ = State::ending;
            return connection_.finish();
        case State::streaming:
            if (stream_) stream_->finish();
            return;
        case State::reading:
        case State::handling:
        case State::writing:
        case State::ending:
            return;  // may_keep_alive() says no from now on
    }
}

}  // namespace deskbell::net
