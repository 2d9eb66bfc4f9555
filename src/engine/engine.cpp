#include "engine/engine.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "core/decide.hpp"
#include "core/letter_codec.hpp"
#include "engine/batch.hpp"
#include "engine/forget.hpp"
#include "engine/reconcile.hpp"
#include "engine/room.hpp"
#include "engine/test_points.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <atomic>
#include <span>

namespace deskbell::engine {
namespace {

// A visitor whose question is older has left; answering it now would only surprise.
constexpr std::int64_t bot_turn_age_ms_max = 10 * 60'000;

constexpr std::int64_t recovery_interval_ms = 1000;
constexpr std::int64_t idle_interval_ms = 1000;

// Many may be due at once after a night without a server; customers are served in between.
constexpr std::int64_t timers_fired_at_once_max = 64;

void refuse_all(std::span<Envelope> envelopes, StoreState state) {
    for (Envelope& envelope : envelopes) {
        if (!envelope.reply) continue;
        Reply reply;
        reply.refusal = Error{"store_unavailable", refusal_text(state), 1000};
        envelope.reply(std::move(reply));
    }
}

}  // namespace

class Engine::Impl {
public:
    Impl(store::Store& store, core::Policy policy, const Clock& clock, Random& random,
         Effects& effects)
        : store_(store),
          policy_(std::move(policy)),
          clock_(clock),
          random_(random),
          effects_(effects) {}

    void start() {
        if (store_.reserve_given_up()) {
            store_state_ = StoreState::full;
            tend();
        }
        try {
            DESKBELL_CRASH_POINT("engine.start.begin");
            for (const SessionId& id : store_.sessions_with_letters()) restart_lane(id);
            DESKBELL_CRASH_POINT("engine.start.lanes_told");
            for (const SessionId& id : store_.sessions_with_card_due()) effects_.card_changed(id);
            DESKBELL_CRASH_POINT("engine.start.cards_told");
            for (const SessionId& id : store_.sessions_with_bot_turn()) restart_bot_turn(id);
            DESKBELL_CRASH_POINT("engine.start.bot_turns_told");
            for (core::File& file : store_.files_coming()) effects_.file_due(std::move(file));
            effects_.queue_changed();
            // What a restored store calls due may have been settled long ago: the desk is read
            // first.
            reconciling_ = reconcile_is_due(store_);
            read_next_timer();
        } catch (const store::StoreFailure& failure) {
            note_failure(failure);
        }
    }

    void run_all(std::span<Envelope> envelopes) {
        std::size_t begin = 0;
        for (std::size_t i = 0; i < envelopes.size(); ++i) {
            const bool forgets = std::holds_alternative<core::CustomerForgot>(envelopes[i].command);
            if (!envelopes[i].errand && !forgets) continue;
            if (i > begin) run(envelopes.subspan(begin, i - begin));
            if (forgets) {
                forget(envelopes[i]);
            } else {
                do_errand(envelopes[i]);
            }
            begin = i + 1;
        }
        if (begin < envelopes.size()) run(envelopes.subspan(begin));
    }

    void run(std::span<Envelope> envelopes) {
        commands_ += envelopes.size();
        tend();
        if (store_state_ == StoreState::serving) return run_batch(envelopes);
        run_what_may(envelopes);
    }

    // As far as they are due; the rest at the next call.
    void fire_timers() {
        const WallMs now = clock_.wall_ms();
        if (!next_timer_at_ || *next_timer_at_ > now || reconciling_ || store_failed_ ||
            store_state_ != StoreState::serving)
            return;
        // Should the store fail, they are looked for again a little later.
        next_timer_at_ = now + idle_interval_ms;
        std::vector<Envelope> fired;
        try {
            for (const core::Timer& timer : store_.timers_due(now, timers_fired_at_once_max)) {
                Envelope& envelope = fired.emplace_back();
                envelope.command = core::TimerFired{timer.session, timer.kind, timer.due_at};
            }
        } catch (const store::StoreFailure& failure) {
            return note_failure(failure);
        }
        DESKBELL_CRASH_POINT("engine.timers.before_firing");
        timers_fired_ += fired.size();
        if (fired.empty()) return read_next_timer();
        run_batch(fired);
        DESKBELL_CRASH_POINT("engine.timers.after_firing");
    }

    [[nodiscard]] std::int64_t idle_ms_max() const {
        if (!next_timer_at_ || reconciling_ || store_state_ != StoreState::serving)
            return idle_interval_ms;
        return std::clamp<std::int64_t>(*next_timer_at_ - clock_.wall_ms(), 0, idle_interval_ms);
    }

