#pragma once
// The Store port: where sessions, their logs and their letters are kept.
//
// What this is: a synchronous store with one transaction at a time. Who calls it: the engine, on
// its thread, and nobody else; start-up and operators' commands before or instead of an engine.
// Threading: none of its own; every call returns when it is done. Only commit() waits for the disk:
// when it returns, what was written survives a loss of power.
// What it never does: decide anything; retry; keep half a transaction.
//
// Errors: a method that cannot do its work throws StoreFailure; the transaction must then be rolled
// back (rollback() never throws). After a `fatal` failure every later call fails: what the disk
// holds is no longer known, and only a new process may look (open() checks the file then). Times
// are milliseconds since 1970, orders are order keys (core/order.hpp), limits count rows.

#include "base/id.hpp"
#include "base/result.hpp"
#include "core/decide.hpp"
#include "core/session.hpp"
#include "core/timer.hpp"

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::store {

// `error.code`: store_full (room is wanted; what was committed is safe), store_read_only (the disk
// takes no writes for now; likewise), store_busy (somebody else holds the file), store_conflict (a
// row that must be unique is there already), store_damaged (a row is not what was written; fatal),
// store_failed (anything else; `fatal` says whether the store is still usable).
class StoreFailure final : public std::exception {
public:
    StoreFailure(Error failure, bool is_fatal) : error(std::move(failure)), fatal(is_fatal) {}
    [[nodiscard]] const char* what() const noexcept override { return error.detail.c_str(); }

    Error error;
    bool fatal;
};

struct ThreadOwner {
    SessionId session;
    bool lost = false;  // replaced by another thread of the same session
};

struct ThreadRow {
    SessionId session;
    DeskThreadId thread;
    std::string cursor;
    bool active = false;  // somebody waits or talks there
    bool lost = false;    // the conversation goes on elsewhere; somebody may still write here
};

// What an operator may ask about how much there is.
struct Counts {
    std::int64_t sessions = 0;
    std::int64_t events = 0;
    std::int64_t messages = 0;
    std::int64_t letters_waiting = 0;

    friend bool operator==(const Counts&, const Counts&) = default;
};

// Files that a sweep may take.
struct FileLimits {
    WallMs before = 0;         // of messages
    WallMs unsent_before = 0;  // in no message
    std::int64_t limit = 100;
};

// How a time went: those who asked for a human in it.
struct WaitFigures {
    std::int64_t asked = 0;
    std::int64_t answered = 0;
    std::vector<std::int64_t> answered_after_ms;  // at most `waits_max` of them, the newest
    std::int64_t ratings = 0;
    std::int64_t rating_sum = 0;
    static constexpr std::int64_t waits_max = 2'000;
};

// A session in which words were found; in a message, or in who the customer is.
struct SearchHit {
    SessionId session;
    std::string excerpt;  // of the message; empty: in who the customer is
};

struct QueuePlace {
    SessionId session;
    std::int64_t ahead = 0;  // sessions of the same site that wait longer
};

class Store {
public:
    virtual ~Store() = default;

    // ---- One transaction at a time. Reads outside of one see what is committed. ----
    virtual void begin() = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;

    // ---- Room. Some is set aside, for the time when the disk is full. None of these throws. ----
    // Gives it back: what must still be recorded fits then. For after a `store_full`.
    virtual void give_up_reserve() = 0;
    // It was given back, maybe by a former process, and is not there again.
    [[nodiscard]] virtual bool reserve_given_up() = 0;
    // Sets it aside again and writes something, outside of a transaction. True: everybody may be
    // served again.
    [[nodiscard]] virtual bool recover() = 0;

    // ---- Sessions. ----
    [[nodiscard]] virtual std::optional<core::Session> session(const SessionId& id) = 0;
    [[nodiscard]] virtual std::optional<SessionId> session_of_token(const std::string& hash) = 0;
    // Another key to it, for somebody whom the site vouches for.
    virtual void insert_token(const std::string& hash, const SessionId& session) = 0;
    // The newest that is not closed.
    [[nodiscard]] virtual std::optional<SessionId> session_of_user(const SiteId& site,
                                                                   const std::string& user) = 0;
    // Whether a signed identity was used before; what ended before `now` is forgotten.
    [[nodiscard]] virtual bool identity_used(const std::string& use) = 0;
    virtual void use_identity(const std::string& use, WallMs ends_at, WallMs now) = 0;
    virtual void insert_session(const core::Session& session) = 0;
    // `before` is what the store has; knowing it lets the store write only what differs.
    virtual void update_session(const core::Session& before, const core::Session& after) = 0;
    // Waiting sessions of the site that asked before (`asked_at`, `id`).
    [[nodiscard]] virtual std::int64_t waiting_ahead(const SiteId& site, WallMs asked_at,
                                                     const SessionId& id) = 0;
    // The first `per_site_max` of each site's line.
    [[nodiscard]] virtual std::vector<QueuePlace> waiting_line(std::int64_t per_site_max) = 0;
    [[nodiscard]] virtual core::DestinationLoad destination_load() = 0;
    // Newest first, for operators; `before` is an id or empty.
    [[nodiscard]] virtual std::vector<core::Session> list_sessions(const SessionId& before,
                                                                   std::int64_t limit) = 0;
    // Removes every trace of it; from the files too, once erase_traces() has been called outside of
    // a transaction.
    virtual void forget_session(const SessionId& id) = 0;
    virtual void erase_traces() = 0;

    // ---- Notes of the house: a few short texts that are nobody's session's. ----
    [[nodiscard]] virtual std::string note(const std::string& key) = 0;  // empty: none
    virtual void set_note(const std::string& key, const std::string& value) = 0;
    // The newest time at which anything here happened; 0 when nothing ever did.
    [[nodiscard]] virtual WallMs newest_at() = 0;
    [[nodiscard]] virtual Counts counts() = 0;

    // ---- What a former process left unfinished. ----
    [[nodiscard]] virtual std::vector<SessionId> sessions_with_letters() = 0;
    [[nodiscard]] virtual std::vector<SessionId> sessions_with_card_due() = 0;
    [[nodiscard]] virtual std::vector<SessionId> sessions_with_bot_turn() = 0;

    // ---- Threads. ----
    [[nodiscard]] virtual std::optional<ThreadOwner> thread_owner(const DeskThreadId& thread) = 0;
    virtual void insert_thread(const DeskThreadId& thread, const SessionId& session) = 0;
    virtual void lose_thread(const DeskThreadId& thread) = 0;
    // Threads in use of sessions that are waiting or open, or were closed after `closed_after`; at
    // the end those that the same sessions have lost.
    [[nodiscard]] virtual std::vector<ThreadRow> threads(WallMs closed_after,
                                                         std::int64_t limit) = 0;

    // ---- The log. ----
    virtual void append_event(const SessionId& session, const core::Event& event) = 0;
    [[nodiscard]] virtual std::vector<core::Event> events(const SessionId& session,
                                                          std::int64_t after,
                                                          std::int64_t limit) = 0;

    // ---- Messages: the log's projection. ----
    virtual void insert_message(const core::Message& message) = 0;
    // Text, rich, edit key, edits, deleted.
    virtual void update_message(const core::Message& message) = 0;
    // Stage and desk ids.
    virtual void update_delivery(const SessionId& session, const core::Delivery& delivery) = 0;
    [[nodiscard]] virtual std::optional<core::Message> message(const SessionId& session,
                                                               const MessageId& id) = 0;
    [[nodiscard]] virtual std::optional<core::Message> message_of_client(
        const SessionId& session, const std::string& client_id) = 0;
    [[nodiscard]] virtual std::optional<core::Message> message_in_reply_to(
        const SessionId& session, const std::string& in_reply_to) = 0;
    [[nodiscard]] virtual std::optional<core::Message> message_of_desk(
        const DeskMessageId& desk_message) = 0;
    [[nodiscard]] virtual std::optional<core::Message> message_of_sender(
        const std::string& desk_sender_key) = 0;
    // Those with words in the post of that letter, by id.
    [[nodiscard]] virtual std::vector<core::Message> messages_in_post(const SessionId& session,
                                                                      const LetterId& letter) = 0;
    // All of them, by order key.
    [[nodiscard]] virtual std::vector<core::Message> messages(const SessionId& session) = 0;
    // The newest `limit`, oldest first, without those whose words still wait in the lane.
    [[nodiscard]] virtual std::vector<core::Line> conversation(const SessionId& session,
                                                               std::int64_t limit) = 0;
    [[nodiscard]] virtual core::Delivery delivery(const SessionId& session,
                                                  const MessageId& message) = 0;
    // Delivered and not seen, up to and with `desk_order`, oldest first.
    [[nodiscard]] virtual std::vector<core::Delivery> unseen(const SessionId& session,
                                                             const std::string& desk_order) = 0;
    // The greatest order key among the messages the desk had before `desk_order`; empty when there
    // is none.
    [[nodiscard]] virtual std::string order_floor(const SessionId& session,
                                                  const std::string& desk_order) = 0;
    virtual void insert_tombstone(const DeskMessageId& desk_message, const SessionId& session) = 0;
    [[nodiscard]] virtual bool has_tombstone(const DeskMessageId& desk_message) = 0;
    // Agents' messages from that desk order on.
    [[nodiscard]] virtual std::vector<core::KnownReply> replies(const SessionId& session,
                                                                const std::string& from) = 0;

    // ---- Reactions on parents that were taken in. ----
    virtual void keep_reaction(const DeskThreadId& thread, const SessionId& session,
                               const core::Reaction& reaction) = 0;
    // Empty: it never was.
    [[nodiscard]] virtual std::string reaction_at(const DeskThreadId& thread,
                                                  const std::string& key) = 0;
    // All of the thread but `keys`, when they are older than `before`.
    virtual void forget_reactions(const DeskThreadId& thread, const std::vector<std::string>& keys,
                                  const std::string& before) = 0;

    // ---- Letters. ----
    virtual void insert_letter(const core::Letter& letter) = 0;
    // False: the letter is not in `from`, and nothing was changed. A letter moved to `sent` has
    // done its work and is dropped: its message knows where it came out.
    [[nodiscard]] virtual bool move_letter(core::LetterState from, const core::Letter& letter) = 0;
    [[nodiscard]] virtual std::optional<core::Letter> letter(const LetterId& id) = 0;
    [[nodiscard]] virtual std::vector<core::Letter> folded_in(const LetterId& carrier) = 0;
    // Unsettled letters (queued, sending, unknown), by position.
    [[nodiscard]] virtual std::vector<core::Letter> lane(const SessionId& session,
                                                         std::int64_t limit) = 0;
    [[nodiscard]] virtual core::LaneState lane_state(const SessionId& session) = 0;

    // ---- Files: what is known of them; their bytes are kept elsewhere. ----
    virtual void insert_file(const core::File& file) = 0;
    // Everything but id, session, site and time.
    virtual void update_file(const core::File& file) = 0;
    [[nodiscard]] virtual std::optional<core::File> file(const FileId& id) = 0;
    // All of the session, by time.
    [[nodiscard]] virtual std::vector<core::File> files(const SessionId& session) = 0;
    [[nodiscard]] virtual std::vector<core::File> files_of_message(const SessionId& session,
                                                                   const MessageId& message) = 0;
    // Those that are still to be fetched, oldest first.
    [[nodiscard]] virtual std::vector<core::File> files_coming() = 0;
    [[nodiscard]] virtual std::vector<core::File> old_files(const FileLimits& limits) = 0;
    [[nodiscard]] virtual core::FileUsage file_usage(const SessionId& session,
                                                     const SiteId& site) = 0;
    // Whose bytes must be there: ready ones, in order of id, after `after`.
    [[nodiscard]] virtual std::vector<FileId> files_kept(const FileId& after,
                                                         std::int64_t limit) = 0;

    // ---- Doubts: posts that were sent again, and whose copies may still appear. ----
    // Instead of what is known of that letter. The oldest go when there are more than
    // `doubts_max`, or when they are older than `before`.
    virtual void keep_doubt(const core::Doubt& doubt, WallMs before) = 0;
    [[nodiscard]] virtual std::optional<core::Doubt> doubt(const LetterId& letter) = 0;
    // Oldest first.
    [[nodiscard]] virtual std::vector<core::Doubt> doubts() = 0;
    static constexpr std::int64_t doubts_max = 10'000;

    // ---- Erasures: what is left at the desk of sessions that are forgotten. ----
    virtual void keep_erasure(const core::Erasure& erasure) = 0;  // instead of the one of its id
    virtual void remove_erasure(const std::string& id) = 0;
    [[nodiscard]] virtual std::vector<core::Erasure> erasures() = 0;  // by when they are due
    // All threads of the session, in use and lost.
    [[nodiscard]] virtual std::vector<DeskThreadId> threads_of(const SessionId& session) = 0;

    // ---- Timers: at most one of a kind for each session. ----
    virtual void set_timer(const core::Timer& timer) = 0;
    virtual void remove_timer(const SessionId& session, core::TimerKind kind) = 0;
    [[nodiscard]] virtual std::optional<core::Timer> timer(const SessionId& session,
                                                           core::TimerKind kind) = 0;
    // Due at `now` or before, the longest overdue first.
    [[nodiscard]] virtual std::vector<core::Timer> timers_due(WallMs now, std::int64_t limit) = 0;
    // When the next one is due; nothing when there is none.
    [[nodiscard]] virtual std::optional<WallMs> next_timer_at() = 0;

    // ---- Waits: when each began, and when an agent's words ended it. ----
    virtual void begin_wait(const core::Session& session) = 0;
    // The newest of that session, unless it is over. One that was given up before stays unanswered.
    virtual void end_wait(const SessionId& session, WallMs at) = 0;
    // How long the newest `limit` of the site took that are over and began at `since` or later.
    [[nodiscard]] virtual std::vector<std::int64_t> waits(const SiteId& site, WallMs since,
                                                          std::int64_t limit) = 0;
    [[nodiscard]] virtual WaitFigures wait_figures(WallMs since) = 0;

    // ---- For people who look. ----
    // Waiting (the longest first), then open (the newest first): `limit` of each.
    [[nodiscard]] virtual std::vector<core::Session> active_sessions(std::int64_t limit) = 0;
    [[nodiscard]] virtual std::int64_t sessions_in(core::SessionState state) = 0;  // waiting, open
    // The newest first, one for each session; `text` without regard to case. Looks through the
    // newest `searched_max` messages and as many sessions.
    [[nodiscard]] virtual std::vector<SearchHit> search(const std::string& text,
                                                        std::int64_t limit) = 0;
    static constexpr std::int64_t searched_max = 5'000;
};

}  // namespace deskbell::store
