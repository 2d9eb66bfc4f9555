#pragma once
// Slack in the simulated world: the sandbox's model, its deliverer, and the wire between it and
// whichever process is up.
//
// What this is: both directions of HTTP between Deskbell and Slack, over simulated time. A request
// that was sent is applied when it arrives, whether or not its process still lives; that is how
// posts become orphans. Who uses it: the world; people act through `slack`, then call pump().
// What it never does: decide what goes wrong with a call that arrived (the model's weather does).

#include "net/http_client.hpp"
#include "sandbox/http/deliverer.hpp"
#include "sandbox/model/slack.hpp"
#include "sandbox/model/weather.hpp"
#include "sim/world/network.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::sim {

// Slack's own clock: ours may be set wrong, Slack's is not.
class SlackClock final : public Clock {
public:
    explicit SlackClock(const Clock& ours) : ours_(ours) {}
    [[nodiscard]] WallMs wall_ms() const override { return ours_.wall_ms() - stepped_ms; }
    [[nodiscard]] SteadyMs steady_ms() const override { return ours_.steady_ms(); }
    std::int64_t stepped_ms = 0;  // how far ours is ahead of the truth

private:
    const Clock& ours_;
};

struct WireWeather {
    std::int64_t latency_ms = 40;
    std::int64_t latency_ms_max = 1'500;
    bool slack_unreachable = false;   // our calls: refused before a byte leaves
    bool events_unreachable = false;  // Slack's calls: nobody listens
};

class SlackSide {
public:
    SlackSide(Kernel& kernel, Trace& trace, Network& network, sandbox::Options options,
              std::uint64_t seed);
    ~SlackSide();

    SlackClock clock;
    WireWeather weather;
    sandbox::Slack& slack() { return *slack_; }

    // For a new process: its way to the Web API.
    [[nodiscard]] std::unique_ptr<net::HttpClient> make_http(ManualLoop& loop);
    // After each Web API call that was applied.
    std::function<void(const sandbox::ApiCall&, const sandbox::ApiAnswer&)> on_call;
    // Sends what is due. Call after anything a person did.
    void pump() { deliverer_.pump(); }

private:
    class ApiWire;
    class EventWire;

    Kernel& kernel_;
    Trace& trace_;
    Network& network_;
    SeededRandom random_;
    std::unique_ptr<sandbox::Slack> slack_;
    std::unique_ptr<net::HttpClient> event_wire_;
    sandbox::Deliverer deliverer_;
};

}  // namespace deskbell::sim