    void tend() {
        if (store_state_ == StoreState::serving || store_failed_) return;
        if (next_recovery_at_ > clock_.steady_ms()) return;
        next_recovery_at_ = clock_.steady_ms() + recovery_interval_ms;
        if (!store_.recover()) return;
        store_state_ = StoreState::serving;
        log::info("engine: the disk takes everything again");
    }

    [[nodiscard]] Figures figures() const {
        return {.commands = commands_,
                .batches = batches_,
                .batches_failed = batches_failed_,
                .timers_fired = timers_fired_,
                .store_failed = store_failed_,
                .store_state = store_state_};
    }

private:
    void run_batch(std::span<Envelope> envelopes) {
        Batch batch(store_, policy_, random_, clock_.wall_ms());
        try {
            if (store_failed_) throw store::StoreFailure(last_failure_, true);
            store_.begin();
            DESKBELL_CRASH_POINT("engine.batch.begun");
            for (const Envelope& envelope : envelopes) batch.add(envelope);
            DESKBELL_CRASH_POINT("engine.batch.decided");
            batch.write_sessions();
            batch.prepare_effects();
            reach_commit(envelopes, false);
            reply_too_early(batch, envelopes);
            store_.commit();
        } catch (const store::StoreFailure& failure) {
            store_.rollback();
            return refuse(envelopes, failure);
        }
        ++batches_;
        reach_commit(envelopes, true);
        if (batch.reconciled()) reconciling_ = false;
        if (batch.timers_changed()) read_next_timer();
        batch.release(envelopes, effects_);
        if (batch.reconciled()) hand_out_all();
        DESKBELL_CRASH_POINT("engine.batch.released");
    }

    void read_next_timer() {
        try {
            next_timer_at_ = store_.next_timer_at();
        } catch (const store::StoreFailure& failure) {
            note_failure(failure);
        }
    }

    // The others are refused at once, and nothing is tried for them.
    void run_what_may(std::span<Envelope> envelopes) {
        std::vector<Envelope> allowed;
        for (Envelope& envelope : envelopes) {
            if (may_run(envelope.command, store_state_)) {
                allowed.push_back(std::move(envelope));
            } else {
                refuse_all({&envelope, 1}, store_state_);
            }
        }
        if (!allowed.empty()) run_batch(allowed);
    }

    // By itself, so that no other command of a batch has the session in hand. Whose it is was asked
    // by whoever sent it.
    void forget(Envelope& envelope) {
        ++commands_;
        tend();
        if (store_state_ != StoreState::serving) return refuse_all({&envelope, 1}, store_state_);
        const SessionId& id = envelope.address.session;
        Reply reply;
        std::vector<FileId> files;
        try {
            if (store_failed_) throw store::StoreFailure(last_failure_, true);
            if (id.empty() || !store_.session(id)) {
                reply.refusal = Error{"session_unknown", "There is no such session.", {}};
            } else if (!effects_.forgetting(id)) {
                reply.refusal = Error{"forget_failed", "It cannot be forgotten right now.", 2000};
            } else {
                store_.begin();
                DESKBELL_CRASH_POINT("engine.forget.begun");
                files = forget_session(store_, id, clock_.wall_ms());
                store_.commit();
                ++batches_;
                DESKBELL_CRASH_POINT("engine.forget.committed");
            }
        } catch (const store::StoreFailure& failure) {
            store_.rollback();
            return refuse({&envelope, 1}, failure);
        }
        const bool gone = !reply.refusal;
        if (envelope.reply) envelope.reply(std::move(reply));
        if (!gone) return;
        effects_.forgotten(id, files);
        effects_.queue_changed();
        erase_traces();
    }

    // The rows are overwritten; the log of the store still has them.
    void erase_traces() {
        try {
            store_.erase_traces();
        } catch (const store::StoreFailure& failure) {
            note_failure(failure);
        }
    }

    // Whoever sent it catches what concerns them alone; what comes out here concerns everybody.
    void do_errand(Envelope& envelope) {
        try {
            envelope.errand(store_);
        } catch (const store::StoreFailure& failure) {
            store_.rollback();
            note_failure(failure);
        }
    }

    void refuse(std::span<Envelope> envelopes, const store::StoreFailure& failure) {
        // One row in the way must not refuse everybody: each command is tried by itself.
        if (failure.error.code == "store_conflict" && envelopes.size() > 1) {
            for (std::size_t i = 0; i < envelopes.size(); ++i) {
                run_batch(envelopes.subspan(i, 1));
            }
            return;
        }
        note_failure(failure);
        const StoreState after =
            failure.fatal ? StoreState::serving : state_after(failure.error.code);
        const bool known = after == store_state_;
        if (after != StoreState::serving) close_for_writers(after);
        if (known || after == StoreState::serving) return refuse_all(envelopes, after);
        run_what_may(envelopes);
    }

