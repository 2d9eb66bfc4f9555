// Doubts: what was sent again and may still appear twice. Reactions: what was taken in of parents.

#include "store/sqlite/sqlite_store_impl.hpp"

#include <algorithm>

namespace deskbell::store {
namespace {

#define DOUBT_COLUMNS                                                                     \
    "letter, session, kind, destination, message, thread, first_attempt_at, settled_at, " \
    "audits"

core::Doubt read_doubt(Query& query) {
    core::Doubt doubt;
    doubt.letter = LetterId(query.text());
    doubt.session = SessionId(query.text());
    doubt.kind = query.as<core::LetterKind>();
    doubt.destination = Destination(query.text());
    doubt.message = DeskMessageId(query.text());
    doubt.thread = DeskThreadId(query.text());
    doubt.first_attempt_at = query.number();
    doubt.settled_at = query.number();
    doubt.audits = static_cast<int>(query.number());
    return doubt;
}

}  // namespace

void SqliteStore::keep_doubt(const core::Doubt& doubt, WallMs before) {
    database_
        .query("INSERT OR REPLACE INTO doubt (" DOUBT_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
        .bind(doubt.letter.value)
        .bind(doubt.session.value)
        .bind(static_cast<std::int64_t>(doubt.kind))
        .bind(doubt.destination.value)
        .bind(doubt.message.value)
        .bind(doubt.thread.value)
        .bind(doubt.first_attempt_at)
        .bind(doubt.settled_at)
        .bind(std::int64_t{doubt.audits})
        .run();
    database_.query("DELETE FROM doubt WHERE settled_at < ?1").bind(before).run();
    if (database_.number_of("SELECT count(*) FROM doubt") <= doubts_max) return;
    database_
        .query(
            "DELETE FROM doubt WHERE letter IN (SELECT letter FROM doubt "
            "ORDER BY settled_at, letter LIMIT 1)")
        .run();
}

std::optional<core::Doubt> SqliteStore::doubt(const LetterId& letter) {
    Query query = database_.query("SELECT " DOUBT_COLUMNS " FROM doubt WHERE letter = ?1");
    query.bind(letter.value);
    if (!query.step()) return std::nullopt;
    return read_doubt(query);
}

std::vector<core::Doubt> SqliteStore::doubts() {
    Query query =
        database_.query("SELECT " DOUBT_COLUMNS " FROM doubt ORDER BY settled_at, letter");
    std::vector<core::Doubt> doubts;
    while (query.step()) doubts.push_back(read_doubt(query));
    return doubts;
}

void SqliteStore::keep_reaction(const DeskThreadId& thread, const SessionId& session,
                                const core::Reaction& reaction) {
    database_
        .query("INSERT OR REPLACE INTO reaction (thread, key, session, at) VALUES (?1, ?2, ?3, ?4)")
        .bind(thread.value)
        .bind(reaction.key)
        .bind(session.value)
        .bind(reaction.at)
        .run();
}

std::string SqliteStore::reaction_at(const DeskThreadId& thread, const std::string& key) {
    Query query = database_.query("SELECT at FROM reaction WHERE thread = ?1 AND key = ?2");
    query.bind(thread.value).bind(key);
    return query.step() ? query.text() : std::string();
}

void SqliteStore::forget_reactions(const DeskThreadId& thread, const std::vector<std::string>& keys,
                                   const std::string& before) {
    std::vector<std::string> gone;
    {
        Query query = database_.query("SELECT key FROM reaction WHERE thread = ?1 AND at < ?2");
        query.bind(thread.value).bind(before);
        while (query.step()) {
            std::string key = query.text();
            if (std::ranges::find(keys, key) == keys.end()) gone.push_back(std::move(key));
        }
    }
    for (const std::string& key : gone) {
        database_.query("DELETE FROM reaction WHERE thread = ?1 AND key = ?2")
            .bind(thread.value)
            .bind(key)
            .run();
    }
}

}  // namespace deskbell::store
