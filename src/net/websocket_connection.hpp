#pragma once
// A WebSocket over a Connection, after the upgrade: frames to handler calls, and back.
//
// Callbacks and no coroutine: a suspended frame costs more than this whole object (1.3 KB,
// measured). Pings are answered here. Calls of the handler come from the loop only; whatever is
// found out inside a call to WebSocket (a broken socket, an overflow) reaches the handler later.

#include "net/connection.hpp"
#include "net/http_server.hpp"
#include "net/websocket_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace deskbell::net {

class WebSocketConnection final : public Protocol, public WebSocket {
public:
    WebSocketConnection(Connection& connection, std::unique_ptr<WebSocketHandler> handler);

    void on_start() override;
    void on_bytes(std::span<char> bytes) override;
    void on_peer_finished() override;
    void on_written() override {}
    void on_deadline() override;
    void on_end() override;
    void on_drain(std::uint16_t code, const std::function<std::string()>& reason) override;

    SendStatus send_text(std::string_view text) override;
    void ping() override;
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] std::size_t buffered_bytes() const override;

private:
    enum class State : std::uint8_t {
        open,
        closing,  // our close frame is sent or waits in the backlog; the peer's is awaited
        closed,   // the handler knows
    };

    SendStatus send(Opcode opcode, std::string_view payload);
    void handle(const FrameEvent& event);
    void call_handler(std::string_view what, const std::function<void()>& call);
    void be_closed(std::uint16_t code);

    Connection& connection_;
    std::unique_ptr<WebSocketHandler> handler_;
    FrameReader reader_;
    std::uint16_t code_ = close_code::vanished;  // what on_close will say
    State state_ = State::open;
};

}  // namespace deskbell::net
