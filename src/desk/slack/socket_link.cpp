#include "desk/slack/socket_link.hpp"

#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::uint16_t going_away = 1000;

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace

SocketLink::SocketLink(Loop& loop, net::WebSocketClient& client, const std::string& url,
                       Hooks hooks)
    : loop_(loop), hooks_(std::move(hooks)), socket_(client.connect(url, *this)) {}

SocketLink::~SocketLink() { loop_.cancel(timer_); }

bool SocketLink::acknowledge(const std::string& envelope_id, const std::string& payload) {
    return !has_ended_ && socket_->send_text(socket_acknowledgement(envelope_id, payload));
}

void SocketLink::say_goodbye() {
    if (!has_ended_) socket_->close(going_away);
}

void SocketLink::on_open() {
    timer_ = loop_.after(hello_within_ms, [this] { end("no hello in time"); });
}

void SocketLink::on_text(std::string_view text) {
    if (has_ended_) return;
    SocketFrame frame = read_socket_frame(text);
    const auto on_hello = [this](const SocketHello& hello) {
        if (is_live()) return;
        live_since_ = loop_.clock().steady_ms();
        loop_.cancel(timer_);
        timer_ = loop_.after(ping_every_ms, [this] { beat(); });
        hooks_.live(hello);
    };
    std::visit(
        Overloaded{on_hello, [this](const SocketDisconnect& said) { hooks_.disconnect(said); },
                   [this](SocketEnvelope& envelope) {
                       last_envelope_at_ = loop_.clock().steady_ms();
                       hooks_.envelope(std::move(envelope));
                   },
                   [](const SocketUnknown&) {}},
        frame);
}

void SocketLink::on_ping() { last_ping_at_ = loop_.clock().steady_ms(); }

void SocketLink::beat() {
    timer_ = 0;
    if (is_pong_due_) return end("no answer to a ping");
    const SteadyMs now = loop_.clock().steady_ms();
    if (last_ping_at_ != 0 && now - last_ping_at_ > server_silence_ms_max)
        return end("Slack's pings have stopped");
    is_pong_due_ = true;
    socket_->ping();
    timer_ = loop_.after(ping_every_ms, [this] { beat(); });
}

// The owner may destroy us in `ended`: nothing of ours is touched after it.
void SocketLink::end(const std::string& why) {
    if (std::exchange(has_ended_, true)) return;
    loop_.cancel(std::exchange(timer_, 0));
    const auto ended = std::move(hooks_.ended);
    ended(why);
}

}  // namespace deskbell::desk::slack
