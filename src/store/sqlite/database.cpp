#include "store/sqlite/database.hpp"

#include "base/assert.hpp"

#include "store/sqlite/checksum.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <sqlite3.h>

namespace deskbell::store {
namespace {

std::string code_of(int result) {
    switch (result & 0xff) {
        case SQLITE_FULL:
            return "store_full";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "store_busy";
        case SQLITE_CONSTRAINT:
            return "store_conflict";
        default:
            return "store_failed";
    }
}

// A write that the file system refused as a whole is no damage: nothing of it is there, and it is
// tried again when the disk takes writes.
std::string refusal_of_disk(int result, int system_errno) {
    if (result != SQLITE_IOERR_WRITE && result != SQLITE_IOERR_TRUNCATE) return "";
    if (system_errno == EROFS) return "store_read_only";
    if (system_errno == EDQUOT || system_errno == ENOSPC) return "store_full";
    return "";
}

// After anything else nobody knows what the disk holds: a retried fsync may lie, a damaged page
// spreads, and a statement that always worked has met a damaged schema.
bool is_fatal(int result) {
    switch (result & 0xff) {
        case SQLITE_FULL:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_CONSTRAINT:
        case SQLITE_NOMEM:
            return false;
        default:
            return true;
    }
}

}  // namespace

Query::~Query() {
    sqlite3_reset(statement_);
    // Bound texts belong to the caller and end with it.
    if (bound_ > 0) sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::string_view text) {
    // A null pointer would be NULL, and empty texts are kept as such.
    const char* bytes = text.data() ? text.data() : "";
    const int result =
        sqlite3_bind_text64(statement_, ++bound_, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    if (result != SQLITE_OK) database_.raise(result);
    return *this;
}

Query& Query::bind(std::int64_t number) {
    const int result = sqlite3_bind_int64(statement_, ++bound_, number);
    if (result != SQLITE_OK) database_.raise(result);
    return *this;
}

bool Query::step() {
    column_ = 0;
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) database_.raise(result);
    return false;
}

void Query::run() {
    const bool row = step();
    DESKBELL_ASSERT(!row);
}

std::int64_t Query::changes() const { return sqlite3_changes64(database_.handle()); }

std::string Query::text() {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
    const int size = sqlite3_column_bytes(statement_, column_++);
    return bytes ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::int64_t Query::number() { return sqlite3_column_int64(statement_, column_++); }

void Query::verify(std::int64_t expected, std::string_view kind, const std::string& id) {
    if (number() != expected) database_.raise_damaged(std::string(kind) + " " + id);
}

Database::~Database() { close(); }

void Database::open(const std::string& path, const std::string& vfs) {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    const int result =
        sqlite3_open_v2(path.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
    if (result != SQLITE_OK) raise(result);
    sqlite3_extended_result_codes(handle_, 1);
    add_checksum_function(handle_);
    const auto count_pages = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->pages_in_log_ = pages;
        return SQLITE_OK;
    };
    sqlite3_wal_hook(handle_, count_pages, this);
}

void Database::close() noexcept {
    if (!handle_) return;
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    statements_.clear();
    sqlite3_close_v2(handle_);
    handle_ = nullptr;
}

sqlite3_stmt* Database::prepared(const char* sql, std::size_t size) {
    if (failed_) raise(SQLITE_IOERR);
    sqlite3_stmt*& statement = statements_[sql];
    if (!statement) {
        const int result = sqlite3_prepare_v3(handle_, sql, static_cast<int>(size),
                                              SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (result != SQLITE_OK) raise(result);
    }
    return statement;
}

void Database::execute(const std::string& sql) {
    const int result = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) raise(result);
}

std::string Database::text_of(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    int result = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    if (result != SQLITE_OK) raise(result);
    result = sqlite3_step(statement);
    std::string text;
    if (result == SQLITE_ROW) {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
        if (bytes) text = bytes;
    }
    sqlite3_finalize(statement);
    if (result != SQLITE_ROW && result != SQLITE_DONE) raise(result);
    return text;
}

std::int64_t Database::number_of(const std::string& sql) {
    const std::string text = text_of(sql);
    return text.empty() ? 0 : std::stoll(text);
}

bool Database::in_transaction() const { return handle_ && !sqlite3_get_autocommit(handle_); }

int Database::system_errno() {
    int found = 0;
    for (const int file_of : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
        sqlite3_file* file = nullptr;
        int code = 0;
        if (!handle_ || sqlite3_file_control(handle_, "main", file_of, &file) != SQLITE_OK ||
            !file || !file->pMethods)
            continue;
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &code);
        // The other file's may be of long ago; the worse word counts.
        if (code != 0 && (found == 0 || refusal_of_disk(SQLITE_IOERR_WRITE, found) != "")) {
            found = code;
        }
    }
    return found;
}

void Database::write_log_again() {
    sqlite3_file* log = nullptr;
    sqlite3_int64 size = 0;
    if (sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
        !log || !log->pMethods || log->pMethods->xFileSize(log, &size) != SQLITE_OK)
        return;
    std::vector<char> block(65'536);
    for (sqlite3_int64 at = 0; at < size;) {
        const auto bytes = static_cast<int>(
            std::min<sqlite3_int64>(static_cast<sqlite3_int64>(block.size()), size - at));
        int result = log->pMethods->xRead(log, block.data(), bytes, at);
        if (result == SQLITE_OK) result = log->pMethods->xWrite(log, block.data(), bytes, at);
        if (result != SQLITE_OK) raise(result);
        at += bytes;
    }
    const int result = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
    if (result != SQLITE_OK) raise(result);
}

void Database::raise_damaged(const std::string& row) {
    failed_ = true;
    throw StoreFailure(
        Error{"store_damaged",
              row + " is not what was written (its checksum differs): restore the last backup.",
              {}},
        true);
}

void Database::raise(int code) {
    const char* why = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    if (std::string refusal = refusal_of_disk(code, system_errno()); !refusal.empty() && !failed_)
        throw StoreFailure(Error{std::move(refusal), why, {}}, false);
    const bool fatal = is_fatal(code);
    Error error{code_of(code), failed_ ? "The store failed earlier." : std::string(why), {}};
    failed_ = failed_ || fatal;
    throw StoreFailure(std::move(error), fatal);
}

}  // namespace deskbell::store
