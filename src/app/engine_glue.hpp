#pragma once
// The wires between the engine and the rooms that must not know it: gateway, courier, desk and bot
// each see a port of their own; these adapters put their commands to the engine and carry replies
// and effects back to their loops.
//
// Threading: calls come on the owner's loop; the engine answers on its own thread; each adapter
// posts the answer back. Order: everything for one loop goes through that loop's FIFO, so replies
// and pushes arrive as they were committed.

#include "base/loop.hpp"
#include "bot/bot.hpp"
#include "courier/courier.hpp"
#include "desk/desk.hpp"
#include "engine/intake.hpp"
#include "gateway/backend.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <vector>

namespace deskbell::app {

// Whether the store took the last batch: what /readyz and doctor say.
struct StoreHealth {
    std::atomic<bool> failing{false};

    void learn(const engine::Reply& reply) {
        const bool failed = reply.refusal && reply.refusal->code == "store_unavailable";
        if (failing.load(std::memory_order_relaxed) != failed) failing = failed;
    }
};

// Customers' commands: a full engine is a clear `busy`, at once.
class EngineBackend final : public gateway::Backend {
public:
    EngineBackend(Loop& loop, engine::Intake& engine, StoreHealth& store_health)
        : loop_(loop), engine_(engine), store_health_(store_health) {}
    void submit(core::Command command, gateway::Address address, Callback callback) override;

private:
    Loop& loop_;
    engine::Intake& engine_;
    StoreHealth& store_health_;
};

// The office's commands: what happened must not be dropped because the engine is busy or its disk
// is full, so it is put again until it is durable. Bounded by its callers: the courier has at most
// a few in the air for each lane; the desk's events are refused instead (submit_or_refuse), and
// Slack sends them again.
class OfficeSubmitter {
public:
    OfficeSubmitter(Loop& loop, engine::Intake& engine) : loop_(loop), engine_(engine) {}
    ~OfficeSubmitter();

    using Callback = std::move_only_function<void(engine::Reply)>;
    // The callback comes on the office loop.
    void submit(core::Command command, Callback callback);
    // Refused with `busy` when the engine is full.
    void submit_or_refuse(core::Command command, Callback callback);

private:
    struct Pending;
    void put(std::shared_ptr<Pending> pending);
    void put_again(std::shared_ptr<Pending> pending, std::int64_t delay_ms);

    static constexpr std::int64_t busy_delay_ms = 20;
    static constexpr std::int64_t store_delay_ms = 500;

    Loop& loop_;
    engine::Intake& engine_;
    std::set<TimerId> timers_;  // office loop only
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class EngineLedger final : public courier::Ledger {
public:
    explicit EngineLedger(OfficeSubmitter& submitter) : submitter_(submitter) {}
    void claim_post(const SessionId& session, bool fold,
                    std::move_only_function<void(std::optional<core::Post>)> done) override;
    void claim_card(const SessionId& session,
                    std::move_only_function<void(std::optional<core::Card>)> done) override;
    void record(core::Command command, std::move_only_function<void()> done) override;
    void read_doubts(std::move_only_function<void(std::vector<core::Doubt>)> done) override;

private:
    OfficeSubmitter& submitter_;
};

// What the engine's effects reach. Set before the engine starts; every function is called on the
// engine's thread and only hands over.
class EffectsHub final : public engine::Effects {
public:
    struct GatewayDoor {
        Loop* loop = nullptr;
        std::function<void(std::vector<gateway::Push>)> deliver;  // on the gateway's loop
        std::function<void(const SessionId&, const std::string&, const std::string&)> notice;
        std::function<void(const SessionId&)> shut_out{};
    };
    struct OfficeDoor {
        Loop* loop = nullptr;
        std::function<void(core::LaneNews)> lane_ready;  // all on the office loop
        std::function<void(const SessionId&)> card_changed;
        std::function<void(engine::BotTurn)> bot_turn;
        std::function<void(const SessionId&)> bot_turn_over{};
        std::function<void()> queue_changed;
        std::function<void(core::File)> file_due;
        std::function<void(core::Alert)> alert;
        std::function<void()> forgotten{};  // somebody was
    };
    std::vector<GatewayDoor> gateways;
    OfficeDoor office;
    // These may be empty; from the engine's thread.
    std::function<void(const FileId&)> drop_file;
    std::function<bool(const SessionId&)> note_forgotten;  // durable when it says true

    void pushed(std::vector<engine::Push> pushes) override;
    void notice(const SessionId& session, std::string code, std::string text) override;
    void lane_ready(core::LaneNews news) override;
    void card_changed(const SessionId& session) override;
    void bot_turn(engine::BotTurn turn) override;
    void bot_turn_over(const SessionId& session) override;
    void queue_changed() override;
    void file_due(core::File file) override;
    void file_dropped(const FileId& file) override;
    void alert(core::Alert alert) override;
    [[nodiscard]] bool forgetting(const SessionId& session) override;
    void forgotten(const SessionId& session, const std::vector<FileId>& files) override;
    void store_failed(const Error& why) override;
};

}  // namespace deskbell::app
