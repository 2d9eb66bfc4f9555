#pragma once
// The office: one loop with the desk, the courier and the bot on it, and the wires between them and
// the engine.

#include "app/config.hpp"
#include "app/engine_glue.hpp"
#include "app/metrics.hpp"
#include "base/result.hpp"
#include "engine/reconcile.hpp"
#include "net/http_types.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace deskbell::app {

class Office {
public:
    struct Setup {
        const Config& config;
        const Clock& clock;
        Random& random;
        engine::Intake& engine;
        FiguresBoard& figures;
        engine::ReconcilePlan reconcile{};
        const files::FileFolder* folder = nullptr;
        files::DiskThread* disk = nullptr;
        std::function<void(const SessionId&, std::string frame)> tell_live{};
    };
    // `faq_unreadable`, `faq_empty`. Nothing runs yet.
    [[nodiscard]] static Result<std::unique_ptr<Office>> make(Setup setup);
    ~Office();

    // What the engine's effects reach; handed out before the engine starts.
    [[nodiscard]] EffectsHub::OfficeDoor door();

    void start();
    // Slack is read before anything is sent; from any thread.
    [[nodiscard]] bool reconciling() const;
    // Slack's request, from any thread; the answer comes on `answer_loop`.
    void receive(net::HttpRequest request, Loop& answer_loop,
                 std::move_only_function<void(net::HttpResponse)> answer);
    // From any thread.
    void customer_types(const SessionId& session, bool on);
    // From the main thread: no new posts; waits until nothing is in the air, or the deadline.
    void finish(std::int64_t deadline_ms);
    // From the main thread, after the engine has ended.
    void stop();

private:
    struct Impl;
    explicit Office(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::app
