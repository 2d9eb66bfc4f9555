#include "store/sqlite/sqlite_backup.hpp"

#include "base/test_hooks.hpp"
#include "store/sqlite/checksum.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

#include <charconv>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace deskbell::store {
namespace {

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

// A URI, so that "immutable" may be said: no lock, no log and no shared memory beside the file.
std::string immutable_uri(const std::string& path) {
    constexpr char hex[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '_' || c == '.';
        if (plain) {
            uri += c;
            continue;
        }
        uri += '%';
        uri += hex[static_cast<unsigned char>(c) >> 4];
        uri += hex[static_cast<unsigned char>(c) & 15];
    }
    return uri + "?immutable=1";
}

// For reading alone; closes itself.
class Reader {
public:
    explicit Reader(const std::string& path) {
        const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
        ok_ = sqlite3_open_v2(immutable_uri(path).c_str(), &handle_, flags, nullptr) == SQLITE_OK;
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() { sqlite3_close_v2(handle_); }

    // Nothing when it cannot be asked.
    [[nodiscard]] std::optional<std::string> text(const char* sql) {
        if (!ok_) return std::nullopt;
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK)
            return std::nullopt;
        std::optional<std::string> found = std::string();
        const int result = sqlite3_step(statement);
        if (result == SQLITE_ROW) {
            const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
            if (bytes) found = bytes;
        } else if (result != SQLITE_DONE) {
            found.reset();
        }
        sqlite3_finalize(statement);
        return found;
    }
    [[nodiscard]] std::string damaged_row() { return store::damaged_row(handle_); }
    [[nodiscard]] std::int64_t number(const char* sql) {
        const std::string found = text(sql).value_or("");
        std::int64_t value = 0;
        std::from_chars(found.data(), found.data() + found.size(), value);
        return value;
    }

private:
    sqlite3* handle_ = nullptr;
    bool ok_ = false;
};

}  // namespace

struct SqliteBackup::Impl {
    Database copy;
    sqlite3_backup* backup = nullptr;

    ~Impl() {
        if (backup) sqlite3_backup_finish(backup);
    }
};

SqliteBackup::SqliteBackup(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteBackup::~SqliteBackup() = default;

Result<std::unique_ptr<SqliteBackup>> SqliteBackup::begin(Store& store, const std::string& path) {
    auto* sqlite = dynamic_cast<SqliteStore*>(&store);
    if (!sqlite) return fail("backup_failed", "This store has a backup of its own.");
    if (::access(path.c_str(), F_OK) == 0)
        return fail("backup_failed", path + " is there already.");
    // Made here, so that nobody else may read customers' words in it.
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return fail("backup_failed", path + " cannot be made.");
    ::close(made);
    auto impl = std::make_unique<Impl>();
    try {
        impl->copy.open(path, "");
        // Flushed by finish() and its caller, not here where everybody waits.
        impl->copy.execute("PRAGMA synchronous = OFF");
    } catch (const StoreFailure& failure) {
        return fail("backup_failed", path + " cannot be written: " + failure.error.detail);
    }
    impl->backup =
        sqlite3_backup_init(impl->copy.handle(), "main", sqlite->database().handle(), "main");
    if (!impl->backup) return fail("backup_failed", sqlite3_errmsg(impl->copy.handle()));
    return std::unique_ptr<SqliteBackup>(new SqliteBackup(std::move(impl)));
}

Result<bool> SqliteBackup::step(int pages) {
    const int result = sqlite3_backup_step(impl_->backup, pages);
    DESKBELL_CRASH_POINT("backup.copy.step");
    if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED) return false;
    const int finished = sqlite3_backup_finish(std::exchange(impl_->backup, nullptr));
    if (result == SQLITE_DONE && finished == SQLITE_OK) return true;
    return fail("backup_failed", std::string("The copy could not be written: ") +
                                     sqlite3_errstr(result == SQLITE_DONE ? finished : result));
}

Result<void> SqliteBackup::finish(const std::vector<std::pair<std::string, std::string>>& notes) {
    try {
        impl_->copy.execute("PRAGMA journal_mode = DELETE");
        for (const auto& [key, value] : notes) {
            impl_->copy.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (" +
                                quoted("note." + key) + ", " + quoted(value) + ")");
        }
        impl_->copy.close();
    } catch (const StoreFailure& failure) {
        return fail("backup_failed", failure.error.detail);
    }
    return {};
}

Result<StoreFile> check_store_file(const std::string& path) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode))
        return fail("store_open_failed", path + " is no file.");
    Reader reader(path);
    const auto version = reader.text("PRAGMA user_version");
    const auto sessions = reader.text("SELECT count(*) FROM session");
    if (!version || !sessions)
        return fail("store_damaged", path + " is no database of Deskbell's, or is damaged.");
    StoreFile file;
    file.bytes = about.st_size;
    file.schema = static_cast<int>(reader.number("PRAGMA user_version"));
    if (file.schema > schema_version())
        return fail("store_newer", path + " was written by a newer Deskbell.");
    const auto verdict = reader.text("PRAGMA integrity_check(1)");
    if (verdict != "ok")
        return fail("store_damaged", path + " is damaged: " + verdict.value_or("unreadable"));
    constexpr int schema_with_checksums = 2;
    if (file.schema >= schema_with_checksums) {
        if (const std::string row = reader.damaged_row(); !row.empty())
            return fail("store_damaged", path + " is damaged: " + row + " is not what was written");
    }
    file.counts.sessions = reader.number("SELECT count(*) FROM session");
    file.counts.events = reader.number("SELECT count(*) FROM event");
    file.counts.messages = reader.number("SELECT count(*) FROM message");
    file.counts.letters_waiting = reader.number("SELECT count(*) FROM letter WHERE state < 3");
    file.newest_at = reader.number("SELECT max(last_order_us) / 1000 FROM progress");
    file.stamp = reader.text("SELECT value FROM meta WHERE key = 'note.stamp'").value_or("");
    file.backed_up_at =
        reader.text("SELECT value FROM meta WHERE key = 'note.backed_up_at'").value_or("");
    return file;
}

struct StoreLock::Impl {
    LockFile file;
};

StoreLock::StoreLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreLock::~StoreLock() = default;

Result<std::unique_ptr<StoreLock>> StoreLock::take(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    if (impl->file.take(path + ".lock"))
        return std::unique_ptr<StoreLock>(new StoreLock(std::move(impl)));
    if (impl->file.system_errno() != 0)
        return fail("store_open_failed",
                    "The folder of " + path + " is missing or may not be written.");
    return fail("store_locked", "Another process has the database " + path + " open.");
}

bool fold_log_in(const std::string& path) {
    try {
        Database database;
        database.open(path, "");
        database.execute("PRAGMA locking_mode = EXCLUSIVE");
        (void)database.text_of("PRAGMA journal_mode = WAL");
        (void)database.text_of("PRAGMA wal_checkpoint(TRUNCATE)");
        return database.text_of("PRAGMA journal_mode = DELETE") == "delete";
    } catch (const StoreFailure&) {
        return false;
    }
}

}  // namespace deskbell::store
