#pragma once
// The rules of the product: what a command comes to, given a session and what the store knows.
//
// What this is: a pure function. The engine loads `Facts`, asks, and writes the `Decision` down;
// the same arguments give the same decision. Who calls it: the engine, on its thread; tests, as
// tables. What it never does: read a clock, a store or a socket; change half of something: a
// refusal leaves the session as it was.
//
// decide.cpp hands each command to its family: decide_customer, decide_bot, decide_agent,
// decide_workplace, decide_courier, decide_amend, decide_thread, decide_reconcile, waiting.

#include "base/random.hpp"
#include "base/result.hpp"
#include "core/alert.hpp"
#include "core/command.hpp"
#include "core/policy.hpp"
#include "core/routes.hpp"
#include "core/session.hpp"
#include "core/timer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::core {

// What a lane holds that is not settled yet.
struct LaneState {
    std::size_t queued = 0;
    std::size_t in_the_air = 0;  // sending or unknown: at most 1
    WallMs oldest_queued_at = 0;
    bool opening = false;  // an open_thread is among them
};

// How far a customer's message has come at the desk.
struct Delivery {
    MessageId message;
    Stage stage = Stage::stored;
    DeskMessageId desk_message;
    std::string desk_order;
    bool has_files = false;    // then its last file completes it, not its words
    std::string desk_posts{};  // as in Message
};

// How many files there are, and how many bytes.
struct FileUsage {
    std::int64_t session_files = 0;
    std::int64_t session_bytes = 0;
    std::int64_t site_bytes = 0;
};

// What the engine looks up for a command; which of it, `decide` says at each family. The rest stays
// empty.
struct Facts {
    // The message that an idempotency key of the command leads to, with its event.
    std::optional<Message> known;
    std::optional<Event> known_event;
    LaneState lane;
    std::vector<Letter> lane_letters;  // unsettled ones, in order of position
    std::string reaction_at;           // when the reaction was taken in; empty: never
    std::optional<Doubt> doubt;        // the one a courier's command names
    std::optional<Letter> letter;      // the one a courier's command names
    std::vector<Letter> folded;        // what travels in its post
    std::vector<Delivery> carried;     // the messages of `letter` and `folded`
    std::vector<Delivery> unseen;      // delivered, not seen, up to the command's order
    std::vector<Line> conversation;    // for an introduction, oldest first
    DestinationLoad load;              // conversations a destination has
    std::int64_t waiting_ahead = 0;    // sessions that wait longer
    std::string order_floor;           // of the newest message the desk had before this one
    bool tombstone = false;            // deleted at the desk before it arrived here
    bool thread_lost = false;          // the thread named was replaced before
    bool thread_known = false;         // ThreadFound: somebody's already
    std::vector<Message> transcript;   // AgentWantsTranscript: all of them, by order
    std::map<MessageId, std::string> client_ids;  // ClaimPost: of the messages in the lane
    std::vector<Message> same_post{};             // ClaimPost of an amendment: all in that post
    std::optional<Timer> timer;                   // of the kind that the command is about
    std::optional<std::int64_t> agents_online;    // beginning to wait: as the desk said last
    std::vector<std::int64_t> answered_after_ms;  // waiting: how long the last ones waited
    std::vector<File> files;  // those the command names, or of the message it names
    FileUsage file_usage;     // FileUploaded
};

struct Moment {
    WallMs now = 0;
    const Policy& policy;
    Random& random;  // for new identifiers, nothing else
};

// A letter's move: the row must still be in `from`.
struct LetterMove {
    LetterState from = LetterState::queued;
    Letter letter;  // as it is afterwards
};

struct Notice {
    std::string code;
    std::string text;
};

struct Decision {
    std::optional<Error> refusal;  // then nothing below counts
    bool replayed = false;         // done before; `found` holds its first outcome
    Session session;               // afterwards

    // To be written.
    std::vector<Event> events;
    std::vector<Message> messages_added;
    std::vector<Message> messages_changed;  // text, edit key, deleted
    std::vector<Delivery> deliveries;       // stage and desk ids of customers' messages
    std::vector<Letter> letters_added;
    std::vector<LetterMove>
        letters_moved;  // in an order that never breaks UNIQUE(session, position)
    std::optional<DeskMessageId> tombstone;
    std::optional<DeskThreadId> thread_opened;
    std::optional<DeskThreadId>
        thread_alias;                  // another way to the session; nothing is posted there
    std::optional<Reaction> reaction;  // taken in, on the thread's parent
    std::optional<Doubt> doubt;        // as it is from now on
    std::optional<DeskThreadId> thread_lost;
    std::vector<TimerKind> timers_cancelled;  // before timers_set; some may not be there
    std::vector<Timer> timers_set;            // each instead of the one of its kind
    std::vector<File> files_added;
    std::vector<File> files_changed;
    bool wait_begins = false;    // as the session's `asked_at` says
    bool wait_answered = false;  // by an agent's words; the first ones count

    // To be handed back or told after the commit.
    std::vector<Event> found;
    std::optional<Post> post;
    std::optional<Card> card;
    std::vector<Notice> notices;
    std::vector<Alert> alerts;
    std::vector<std::string> remarks;   // codes for whoever asked: "reopened", "moved", "withdrawn"
    bool lane_changed = false;          // the courier should hear of the lane
    bool card_due = false;              // the parent should be told
    bool bot_due = false;               // the bot owes an answer to session.bot_turn
    bool queue_changed = false;         // somebody began or ceased to wait
    std::vector<File> files_due;        // to be fetched from the desk
    std::vector<FileId> files_dropped;  // their bytes are nobody's any more
};

// ReadEvents, ReadThreads, ReconcileEnded, ThreadTold and RefreshQueue's choice of sessions are the
// engine's; they need no rule. RefreshQueue comes here once for each session, with its place in
// `facts.waiting_ahead`.
[[nodiscard]] Decision decide(const Session& session, const Command& command, const Facts& facts,
                              const Moment& moment);

[[nodiscard]] Card card_of(const Session& session);

}  // namespace deskbell::core
