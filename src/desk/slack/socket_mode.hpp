#pragma once
// Socket Mode: Slack's events, interactions and commands over connections that we open.
//
// What this is: a few connections kept open at all times, and the promise that what comes over them
// is worth as much as over HTTP: an envelope is acknowledged only when what it carries is durable,
// and whenever something may have been lost, somebody is told to read back. Who makes it: the app,
// one for the whole Slack app, whichever workspaces it is installed in. Everything runs on the
// office loop.
//
// A connection is replaced before it ends when Slack says that it will; at once when it broke; and
// when it looks alive and brings nothing although something is known to have happened (`suspect`).
// What it never does: close the old before the new is live; open without backoff; log a ticket.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/slack/signature.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/socket_frames.hpp"
#include "desk/slack/socket_link.hpp"
#include "net/websocket_client.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct SocketOptions {
    std::string api_url = "https://slack.com/api/";
    std::string app_token;
    std::size_t connections = 2;  // at most connections_max
};

class SocketMode {
public:
    // Slack allows ten, and while one is replaced there are two.
    static constexpr std::size_t connections_max = 5;
    static constexpr std::size_t under_way_max = 1'000;  // past it envelopes are left to come again

    // The payload to acknowledge with (may be empty), or nothing: it must come again.
    using Answer = std::move_only_function<void(std::optional<std::string> payload)>;
    // Makes durable what an envelope carries, then answers: once, later or inside the call.
    using Deliver = std::function<void(SocketEnvelope, Answer)>;

    struct Figures {
        std::size_t live = 0;
        std::size_t wanted = 0;
        std::uint64_t envelopes = 0;
        std::uint64_t unacknowledged = 0;  // left to come again
        std::uint64_t lost = 0;            // connections that ended by themselves
        std::uint64_t replaced = 0;        // before they ended
        std::uint64_t suspected = 0;       // because they brought nothing
    };

    SocketMode(Loop& loop, net::HttpClient& http, net::WebSocketClient& sockets, Random& random,
               SocketOptions options, Deliver deliver);
    ~SocketMode();

    void start();
    // Goodbyes are said and nothing is opened any more.
    void stop();
    // Something may have been lost: what agents said must be read back.
    void on_gap(std::function<void(const std::string& why)> gap) { gap_ = std::move(gap); }
    // What happened at `at` was never told: a connection that has brought nothing since is
    // replaced.
    void suspect(SteadyMs at);

    [[nodiscard]] Figures figures() const;
    // Why there is no connection; an empty code while there is one.
    [[nodiscard]] Error trouble() const;

private:
    // One of the connections that are wanted. `current` may be followed by `next` before it ends.
    struct Slot {
        std::shared_ptr<SocketLink> current;  // live
        std::shared_ptr<SocketLink> next;     // not live yet
        std::shared_ptr<SocketLink> retiring;
        bool is_asking = false;
        bool wants_next = false;  // `current` will end, or is not believed
        unsigned failures = 0;
        SteadyMs suspected_at = 0;  // last; 0: never
        TimerId retry = 0;
        TimerId retirement = 0;
    };

    void fill(std::size_t index);
    void ask(std::size_t index);
    void answered(std::size_t index, const SlackReply& reply);
    void connect(std::size_t index, const std::string& url);
    void went_live(std::size_t index, const std::weak_ptr<SocketLink>& link,
                   const SocketHello& hello);
    void told_to_go(std::size_t index, const std::weak_ptr<SocketLink>& link,
                    const std::string& reason);
    void took(const std::weak_ptr<SocketLink>& link, SocketEnvelope envelope);
    void ended(std::size_t index, const std::weak_ptr<SocketLink>& link, const std::string& why);
    void retire(std::size_t index, std::shared_ptr<SocketLink> link);
    void let_go(std::shared_ptr<SocketLink> link);
    void try_later(std::size_t index, std::int64_t first_ms, std::int64_t most_ms);
    void note_gap(const std::string& why);
    [[nodiscard]] bool may_use(const std::string& url) const;
    template <class Callback>
    auto guarded(Callback callback) {
        return [alive = std::weak_ptr(alive_),
                callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
            if (!alive.expired()) callback(std::forward<Args>(args)...);
        };
    }

    Loop& loop_;
    SlackClient client_;  // with the app's token
    net::WebSocketClient& sockets_;
    Random& random_;
    SocketOptions options_;
    Deliver deliver_;
    std::function<void(const std::string&)> gap_;
    std::vector<Slot> slots_;
    Recent events_{20'000};  // ids that came over any connection
    std::size_t under_way_ = 0;
    bool is_stopping_ = false;
    Error trouble_{"sockets_opening", "No connection to Slack is open yet.", std::nullopt};
    Figures figures_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
