// Timers: what shall happen later.

#include "store/sqlite/sqlite_store_impl.hpp"

namespace deskbell::store {
namespace {

core::Timer read_timer(Query& query) {
    core::Timer timer;
    timer.session = SessionId(query.text());
    timer.kind = query.as<core::TimerKind>();
    timer.due_at = query.number();
    timer.payload = query.text();
    return timer;
}

}  // namespace

void SqliteStore::set_timer(const core::Timer& timer) {
    database_
        .query(
            "INSERT INTO timer (session, kind, due_at, payload) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (session, kind) DO UPDATE SET due_at = excluded.due_at, "
            "payload = excluded.payload")
        .bind(timer.session.value)
        .bind(static_cast<std::int64_t>(timer.kind))
        .bind(timer.due_at)
        .bind(timer.payload)
        .run();
}

void SqliteStore::remove_timer(const SessionId& session, core::TimerKind kind) {
    database_.query("DELETE FROM timer WHERE session = ?1 AND kind = ?2")
        .bind(session.value)
        .bind(static_cast<std::int64_t>(kind))
        .run();
}

std::optional<core::Timer> SqliteStore::timer(const SessionId& session, core::TimerKind kind) {
    Query query = database_.query(
        "SELECT session, kind, due_at, payload FROM timer WHERE session = ?1 AND kind = ?2");
    query.bind(session.value).bind(static_cast<std::int64_t>(kind));
    if (!query.step()) return std::nullopt;
    return read_timer(query);
}

std::vector<core::Timer> SqliteStore::timers_due(WallMs now, std::int64_t limit) {
    Query query = database_.query(
        "SELECT session, kind, due_at, payload FROM timer WHERE due_at <= ?1 "
        "ORDER BY due_at, session, kind LIMIT ?2");
    query.bind(now).bind(limit);
    std::vector<core::Timer> due;
    while (query.step()) due.push_back(read_timer(query));
    return due;
}

std::optional<WallMs> SqliteStore::next_timer_at() {
    Query query = database_.query("SELECT due_at FROM timer ORDER BY due_at LIMIT 1");
    if (!query.step()) return std::nullopt;
    return query.number();
}

}  // namespace deskbell::store
