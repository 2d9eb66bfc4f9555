#pragma once
// One Deskbell process in the simulated world: the real engine, office and gateways, each on a loop
// of its own, over the simulated disk, network and Slack.
//
// What this is: app/server.cpp without threads and sockets. Who makes it: the world, again after
// each crash. It can end in three ways: stop() as by SIGTERM, die() as by SIGKILL at this very
// point, or die with the machine's power; the world then puts the disk into the state that goes
// with it. A dead process's code may still be on the stack: nothing it does is seen any more.

#include "app/config.hpp"
#include "app/engine_glue.hpp"
#include "app/office_work.hpp"
#include "engine/engine.hpp"
#include "engine/intake.hpp"
#include "engine/reconcile.hpp"
#include "gateway/gateway.hpp"
#include "sim/world/network.hpp"
#include "sim/world/truth.hpp"
#include "store/store.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::sim {

// How slow the disk and how small the mailbox of this seed are.
struct EngineWeather {
    std::int64_t commit_ms = 2;
    std::int64_t commit_ms_max = 30;
    std::size_t waiting_max = 4096;
};

// The engine's mailbox, emptied on a loop instead of a thread.
class SimIntake final : public engine::Intake {
public:
    SimIntake(Kernel& kernel, ManualLoop& loop, engine::Engine& engine,
              const EngineWeather& weather)
        : kernel_(kernel), loop_(loop), engine_(engine), weather_(weather) {}
    [[nodiscard]] bool try_submit(engine::Envelope& envelope, engine::Lane lane) override;
    void close() { closed_ = true; }
    [[nodiscard]] bool idle() const { return waiting_.empty() && !scheduled_; }

private:
    void schedule();
    void run();

    Kernel& kernel_;
    ManualLoop& loop_;
    engine::Engine& engine_;
    const EngineWeather& weather_;
    std::deque<engine::Envelope> waiting_;
    bool scheduled_ = false;
    bool closed_ = false;
};

class Process final : public Host {
public:
    struct Setup {
        Kernel& kernel;
        Truth& truth;
        Network& network;
        const app::Config& config;
        const EngineWeather& weather;
        std::unique_ptr<store::Store> store;
        std::function<std::unique_ptr<net::HttpClient>(ManualLoop&)> make_http;
        std::unique_ptr<bot::Bot> bot;
        std::function<void(const std::string& why)> store_failed;
        std::uint64_t seed = 0;
        engine::ReconcilePlan reconcile;
    };
    explicit Process(Setup setup);
    ~Process() override;

    // Effects of what a former process left come first, then customers.
    void start();
    // SIGTERM; `stopped` once everything has ended well. At most 20 s.
    void stop(std::function<void()> stopped);
    // From now on nothing it does is seen. Destroy it later, not from its own stack.
    void die();

    [[nodiscard]] bool listening() const override { return alive_ && !stopping_; }
    [[nodiscard]] bool alive() const override { return alive_; }
    [[nodiscard]] std::size_t gateways() const override { return units_.size(); }
    [[nodiscard]] ManualLoop& gateway_loop(std::size_t index) override {
        return units_[index]->loop;
    }
    void handle(std::size_t index, std::shared_ptr<net::Exchange> exchange) override;

    // On the engine's loop, as an operator's command would.
    [[nodiscard]] store::Store& store() { return *store_; }
    [[nodiscard]] bool idle() const { return intake_->idle(); }
    [[nodiscard]] courier::Figures figures() const { return figures_.get(); }
    [[nodiscard]] std::size_t pieces_waiting() const;

private:
    struct Unit {
        Unit(Kernel& kernel, engine::Intake& intake, app::StoreHealth& health)
            : loop(kernel.clock), backend(loop, intake, health) {}
        ManualLoop loop;
        app::EngineBackend backend;
        std::unique_ptr<gateway::Gateway> gateway;
    };
    class Effects;

    void make_units();
    void tend();
    [[nodiscard]] gateway::Hooks hooks_for(std::size_t own);
    void finish_stop(const std::function<void()>& stopped);

    Kernel& kernel_;
    Network& network_;
    const app::Config& config_;
    bool alive_ = true;
    bool stopping_ = false;
    std::shared_ptr<bool> token_ = std::make_shared<bool>(true);  // world timers may outlive us

    SeededRandom random_;
    ManualLoop engine_loop_{kernel_.clock};
    ManualLoop office_loop_{kernel_.clock};
    app::StoreHealth health_;
    app::FiguresBoard figures_;
    app::EffectsHub hub_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<Effects> effects_;
    std::unique_ptr<engine::Engine> engine_;
    std::unique_ptr<SimIntake> intake_;
    std::unique_ptr<net::HttpClient> http_;
    std::unique_ptr<app::OfficeWork> office_;
    std::unique_ptr<gateway::Commons> commons_;
    TimerId tend_timer_ = 0;
    std::vector<std::unique_ptr<Unit>> units_;
};

}  // namespace deskbell::sim