    void close_for_writers(StoreState state) {
        if (state == StoreState::full) store_.give_up_reserve();
        store_state_ = state;
        next_recovery_at_ = clock_.steady_ms() + recovery_interval_ms;
    }

    void note_failure(const store::StoreFailure& failure) {
        ++batches_failed_;
        if (store_failed_) return;
        // While the disk is full this is no news.
        if (failure.fatal || store_state_ == StoreState::serving)
            log::error("engine: the store failed: {} ({})", failure.error.code,
                       failure.error.detail);
        if (!failure.fatal) return;
        last_failure_ = failure.error;
        store_failed_ = true;
        effects_.store_failed(failure.error);
    }

    // What was held back while the desk was read.
    void hand_out_all() {
        try {
            for (const SessionId& id : store_.sessions_with_letters()) restart_lane(id);
            for (const SessionId& id : store_.sessions_with_card_due()) effects_.card_changed(id);
        } catch (const store::StoreFailure& failure) {
            note_failure(failure);
        }
    }

    void restart_lane(const SessionId& id) {
        const auto session = store_.session(id);
        DESKBELL_ASSERT(session);
        core::LaneNews news = lane_news(*session, store_.lane_state(id));
        for (const core::Letter& letter : store_.lane(id, INT64_MAX)) {
            if (letter.state == core::LetterState::queued) continue;
#ifdef DESKBELL_TEST_HOOKS
            const bool sending = letter.state == core::LetterState::sending;
            if (DESKBELL_PLANTED(sending ? "recovery_forgets_sending"
                                         : "unknown_lost_at_restart")) {
                queue_again(letter);
                ++news.letters_queued;
                continue;
            }
#endif
            news.unresolved = unresolved_post(*session, letter);
        }
        effects_.lane_ready(std::move(news));
    }

#ifdef DESKBELL_TEST_HOOKS
    void queue_again(core::Letter letter) {
        const core::LetterState from = letter.state;
        letter.state = core::LetterState::queued;
        store_.begin();
        (void)store_.move_letter(from, letter);
        store_.commit();
    }
#endif

    static core::Post unresolved_post(const core::Session& session, const core::Letter& letter) {
        core::Post post;
        if (auto frozen = core::decode_post(letter.frozen_json)) {
            post = std::move(*frozen);
        } else {
            // Enough to look for it by its marker.
            post.id = letter.id;
            post.session = session.id;
            post.kind = letter.kind;
            post.destination = session.destination;
            post.thread = session.thread;
        }
        post.attempts = letter.attempts;
        post.first_attempt_at = letter.first_attempt_at;
        return post;
    }

    void restart_bot_turn(const SessionId& id) {
        const auto session = store_.session(id);
        DESKBELL_ASSERT(session);
        const std::int64_t asked_at = session->last_order_us / 1000;
        if (!policy_.bot_answers || asked_at + bot_turn_age_ms_max < clock_.wall_ms()) return;
        effects_.bot_turn(bot_turn_of(store_, *session, policy_));
    }

    store::Store& store_;
    const core::Policy policy_;
    const Clock& clock_;
    Random& random_;
    Effects& effects_;
    Error last_failure_;
    // Written on the engine's thread, read by whoever counts.
    std::atomic<std::uint64_t> commands_ = 0;
    std::atomic<std::uint64_t> batches_ = 0;
    std::atomic<std::uint64_t> batches_failed_ = 0;
    std::atomic<std::uint64_t> timers_fired_ = 0;
    std::atomic<bool> store_failed_ = false;
    std::atomic<StoreState> store_state_ = StoreState::serving;
    std::optional<WallMs> next_timer_at_;  // as the store has it, or a little later
    bool reconciling_ = false;
    SteadyMs next_recovery_at_ = 0;  // meaningful while the store is not serving
};

Engine::Engine(store::Store& store, core::Policy policy, const Clock& clock, Random& random,
               Effects& effects)
    : impl_(std::make_unique<Impl>(store, std::move(policy), clock, random, effects)) {
#ifdef DESKBELL_TEST_HOOKS
    ++engines_made;
#endif
}
Engine::~Engine() = default;

void Engine::start() { impl_->start(); }
void Engine::run(std::vector<Envelope> batch) {
    impl_->run_all(batch);
    impl_->fire_timers();
}
void Engine::tend() {
    impl_->tend();
    impl_->fire_timers();
}
std::int64_t Engine::idle_ms_max() const { return impl_->idle_ms_max(); }
Figures Engine::figures() const { return impl_->figures(); }

}  // namespace deskbell::engine
