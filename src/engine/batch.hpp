#pragma once
// One batch of commands between begin and commit: its sessions, its replies and, once it is on the
// disk, its effects. For src/engine only. Threading: the engine's thread.

#include "core/decide.hpp"
#include "engine/engine.hpp"
#include "store/store.hpp"

#include <atomic>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace deskbell::engine {

#ifdef DESKBELL_TEST_HOOKS
inline std::atomic<int> engines_made = 0;  // planted: seq_in_memory
#endif

[[nodiscard]] core::LaneNews lane_news(const core::Session& session, const core::LaneState& lane);
[[nodiscard]] BotTurn bot_turn_of(store::Store& store, const core::Session& session,
                                  const core::Policy& policy);

class Batch {
public:
    Batch(store::Store& store, const core::Policy& policy, Random& random, WallMs now)
        : store_(store), policy_(policy), random_(random), now_(now) {}

    // Inside the transaction; a store's failure comes out as it is.
    void add(const Envelope& envelope);
    void write_sessions();
    void prepare_effects();

    // The desk was read: everything that waits is to be handed out after the commit.
    [[nodiscard]] bool reconciled() const { return reconciled_; }

    // Another timer may be the next one due.
    [[nodiscard]] bool timers_changed() const { return timers_changed_; }

    // After the commit. `envelopes` are those that were added, in order.
    void release(std::span<Envelope> envelopes, Effects& effects);
#ifdef DESKBELL_TEST_HOOKS
    // Planted: answered before it is durable.
    void reply_early(std::span<Envelope> envelopes, bool claims_only);
#endif

private:
    // A session is read once and written once, however many commands of the batch are about it.
    struct Entry {
        core::Session stored;
        core::Session current;
        bool dirty = false;
        bool push_pending = false;  // release(): something of it waits to be pushed
    };
    struct Outcome {
        Reply reply;
        SessionId session;
        std::vector<Push> pushes;
    };
    struct Told {
        SessionId session;
        core::Notice notice;
    };

    [[nodiscard]] Entry* entry(const SessionId& id);
    void decide_one(const core::Command& command, const SessionId& id, Outcome& outcome);
    void refresh_queue(Outcome& outcome);
    void doubt_cards();
    void read_threads(const core::ReadThreads& command, Outcome& outcome);
    // For commands that only read and are of no session. True: it was one.
    [[nodiscard]] bool used_before(const core::Identity& identity, Outcome& outcome);
    void use(const core::Identity& identity);
    void add_arrival(const core::CustomerArrived& arrived, Outcome& outcome);
    // True: it was about what is left at the desk of forgotten sessions.
    [[nodiscard]] bool note_erasure(const core::Command& command);
    [[nodiscard]] bool read_only(const core::Command& command, Outcome& outcome);
    void write(const core::Decision& decision);
    void keep_reaction(const core::Command& command, const SessionId& id,
                       const core::Reaction& reaction);
    void write_letters(const core::Decision& decision);
    void write_timers(const core::Decision& decision);
    void refuse_timer(const core::Command& command);
    void take_effects(core::Decision& decision, Outcome& outcome);

    store::Store& store_;
    const core::Policy& policy_;
    Random& random_;
    const WallMs now_;

    std::unordered_map<SessionId, Entry> sessions_;
    std::vector<SessionId> order_;  // of sessions_, as they came
    std::vector<Outcome> outcomes_;

    // In order of first mention, each once.
    std::vector<SessionId> lanes_changed_;
    std::vector<SessionId> cards_due_;
    std::vector<SessionId> bots_due_;
    std::vector<SessionId> bots_over_;
    std::vector<Told> notices_;
    std::vector<core::File> files_due_;
    std::vector<FileId> files_dropped_;
    std::vector<core::Alert> alerts_;
    bool queue_changed_ = false;
    bool reconciled_ = false;
    bool timers_changed_ = false;

    std::vector<core::LaneNews> lane_news_;
    std::vector<BotTurn> bot_turns_;
};

}  // namespace deskbell::engine
