#include "sim/world/network.hpp"

#include "sim/world/socket.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::sim {
namespace {

// One HTTP request on its way: whoever answers first, the server or the clock, is the answer.
struct PendingRequest {
    Network::Answered answered;
    std::function<void()> abandoned;
    bool settled = false;

    void settle(std::optional<net::HttpResponse> response) {
        if (std::exchange(settled, true)) return;
        answered(std::move(response));
    }
};

class RequestExchange final : public net::Exchange {
public:
    RequestExchange(Network& network, Host& host, net::HttpRequest request,
                    std::shared_ptr<PendingRequest> pending)
        : network_(network),
          host_(host),
          request_(std::move(request)),
          pending_(std::move(pending)) {}
    ~RequestExchange() override {
        if (!answered_ && host_.alive()) respond({.status = 500, .headers = {}, .body = "{}"});
    }

    net::HttpRequest& request() override { return request_; }
    void respond(net::HttpResponse response) override {
        answered_ = true;
        if (!host_.alive()) return;
        Kernel& kernel = network_.kernel();
        if (kernel.chance(network_.weather.answer_lost)) {
            network_.trace().probe("W1 answer lost after commit");
            return;
        }
        kernel.world.after(network_.latency_ms(),
                           [pending = pending_, response = std::move(response)]() mutable {
                               pending->settle(std::move(response));
                           });
    }
    // No simulated client asks for a stream: the long poll takes its place.
    void stream(net::HttpResponse head, std::unique_ptr<net::ResponseStreamHandler>) override {
        respond(std::move(head));
    }
    [[nodiscard]] bool wants_websocket() const override { return false; }
    void accept_websocket(std::string_view, std::unique_ptr<net::WebSocketHandler>) override {}
    void on_abandoned(std::function<void()> callback) override {
        pending_->abandoned = std::move(callback);
    }

private:
    Network& network_;
    Host& host_;
    net::HttpRequest request_;
    std::shared_ptr<PendingRequest> pending_;
    bool answered_ = false;
};

}  // namespace

void Network::request(net::HttpRequest request, std::int64_t timeout_ms, Answered answered) {
    auto pending = std::make_shared<PendingRequest>();
    pending->answered = std::move(answered);
    kernel_.world.after(timeout_ms, [pending] {
        pending->settle(std::nullopt);
        if (pending->abandoned) std::exchange(pending->abandoned, {})();
    });
    if (weather.down) return;
    if (kernel_.chance(weather.request_lost)) return trace_.probe("W1 request lost");
    request.peer_address = request.peer_address.empty() ? "192.0.2.1" : request.peer_address;
    kernel_.world.after(latency_ms(), [this, pending, request = std::move(request)]() mutable {
        if (!host || !host->listening()) return pending->settle(std::nullopt);
        const std::size_t index = kernel_.pick(host->gateways());
        host->gateway_loop(index).post([this, pending, index, to = host,
                                        request = std::move(request)]() mutable {
            to->handle(index,
                       std::make_shared<RequestExchange>(*this, *to, std::move(request), pending));
        });
    });
}

std::unique_ptr<SocketEnd> Network::connect(SocketClient& client, net::HttpRequest request) {
    auto socket = std::make_shared<Socket>(*this, client);
    std::erase_if(sockets_, [](const std::weak_ptr<Socket>& known) { return known.expired(); });
    sockets_.push_back(socket);
    plan_faults(socket);
    if (weather.down) {
        socket->tell_closed(kernel_.between(200, 5'000), 1006, "");
        return std::make_unique<SocketEnd>(std::move(socket));
    }
    request.peer_address = "192.0.2.1";
    kernel_.world.after(latency_ms(), [this, socket, request = std::move(request)]() mutable {
        if (!host || !host->listening()) return socket->tell_closed(latency_ms(), 1006, "");
        const std::size_t index = kernel_.pick(host->gateways());
        socket->bind(*host, index);
        host->gateway_loop(index).post(
            [to = host, index, socket, request = std::move(request)]() mutable {
                to->handle(index, make_upgrade(socket, std::move(request)));
            });
    });
    return std::make_unique<SocketEnd>(std::move(socket));
}

void Network::plan_faults(const std::shared_ptr<Socket>& socket) {
    const auto within_minutes = [this](double a_minute) {
        // When the first of so many a minute would come; beyond half an hour it never does.
        return kernel_.between(500, static_cast<std::int64_t>(120'000.0 / a_minute));
    };
    if (weather.cut_a_minute > 0) {
        kernel_.world.after(within_minutes(weather.cut_a_minute),
                            [this, link = std::weak_ptr(socket)] {
                                const auto alive = link.lock();
                                if (!alive || weather.cut_a_minute <= 0) return;
                                const bool half = kernel_.chance(weather.half_open);
                                trace_.probe(half ? "W2 half-open link" : "W1 link cut");
                                alive->cut(half);
                            });
    }
    if (kernel_.chance(weather.one_way_a_minute)) {
        kernel_.world.after(within_minutes(1), [this, link = std::weak_ptr(socket)] {
            const auto alive = link.lock();
            if (!alive || weather.one_way_a_minute <= 0) return;
            trace_.probe("W2 one-way link");
            alive->silence_server();
        });
    }
    if (kernel_.chance(weather.slow_reader)) {
        kernel_.world.after(within_minutes(1), [this, link = std::weak_ptr(socket)] {
            const auto alive = link.lock();
            if (!alive) return;
            trace_.probe("W8 slow reader");
            alive->stop_reading(kernel_.between(1'000, 60'000));
        });
    }
}

void Network::host_gone(Host& gone, bool silently) {
    if (host == &gone) host = nullptr;
    for (const auto& link : sockets_)
        if (const auto alive = link.lock()) alive->host_gone(gone, silently);
}

void Network::goodbye(Host& going, const std::string& reason) {
    for (const auto& link : sockets_) {
        const auto alive = link.lock();
        if (alive && alive->is_of(going)) alive->close(1012, reason);
    }
}

void Network::cut_all() {
    for (const auto& link : sockets_)
        if (const auto alive = link.lock()) alive->cut(false);
}

SocketEnd::~SocketEnd() { socket_->leave(); }

void SocketEnd::send(std::string text) { socket_->from_client(std::move(text)); }

}  // namespace deskbell::sim
