#pragma once
// The customers' side of Deskbell on one loop: REST, WebSockets, event streams, the widget's bytes.
//
// What this is: routes, and the connections behind them. Who calls it: the app, which makes one
// Gateway for each gateway loop, hands it that loop's exchanges, and pushes the engine's news to
// all of them. Threading: everything on the loop given to make(); a connection never changes loops,
// and loops share nothing but Commons. What it never does: decide about a session (the backend
// does), keep a message, wait.
//
// Destroy the loop's HttpServer first: its connections point into the gateway.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "gateway/backend.hpp"
#include "gateway/options.hpp"
#include "net/http_server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

struct Context;

// What a gateway works with; all of it outlives the gateway.
struct Surroundings {
    Loop& loop;
    Backend& backend;
    Commons& commons;
    Random& random;
};

class Gateway {
public:
    // `invalid_proxy` when a trusted proxy is neither an address nor a network.
    [[nodiscard]] static Result<std::unique_ptr<Gateway>> make(Surroundings surroundings,
                                                               Options options, Hooks hooks);
    ~Gateway();

    // The server's Handler.
    void handle(std::shared_ptr<net::Exchange> exchange);

    // For ServerLimits::dress_refusal: what the server refuses before it becomes an exchange.
    void dress_refusal(const net::HttpRequest& request, net::HttpResponse& answer) const;

    // News for this loop's connections; sessions nobody here listens to cost a lookup. To be called
    // in the order of the commits, and never before the replies of the same commit.
    // Where the body of a request goes, see net::ServerLimits::body_sink_for.
    [[nodiscard]] std::expected<std::shared_ptr<net::BodySink>, net::BodyRefusal> body_sink(
        const net::HttpRequest& head) const;
    void deliver(const std::vector<Push>& pushes);
    // Live only, in no log. `role` is "agent" or "bot".
    void notice(const SessionId& session, std::string_view code, std::string_view text);
    void typing(const SessionId& session, std::string_view role, std::string_view name, bool on);
    // A ready-made live frame (bot_delta; or what another loop's `live` hook says).
    void live(const SessionId& session, const std::string& frame,
              std::uint64_t except_instance = 0);
    // What another loop's `replaced` hook says.
    void replaced(const SessionId& session, std::uint64_t instance, std::uint64_t epoch);

    // The session is no longer its customer's (forgotten, or its token revoked): everybody who
    // listens to it hears nothing more and is told so (4003; streams and polls end).
    void shut_out(const SessionId& session);

    // Going down: held requests are answered and streams ended; then HttpServer::close_all().
    void drain();

    [[nodiscard]] std::size_t listeners() const;

private:
    explicit Gateway(std::shared_ptr<Context> context);
    std::shared_ptr<Context> context_;
};

// The reason of a 1012: so many milliseconds, spread so that `connections` customers do not come
// back at once.
[[nodiscard]] std::string restart_delay_reason(Random& random, std::size_t connections);

// For ServerLimits::body_bytes_max_for.
[[nodiscard]] std::size_t body_bytes_max(std::string_view method, std::string_view path);

}  // namespace deskbell::gateway
