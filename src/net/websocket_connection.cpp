#include "net/websocket_connection.hpp"

#include "base/assert.hpp"
#include "net/guarded.hpp"
#include "net/server_state.hpp"

#include <utility>

namespace deskbell::net {

// M1 allows 1,024 bytes for an idle visitor, what Asio and the handler take included.
static_assert(sizeof(Connection) + sizeof(WebSocketConnection) <= 320);

WebSocketConnection::WebSocketConnection(Connection& connection,
                                         std::unique_ptr<WebSocketHandler> handler)
    : connection_(connection),
      handler_(std::move(handler)),
      reader_(connection.server().limits().frame_bytes_max) {}

void WebSocketConnection::on_start() {
    connection_.set_deadline(connection_.has_backlog() ? Deadline::stall : Deadline::none);
    call_handler("websocket on_open", [this] { handler_->on_open(*this); });
    connection_.read(ReadMode::bytes);
    // Closed between the upgrade and now: the client is told properly all the same.
    const HttpServer::Impl& server = connection_.server();
    if (server.is_draining()) on_drain(server.drain_code(), server.drain_reason());
}

// ---- receiving

void WebSocketConnection::on_bytes(std::span<char> bytes) {
    while (state_ != State::closed && !connection_.has_ended()) {
        const FrameEvent event = reader_.next(bytes);
        if (event.kind == FrameEvent::Kind::more) return;
        handle(event);
    }
}

void WebSocketConnection::handle(const FrameEvent& event) {
    switch (event.kind) {
        case FrameEvent::Kind::more:
            return;
        case FrameEvent::Kind::text:
            if (state_ != State::open) return;  // said after our goodbye
            return call_handler("websocket on_text", [&] { handler_->on_text(event.payload); });
        case FrameEvent::Kind::pong:
            if (state_ != State::open) return;
            return call_handler("websocket on_pong", [&] { handler_->on_pong(); });
        case FrameEvent::Kind::ping:
            send(Opcode::pong, event.payload);
            return;
        case FrameEvent::Kind::close:
        case FrameEvent::Kind::error:
            if (state_ == State::open) {
                code_ = event.code;
                // 1013 says in milliseconds when to come back.
                const bool is_ours_to_solve = event.code == close_code::try_again_later;
                connection_.write({to_close_frame(event.code, is_ours_to_solve ? "2000" : "")});
            }
            connection_.finish();
            return be_closed(code_);
    }
}

void WebSocketConnection::on_peer_finished() { connection_.end(); }

// ---- sending

SendStatus WebSocketConnection::send(Opcode opcode, std::string_view payload) {
    if (state_ != State::open || connection_.has_ended()) return SendStatus::overflow;
    FrameHeader header;
    const std::string_view head = write_frame_header(opcode, payload.size(), header);
    if (!connection_.has_room_for(head.size() + payload.size())) {
        close(close_code::too_slow, "too slow a reader");
        return SendStatus::overflow;
    }
    connection_.write({head, payload});
    return SendStatus::sent;
}

SendStatus WebSocketConnection::send_text(std::string_view text) {
    return send(Opcode::text, text);
}

void WebSocketConnection::ping() { send(Opcode::ping, {}); }

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
    if (state_ != State::open || connection_.has_ended()) return;
    state_ = State::closing;
    code_ = code;
    connection_.write({to_close_frame(code, reason)});
    // Who was silent for so long will not answer our goodbye either.
    if (code == close_code::heartbeat_missed) return connection_.finish();
    connection_.set_deadline(Deadline::closing);
}

std::size_t WebSocketConnection::buffered_bytes() const { return connection_.buffered_bytes(); }

// ---- ending

// A reader that took nothing for so long is told why, should it ever read again; then it is cut.
void WebSocketConnection::on_deadline() {
    if (state_ == State::open) return close(close_code::too_slow, "too slow a reader");
    connection_.end();
}

void WebSocketConnection::on_end() { be_closed(code_); }

void WebSocketConnection::on_drain(std::uint16_t code, const std::function<std::string()>& reason) {
    close(code, reason ? reason() : std::string());
}

void WebSocketConnection::be_closed(std::uint16_t code) {
    state_ = State::closed;
    // Held here, so that on_close is called once whatever it does.
    const auto handler = std::exchange(handler_, nullptr);
    if (handler) guarded("websocket on_close", [&] { handler->on_close(code); });
}

void WebSocketConnection::call_handler(std::string_view what, const std::function<void()>& call) {
    if (!guarded(what, call)) close(close_code::internal_error, {});
}

}  // namespace deskbell::net
