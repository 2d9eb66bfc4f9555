#pragma once
// One connection of Socket Mode, from its URL to its end, and whether it still lives.
//
// Who makes it: socket_mode, one for each URL, on the office loop. A connection that says nothing
// is not believed: no hello in time, no answer to a ping, no ping from a Slack that sent them
// before: it ends. What it never does: open another; acknowledge by itself.

#include "base/loop.hpp"
#include "desk/slack/socket_frames.hpp"
#include "net/websocket_client.hpp"

#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

class SocketLink final : public net::ClientSocketHandler {
public:
    static constexpr std::int64_t hello_within_ms = 10'000;
    static constexpr std::int64_t ping_every_ms = 5'000;  // and each must be answered before
    static constexpr std::int64_t server_silence_ms_max = 60'000;

    // Called on the loop; after `ended` nothing is called any more.
    struct Hooks {
        std::function<void(const SocketHello&)> live;
        std::function<void(const SocketDisconnect&)> disconnect;
        std::function<void(SocketEnvelope)> envelope;
        std::function<void(const std::string& why)> ended;
    };

    SocketLink(Loop& loop, net::WebSocketClient& client, const std::string& url, Hooks hooks);
    ~SocketLink() override;
    SocketLink(const SocketLink&) = delete;
    SocketLink& operator=(const SocketLink&) = delete;

    // False: the connection is gone, or takes nothing any more.
    bool acknowledge(const std::string& envelope_id, const std::string& payload);
    void say_goodbye();

    [[nodiscard]] bool is_live() const { return live_since_ != 0; }
    [[nodiscard]] SteadyMs live_since() const { return live_since_; }
    [[nodiscard]] SteadyMs last_envelope_at() const { return last_envelope_at_; }

    void on_open() override;
    void on_text(std::string_view text) override;
    void on_ping() override;
    void on_pong() override { is_pong_due_ = false; }
    void on_closed(const std::string& why) override { end(why); }

private:
    void beat();
    void end(const std::string& why);

    Loop& loop_;
    Hooks hooks_;
    SteadyMs live_since_ = 0;        // of its hello; 0: not yet
    SteadyMs last_envelope_at_ = 0;  // 0: none
    SteadyMs last_ping_at_ = 0;      // of Slack's; 0: none
    bool is_pong_due_ = false;
    bool has_ended_ = false;
    TimerId timer_ = 0;  // for the hello, then the beat
    std::unique_ptr<net::ClientSocket> socket_;
};

}  // namespace deskbell::desk::slack
