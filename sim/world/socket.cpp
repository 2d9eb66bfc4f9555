#include "sim/world/socket.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::sim {
namespace {

class UpgradeExchange final : public net::Exchange {
public:
    UpgradeExchange(std::shared_ptr<Socket> socket, net::HttpRequest request)
        : socket_(std::move(socket)), request_(std::move(request)) {}
    ~UpgradeExchange() override {
        if (!answered_) socket_->refused(500);
    }
    net::HttpRequest& request() override { return request_; }
    void respond(net::HttpResponse response) override {
        answered_ = true;
        socket_->refused(response.status);
    }
    void stream(net::HttpResponse head, std::unique_ptr<net::ResponseStreamHandler>) override {
        respond(std::move(head));
    }
    [[nodiscard]] bool wants_websocket() const override { return true; }
    void accept_websocket(std::string_view,
                          std::unique_ptr<net::WebSocketHandler> handler) override {
        answered_ = true;
        socket_->accepted(std::move(handler));
    }
    void on_abandoned(std::function<void()>) override {}

private:
    std::shared_ptr<Socket> socket_;
    net::HttpRequest request_;
    bool answered_ = false;
};

}  // namespace

std::shared_ptr<net::Exchange> make_upgrade(std::shared_ptr<Socket> socket,
                                            net::HttpRequest request) {
    return std::make_shared<UpgradeExchange>(std::move(socket), std::move(request));
}

SteadyMs Socket::in_order(SteadyMs& last) {
    const SteadyMs now = network_.kernel().now();
    last = std::max(last, now + network_.latency_ms());
    return last - now;
}

// ---- The client's end. ----

void Socket::from_client(std::string text) {
    if (cut_) return;
    network_.kernel().world.after(
        in_order(last_up_), [self = shared_from_this(), text = std::move(text)]() mutable {
            if (self->cut_ || !self->server_alive()) return;
            self->host_->gateway_loop(self->gateway_).post([self, text = std::move(text)] {
                if (self->handler_ && !self->server_ended_) self->handler_->on_text(text);
            });
        });
}

void Socket::leave() {
    client_ = nullptr;
    if (cut_) return;
    network_.kernel().world.after(in_order(last_up_), [self = shared_from_this()] {
        if (!self->cut_) self->end_server(1001, 0);
    });
}

void Socket::tell_closed(std::int64_t delay_ms, std::uint16_t code, std::string reason) {
    network_.kernel().world.after(
        delay_ms, [self = shared_from_this(), code, reason = std::move(reason)] {
            if (SocketClient* client = std::exchange(self->client_, nullptr))
                client->closed(code, reason);
        });
}

// ---- The network. ----

void Socket::cut(bool half_open) {
    if (cut_) return;
    cut_ = true;
    Kernel& kernel = network_.kernel();
    // Of a half-open link one end hears nothing: its heartbeat must find out.
    const bool client_told = !half_open || kernel.chance(0.5);
    if (client_told) tell_closed(kernel.between(0, 3'000), 1006, "");
    if (!half_open || !client_told) end_server(1006, kernel.between(0, 3'000));
}

void Socket::host_gone(Host& gone, bool silently) {
    if (host_ != &gone) return;
    if (handler_ && !std::exchange(server_ended_, true)) handler_->on_close(1006);
    handler_.reset();
    host_ = nullptr;
    // A process that dies leaves a kernel that resets; a machine that dies leaves silence.
    if (!std::exchange(cut_, true) && !silently)
        tell_closed(network_.kernel().between(0, 200), 1006, "");
}

void Socket::stop_reading(std::int64_t interval_ms) {
    reading_ = false;
    network_.kernel().world.after(interval_ms, [self = shared_from_this()] {
        self->reading_ = true;
        for (std::string& text : std::exchange(self->unread_, {})) self->deliver(text);
        self->unread_bytes_ = 0;
    });
}

// ---- The server's end. ----

void Socket::accepted(std::unique_ptr<net::WebSocketHandler> handler) {
    handler_ = std::move(handler);
    host_->gateway_loop(gateway_).post([self = shared_from_this()] {
        if (self->server_ended_ || !self->server_alive()) return;
        self->handler_->on_open(*self);
        self->network_.kernel().world.after(self->in_order(self->last_down_), [self] {
            if (self->client_ && !self->cut_) self->client_->opened();
        });
    });
}

void Socket::refused(int status) {
    tell_closed(network_.latency_ms(), static_cast<std::uint16_t>(status), "refused");
}

net::SendStatus Socket::send_text(std::string_view text) {
    if (server_ended_ || server_closing_ || !server_alive()) return net::SendStatus::sent;
    if (unread_bytes_ + text.size() > send_buffer_bytes_max) {
        server_closing_ = true;
        network_.trace().probe("W8 buffer over its bound");
        end_server(4008, 0);
        tell_closed(network_.latency_ms(), 4008, "");
        return net::SendStatus::overflow;
    }
    to_client(std::string(text));
    return net::SendStatus::sent;
}

void Socket::to_client(std::string text) {
    if (cut_ || server_silent_) return;
    network_.kernel().world.after(in_order(last_down_),
                                  [self = shared_from_this(), text = std::move(text)]() mutable {
                                      if (self->cut_ || self->server_silent_) return;
                                      if (self->reading_) return self->deliver(text);
                                      self->unread_bytes_ += text.size();
                                      self->unread_.push_back(std::move(text));
                                  });
}

void Socket::deliver(const std::string& text) {
    if (client_ && !cut_) client_->received(text);
}

void Socket::ping() {
    if (cut_ || server_silent_ || server_ended_) return;
    Kernel& kernel = network_.kernel();
    // A browser answers by itself, whatever the page does.
    kernel.world.after(in_order(last_down_), [self = shared_from_this(), &kernel] {
        if (self->cut_ || self->server_silent_ || !self->client_) return;
        kernel.world.after(self->in_order(self->last_up_), [self] {
            if (self->cut_ || !self->server_alive()) return;
            self->host_->gateway_loop(self->gateway_).post([self] {
                if (self->handler_ && !self->server_ended_) self->handler_->on_pong();
            });
        });
    });
}

void Socket::close(std::uint16_t code, std::string_view reason) {
    if (std::exchange(server_closing_, true) || !server_alive()) return;
    if (!cut_ && !server_silent_) {
        network_.kernel().world.after(
            in_order(last_down_), [self = shared_from_this(), code, reason = std::string(reason)] {
                if (self->cut_) return;
                if (SocketClient* client = std::exchange(self->client_, nullptr))
                    client->closed(code, reason);
            });
    }
    end_server(code, 0);
}

void Socket::end_server(std::uint16_t code, std::int64_t delay_ms) {
    network_.kernel().world.after(delay_ms, [self = shared_from_this(), code] {
        if (!self->server_alive() || !self->handler_) return;
        self->host_->gateway_loop(self->gateway_).post([self, code] {
            if (std::exchange(self->server_ended_, true)) return;
            self->handler_->on_close(code);
            self->handler_.reset();
        });
    });
}

}  // namespace deskbell::sim
