// What is left at the desk of sessions that are forgotten here.

#include "store/sqlite/sqlite_store_impl.hpp"

namespace deskbell::store {

void SqliteStore::keep_erasure(const core::Erasure& erasure) {
    database_
        .query(
            "INSERT INTO erasure (id, thread, letter, session, destination, first_attempt_at, "
            "due_at, passes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
            "ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, passes = excluded.passes")
        .bind(erasure.id)
        .bind(erasure.thread.value)
        .bind(erasure.letter.value)
        .bind(erasure.session.value)
        .bind(erasure.destination.value)
        .bind(erasure.first_attempt_at)
        .bind(erasure.due_at)
        .bind(std::int64_t{erasure.passes})
        .run();
}

void SqliteStore::remove_erasure(const std::string& id) {
    database_.query("DELETE FROM erasure WHERE id = ?1").bind(id).run();
}

std::vector<core::Erasure> SqliteStore::erasures() {
    Query query = database_.query(
        "SELECT id, thread, letter, session, destination, first_attempt_at, due_at, passes "
        "FROM erasure ORDER BY due_at, id");
    std::vector<core::Erasure> all;
    while (query.step()) {
        core::Erasure& erasure = all.emplace_back();
        erasure.id = query.text();
        erasure.thread = DeskThreadId(query.text());
        erasure.letter = LetterId(query.text());
        erasure.session = SessionId(query.text());
        erasure.destination = Destination(query.text());
        erasure.first_attempt_at = query.number();
        erasure.due_at = query.number();
        erasure.passes = static_cast<int>(query.number());
    }
    return all;
}

std::vector<DeskThreadId> SqliteStore::threads_of(const SessionId& session) {
    Query query = database_.query("SELECT thread FROM thread WHERE session = ?1 ORDER BY thread");
    query.bind(session.value);
    std::vector<DeskThreadId> threads;
    while (query.step()) threads.emplace_back(query.text());
    return threads;
}

}  // namespace deskbell::store
