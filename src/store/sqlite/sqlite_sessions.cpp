// Sessions, their threads and their logs.

#include "store/sqlite/sqlite_store_impl.hpp"

#include "base/assert.hpp"
#include "store/sqlite/checksum.hpp"

namespace deskbell::store {
namespace {

// One list for every statement that reads or writes whole rows: the order is bind_session's and
// read_session's.
#define SESSION_COLUMNS                                                                         \
    "id, site, state, created_at, token_hash, name, email, phone, attributes, page_url, "       \
    "page_title, page_referrer, locale, timezone, generation, bot_turn, agent_id, agent_name, " \
    "agent_avatar, asked_at, closed_at, topic, note, queue_position, rating, rating_comment, "  \
    "delayed, destination, thread, previous_thread, thread_cursor, card_version, "              \
    "card_shown_version, blocked, moved, offer, estimated_wait_s"
#define SELECT_SESSION                                                  \
    "SELECT " SESSION_COLUMNS                                           \
    ", session.checksum"                                                \
    ", head, last_order_us, lane_position, read_seq, progress.checksum" \
    ", identity.user, identity.verified, identity.checksum"             \
    " FROM session JOIN progress ON progress.session = session.id "     \
    "LEFT JOIN identity ON identity.session = session.id "

void bind_session(Query& query, const core::Session& session) {
    static const core::Agent nobody;
    static const core::Rating unrated;
    const core::Agent& agent = session.agent ? *session.agent : nobody;
    const core::Rating& rating = session.rating ? *session.rating : unrated;
    query.bind(session.id.value)
        .bind(session.site.value)
        .bind(static_cast<std::int64_t>(session.state))
        .bind(session.created_at)
        .bind(session.token_hash)
        .bind(session.customer.name)
        .bind(session.customer.email)
        .bind(session.customer.phone)
        .bind(session.customer.attributes_json)
        .bind(session.page.url)
        .bind(session.page.title)
        .bind(session.page.referrer)
        .bind(session.locale)
        .bind(session.timezone)
        .bind(session.generation)
        .bind(session.bot_turn.value)
        .bind(agent.id.value)
        .bind(agent.name)
        .bind(agent.avatar)
        .bind(session.asked_at)
        .bind(session.closed_at)
        .bind(session.topic)
        .bind(session.note)
        .bind(session.queue_position)
        .bind(std::int64_t{rating.score})
        .bind(rating.comment)
        .bind(std::int64_t{session.delayed})
        .bind(session.destination.value)
        .bind(session.thread.value)
        .bind(session.previous_thread.value)
        .bind(session.thread_cursor)
        .bind(session.card_version)
        .bind(session.card_shown_version)
        .bind(std::int64_t{session.blocked})
        .bind(std::int64_t{session.moved})
        .bind(session.offer)
        .bind(session.estimated_wait_s)
        .bind(checksum_of(session));
}

core::Session read_session(Query& query) {
    core::Session session;
    session.id = SessionId(query.text());
    session.site = SiteId(query.text());
    session.state = query.as<core::SessionState>();
    session.created_at = query.number();
    session.token_hash = query.text();
    session.customer.name = query.text();
    session.customer.email = query.text();
    session.customer.phone = query.text();
    session.customer.attributes_json = query.text();
    session.page.url = query.text();
    session.page.title = query.text();
    session.page.referrer = query.text();
    session.locale = query.text();
    session.timezone = query.text();
    session.generation = query.number();
    session.bot_turn = MessageId(query.text());
    core::Agent agent;
    agent.id = DeskAgentId(query.text());
    agent.name = query.text();
    agent.avatar = query.text();
    if (agent != core::Agent{}) session.agent = std::move(agent);
    session.asked_at = query.number();
    session.closed_at = query.number();
    session.topic = query.text();
    session.note = query.text();
    session.queue_position = query.number();
    core::Rating rating;
    rating.score = static_cast<int>(query.number());
    rating.comment = query.text();
    if (rating.score != 0) session.rating = std::move(rating);
    session.delayed = query.number() != 0;
    session.destination = Destination(query.text());
    session.thread = DeskThreadId(query.text());
    session.previous_thread = DeskThreadId(query.text());
    session.thread_cursor = query.text();
    session.card_version = query.number();
    session.card_shown_version = query.number();
    session.blocked = query.number() != 0;
    session.moved = query.number() != 0;
    session.offer = query.text();
    session.estimated_wait_s = query.number();
    query.verify(checksum_of(session), "Session", session.id.value);
    session.head = query.number();
    session.last_order_us = query.number();
    session.lane_position = query.number();
    session.read_seq = query.number();
    query.verify(checksum_of_progress(session), "Progress of", session.id.value);
    session.user = query.text();
    session.verified = query.text();
    if (!session.user.empty())
        query.verify(checksum_of_identity(session), "Identity of", session.id.value);
    return session;
}

// Most commands change nothing else of a session.
bool only_progress_differs(const core::Session& before, const core::Session& after) {
    core::Session counted = after;
    counted.head = before.head;
    counted.last_order_us = before.last_order_us;
    counted.lane_position = before.lane_position;
    counted.read_seq = before.read_seq;
    counted.user = before.user;  // these two stand apart
    counted.verified = before.verified;
    return counted == before;
}

}  // namespace

std::optional<core::Session> SqliteStore::session(const SessionId& id) {
    Query query = database_.query(SELECT_SESSION "WHERE id = ?1");
    query.bind(id.value);
    if (!query.step()) return std::nullopt;
    return read_session(query);
}

std::optional<SessionId> SqliteStore::session_of_token(const std::string& hash) {
    Query query = database_.query(
        "SELECT id FROM session WHERE token_hash = ?1 "
        "UNION ALL SELECT session FROM token WHERE hash = ?1");
    query.bind(hash);
    if (!query.step()) return std::nullopt;
    return SessionId(query.text());
}

void SqliteStore::insert_session(const core::Session& session) {
    Query query = database_.query(
        "INSERT INTO session (" SESSION_COLUMNS
        ", checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
        "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, "
        "?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38)");
    bind_session(query, session);
    query.run();
    write_progress(session);
    if (!session.user.empty()) write_identity(session);
}

void SqliteStore::write_progress(const core::Session& session) {
    database_
        .query(
            "INSERT INTO progress (session, head, last_order_us, lane_position, read_seq, "
            "checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6) "
            "ON CONFLICT (session) DO UPDATE SET head = excluded.head, "
            "last_order_us = excluded.last_order_us, lane_position = excluded.lane_position, "
            "read_seq = excluded.read_seq, checksum = excluded.checksum")
        .bind(session.id.value)
        .bind(session.head)
        .bind(session.last_order_us)
        .bind(session.lane_position)
        .bind(session.read_seq)
        .bind(checksum_of_progress(session))
        .run();
}

void SqliteStore::update_session(const core::Session& before, const core::Session& after) {
    write_progress(after);
    if (before.user != after.user || before.verified != after.verified) write_identity(after);
    if (only_progress_differs(before, after)) return;
    Query query = database_.query(
        "UPDATE session SET site = ?2, state = ?3, created_at = ?4, token_hash = ?5, name = ?6, "
        "email = ?7, phone = ?8, attributes = ?9, page_url = ?10, page_title = ?11, "
        "page_referrer = ?12, locale = ?13, timezone = ?14, generation = ?15, bot_turn = ?16, "
        "agent_id = ?17, agent_name = ?18, agent_avatar = ?19, asked_at = ?20, closed_at = ?21, "
        "topic = ?22, note = ?23, queue_position = ?24, rating = ?25, rating_comment = ?26, "
        "delayed = ?27, destination = ?28, thread = ?29, previous_thread = ?30, "
        "thread_cursor = ?31, card_version = ?32, card_shown_version = ?33, blocked = ?34, moved = "
        "?35, "
        "offer = ?36, estimated_wait_s = ?37, checksum = ?38 WHERE id = ?1");
    bind_session(query, after);
    query.run();
    DESKBELL_ASSERT(query.changes() == 1);
}

std::int64_t SqliteStore::waiting_ahead(const SiteId& site, WallMs asked_at, const SessionId& id) {
    Query query = database_.query(
        "SELECT count(*) FROM session WHERE state = 1 AND site = ?1 AND id <> ?3 "
        "AND (asked_at < ?2 OR (asked_at = ?2 AND id < ?3))");
    query.bind(site.value).bind(asked_at).bind(id.value);
    return query.step() ? query.number() : 0;
}

std::vector<QueuePlace> SqliteStore::waiting_line(std::int64_t per_site_max) {
    Query query = database_.query(
        "SELECT id, ahead FROM (SELECT id, row_number() OVER "
        "(PARTITION BY site ORDER BY asked_at, id) - 1 AS ahead FROM session WHERE state = 1) "
        "WHERE ahead < ?1");
    query.bind(per_site_max);
    std::vector<QueuePlace> line;
    while (query.step()) {
        SessionId id(query.text());
        line.push_back({std::move(id), query.number()});
    }
    return line;
}

core::DestinationLoad SqliteStore::destination_load() {
    Query query = database_.query(
        "SELECT destination, count(*) FROM session WHERE state IN (1, 2) GROUP BY destination");
    core::DestinationLoad load;
    while (query.step()) {
        Destination destination(query.text());
        load[std::move(destination)] = static_cast<std::size_t>(query.number());
    }
    return load;
}

std::vector<core::Session> SqliteStore::list_sessions(const SessionId& before, std::int64_t limit) {
    Query query = database_.query(SELECT_SESSION
                                  "WHERE ?1 = '' OR id < ?1 "
                                  "ORDER BY id DESC LIMIT ?2");
    query.bind(before.value).bind(limit);
    std::vector<core::Session> sessions;
    while (query.step()) sessions.push_back(read_session(query));
    return sessions;
}

void SqliteStore::forget_session(const SessionId& id) {
    database_.query("DELETE FROM letter WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM message WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM event WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM tombstone WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM identity WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM token WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM file WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM doubt WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM reaction WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM timer WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM wait WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM thread WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM progress WHERE session = ?1").bind(id.value).run();
    database_.query("DELETE FROM session WHERE id = ?1").bind(id.value).run();
}

std::vector<SessionId> SqliteStore::session_ids(Query query) {
    std::vector<SessionId> ids;
    while (query.step()) ids.emplace_back(query.text());
    return ids;
}

std::vector<SessionId> SqliteStore::sessions_with_letters() {
    return session_ids(
        database_.query("SELECT DISTINCT session FROM letter WHERE state < 3 ORDER BY session"));
}

std::vector<SessionId> SqliteStore::sessions_with_card_due() {
    return session_ids(
        database_.query("SELECT id FROM session WHERE card_version > "
                        "card_shown_version AND thread <> '' ORDER BY id"));
}

std::vector<SessionId> SqliteStore::sessions_with_bot_turn() {
    return session_ids(
        database_.query("SELECT id FROM session WHERE bot_turn <> '' ORDER BY bot_turn"));
}

std::optional<ThreadOwner> SqliteStore::thread_owner(const DeskThreadId& thread) {
    Query query = database_.query("SELECT session, lost FROM thread WHERE thread = ?1");
    query.bind(thread.value);
    if (!query.step()) return std::nullopt;
    SessionId session(query.text());
    return ThreadOwner{std::move(session), query.number() != 0};
}

void SqliteStore::insert_thread(const DeskThreadId& thread, const SessionId& session) {
    database_.query("INSERT INTO thread (thread, session, lost) VALUES (?1, ?2, 0)")
        .bind(thread.value)
        .bind(session.value)
        .run();
}

void SqliteStore::lose_thread(const DeskThreadId& thread) {
    database_.query("UPDATE thread SET lost = 1 WHERE thread = ?1").bind(thread.value).run();
}

std::vector<ThreadRow> SqliteStore::threads(WallMs closed_after, std::int64_t limit) {
    Query query = database_.query(
        "SELECT id, thread, thread_cursor, 1 FROM session WHERE state IN (1, 2) AND thread <> '' "
        "UNION ALL SELECT * FROM (SELECT id, thread, thread_cursor, 0 FROM session WHERE state = 3 "
        "AND closed_at > ?1 AND thread <> '' ORDER BY closed_at DESC) "
        "UNION ALL SELECT * FROM (SELECT lost.session, lost.thread, '', 2 FROM session, thread AS "
        "lost WHERE lost.session = session.id AND lost.lost = 1 AND (session.state IN (1, 2) OR "
        "(session.state = 3 AND session.closed_at > ?1)) ORDER BY lost.thread) LIMIT ?2");
    query.bind(closed_after).bind(limit);
    std::vector<ThreadRow> rows;
    while (query.step()) {
        ThreadRow row;
        row.session = SessionId(query.text());
        row.thread = DeskThreadId(query.text());
        row.cursor = query.text();
        const std::int64_t use = query.number();
        row.active = use == 1;
        row.lost = use == 2;
        rows.push_back(std::move(row));
    }
    return rows;
}

void SqliteStore::append_event(const SessionId& session, const core::Event& event) {
    database_.query("INSERT INTO event (session, seq, json, checksum) VALUES (?1, ?2, ?3, ?4)")
        .bind(session.value)
        .bind(event.seq)
        .bind(event.json)
        .bind(checksum_of(session, event))
        .run();
}

std::int64_t SqliteStore::head_of(const SessionId& session) {
    Query query = database_.query("SELECT head FROM progress WHERE session = ?1");
    query.bind(session.value);
    return query.step() ? query.number() : 0;
}

std::vector<core::Event> SqliteStore::events(const SessionId& session, std::int64_t after,
                                             std::int64_t limit) {
    Query query = database_.query(
        "SELECT seq, json, checksum FROM event WHERE session = ?1 AND seq > ?2 ORDER BY seq LIMIT "
        "?3");
    query.bind(session.value).bind(after).bind(limit);
    std::vector<core::Event> events;
    std::int64_t expected = after;
    while (query.step()) {
        core::Event& event = events.emplace_back();
        event.seq = query.number();
        event.json = query.text();
        const std::string name = session.value + "/" + std::to_string(event.seq);
        query.verify(checksum_of(session, event), "Event", name);
        // A log has no gaps, and ends where its session says.
        if (event.seq != ++expected) database_.raise_damaged("Event " + name + " (one is missing)");
    }
    if (static_cast<std::int64_t>(events.size()) < limit && expected < head_of(session))
        database_.raise_damaged("The end of the log of " + session.value);
    return events;
}

}  // namespace deskbell::store
