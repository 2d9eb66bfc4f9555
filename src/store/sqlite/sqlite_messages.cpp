// Messages: the projection of the logs.

#include "base/assert.hpp"
#include "store/sqlite/checksum.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

#include <algorithm>

namespace deskbell::store {
namespace {

#define MESSAGE_COLUMNS                                                              \
    "session, id, seq, at, role, author_name, author_avatar, text, markdown, rich, " \
    "order_key, client_id, body_hash, in_reply_to, desk_message, desk_order, "       \
    "desk_sender_key, desk_edit_key, stage, deleted, desk_posts, edits, checksum"

core::Message read_message(Query& query) {
    core::Message message;
    message.session = SessionId(query.text());
    message.id = MessageId(query.text());
    message.seq = query.number();
    message.at = query.number();
    message.role = query.as<core::AuthorRole>();
    message.author_name = query.text();
    message.author_avatar = query.text();
    message.text = query.text();
    message.markdown = query.number() != 0;
    message.rich_json = query.text();
    message.order = query.text();
    message.client_id = query.text();
    message.body_hash = query.text();
    message.in_reply_to = query.text();
    message.desk_message = DeskMessageId(query.text());
    message.desk_order = query.text();
    message.desk_sender_key = query.text();
    message.desk_edit_key = query.text();
    message.stage = query.as<core::Stage>();
    message.deleted = query.number() != 0;
    message.desk_posts = query.text();
    message.edits = query.number();
    query.verify(checksum_of(message), "Message", message.id.value);
    return message;
}

std::optional<core::Message> first_message(Query& query) {
    if (!query.step()) return std::nullopt;
    return read_message(query);
}

core::Delivery read_delivery(Query& query) {
    core::Delivery delivery;
    delivery.message = MessageId(query.text());
    delivery.stage = query.as<core::Stage>();
    delivery.desk_message = DeskMessageId(query.text());
    delivery.desk_order = query.text();
    delivery.desk_posts = query.text();
    return delivery;
}

// Files have no place in a line but their names.
std::string with_names(std::string text, const std::string& names) {
    for (std::size_t begin = 0; begin < names.size();) {
        const std::size_t end = std::min(names.find('\n', begin), names.size());
        text += (text.empty() ? "📎 " : "\n📎 ") + names.substr(begin, end - begin);
        begin = end + 1;
    }
    return text;
}

}  // namespace

void SqliteStore::insert_message(const core::Message& message) {
    database_
        .query("INSERT INTO message (" MESSAGE_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
               "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)")
        .bind(message.session.value)
        .bind(message.id.value)
        .bind(message.seq)
        .bind(message.at)
        .bind(static_cast<std::int64_t>(message.role))
        .bind(message.author_name)
        .bind(message.author_avatar)
        .bind(message.text)
        .bind(std::int64_t{message.markdown})
        .bind(message.rich_json)
        .bind(message.order)
        .bind(message.client_id)
        .bind(message.body_hash)
        .bind(message.in_reply_to)
        .bind(message.desk_message.value)
        .bind(message.desk_order)
        .bind(message.desk_sender_key)
        .bind(message.desk_edit_key)
        .bind(static_cast<std::int64_t>(message.stage))
        .bind(std::int64_t{message.deleted})
        .bind(message.desk_posts)
        .bind(message.edits)
        .bind(checksum_of(message))
        .run();
}

void SqliteStore::update_message(const core::Message& message) {
    Query query = database_.query(
        "UPDATE message SET text = ?3, rich = ?4, desk_edit_key = ?5, deleted = ?6, "
        "checksum = ?7, edits = ?8 WHERE session = ?1 AND id = ?2");
    query.bind(message.session.value)
        .bind(message.id.value)
        .bind(message.text)
        .bind(message.rich_json)
        .bind(message.desk_edit_key)
        .bind(std::int64_t{message.deleted})
        .bind(checksum_of(message))
        .bind(message.edits)
        .run();
    DESKBELL_ASSERT(query.changes() == 1);
}

void SqliteStore::update_delivery(const SessionId& session, const core::Delivery& delivery) {
    Query query = database_.query(
        "UPDATE message SET stage = ?3, desk_message = ?4, desk_order = ?5, desk_posts = ?6 "
        "WHERE session = ?1 AND id = ?2");
    query.bind(session.value)
        .bind(delivery.message.value)
        .bind(static_cast<std::int64_t>(delivery.stage))
        .bind(delivery.desk_message.value)
        .bind(delivery.desk_order)
        .bind(delivery.desk_posts)
        .run();
    DESKBELL_ASSERT(query.changes() == 1);
}

std::optional<core::Message> SqliteStore::message(const SessionId& session, const MessageId& id) {
    Query query =
        database_.query("SELECT " MESSAGE_COLUMNS " FROM message WHERE session = ?1 AND id = ?2");
    query.bind(session.value).bind(id.value);
    return first_message(query);
}

std::optional<core::Message> SqliteStore::message_of_client(const SessionId& session,
                                                            const std::string& client_id) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE session = ?1 AND client_id = ?2 "
                                  "AND client_id <> ''");
    query.bind(session.value).bind(client_id);
    return first_message(query);
}

std::optional<core::Message> SqliteStore::message_in_reply_to(const SessionId& session,
                                                              const std::string& in_reply_to) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE session = ?1 AND in_reply_to = ?2 "
                                  "AND in_reply_to <> ''");
    query.bind(session.value).bind(in_reply_to);
    return first_message(query);
}

std::optional<core::Message> SqliteStore::message_of_desk(const DeskMessageId& desk_message) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE desk_message = ?1 AND role = 2");
    query.bind(desk_message.value);
    return first_message(query);
}

