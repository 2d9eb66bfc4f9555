#include "app/gateway_unit.hpp"

#include "base/log.hpp"

#include <chrono>
#include <future>

namespace deskbell::app {

GatewayUnit::GatewayUnit(Setup setup)
    : setup_(std::move(setup)),
      loop_(setup_.name, setup_.clock),
      backend_(loop_, setup_.engine, setup_.store_health) {}

GatewayUnit::~GatewayUnit() { stop(); }

void GatewayUnit::run_on_loop(const std::function<void()>& work) {
    std::promise<void> done;
    loop_.post([&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

Result<std::uint16_t> GatewayUnit::start(gateway::Hooks hooks, const std::string& address,
                                         std::uint16_t port) {
    loop_.start();
    started_ = true;
    Result<std::uint16_t> bound = std::uint16_t{0};
    run_on_loop([&] {
        auto made = gateway::Gateway::make({loop_, backend_, setup_.commons, setup_.random},
                                           setup_.options, std::move(hooks));
        if (!made) {
            bound = std::unexpected(made.error());
            return;
        }
        gateway_ = std::move(*made);
        net::ServerLimits limits;
        limits.body_bytes_max_for = gateway::body_bytes_max;
        limits.dress_refusal = [this](const net::HttpRequest& request, net::HttpResponse& answer) {
            gateway_->dress_refusal(request, answer);
        };
        limits.body_sink_for = [this](const net::HttpRequest& head) {
            return gateway_->body_sink(head);
        };
        http_ = std::make_unique<net::HttpServer>(loop_, limits,
                                                  [this](std::shared_ptr<net::Exchange> exchange) {
                                                      gateway_->handle(std::move(exchange));
                                                  });
        if (!setup_.tls_certificate.empty()) {
            if (auto tls = http_->use_tls(setup_.tls_certificate, setup_.tls_key); !tls) {
                bound = std::unexpected(tls.error());
                return;
            }
        }
        bound = http_->listen(address, port);
    });
    return bound;
}

void GatewayUnit::say_goodbye(std::int64_t deadline_ms) {
    if (!started_ || !http_) return;
    const auto done = std::make_shared<std::promise<void>>();
    loop_.post([this, done, deadline_ms] {
        http_->stop_accepting();
        gateway_->drain();
        http_->close_all(
            1012,
            [this] { return gateway::restart_delay_reason(setup_.random, http_->connections()); },
            deadline_ms, [done] { done->set_value(); });
    });
    const auto patience = std::chrono::milliseconds(deadline_ms + 1000);
    if (done->get_future().wait_for(patience) != std::future_status::ready) {
        log::warn("gateway: connections were still open after {} ms; cut", deadline_ms);
    }
}

void GatewayUnit::stop() {
    if (!started_) return;
    run_on_loop([this] {
        http_.reset();
        gateway_.reset();
    });
    loop_.stop_and_join();
    started_ = false;
}

}  // namespace deskbell::app
