// Files: what is known of them.

#include "base/assert.hpp"
#include "store/sqlite/checksum.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

namespace deskbell::store {
namespace {

#define FILE_COLUMNS                                                                   \
    "id, session, site, message, from_agent, state, name, type, size, width, height, " \
    "hash, desk_file, reason, at, checksum"

core::File read_file(Query& query) {
    core::File file;
    file.id = FileId(query.text());
    file.session = SessionId(query.text());
    file.site = SiteId(query.text());
    file.message = MessageId(query.text());
    file.from_agent = query.number() != 0;
    file.state = query.as<core::FileState>();
    file.name = query.text();
    file.type = query.text();
    file.size = query.number();
    file.width = query.number();
    file.height = query.number();
    file.hash = query.text();
    file.desk_file = DeskFileId(query.text());
    file.reason = query.text();
    file.at = query.number();
    query.verify(checksum_of(file), "File", file.id.value);
    return file;
}

std::vector<core::File> read_files(Query&& query) {
    std::vector<core::File> files;
    while (query.step()) files.push_back(read_file(query));
    return files;
}

}  // namespace

void SqliteStore::insert_file(const core::File& file) {
    database_
        .query("INSERT INTO file (" FILE_COLUMNS
               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
               "?10, ?11, ?12, ?13, ?14, ?15, ?16)")
        .bind(file.id.value)
        .bind(file.session.value)
        .bind(file.site.value)
        .bind(file.message.value)
        .bind(std::int64_t{file.from_agent})
        .bind(static_cast<std::int64_t>(file.state))
        .bind(file.name)
        .bind(file.type)
        .bind(file.size)
        .bind(file.width)
        .bind(file.height)
        .bind(file.hash)
        .bind(file.desk_file.value)
        .bind(file.reason)
        .bind(file.at)
        .bind(checksum_of(file))
        .run();
}

void SqliteStore::update_file(const core::File& file) {
    Query query = database_.query(
        "UPDATE file SET message = ?2, state = ?3, type = ?4, size = ?5, width = ?6, height = ?7, "
        "hash = ?8, desk_file = ?9, reason = ?10, checksum = ?11, name = ?12 WHERE id = ?1");
    query.bind(file.id.value)
        .bind(file.message.value)
        .bind(static_cast<std::int64_t>(file.state))
        .bind(file.type)
        .bind(file.size)
        .bind(file.width)
        .bind(file.height)
        .bind(file.hash)
        .bind(file.desk_file.value)
        .bind(file.reason)
        .bind(checksum_of(file))
        .bind(file.name)
        .run();
    DESKBELL_ASSERT(query.changes() == 1);
}

std::optional<core::File> SqliteStore::file(const FileId& id) {
    Query query = database_.query("SELECT " FILE_COLUMNS " FROM file WHERE id = ?1");
    query.bind(id.value);
    if (!query.step()) return std::nullopt;
    return read_file(query);
}

std::vector<core::File> SqliteStore::files(const SessionId& session) {
    Query query = database_.query("SELECT " FILE_COLUMNS
                                  " FROM file WHERE session = ?1 ORDER BY at, message, id");
    query.bind(session.value);
    return read_files(std::move(query));
}

std::vector<core::File> SqliteStore::files_of_message(const SessionId& session,
                                                      const MessageId& message) {
    Query query = database_.query("SELECT " FILE_COLUMNS
                                  " FROM file WHERE session = ?1 AND message = ?2 ORDER BY at, id");
    query.bind(session.value).bind(message.value);
    return read_files(std::move(query));
}

std::vector<core::File> SqliteStore::files_coming() {
    return read_files(
        database_.query("SELECT " FILE_COLUMNS " FROM file WHERE state = 1 ORDER BY at, id"));
}

std::vector<core::File> SqliteStore::old_files(const FileLimits& limits) {
    Query query = database_.query("SELECT " FILE_COLUMNS
                                  " FROM file WHERE state = 0 AND (at < ?1 OR "
                                  "(at < ?2 AND message = '')) ORDER BY at, id LIMIT ?3");
    query.bind(limits.before).bind(limits.unsent_before).bind(limits.limit);
    return read_files(std::move(query));
}

core::FileUsage SqliteStore::file_usage(const SessionId& session, const SiteId& site) {
    Query of_session = database_.query(
        "SELECT count(*), coalesce(sum(size), 0) FROM file WHERE session = ?1 AND state = 0");
    of_session.bind(session.value);
    core::FileUsage usage;
    if (of_session.step()) {
        usage.session_files = of_session.number();
        usage.session_bytes = of_session.number();
    }
    Query of_site =
        database_.query("SELECT coalesce(sum(size), 0) FROM file WHERE site = ?1 AND state = 0");
    of_site.bind(site.value);
    if (of_site.step()) usage.site_bytes = of_site.number();
    return usage;
}

std::vector<FileId> SqliteStore::files_kept(const FileId& after, std::int64_t limit) {
    Query query =
        database_.query("SELECT id FROM file WHERE id > ?1 AND state = 0 ORDER BY id LIMIT ?2");
    query.bind(after.value).bind(limit);
    std::vector<FileId> ids;
    while (query.step()) ids.emplace_back(query.text());
    return ids;
}

}  // namespace deskbell::store
