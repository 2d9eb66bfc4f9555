#pragma once
// The outgoing WebSocket port, and the one over Beast: ws:// and wss://, certificates verified.
//
// What this is: one connection, its frames, its end. Who uses it: desk/slack's Socket Mode.
// Threading: everything on the loop that owns the client, the handler's calls too; they never come
// from inside a call to the connection. What it never does: reconnect; decide when silence is too
// long; follow a redirect; speak to a server whose certificate is not the host's.

#include "base/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace deskbell::net {

class AsioLoop;

// All calls come from the loop. A handler may destroy its connection whenever it is called.
class ClientSocketHandler {
public:
    virtual ~ClientSocketHandler() = default;
    virtual void on_open() = 0;
    virtual void on_text(std::string_view text) = 0;
    virtual void on_ping() = 0;  // answered already
    virtual void on_pong() = 0;
    // Once, at the end, whatever it was; `why` is for people. Nothing is called after it.
    virtual void on_closed(const std::string& why) = 0;
};

class ClientSocket {
public:
    virtual ~ClientSocket() = default;  // drops the connection; the handler hears nothing more
    // False: not open, or the peer takes nothing and too much waits already.
    virtual bool send_text(std::string text) = 0;
    virtual void ping() = 0;
    // Says goodbye; on_closed comes when the peer has answered, or soon.
    virtual void close(std::uint16_t code) = 0;
};

class WebSocketClient {
public:
    virtual ~WebSocketClient() = default;
    // Never fails inside the call: what goes wrong is told by on_closed.
    [[nodiscard]] virtual std::unique_ptr<ClientSocket> connect(const std::string& url,
                                                                ClientSocketHandler& handler) = 0;
};

class BeastWebSocketClient final : public WebSocketClient {
public:
    struct Options {
        std::string user_agent = "Deskbell";
        std::string certificates_file;             // whom to trust; empty: whom this machine trusts
        std::int64_t connect_timeout_ms = 15'000;  // name, TCP, TLS and upgrade together
        std::int64_t close_timeout_ms = 3'000;
        std::size_t message_bytes_max = 4u << 20;  // past it the connection ends
        std::size_t waiting_frames_max = 1'000;    // of ours that the peer has not taken
    };
    BeastWebSocketClient(AsioLoop& loop, Options options);
    ~BeastWebSocketClient() override;

    [[nodiscard]] std::unique_ptr<ClientSocket> connect(const std::string& url,
                                                        ClientSocketHandler& handler) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::net