std::optional<core::Message> SqliteStore::message_of_sender(const std::string& desk_sender_key) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE desk_sender_key = ?1 "
                                  "AND desk_sender_key <> ''");
    query.bind(desk_sender_key);
    return first_message(query);
}

std::vector<core::Message> SqliteStore::messages_in_post(const SessionId& session,
                                                         const LetterId& letter) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE session = ?1 "
                                  "AND instr(desk_posts, ?2) > 0 ORDER BY id");
    query.bind(session.value).bind(letter.value);
    std::vector<core::Message> messages;
    while (query.step()) messages.push_back(read_message(query));
    return messages;
}

std::vector<core::Message> SqliteStore::messages(const SessionId& session) {
    Query query = database_.query("SELECT " MESSAGE_COLUMNS
                                  " FROM message WHERE session = ?1 ORDER BY order_key");
    query.bind(session.value);
    std::vector<core::Message> messages;
    while (query.step()) messages.push_back(read_message(query));
    return messages;
}

std::vector<core::Line> SqliteStore::conversation(const SessionId& session, std::int64_t limit) {
    // A message whose first part still waits will be said in its turn. Ids begin with their time,
    // so the newest rows are at the end of the session's range; among these the order keys decide.
    Query query = database_.query(
        "SELECT " MESSAGE_COLUMNS
        ", (SELECT group_concat(name, char(10)) FROM file WHERE file.session = ?1 "
        "AND file.message = m.id) FROM message AS m WHERE session = ?1 "
        "AND deleted = 0 AND NOT EXISTS (SELECT 1 FROM letter WHERE letter.session = ?1 "
        "AND letter.state < 3 AND letter.message = m.id AND letter.part = 1 AND letter.kind NOT IN "
        "(4, 5)) "
        "ORDER BY id DESC LIMIT ?2");
    query.bind(session.value).bind(limit);
    std::vector<std::pair<std::string, core::Line>> found;
    while (query.step()) {
        core::Message message = read_message(query);
        core::Line line;
        line.at = message.at;
        line.role = message.role;
        line.name = std::move(message.author_name);
        line.text = with_names(std::move(message.text), query.text());
        found.emplace_back(std::move(message.order), std::move(line));
    }
    std::ranges::sort(found, {},
                      [](const auto& entry) -> const std::string& { return entry.first; });
    std::vector<core::Line> lines;
    lines.reserve(found.size());
    for (auto& [order, line] : found) lines.push_back(std::move(line));
    return lines;
}

core::Delivery SqliteStore::delivery(const SessionId& session, const MessageId& message) {
    Query query = database_.query(
        "SELECT id, stage, desk_message, desk_order, desk_posts, EXISTS (SELECT 1 FROM file "
        "WHERE file.session = ?1 AND file.message = ?2) FROM message "
        "WHERE session = ?1 AND id = ?2");
    query.bind(session.value).bind(message.value);
    const bool found = query.step();
    DESKBELL_ASSERT(found);
    core::Delivery delivery = read_delivery(query);
    delivery.has_files = query.number() != 0;
    return delivery;
}

// Both read a session's messages backwards from the newest and stop at the first that settles it:
// customers' messages reach the desk in the order of their ids, so behind that one nothing matters.

std::vector<core::Delivery> SqliteStore::unseen(const SessionId& session,
                                                const std::string& desk_order) {
    Query query = database_.query(
        "SELECT id, stage, desk_message, desk_order, desk_posts FROM message WHERE session = ?1 "
        "AND role = 0 AND desk_order <> '' AND desk_order <= ?2 ORDER BY id DESC");
    query.bind(session.value).bind(desk_order);
    std::vector<core::Delivery> unseen;
    while (query.step()) {
        core::Delivery delivery = read_delivery(query);
        if (delivery.stage == core::Stage::seen) break;
        if (delivery.stage == core::Stage::delivered) unseen.push_back(std::move(delivery));
    }
    std::ranges::reverse(unseen);
    return unseen;
}

std::string SqliteStore::order_floor(const SessionId& session, const std::string& desk_order) {
    Query query = database_.query(
        "SELECT role, order_key FROM message WHERE session = ?1 AND desk_order <> '' "
        "AND desk_order < ?2 ORDER BY id DESC");
    query.bind(session.value).bind(desk_order);
    std::string floor;
    while (query.step()) {
        const auto role = query.as<core::AuthorRole>();
        floor = std::max(floor, query.text());
        if (role == core::AuthorRole::customer) break;
    }
    return floor;
}

void SqliteStore::insert_tombstone(const DeskMessageId& desk_message, const SessionId& session) {
    database_.query("INSERT INTO tombstone (desk_message, session) VALUES (?1, ?2)")
        .bind(desk_message.value)
        .bind(session.value)
        .run();
}

bool SqliteStore::has_tombstone(const DeskMessageId& desk_message) {
    Query query = database_.query("SELECT 1 FROM tombstone WHERE desk_message = ?1");
    query.bind(desk_message.value);
    return query.step();
}

std::vector<core::KnownReply> SqliteStore::replies(const SessionId& session,
                                                   const std::string& from) {
    Query query = database_.query(
        "SELECT desk_message, desk_order, desk_sender_key, deleted FROM message "
        "WHERE session = ?1 AND role = 2 AND desk_order >= ?2 ORDER BY desk_order");
    query.bind(session.value).bind(from);
    std::vector<core::KnownReply> replies;
    while (query.step()) {
        core::KnownReply reply;
        reply.message = DeskMessageId(query.text());
        reply.order = query.text();
        reply.sender_key = query.text();
        reply.deleted = query.number() != 0;
        replies.push_back(std::move(reply));
    }
    return replies;
}

}  // namespace deskbell::store
