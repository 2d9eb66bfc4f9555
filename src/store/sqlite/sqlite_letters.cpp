// Letters: what must still be told to the desk.

#include "store/sqlite/checksum.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

namespace deskbell::store {
namespace {

#define LETTER_COLUMNS                                                                     \
    "id, session, position, kind, state, queued_at, message, part, parts, text, carrier, " \
    "frozen, attempts, first_attempt_at, desk_message, refusal, checksum"

core::Letter read_letter(Query& query) {
    core::Letter letter;
    letter.id = LetterId(query.text());
    letter.session = SessionId(query.text());
    letter.position = query.number();
    letter.kind = query.as<core::LetterKind>();
    letter.state = query.as<core::LetterState>();
    letter.queued_at = query.number();
    letter.message = MessageId(query.text());
    letter.part = static_cast<int>(query.number());
    letter.parts = static_cast<int>(query.number());
    letter.text = query.text();
    letter.carrier = LetterId(query.text());
    letter.frozen_json = query.text();
    letter.attempts = static_cast<int>(query.number());
    letter.first_attempt_at = query.number();
    letter.desk_message = DeskMessageId(query.text());
    letter.refusal = query.text();
    query.verify(checksum_of(letter), "Letter", letter.id.value);
    return letter;
}

std::vector<core::Letter> read_letters(Query& query) {
    std::vector<core::Letter> letters;
    while (query.step()) letters.push_back(read_letter(query));
    return letters;
}

}  // namespace

void SqliteStore::insert_letter(const core::Letter& letter) {
    database_
        .query("INSERT INTO letter (" LETTER_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
               "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)")
        .bind(letter.id.value)
        .bind(letter.session.value)
        .bind(letter.position)
        .bind(static_cast<std::int64_t>(letter.kind))
        .bind(static_cast<std::int64_t>(letter.state))
        .bind(letter.queued_at)
        .bind(letter.message.value)
        .bind(std::int64_t{letter.part})
        .bind(std::int64_t{letter.parts})
        .bind(letter.text)
        .bind(letter.carrier.value)
        .bind(letter.frozen_json)
        .bind(std::int64_t{letter.attempts})
        .bind(letter.first_attempt_at)
        .bind(letter.desk_message.value)
        .bind(letter.refusal)
        .bind(checksum_of(letter))
        .run();
}

bool SqliteStore::move_letter(core::LetterState from, const core::Letter& letter) {
    if (letter.state == core::LetterState::sent) {
        Query query = database_.query("DELETE FROM letter WHERE id = ?1 AND state = ?2");
        query.bind(letter.id.value).bind(static_cast<std::int64_t>(from)).run();
        return query.changes() == 1;
    }
    Query query = database_.query(
        "UPDATE letter SET position = ?3, state = ?4, text = ?5, carrier = ?6, frozen = ?7, "
        "attempts = ?8, first_attempt_at = ?9, desk_message = ?10, refusal = ?11, checksum = ?12 "
        "WHERE id = ?1 AND state = ?2");
    query.bind(letter.id.value)
        .bind(static_cast<std::int64_t>(from))
        .bind(letter.position)
        .bind(static_cast<std::int64_t>(letter.state))
        .bind(letter.text)
        .bind(letter.carrier.value)
        .bind(letter.frozen_json)
        .bind(std::int64_t{letter.attempts})
        .bind(letter.first_attempt_at)
        .bind(letter.desk_message.value)
        .bind(letter.refusal)
        .bind(checksum_of(letter))
        .run();
    return query.changes() == 1;
}

std::optional<core::Letter> SqliteStore::letter(const LetterId& id) {
    Query query = database_.query("SELECT " LETTER_COLUMNS " FROM letter WHERE id = ?1");
    query.bind(id.value);
    if (!query.step()) return std::nullopt;
    return read_letter(query);
}

std::vector<core::Letter> SqliteStore::folded_in(const LetterId& carrier) {
    Query query = database_.query("SELECT " LETTER_COLUMNS
                                  " FROM letter WHERE carrier = ?1 AND carrier <> '' "
                                  "ORDER BY position");
    query.bind(carrier.value);
    return read_letters(query);
}

std::vector<core::Letter> SqliteStore::lane(const SessionId& session, std::int64_t limit) {
    Query query = database_.query("SELECT " LETTER_COLUMNS
                                  " FROM letter WHERE session = ?1 AND state < 3 "
                                  "ORDER BY position LIMIT ?2");
    query.bind(session.value).bind(limit);
    return read_letters(query);
}

core::LaneState SqliteStore::lane_state(const SessionId& session) {
    Query query = database_.query(
        "SELECT state, kind, queued_at FROM letter WHERE session = ?1 AND state < 3 "
        "ORDER BY position");
    query.bind(session.value);
    core::LaneState lane;
    while (query.step()) {
        const auto state = query.as<core::LetterState>();
        const auto kind = query.as<core::LetterKind>();
        const WallMs queued_at = query.number();
        lane.opening = lane.opening || kind == core::LetterKind::open_thread;
        if (state != core::LetterState::queued) {
            ++lane.in_the_air;
            continue;
        }
        ++lane.queued;
        if (lane.oldest_queued_at == 0 || queued_at < lane.oldest_queued_at)
            lane.oldest_queued_at = queued_at;
    }
    return lane;
}

}  // namespace deskbell::store
