#pragma once
// One gateway loop with everything on it: listening socket, gateway, backend. A process has one or
// more of them, sharing a port by SO_REUSEPORT.

#include "app/engine_glue.hpp"
#include "base/result.hpp"
#include "gateway/gateway.hpp"
#include "net/asio_loop.hpp"
#include "net/http_server.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace deskbell::app {

class GatewayUnit {
public:
    struct Setup {
        std::string name;
        const Clock& clock;
        Random& random;
        engine::Intake& engine;
        StoreHealth& store_health;
        gateway::Commons& commons;
        gateway::Options options;
        std::string tls_certificate;
        std::string tls_key;
    };
    explicit GatewayUnit(Setup setup);
    ~GatewayUnit();

    // From the main thread. `hooks` reach the other units and the office. The port is the one
    // bound.
    [[nodiscard]] Result<std::uint16_t> start(gateway::Hooks hooks, const std::string& address,
                                              std::uint16_t port);
    // From the main thread: tells every customer to come back later, waits until the last is gone
    // (bounded).
    void say_goodbye(std::int64_t deadline_ms);
    // Ends the loop and joins.
    void stop();

    [[nodiscard]] net::AsioLoop& loop() { return loop_; }
    [[nodiscard]] gateway::Gateway& gateway() { return *gateway_; }  // on the loop

private:
    // Runs on the loop and waits for it. Never call on the loop itself.
    void run_on_loop(const std::function<void()>& work);

    Setup setup_;
    net::AsioLoop loop_;
    EngineBackend backend_;
    std::unique_ptr<gateway::Gateway> gateway_;  // made, used and destroyed on the loop
    std::unique_ptr<net::HttpServer> http_;      // the same; destroyed before the gateway
    bool started_ = false;
};

}  // namespace deskbell::app
