#include "sandbox/http/socket_links.hpp"

#include <algorithm>

namespace deskbell::sandbox {

class SocketLinks::Handler final : public net::WebSocketHandler {
public:
    Handler(SocketLinks& links, bool debug_reconnects)
        : links_(links), debug_reconnects_(debug_reconnects) {}

    void on_open(net::WebSocket& socket) override {
        id_ = links_.slack_.open_socket(debug_reconnects_);
        links_.opened(id_, socket);
    }
    void on_text(std::string_view text) override {
        links_.slack_.socket_text(id_, text);
        links_.pump();
        links_.on_change_();
    }
    void on_pong() override {
        if (const auto link = links_.links_.find(id_); link != links_.links_.end())
            link->second.unanswered = 0;
    }
    void on_close(std::uint16_t code) override {
        // 1006: nobody said goodbye; Slack may not notice for a while.
        links_.closed(id_, code != 1006);
    }

private:
    SocketLinks& links_;
    bool debug_reconnects_;
    SocketId id_ = 0;
};

SocketLinks::SocketLinks(Loop& loop, Slack& slack, std::function<void()> on_change)
    : loop_(loop), slack_(slack), on_change_(std::move(on_change)) {}

void SocketLinks::open(net::Exchange& exchange) {
    const net::HttpRequest& request = exchange.request();
    const auto refuse = [&exchange](int status, const std::string& words) {
        exchange.respond({status, {{"content-type", "text/plain; charset=utf-8"}}, words + "\n"});
    };
    if (!exchange.wants_websocket()) return refuse(426, "This is for WebSockets.");
    const auto redeemed = slack_.redeem_ticket(request.query_value("ticket").value_or(""));
    if (!redeemed) return refuse(403, redeemed.error().code);
    const bool debug_reconnects = request.query_value("debug_reconnects").value_or("") == "true";
    exchange.accept_websocket("", std::make_unique<Handler>(*this, debug_reconnects));
}

void SocketLinks::opened(SocketId id, net::WebSocket& socket) {
    links_[id].socket = &socket;
    if (ping_timer_ == 0) ping_timer_ = loop_.after(ping_every_ms, [this] { ping_all(); });
    pump();
    on_change_();
}

void SocketLinks::closed(SocketId id, bool cleanly) {
    links_.erase(id);
    slack_.socket_closed(id, cleanly);
    pump();
    on_change_();
}

void SocketLinks::ping_all() {
    ping_timer_ = 0;
    if (links_.empty()) return;
    for (auto& [id, link] : links_) {
        if (++link.unanswered > unanswered_max)
            link.socket->close(1011, "no pong");
        else
            link.socket->ping();
    }
    ping_timer_ = loop_.after(ping_every_ms, [this] { ping_all(); });
}

void SocketLinks::pump() {
    for (const SocketOrder& order : slack_.socket_orders()) {
        const auto link = links_.find(order.socket);
        if (link == links_.end()) continue;
        if (order.kind == SocketOrder::Kind::send)
            link->second.socket->send_text(order.text);
        else
            link->second.socket->close(1000, order.text);
    }
    const auto due = slack_.next_socket_due();
    if (!due || (timer_ != 0 && timer_due_ms_ <= *due)) return;
    loop_.cancel(timer_);
    timer_due_ms_ = *due;
    timer_ = loop_.after(std::max<std::int64_t>(1, *due - loop_.clock().steady_ms()), [this] {
        timer_ = 0;
        pump();
        on_change_();
    });
}

}  // namespace deskbell::sandbox
