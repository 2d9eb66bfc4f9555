#pragma once
// The network between customers (or Slack) and a Deskbell process: latencies, losses, cuts, links
// of which one direction is dead, readers who do not read.
//
// What this is: connections with two ends. The server's end is what the gateway sees
// (net::Exchange, net::WebSocket); the client's end belongs to simulated customers. Bytes of one
// direction stay in order, as TCP keeps them, until the connection is cut; then whatever was under
// way is gone. Everything happens on the kernel's loops. What it never does: deliver anything to a
// process that has died, or from it.

#include "net/http_server.hpp"
#include "net/http_types.hpp"
#include "sim/world/kernel.hpp"
#include "sim/world/trace.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sim {

// A process as the network sees it.
class Host {
public:
    virtual ~Host() = default;
    [[nodiscard]] virtual bool listening() const = 0;
    [[nodiscard]] virtual bool alive() const = 0;
    [[nodiscard]] virtual std::size_t gateways() const = 0;
    [[nodiscard]] virtual ManualLoop& gateway_loop(std::size_t index) = 0;
    // On that gateway's loop.
    virtual void handle(std::size_t index, std::shared_ptr<net::Exchange> exchange) = 0;
};

struct NetworkWeather {
    std::int64_t latency_ms = 15;       // typical, one way
    std::int64_t latency_ms_max = 400;  // now and then
    double request_lost = 0;            // an HTTP request, or its answer, never arrives
    double answer_lost = 0;
    double cut_a_minute = 0;      // per socket: both ends lose it
    double half_open = 0;         // of those cuts: one end is not told
    double one_way_a_minute = 0;  // per socket: server → client goes silent
    double slow_reader = 0;       // per socket: stops reading for a while
    bool down = false;            // nobody gets through
};

class SocketClient {
public:
    virtual ~SocketClient() = default;
    virtual void opened() = 0;
    virtual void received(std::string_view text) = 0;
    // Exactly once, unless the client closed or left it. 1006: gone without a word.
    virtual void closed(std::uint16_t code, std::string_view reason) = 0;
};

class Socket;

// The client's end. Destroying it is the tab being closed: the server is told, if it can be.
class SocketEnd {
public:
    explicit SocketEnd(std::shared_ptr<Socket> socket) : socket_(std::move(socket)) {}
    ~SocketEnd();
    SocketEnd(const SocketEnd&) = delete;
    SocketEnd& operator=(const SocketEnd&) = delete;
    void send(std::string text);

private:
    std::shared_ptr<Socket> socket_;
};

class Network {
public:
    Network(Kernel& kernel, Trace& trace) : kernel_(kernel), trace_(trace) {}

    NetworkWeather weather;
    // The process that is up; null while there is none.
    Host* host = nullptr;

    // `client` outlives the end.
    [[nodiscard]] std::unique_ptr<SocketEnd> connect(SocketClient& client,
                                                     net::HttpRequest request);
    // nullopt: no answer (lost, refused, or the process died). Exactly once, later.
    using Answered = std::function<void(std::optional<net::HttpResponse>)>;
    void request(net::HttpRequest request, std::int64_t timeout_ms, Answered answered);
    // The process ended: its ends of all sockets go. Clients are told, unless the machine died.
    void host_gone(Host& gone, bool silently);
    // The process is going down and says so: 1012 to everybody.
    void goodbye(Host& going, const std::string& reason);
    // Every socket is cut, as when a proxy restarts.
    void cut_all();

    [[nodiscard]] std::int64_t latency_ms() {
        return kernel_.skewed(weather.latency_ms, weather.latency_ms_max);
    }
    [[nodiscard]] Kernel& kernel() { return kernel_; }
    [[nodiscard]] Trace& trace() { return trace_; }

private:
    friend class Socket;
    void plan_faults(const std::shared_ptr<Socket>& socket);

    Kernel& kernel_;
    Trace& trace_;
    std::vector<std::weak_ptr<Socket>> sockets_;
};

}  // namespace deskbell::sim
