#pragma once
// Socket Mode's sockets: WebSockets under /link/, whose every frame the model decides.
//
// Everything runs on the loop. Slack pings; who does not answer three of them is cut.

#include "base/loop.hpp"
#include "net/http_server.hpp"
#include "sandbox/model/slack.hpp"

#include <functional>
#include <map>
#include <memory>

namespace deskbell::sandbox {

class SocketLinks {
public:
    static constexpr std::int64_t ping_every_ms = 10'000;
    static constexpr int unanswered_max = 3;

    // `on_change` is called after everything that the model was told.
    SocketLinks(Loop& loop, Slack& slack, std::function<void()> on_change);

    // An upgrade of /link/?ticket=…; refused when the ticket is not good.
    void open(net::Exchange& exchange);
    // Performs what the model orders and sets a timer for what is not due yet.
    void pump();

private:
    struct Link {
        net::WebSocket* socket = nullptr;
        int unanswered = 0;
    };
    class Handler;

    void ping_all();
    void opened(SocketId id, net::WebSocket& socket);
    void closed(SocketId id, bool cleanly);

    Loop& loop_;
    Slack& slack_;
    std::function<void()> on_change_;
    std::map<SocketId, Link> links_;
    TimerId timer_ = 0;
    SteadyMs timer_due_ms_ = 0;
    TimerId ping_timer_ = 0;
};

}  // namespace deskbell::sandbox
