#pragma once
// One simulated WebSocket with its two ends; see network.hpp. For network.cpp and socket.cpp.

#include "sim/world/network.hpp"

#include <cstddef>
#include <deque>

namespace deskbell::sim {

class Socket final : public net::WebSocket, public std::enable_shared_from_this<Socket> {
public:
    Socket(Network& network, SocketClient& client) : network_(network), client_(&client) {}

    // ---- The client's end. ----
    void from_client(std::string text);
    void leave();
    void tell_closed(std::int64_t delay_ms, std::uint16_t code, std::string reason);

    // ---- The network. ----
    void bind(Host& host, std::size_t gateway) {
        host_ = &host;
        gateway_ = gateway;
    }
    void cut(bool half_open);
    [[nodiscard]] bool is_of(const Host& host) const { return host_ == &host && handler_; }
    void host_gone(Host& gone, bool silently);
    void silence_server() { server_silent_ = true; }
    void stop_reading(std::int64_t interval_ms);

    // ---- The server's end; on its gateway's loop. ----
    void accepted(std::unique_ptr<net::WebSocketHandler> handler);
    void refused(int status);
    net::SendStatus send_text(std::string_view text) override;
    void ping() override;
    void close(std::uint16_t code, std::string_view reason) override;
    [[nodiscard]] std::size_t buffered_bytes() const override { return unread_bytes_; }
    // The process died: its end is gone without a word from it.
    [[nodiscard]] bool server_alive() const { return host_ && host_->alive(); }

private:
    void to_client(std::string text);
    void deliver(const std::string& text);
    void end_server(std::uint16_t code, std::int64_t delay_ms);
    [[nodiscard]] SteadyMs in_order(SteadyMs& last);

    static constexpr std::size_t send_buffer_bytes_max = 256u << 10;

    Network& network_;
    SocketClient* client_;  // null: it left, or was told of the end
    Host* host_ = nullptr;
    std::size_t gateway_ = 0;
    std::unique_ptr<net::WebSocketHandler> handler_;
    SteadyMs last_up_ = 0;
    SteadyMs last_down_ = 0;
    bool cut_ = false;            // nothing passes any more
    bool server_silent_ = false;  // server → client passes nothing any more
    bool server_closing_ = false;
    bool server_ended_ = false;
    bool reading_ = true;
    std::deque<std::string> unread_;
    std::size_t unread_bytes_ = 0;
};

[[nodiscard]] std::shared_ptr<net::Exchange> make_upgrade(std::shared_ptr<Socket> socket,
                                                          net::HttpRequest request);

}  // namespace deskbell::sim
