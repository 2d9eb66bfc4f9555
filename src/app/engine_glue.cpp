#include "app/engine_glue.hpp"

#include "base/log.hpp"

#include <cstdlib>
#include <utility>

namespace deskbell::app {
namespace {

Error busy() {
    return Error{"busy", "The server has more to do than it can take; try again in a moment.",
                 1000};
}

}  // namespace

void EngineBackend::submit(core::Command command, gateway::Address address, Callback callback) {
    // The callback is held here until the engine has taken the envelope, so that a refusal can
    // still reach it.
    auto shared = std::make_shared<Callback>(std::move(callback));
    engine::Envelope envelope{
        std::move(command),
        {std::move(address.session), std::move(address.token_hash)},
        [&loop = loop_, &health = store_health_, shared](engine::Reply reply) {
            health.learn(reply);
            loop.post([shared, reply = std::move(reply)]() mutable {
                (*shared)(gateway::Reply{std::move(reply.refusal), std::move(reply.session),
                                         std::move(reply.events), reply.replayed, reply.resumed,
                                         std::move(reply.files), std::move(reply.messages)});
            });
        }};
    if (engine_.try_submit(envelope, engine::Lane::customers)) return;
    loop_.post([shared] { (*shared)(gateway::Reply{busy(), {}, {}, false, false, {}, {}}); });
}

struct OfficeSubmitter::Pending {
    core::Command command;
    Callback callback;
};

OfficeSubmitter::~OfficeSubmitter() {
    for (const TimerId timer : timers_) loop_.cancel(timer);
}

void OfficeSubmitter::submit(core::Command command, Callback callback) {
    put(std::make_shared<Pending>(std::move(command), std::move(callback)));
}

void OfficeSubmitter::put(std::shared_ptr<Pending> pending) {
    engine::Envelope envelope{
        pending->command,
        {},
        [this, &loop = loop_, alive = std::weak_ptr(alive_), pending](engine::Reply reply) {
            loop.post([this, alive, pending, reply = std::move(reply)]() mutable {
                const bool store_failed =
                    reply.refusal && reply.refusal->code == "store_unavailable";
                if (store_failed && !alive.expired()) return put_again(pending, store_delay_ms);
                if (pending->callback) pending->callback(std::move(reply));
            });
        }};
    if (!engine_.try_submit(envelope, engine::Lane::office))
        put_again(std::move(pending), busy_delay_ms);
}

void OfficeSubmitter::put_again(std::shared_ptr<Pending> pending, std::int64_t delay_ms) {
    auto id = std::make_shared<TimerId>(0);
    *id = loop_.after(delay_ms, [this, id, pending = std::move(pending)] {
        timers_.erase(*id);
        put(pending);
    });
    timers_.insert(*id);
}

void OfficeSubmitter::submit_or_refuse(core::Command command, Callback callback) {
    auto shared = std::make_shared<Callback>(std::move(callback));
    engine::Envelope envelope{std::move(command), {}, [&loop = loop_, shared](engine::Reply reply) {
                                  loop.post([shared, reply = std::move(reply)]() mutable {
                                      (*shared)(std::move(reply));
                                  });
                              }};
    if (engine_.try_submit(envelope, engine::Lane::office)) return;
    loop_.post([shared] {
        engine::Reply refused;
        refused.refusal = busy();
        (*shared)(std::move(refused));
    });
}

void EngineLedger::claim_post(const SessionId& session, bool fold,
                              std::move_only_function<void(std::optional<core::Post>)> done) {
    submitter_.submit(
        core::ClaimPost{session, fold},
        [done = std::move(done)](engine::Reply reply) mutable { done(std::move(reply.post)); });
}

void EngineLedger::claim_card(const SessionId& session,
                              std::move_only_function<void(std::optional<core::Card>)> done) {
    submitter_.submit(
        core::ClaimCard{session},
        [done = std::move(done)](engine::Reply reply) mutable { done(std::move(reply.card)); });
}

void EngineLedger::record(core::Command command, std::move_only_function<void()> done) {
    submitter_.submit(std::move(command),
                      [done = std::move(done)](const engine::Reply& reply) mutable {
                          if (reply.refusal) {
                              log::debug("courier: the engine refused a record: {} ({})",
                                         reply.refusal->code, reply.refusal->detail);
                          }
                          if (done) done();
                      });
}

void EngineLedger::read_doubts(std::move_only_function<void(std::vector<core::Doubt>)> done) {
    submitter_.submit(core::ReadDoubts{}, [done = std::move(done)](engine::Reply reply) mutable {
        done(std::move(reply.doubts));
    });
}

void EffectsHub::pushed(std::vector<engine::Push> pushes) {
    std::vector<gateway::Push> news;
    news.reserve(pushes.size());
    for (engine::Push& push : pushes) {
        news.push_back({std::move(push.session), push.seq, std::move(push.json)});
    }
    for (const GatewayDoor& gateway : gateways) {
        gateway.loop->post([&gateway, news] { gateway.deliver(news); });
    }
}

void EffectsHub::notice(const SessionId& session, std::string code, std::string text) {
    for (const GatewayDoor& gateway : gateways) {
        gateway.loop->post(
            [&gateway, session, code, text] { gateway.notice(session, code, text); });
    }
}

void EffectsHub::lane_ready(core::LaneNews news) {
    office.loop->post(
        [this, news = std::move(news)]() mutable { office.lane_ready(std::move(news)); });
}

void EffectsHub::card_changed(const SessionId& session) {
    office.loop->post([this, session] { office.card_changed(session); });
}

void EffectsHub::bot_turn(engine::BotTurn turn) {
    office.loop->post(
        [this, turn = std::move(turn)]() mutable { office.bot_turn(std::move(turn)); });
}

void EffectsHub::bot_turn_over(const SessionId& session) {
    if (!office.bot_turn_over) return;
    office.loop->post([this, session] { office.bot_turn_over(session); });
}

// After a failed flush nobody knows what the disk holds. Only a new process may look, and checks
// the file first.
void EffectsHub::store_failed(const Error& why) {
    log::error("store: {} ({}); ending, the next start checks the database", why.detail, why.code);
    std::abort();
}

void EffectsHub::file_due(core::File file) {
    office.loop->post([this, file = std::move(file)]() mutable {
        if (office.file_due) office.file_due(std::move(file));
    });
}

void EffectsHub::file_dropped(const FileId& file) {
    if (drop_file) drop_file(file);
}

void EffectsHub::alert(core::Alert alert) {
    office.loop->post(
        [this, alert = std::move(alert)]() mutable { office.alert(std::move(alert)); });
}

bool EffectsHub::forgetting(const SessionId& session) {
    return !note_forgotten || note_forgotten(session);
}

void EffectsHub::forgotten(const SessionId& session, const std::vector<FileId>& files) {
    for (const FileId& file : files) file_dropped(file);
    for (const GatewayDoor& gateway : gateways) {
        if (!gateway.shut_out) continue;
        gateway.loop->post([&gateway, session] { gateway.shut_out(session); });
    }
    if (!office.loop || !office.forgotten) return;
    office.loop->post([this] { office.forgotten(); });
}

void EffectsHub::queue_changed() {
    office.loop->post([this] { office.queue_changed(); });
}

}  // namespace deskbell::app
