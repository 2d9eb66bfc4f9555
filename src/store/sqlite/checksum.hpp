#pragma once
// What a row says, in 64 bits, kept in the row: a bit that flips on the disk or in memory is found
// when the row is read, before its words reach anybody. It is no defence against people.
// For src/store/sqlite only.

#include "core/session.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

struct sqlite3;

namespace deskbell::store {

// Every step is a bijection of what was there before, so that a change in one word never vanishes.
class Checksum {
public:
    Checksum& add(std::string_view text) {
        mix(text.size());
        for (; text.size() >= sizeof(std::uint64_t); text.remove_prefix(sizeof(std::uint64_t))) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data(), sizeof word);
            mix(word);
        }
        std::uint64_t rest = 0;
        if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
        mix(rest);
        return *this;
    }
    Checksum& add(std::int64_t number) {
        mix(static_cast<std::uint64_t>(number));
        return *this;
    }
    [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(state_); }

private:
    void mix(std::uint64_t word) {
        state_ = (state_ ^ word) * 0x9e3779b97f4a7c15U;
        state_ ^= state_ >> 29;
    }

    std::uint64_t state_ = 0x6465736b62656c6cU;
};

// Of what cannot change, or is written as a whole. A message's stage and desk ids stand beside it.
[[nodiscard]] std::int64_t checksum_of(const core::Session& session);
[[nodiscard]] std::int64_t checksum_of_identity(const core::Session& session);
[[nodiscard]] std::int64_t checksum_of_progress(const core::Session& session);
[[nodiscard]] std::int64_t checksum_of(const SessionId& session, const core::Event& event);
[[nodiscard]] std::int64_t checksum_of(const core::Message& message);
[[nodiscard]] std::int64_t checksum_of(const core::Letter& letter);
[[nodiscard]] std::int64_t checksum_of(const core::File& file);

// The same for SQL: row_checksum(column, …), over texts and whole numbers, for migrating and for
// checking a whole file. The expressions name the columns in the order of the functions above.
void add_checksum_function(sqlite3* connection);
// The name of the first row that is not what was written, or empty. Adds the function by itself;
// the tables must have their checksums (schema 2).
[[nodiscard]] std::string damaged_row(sqlite3* connection);

#define EVENT_CHECKSUM "row_checksum(session, seq, json)"
#define MESSAGE_CHECKSUM                                                                    \
    "row_checksum(session, id, seq, at, role, author_name, author_avatar, text, markdown, " \
    "rich, order_key, client_id, in_reply_to)"
#define LETTER_CHECKSUM                                                                        \
    "row_checksum(id, session, position, kind, state, queued_at, message, part, parts, text, " \
    "carrier, frozen, attempts, first_attempt_at, desk_message, refusal)"
#define FILE_CHECKSUM                                                                       \
    "row_checksum(id, session, site, message, from_agent, state, name, type, size, width, " \
    "height, hash, desk_file, reason, at)"
#define IDENTITY_CHECKSUM "row_checksum(session, of_site, user, verified)"
#define PROGRESS_CHECKSUM "row_checksum(session, head, last_order_us, lane_position, read_seq)"
#define SESSION_CHECKSUM                                                                      \
    "row_checksum(id, site, state, created_at, token_hash, name, email, phone, attributes, "  \
    "page_url, page_title, page_referrer, locale, timezone, generation, bot_turn, agent_id, " \
    "agent_name, agent_avatar, asked_at, closed_at, topic, note, queue_position, rating, "    \
    "rating_comment, delayed, destination, thread, previous_thread, thread_cursor, "          \
    "card_version, card_shown_version)"

}  // namespace deskbell::store
