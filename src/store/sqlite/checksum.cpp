#include "store/sqlite/checksum.hpp"

#include <sqlite3.h>

namespace deskbell::store {

std::int64_t checksum_of(const core::Session& session) {
    static const core::Agent nobody;
    static const core::Rating unrated;
    const core::Agent& agent = session.agent ? *session.agent : nobody;
    const core::Rating& rating = session.rating ? *session.rating : unrated;
    return Checksum()
        .add(session.id.value)
        .add(session.site.value)
        .add(static_cast<std::int64_t>(session.state))
        .add(session.created_at)
        .add(session.token_hash)
        .add(session.customer.name)
        .add(session.customer.email)
        .add(session.customer.phone)
        .add(session.customer.attributes_json)
        .add(session.page.url)
        .add(session.page.title)
        .add(session.page.referrer)
        .add(session.locale)
        .add(session.timezone)
        .add(session.generation)
        .add(session.bot_turn.value)
        .add(agent.id.value)
        .add(agent.name)
        .add(agent.avatar)
        .add(session.asked_at)
        .add(session.closed_at)
        .add(session.topic)
        .add(session.note)
        .add(session.queue_position)
        .add(std::int64_t{rating.score})
        .add(rating.comment)
        .add(std::int64_t{session.delayed})
        .add(session.destination.value)
        .add(session.thread.value)
        .add(session.previous_thread.value)
        .add(session.thread_cursor)
        .add(session.card_version)
        .add(session.card_shown_version)
        .value();
}

std::int64_t checksum_of_identity(const core::Session& session) {
    return Checksum()
        .add(session.id.value)
        .add(session.site.value)
        .add(session.user)
        .add(session.verified)
        .value();
}

std::int64_t checksum_of_progress(const core::Session& session) {
    return Checksum()
        .add(session.id.value)
        .add(session.head)
        .add(session.last_order_us)
        .add(session.lane_position)
        .add(session.read_seq)
        .value();
}

std::int64_t checksum_of(const SessionId& session, const core::Event& event) {
    return Checksum().add(session.value).add(event.seq).add(event.json).value();
}

std::int64_t checksum_of(const core::Message& message) {
    return Checksum()
        .add(message.session.value)
        .add(message.id.value)
        .add(message.seq)
        .add(message.at)
        .add(static_cast<std::int64_t>(message.role))
        .add(message.author_name)
        .add(message.author_avatar)
        .add(message.text)
        .add(std::int64_t{message.markdown})
        .add(message.rich_json)
        .add(message.order)
        .add(message.client_id)
        .add(message.in_reply_to)
        .value();
}

std::int64_t checksum_of(const core::Letter& letter) {
    return Checksum()
        .add(letter.id.value)
        .add(letter.session.value)
        .add(letter.position)
        .add(static_cast<std::int64_t>(letter.kind))
        .add(static_cast<std::int64_t>(letter.state))
        .add(letter.queued_at)
        .add(letter.message.value)
        .add(std::int64_t{letter.part})
        .add(std::int64_t{letter.parts})
        .add(letter.text)
        .add(letter.carrier.value)
        .add(letter.frozen_json)
        .add(std::int64_t{letter.attempts})
        .add(letter.first_attempt_at)
        .add(letter.desk_message.value)
        .add(letter.refusal)
        .value();
}

std::int64_t checksum_of(const core::File& file) {
    return Checksum()
        .add(file.id.value)
        .add(file.session.value)
        .add(file.site.value)
        .add(file.message.value)
        .add(std::int64_t{file.from_agent})
        .add(static_cast<std::int64_t>(file.state))
        .add(file.name)
        .add(file.type)
        .add(file.size)
        .add(file.width)
        .add(file.height)
        .add(file.hash)
        .add(file.desk_file.value)
        .add(file.reason)
        .add(file.at)
        .value();
}

void add_checksum_function(sqlite3* connection) {
    const auto row_checksum = [](sqlite3_context* context, int count, sqlite3_value** values) {
        Checksum checksum;
        for (int i = 0; i < count; ++i) {
            if (sqlite3_value_type(values[i]) == SQLITE_INTEGER) {
                checksum.add(std::int64_t{sqlite3_value_int64(values[i])});
                continue;
            }
            const auto* bytes = reinterpret_cast<const char*>(sqlite3_value_text(values[i]));
            const auto size = static_cast<std::size_t>(sqlite3_value_bytes(values[i]));
            checksum.add(bytes ? std::string_view(bytes, size) : std::string_view());
        }
        sqlite3_result_int64(context, checksum.value());
    };
    sqlite3_create_function_v2(connection, "row_checksum", -1,
                               SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, nullptr,
                               row_checksum, nullptr, nullptr, nullptr);
}

namespace {

// Backups of earlier schemas lack tables.
bool has_table(sqlite3* connection, const char* name) {
    sqlite3_stmt* statement = nullptr;
    const char* const query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";
    if (sqlite3_prepare_v2(connection, query, -1, &statement, nullptr) != SQLITE_OK) return false;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const bool found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

}  // namespace

std::string damaged_row(sqlite3* connection) {
    add_checksum_function(connection);
    const bool with_files = has_table(connection, "file");
    const bool with_identities = has_table(connection, "identity");
    for (const char* query :
         {"SELECT 'Session ' || id FROM session WHERE checksum <> " SESSION_CHECKSUM " LIMIT 1",
          "SELECT 'Progress of ' || session FROM progress WHERE checksum <> " PROGRESS_CHECKSUM
          " LIMIT 1",
          "SELECT 'Message ' || id FROM message WHERE checksum <> " MESSAGE_CHECKSUM " LIMIT 1",
          with_files ? "SELECT 'File ' || id FROM file WHERE checksum <> " FILE_CHECKSUM " LIMIT 1"
                     : "SELECT 1 WHERE 0",
          with_identities ? "SELECT 'Identity of ' || session FROM identity WHERE checksum "
                            "<> " IDENTITY_CHECKSUM " LIMIT 1"
                          : "SELECT 1 WHERE 0",
          "SELECT 'Letter ' || id FROM letter WHERE checksum <> " LETTER_CHECKSUM " LIMIT 1",
          "SELECT 'Event ' || session || '/' || seq FROM event WHERE checksum <> " EVENT_CHECKSUM
          " LIMIT 1"}) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(connection, query, -1, &statement, nullptr) != SQLITE_OK)
            return sqlite3_errmsg(connection);
        const int result = sqlite3_step(statement);
        std::string row;
        if (result == SQLITE_ROW) {
            const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
            row = name ? name : "A row without a name";
        } else if (result != SQLITE_DONE) {
            row = sqlite3_errmsg(connection);
        }
        sqlite3_finalize(statement);
        if (!row.empty()) return row;
    }
    return "";
}

}  // namespace deskbell::store
