#include "store/sqlite/schema.hpp"

#include "base/test_hooks.hpp"
#include "store/sqlite/checksum.hpp"

#include <array>
#include <string>

namespace deskbell::store {
namespace {

// Keys begin with a session's id, which begins with its time, and rows live in their key's tree.
// What a message costs is the number of trees it touches, each a page in the log: so there are few
// indexes, partial ones where few rows match; what changes with every message (progress) is kept
// apart from the wide rows; and a letter that was sent is dropped, which keeps the lanes in a few
// pages. State numbers are those of the enums in core/session.hpp, and are never renumbered.
constexpr const char* version_1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE session (
    id TEXT PRIMARY KEY, site TEXT NOT NULL, state INTEGER NOT NULL, created_at INTEGER NOT NULL,
    token_hash TEXT NOT NULL,
    name TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, attributes TEXT NOT NULL,
    page_url TEXT NOT NULL, page_title TEXT NOT NULL, page_referrer TEXT NOT NULL,
    locale TEXT NOT NULL, timezone TEXT NOT NULL,
    generation INTEGER NOT NULL, bot_turn TEXT NOT NULL,
    agent_id TEXT NOT NULL, agent_name TEXT NOT NULL, agent_avatar TEXT NOT NULL,
    asked_at INTEGER NOT NULL, closed_at INTEGER NOT NULL, topic TEXT NOT NULL, note TEXT NOT NULL,
    queue_position INTEGER NOT NULL, rating INTEGER NOT NULL, rating_comment TEXT NOT NULL,
    delayed INTEGER NOT NULL,
    destination TEXT NOT NULL, thread TEXT NOT NULL, previous_thread TEXT NOT NULL,
    thread_cursor TEXT NOT NULL,
    card_version INTEGER NOT NULL, card_shown_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX session_token ON session (token_hash);
CREATE INDEX session_waiting ON session (site, asked_at) WHERE state = 1;
CREATE INDEX session_active ON session (destination) WHERE state IN (1, 2);
CREATE INDEX session_closed ON session (closed_at) WHERE state = 3;
CREATE INDEX session_bot_turn ON session (bot_turn) WHERE bot_turn <> '';
CREATE INDEX session_card_due ON session (id) WHERE card_version > card_shown_version AND thread <> '';

CREATE TABLE progress (
    session TEXT PRIMARY KEY, head INTEGER NOT NULL, last_order_us INTEGER NOT NULL,
    lane_position INTEGER NOT NULL, read_seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE thread (
    thread TEXT PRIMARY KEY, session TEXT NOT NULL, lost INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX thread_session ON thread (session);

CREATE TABLE event (
    session TEXT NOT NULL, seq INTEGER NOT NULL, json TEXT NOT NULL,
    PRIMARY KEY (session, seq)
) WITHOUT ROWID;

CREATE TABLE message (
    session TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL,
    role INTEGER NOT NULL, stage INTEGER NOT NULL, deleted INTEGER NOT NULL,
    order_key TEXT NOT NULL, desk_order TEXT NOT NULL, desk_message TEXT NOT NULL,
    desk_sender_key TEXT NOT NULL, desk_edit_key TEXT NOT NULL,
    client_id TEXT NOT NULL, body_hash TEXT NOT NULL, in_reply_to TEXT NOT NULL,
    author_name TEXT NOT NULL, author_avatar TEXT NOT NULL,
    markdown INTEGER NOT NULL, text TEXT NOT NULL, rich TEXT NOT NULL,
    PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_client ON message (session, client_id) WHERE client_id <> '';
CREATE UNIQUE INDEX message_reply ON message (session, in_reply_to) WHERE in_reply_to <> '';
CREATE UNIQUE INDEX message_desk ON message (desk_message) WHERE role = 2;
CREATE UNIQUE INDEX message_sender ON message (desk_sender_key) WHERE desk_sender_key <> '';

CREATE TABLE tombstone (
    desk_message TEXT PRIMARY KEY, session TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tombstone_session ON tombstone (session);

CREATE TABLE letter (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, position INTEGER NOT NULL,
    kind INTEGER NOT NULL, state INTEGER NOT NULL, queued_at INTEGER NOT NULL,
    message TEXT NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, text TEXT NOT NULL,
    carrier TEXT NOT NULL, frozen TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_attempt_at INTEGER NOT NULL, desk_message TEXT NOT NULL, refusal TEXT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX letter_position ON letter (session, position);
CREATE INDEX letter_lane ON letter (session, position, state, kind, queued_at) WHERE state < 3;
CREATE INDEX letter_carrier ON letter (carrier) WHERE carrier <> '';
)sql";

// What a row says is kept in the row, see checksum.hpp.
constexpr const char* version_2 = R"sql(
ALTER TABLE session ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE letter ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
)sql"
                                  "UPDATE session SET checksum = " SESSION_CHECKSUM
                                  ";"
                                  "UPDATE progress SET checksum = " PROGRESS_CHECKSUM
                                  ";"
                                  "UPDATE event SET checksum = " EVENT_CHECKSUM
                                  ";"
                                  "UPDATE message SET checksum = " MESSAGE_CHECKSUM
                                  ";"
                                  "UPDATE letter SET checksum = " LETTER_CHECKSUM ";";

// Posts that were sent again: few, and a copy of one may appear long after its letter was dropped.
// Reactions: they stay on a parent, and count once.
constexpr const char* version_3 = R"sql(
CREATE TABLE doubt (
    letter TEXT PRIMARY KEY, session TEXT NOT NULL, kind INTEGER NOT NULL,
    destination TEXT NOT NULL, message TEXT NOT NULL, thread TEXT NOT NULL,
    first_attempt_at INTEGER NOT NULL, settled_at INTEGER NOT NULL, audits INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX doubt_session ON doubt (session);
CREATE INDEX doubt_settled ON doubt (settled_at);

CREATE TABLE reaction (
    thread TEXT NOT NULL, key TEXT NOT NULL, session TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (thread, key)
) WITHOUT ROWID;
CREATE INDEX reaction_session ON reaction (session);
)sql";

// What shall happen later: few rows, read by when they are due.
constexpr const char* version_4 = R"sql(
CREATE TABLE timer (
    session TEXT NOT NULL, kind INTEGER NOT NULL, due_at INTEGER NOT NULL, payload TEXT NOT NULL,
    PRIMARY KEY (session, kind)
) WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due_at);
)sql";

// Beside the checksum, as a message's stage is: what agents decided about a customer, and whether
// the thread before this one still has to show the way.
constexpr const char* version_5 = R"sql(
ALTER TABLE session ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
)sql";

// Files: few, and their bytes are not here. A site's sum is read from its index alone.
constexpr const char* version_6 = R"sql(
CREATE TABLE file (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, site TEXT NOT NULL, message TEXT NOT NULL,
    from_agent INTEGER NOT NULL, state INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    size INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, hash TEXT NOT NULL,
    desk_file TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX file_message ON file (session, message);
CREATE INDEX file_site ON file (site, size) WHERE state = 0;
CREATE INDEX file_coming ON file (at) WHERE state = 1;
CREATE INDEX file_age ON file (at) WHERE state = 0;
)sql";

// Whom a session is of, as the site has signed it: apart from the session, because most are of
// nobody. What may be said only once is kept until it could not be said again anyway.
constexpr const char* version_7 = R"sql(
CREATE TABLE identity (
    session TEXT PRIMARY KEY, of_site TEXT NOT NULL, user TEXT NOT NULL, verified TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX identity_user ON identity (of_site, user, session);
CREATE TABLE token (hash TEXT PRIMARY KEY, session TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX token_session ON token (session);
CREATE TABLE identity_use (use TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX identity_use_ends ON identity_use (ends_at);
)sql";

// How long customers wait, and what they were told of it; beside the checksum, as a message's stage
// is.
constexpr const char* version_8 = R"sql(
ALTER TABLE session ADD COLUMN offer TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN estimated_wait_s INTEGER NOT NULL DEFAULT 0;
CREATE TABLE wait (
    session TEXT NOT NULL, asked_at INTEGER NOT NULL, site TEXT NOT NULL,
    destination TEXT NOT NULL, answered_at INTEGER NOT NULL,
    PRIMARY KEY (session, asked_at)
) WITHOUT ROWID;
CREATE INDEX wait_site ON wait (site, asked_at);
CREATE INDEX wait_asked ON wait (asked_at);
)sql";

// Where a customer's words stand at the desk, so that they can be changed there, beside the
// checksum; and what is still to be taken away there of sessions that are forgotten.
constexpr const char* version_9 = R"sql(
ALTER TABLE message ADD COLUMN desk_posts TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;
CREATE TABLE erasure (
    id TEXT PRIMARY KEY, thread TEXT NOT NULL, letter TEXT NOT NULL, session TEXT NOT NULL,
    destination TEXT NOT NULL, first_attempt_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    passes INTEGER NOT NULL
) WITHOUT ROWID;
)sql";

constexpr std::array migrations = {version_1, version_2, version_3, version_4, version_5,
                                   version_6, version_7, version_8, version_9};

}  // namespace

int schema_version() { return static_cast<int>(migrations.size()); }

void migrate(Database& database) { migrate_to(database, schema_version()); }

void migrate_to(Database& database, int newest) {
    const std::int64_t found = database.number_of("PRAGMA user_version");
    if (found > schema_version()) {
        throw StoreFailure(
            Error{"store_newer",
                  "The database has schema " + std::to_string(found) + ", this Deskbell knows " +
                      std::to_string(schema_version()) + ": use the newer version again.",
                  {}},
            true);
    }
    for (std::int64_t version = found; version < newest; ++version) {
        DESKBELL_CRASH_POINT("store.migrate.before_step");
        database.execute("BEGIN IMMEDIATE");
        database.execute(migrations[static_cast<std::size_t>(version)]);
        DESKBELL_CRASH_POINT("store.migrate.step_made");
        database.execute("PRAGMA user_version = " + std::to_string(version + 1));
        DESKBELL_CRASH_POINT("store.migrate.before_commit");
        database.execute("COMMIT");
        DESKBELL_CRASH_POINT("store.migrate.after_commit");
    }
}

}  // namespace deskbell::store
