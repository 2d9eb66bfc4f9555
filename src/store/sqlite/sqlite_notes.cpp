// What is nobody's session's: notes of the house, counts, and the end of what was forgotten.

#include "base/test_hooks.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

#include <algorithm>

namespace deskbell::store {
namespace {

// Beside the store's own keys in `meta`.
std::string key_of(const std::string& note) { return "note." + note; }

}  // namespace

std::string SqliteStore::note(const std::string& key) {
    const std::string full = key_of(key);
    Query query = database_.query("SELECT value FROM meta WHERE key = ?1");
    query.bind(full);
    return query.step() ? query.text() : std::string();
}

void SqliteStore::set_note(const std::string& key, const std::string& value) {
    const std::string full = key_of(key);
    if (value.empty()) {
        database_.query("DELETE FROM meta WHERE key = ?1").bind(full).run();
        return;
    }
    database_
        .query(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(full)
        .bind(value)
        .run();
}

WallMs SqliteStore::newest_at() {
    return std::max({database_.number_of("SELECT max(created_at) FROM session"),
                     database_.number_of("SELECT max(last_order_us) FROM progress") / 1000,
                     database_.number_of("SELECT max(queued_at) FROM letter"),
                     database_.number_of("SELECT max(first_attempt_at) FROM letter"),
                     database_.number_of("SELECT value FROM meta WHERE key = 'note.forgot_at'")});
}

Counts SqliteStore::counts() {
    return {.sessions = database_.number_of("SELECT count(*) FROM session"),
            .events = database_.number_of("SELECT count(*) FROM event"),
            .messages = database_.number_of("SELECT count(*) FROM message"),
            .letters_waiting = database_.number_of("SELECT count(*) FROM letter WHERE state < 3")};
}

// Deleted rows are overwritten (secure_delete); what remains of them is in the write-ahead log.
void SqliteStore::erase_traces() {
    DESKBELL_CRASH_POINT("store.forget.before_checkpoint");
    database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    DESKBELL_CRASH_POINT("store.forget.after_checkpoint");
}

}  // namespace deskbell::store
