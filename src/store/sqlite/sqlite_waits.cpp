// How long customers wait for the first words of an agent.

#include "base/text.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

#include <algorithm>

namespace deskbell::store {

void SqliteStore::begin_wait(const core::Session& session) {
    database_
        .query(
            "INSERT OR IGNORE INTO wait (session, asked_at, site, destination, answered_at) "
            "VALUES (?1, ?2, ?3, ?4, 0)")
        .bind(session.id.value)
        .bind(session.asked_at)
        .bind(session.site.value)
        .bind(session.destination.value)
        .run();
}

void SqliteStore::end_wait(const SessionId& session, WallMs at) {
    database_
        .query(
            "UPDATE wait SET answered_at = ?2 WHERE session = ?1 AND answered_at = 0 "
            "AND asked_at = (SELECT max(asked_at) FROM wait WHERE session = ?1)")
        .bind(session.value)
        .bind(at)
        .run();
}

std::vector<std::int64_t> SqliteStore::waits(const SiteId& site, WallMs since, std::int64_t limit) {
    Query query = database_.query(
        "SELECT answered_at - asked_at FROM wait WHERE site = ?1 AND asked_at >= ?2 "
        "AND answered_at > 0 ORDER BY asked_at DESC LIMIT ?3");
    query.bind(site.value).bind(since).bind(limit);
    std::vector<std::int64_t> waits;
    while (query.step()) waits.push_back(query.number());
    return waits;
}

WaitFigures SqliteStore::wait_figures(WallMs since) {
    WaitFigures figures;
    {
        Query query =
            database_.query("SELECT count(*), sum(answered_at > 0) FROM wait WHERE asked_at >= ?1");
        query.bind(since);
        if (query.step()) {
            figures.asked = query.number();
            figures.answered = query.number();
        }
    }
    {
        Query query = database_.query(
            "SELECT answered_at - asked_at FROM wait WHERE asked_at >= ?1 AND answered_at > 0 "
            "ORDER BY asked_at DESC LIMIT ?2");
        query.bind(since).bind(WaitFigures::waits_max);
        while (query.step()) figures.answered_after_ms.push_back(query.number());
    }
    Query query = database_.query(
        "SELECT count(*), sum(rating) FROM session WHERE rating > 0 AND id IN "
        "(SELECT session FROM wait WHERE asked_at >= ?1)");
    query.bind(since);
    if (query.step()) {
        figures.ratings = query.number();
        figures.rating_sum = query.number();
    }
    return figures;
}

std::int64_t SqliteStore::sessions_in(core::SessionState state) {
    Query query =
        database_.query("SELECT count(*) FROM session WHERE state IN (1, 2) AND state = ?1");
    query.bind(static_cast<std::int64_t>(state));
    return query.step() ? query.number() : 0;
}

std::vector<core::Session> SqliteStore::active_sessions(std::int64_t limit) {
    std::vector<SessionId> ids;
    {
        Query query = database_.query(
            "SELECT id FROM session WHERE state = 1 ORDER BY asked_at, id LIMIT ?1");
        query.bind(limit);
        while (query.step()) ids.emplace_back(query.text());
    }
    {
        Query query = database_.query(
            "SELECT id FROM session WHERE state IN (1, 2) AND state = 2 "
            "ORDER BY asked_at DESC, id LIMIT ?1");
        query.bind(limit);
        while (query.step()) ids.emplace_back(query.text());
    }
    std::vector<core::Session> sessions;
    for (const SessionId& id : ids) {
        if (auto one = session(id)) sessions.push_back(std::move(*one));
    }
    return sessions;
}

std::vector<SearchHit> SqliteStore::search(const std::string& text, std::int64_t limit) {
    std::vector<SearchHit> hits;
    const auto found = [&](std::string id) {
        return std::ranges::any_of(hits,
                                   [&](const SearchHit& hit) { return hit.session.value == id; });
    };
    const std::string wanted = to_lower_ascii(text);
    const auto full = [&] { return static_cast<std::int64_t>(hits.size()) >= limit; };
    {
        Query query = database_.query(
            "SELECT id, name || ' ' || email || ' ' || phone || ' ' || topic || ' ' || id "
            "FROM session ORDER BY id DESC LIMIT ?1");
        query.bind(searched_max);
        while (!full() && query.step()) {
            const std::string id = query.text();
            if (to_lower_ascii(query.text()).find(wanted) != std::string::npos)
                hits.push_back({SessionId(id), ""});
        }
    }
    Query query = database_.query(
        "SELECT session, text FROM message WHERE deleted = 0 "
        "ORDER BY session DESC, id DESC LIMIT ?1");
    query.bind(searched_max);
    while (!full() && query.step()) {
        const std::string id = query.text();
        std::string words = query.text();
        if (to_lower_ascii(words).find(wanted) != std::string::npos && !found(id))
            hits.push_back({SessionId(id), std::move(words)});
    }
    return hits;
}

}  // namespace deskbell::store
