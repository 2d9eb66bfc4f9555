#pragma once
// Where a command becomes durable: a batch, one transaction, one fsync, then its effects.
//
// What this is: the only owner of the store. It takes a batch of commands, loads what each needs,
// asks core::decide,
//   writes, commits once, and only then releases replies, pushes and wake-ups: acked means durable.
// Who calls it: EngineThread feeds it from a bounded mailbox; a simulation calls run() itself.
// Threading: everything runs on one thread, replies and effects included; receivers post to their
// own loops. What it never does: wait for a customer, the desk or a clock; keep anything in memory
// that matters after a crash.

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "core/alert.hpp"
#include "core/command.hpp"
#include "core/lane.hpp"
#include "core/policy.hpp"
#include "core/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::store {
class Store;
}

namespace deskbell::engine {

// Whose session a customer's command is about. Commands of desk, bot and courier name theirs in
// themselves.
struct Address {
    SessionId session;       // already authenticated (a socket after its hello), or
    std::string token_hash;  // to be looked up: `token_invalid` when it opens nothing
};

struct ThreadCursor {
    SessionId session;
    DeskThreadId thread;
    std::string cursor;   // empty: from the parent on
    bool active = false;  // somebody waits or talks there
    bool lost = false;    // the conversation goes on elsewhere; somebody may still write here
};

// What a command came to. With a refusal nothing was changed.
struct Reply {
    std::optional<Error> refusal;
    core::Session session;  // after the command
    std::vector<core::Event>
        events;            // what it appended, what it found again, or what was asked for
    bool resumed = false;  // CustomerArrived: a conversation of the same user, with a new key
    bool replayed =
        false;  // the same request had been done before; `events` holds its first outcome
    std::optional<core::Post> post;  // ClaimPost; absent when the lane has nothing to send
    std::optional<core::Card>
        card;  // ClaimCard; absent when the parent is up to date or not there yet
    std::vector<ThreadCursor> threads;                // ReadThreads
    std::vector<core::Doubt> doubts;                  // ReadDoubts
    std::vector<core::KnownReply> replies;            // ReadReplies
    std::vector<core::Message> messages;              // ReadConversation, by order
    std::vector<std::string> remarks;                 // see core::Decision
    std::map<Destination, std::string> destinations;  // ReadDestinations
    std::vector<core::Erasure> erasures{};            // ReadErasures
    std::vector<core::File> files;  // ReadFiles, ReadFile, ReadOldFiles; what was uploaded
};

struct Envelope {
    core::Command command;
    Address address;
    std::move_only_function<void(Reply)> reply;  // may be empty
    // Instead of a command: an operator's errand. It gets the store between two transactions, on
    // the engine's thread, and must be short: everybody waits for it.
    std::function<void(store::Store&)> errand{};
};

struct BotTurn {
    SessionId session;
    SiteId site;
    MessageId message;
    std::int64_t generation = 0;
    std::string locale;
    std::vector<core::Line> conversation;  // oldest first; the last one is the question
};

struct Push {
    SessionId session;
    std::int64_t seq = 0;
    std::shared_ptr<const std::string> json;  // the event
};

// Told after each commit, in commit order, on the engine's thread. Implementations only hand over.
class Effects {
public:
    virtual ~Effects() = default;
    virtual void pushed(std::vector<Push> pushes) = 0;
    virtual void notice(const SessionId& session, std::string code,
                        std::string text) = 0;  // live only
    virtual void lane_ready(core::LaneNews news) = 0;
    virtual void card_changed(const SessionId& session) = 0;
    virtual void bot_turn(BotTurn turn) = 0;
    // It owes that session no answer any more, or another one: told before that one's turn.
    virtual void bot_turn_over(const SessionId& /*session*/) {}
    // An agent's file is to be fetched; told again at each start until it is there or failed.
    virtual void file_due(core::File /*file*/) {}
    // Nobody's any more: its bytes may go.
    virtual void file_dropped(const FileId& /*file*/) {}
    // A session is about to be forgotten. When this returns true, that is known outside of the
    // store, too: a store restored from a backup must not bring it back. False: it cannot be noted,
    // and nothing is forgotten.
    [[nodiscard]] virtual bool forgetting(const SessionId& /*session*/) { return true; }
    // It is gone here. Whoever listens to it must hear no more; its files' bytes are nobody's; what
    // is left of it at the desk waits among the erasures.
    virtual void forgotten(const SessionId& /*session*/, const std::vector<FileId>& /*files*/) {}
    virtual void alert(core::Alert /*alert*/) {}  // until AlertSettled it comes again
    virtual void queue_changed() = 0;             // somebody joined or left it; RefreshQueue is due
    // The disk can no longer be believed (a failed fsync, damage): every command is refused from
    // now on. The process should end and start anew; opening the store checks it.
    virtual void store_failed(const Error& /*why*/) {}
};

// Whether the disk takes what it is given. Not `serving`: customers, the desk and the bot are
// refused (`store_unavailable`); what the courier must record is taken as long as it fits.
enum class StoreState : std::uint8_t { serving, full, read_only };

// Counted since the start; from any thread.
struct Figures {
    std::uint64_t commands = 0;
    std::uint64_t batches = 0;         // committed: one fsync each, when something was written
    std::uint64_t batches_failed = 0;  // refused by the store
    std::uint64_t timers_fired = 0;
    bool store_failed = false;  // see Effects::store_failed
    StoreState store_state = StoreState::serving;
};

class Engine {
public:
    Engine(store::Store& store, core::Policy policy, const Clock& clock, Random& random,
           Effects& effects);
    ~Engine();

    // Emits the effects of everything a former process left unfinished: lanes, cards, bot turns.
    // Call once, first.
    void start();

    // One transaction (errands stand between two). When the store fails, every command of the batch
    // is refused
    // (`store_unavailable`) and nothing of it has happened.
    void run(std::vector<Envelope> batch);

    // Fires what timers are due, and looks whether the disk takes writes again, when it did not.
    // (run() does, too; this is for when nobody asks for anything.) Call it again within
    // idle_ms_max().
    void tend();
    [[nodiscard]] std::int64_t idle_ms_max() const;

    [[nodiscard]] Figures figures() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::engine
