#pragma once
// The SQLite store's inside; its methods are spread over sqlite_sessions, sqlite_messages and
// sqlite_letters. For src/store/sqlite only.

#include "store/sqlite/ballast.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <string>

namespace deskbell::store {

class LockFile {
public:
    LockFile() = default;
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;
    ~LockFile();
    [[nodiscard]] bool take(const std::string& path);
    // After a take() that failed: why there is no such place; 0 when somebody else is in it.
    [[nodiscard]] int system_errno() const { return errno_; }

private:
    int descriptor_ = -1;
    int errno_ = 0;
};

class SqliteStore final : public Store {
public:
    ~SqliteStore() override;
    void open(const SqliteOptions& options);  // throws StoreFailure
    void back_up(const std::string& path);    // throws StoreFailure

    void begin() override;
    void commit() override;
    void rollback() noexcept override;

    void give_up_reserve() override { ballast_.give_up(); }
    bool reserve_given_up() override { return ballast_.given_up(); }
    bool recover() override;

    std::optional<core::Session> session(const SessionId& id) override;
    std::optional<SessionId> session_of_token(const std::string& hash) override;
    void insert_token(const std::string& hash, const SessionId& session) override;
    std::optional<SessionId> session_of_user(const SiteId& site, const std::string& user) override;
    bool identity_used(const std::string& use) override;
    void use_identity(const std::string& use, WallMs ends_at, WallMs now) override;
    void insert_session(const core::Session& session) override;
    void update_session(const core::Session& before, const core::Session& after) override;
    std::int64_t waiting_ahead(const SiteId& site, WallMs asked_at, const SessionId& id) override;
    std::vector<QueuePlace> waiting_line(std::int64_t per_site_max) override;
    core::DestinationLoad destination_load() override;
    std::vector<core::Session> list_sessions(const SessionId& before, std::int64_t limit) override;
    void forget_session(const SessionId& id) override;
    void erase_traces() override;

    std::string note(const std::string& key) override;
    void set_note(const std::string& key, const std::string& value) override;
    WallMs newest_at() override;
    Counts counts() override;

    std::vector<SessionId> sessions_with_letters() override;
    std::vector<SessionId> sessions_with_card_due() override;
    std::vector<SessionId> sessions_with_bot_turn() override;

    std::optional<ThreadOwner> thread_owner(const DeskThreadId& thread) override;
    void insert_thread(const DeskThreadId& thread, const SessionId& session) override;
    void lose_thread(const DeskThreadId& thread) override;
    std::vector<ThreadRow> threads(WallMs closed_after, std::int64_t limit) override;

    void append_event(const SessionId& session, const core::Event& event) override;
    std::vector<core::Event> events(const SessionId& session, std::int64_t after,
                                    std::int64_t limit) override;

    void insert_message(const core::Message& message) override;
    void update_message(const core::Message& message) override;
    void update_delivery(const SessionId& session, const core::Delivery& delivery) override;
    std::optional<core::Message> message(const SessionId& session, const MessageId& id) override;
    std::optional<core::Message> message_of_client(const SessionId& session,
                                                   const std::string& client_id) override;
    std::optional<core::Message> message_in_reply_to(const SessionId& session,
                                                     const std::string& in_reply_to) override;
    std::optional<core::Message> message_of_desk(const DeskMessageId& desk_message) override;
    std::optional<core::Message> message_of_sender(const std::string& desk_sender_key) override;
    std::vector<core::Message> messages_in_post(const SessionId& session,
                                                const LetterId& letter) override;
    std::vector<core::Message> messages(const SessionId& session) override;
    std::vector<core::Line> conversation(const SessionId& session, std::int64_t limit) override;
    core::Delivery delivery(const SessionId& session, const MessageId& message) override;
    std::vector<core::Delivery> unseen(const SessionId& session,
                                       const std::string& desk_order) override;
    std::string order_floor(const SessionId& session, const std::string& desk_order) override;
    void insert_tombstone(const DeskMessageId& desk_message, const SessionId& session) override;
    bool has_tombstone(const DeskMessageId& desk_message) override;
    std::vector<core::KnownReply> replies(const SessionId& session,
                                          const std::string& from) override;

    void keep_reaction(const DeskThreadId& thread, const SessionId& session,
                       const core::Reaction& reaction) override;
    std::string reaction_at(const DeskThreadId& thread, const std::string& key) override;
    void forget_reactions(const DeskThreadId& thread, const std::vector<std::string>& keys,
                          const std::string& before) override;

    void insert_letter(const core::Letter& letter) override;
    bool move_letter(core::LetterState from, const core::Letter& letter) override;
    std::optional<core::Letter> letter(const LetterId& id) override;
    std::vector<core::Letter> folded_in(const LetterId& carrier) override;
    std::vector<core::Letter> lane(const SessionId& session, std::int64_t limit) override;
    core::LaneState lane_state(const SessionId& session) override;

    void insert_file(const core::File& file) override;
    void update_file(const core::File& file) override;
    std::optional<core::File> file(const FileId& id) override;
    std::vector<core::File> files(const SessionId& session) override;
    std::vector<core::File> files_of_message(const SessionId& session,
                                             const MessageId& message) override;
    std::vector<core::File> files_coming() override;
    std::vector<core::File> old_files(const FileLimits& limits) override;
    core::FileUsage file_usage(const SessionId& session, const SiteId& site) override;
    std::vector<FileId> files_kept(const FileId& after, std::int64_t limit) override;

    void keep_doubt(const core::Doubt& doubt, WallMs before) override;
    std::optional<core::Doubt> doubt(const LetterId& letter) override;
    std::vector<core::Doubt> doubts() override;

    void keep_erasure(const core::Erasure& erasure) override;
    void remove_erasure(const std::string& id) override;
    std::vector<core::Erasure> erasures() override;
    std::vector<DeskThreadId> threads_of(const SessionId& session) override;

    void set_timer(const core::Timer& timer) override;
    void remove_timer(const SessionId& session, core::TimerKind kind) override;
    std::optional<core::Timer> timer(const SessionId& session, core::TimerKind kind) override;
    std::vector<core::Timer> timers_due(WallMs now, std::int64_t limit) override;
    std::optional<WallMs> next_timer_at() override;

    void begin_wait(const core::Session& session) override;
    void end_wait(const SessionId& session, WallMs at) override;
    std::vector<std::int64_t> waits(const SiteId& site, WallMs since, std::int64_t limit) override;
    WaitFigures wait_figures(WallMs since) override;
    std::vector<core::Session> active_sessions(std::int64_t limit) override;
    std::int64_t sessions_in(core::SessionState state) override;
    std::vector<SearchHit> search(const std::string& text, std::int64_t limit) override;

    [[nodiscard]] Database& database() { return database_; }  // for sqlite_backup

private:
    void take_lock(const std::string& path);
    void open_database(const SqliteOptions& options);
    void set_up();
    void check_after_unclean_end();
    void check_rows();
    void make_recovered_durable();
    // What is in the write-ahead log goes to its place.
    void checkpoint();
    void set_clean(bool clean);
    void write_progress(const core::Session& session);
    void write_identity(const core::Session& session);
    [[nodiscard]] std::int64_t head_of(const SessionId& session);
    [[nodiscard]] std::vector<SessionId> session_ids(Query query);

    LockFile lock_;
    Ballast ballast_;
    Database database_;
    int checkpoint_pages_ = 0;
    bool opened_ = false;
};

}  // namespace deskbell::store
