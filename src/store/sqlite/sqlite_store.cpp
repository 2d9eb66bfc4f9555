#include "store/sqlite/sqlite_store.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "store/sqlite/checksum.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store_impl.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace deskbell::store {
namespace {

// Bytes reach the disk before their directory entry is trusted to do so.
bool flush_path(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool flushed = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return flushed;
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

}  // namespace

LockFile::~LockFile() {
    if (descriptor_ >= 0) ::close(descriptor_);  // the file stays: removing it would race
}

bool LockFile::take(const std::string& path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor_ < 0) errno_ = errno;
    return descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

SqliteStore::~SqliteStore() {
    if (!opened_ || database_.failed()) return;
    rollback();
    try {
        DESKBELL_CRASH_POINT("store.close.before_mark");
        set_clean(true);
        DESKBELL_CRASH_POINT("store.close.before_checkpoint");
        database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        DESKBELL_CRASH_POINT("store.close.after_checkpoint");
    } catch (const StoreFailure& failure) {
        // The next start checks the file; nothing committed is at risk.
        log::warn("store: could not be closed cleanly: {}", failure.error.detail);
    }
}

void SqliteStore::open(const SqliteOptions& options) {
    if (options.vfs.empty()) take_lock(options.path);
    if (options.ballast_bytes >= 0)
        ballast_.open(options.path + ".ballast", options.vfs, options.ballast_bytes);
    checkpoint_pages_ = options.checkpoint_pages;
    try {
        open_database(options);
    } catch (const StoreFailure& failure) {
        // Full already at the start: what was set aside is for this.
        if (failure.error.code != "store_full" || !ballast_.give_up()) throw;
        database_.close();
        open_database(options);
    }
    opened_ = true;
}

void SqliteStore::take_lock(const std::string& path) {
    if (lock_.take(path + ".lock")) return;
    if (lock_.system_errno() == 0) {
        throw StoreFailure(
            Error{"store_locked", "Another process has the database " + path + " open.", {}}, true);
    }
    if (lock_.system_errno() == EROFS) {
        throw StoreFailure(
            Error{
                "store_read_only",
                "The database " + path +
                    " is on a read-only file system: find out why, make it writable, start again.",
                {}},
            false);
    }
    throw StoreFailure(Error{"store_open_failed",
                             "The database " + path +
                                 " cannot be opened: its folder is missing or may not be written.",
                             {}},
                       false);
}

void SqliteStore::open_database(const SqliteOptions& options) {
    database_.open(options.path, options.vfs);
    set_up();
    DESKBELL_CRASH_POINT("store.open.before_migration");
    migrate(database_);
    DESKBELL_CRASH_POINT("store.open.before_check");
    check_after_unclean_end();
    DESKBELL_CRASH_POINT("store.open.before_mark");
    set_clean(false);
    DESKBELL_CRASH_POINT("store.open.marked");
}

void SqliteStore::set_up() {
    // One process, one connection: an exclusive lock also spares the shared memory beside the WAL.
    database_.execute("PRAGMA busy_timeout = 5000");
    database_.execute("PRAGMA locking_mode = EXCLUSIVE");
    database_.execute("PRAGMA trusted_schema = OFF");
    database_.execute("PRAGMA cell_size_check = ON");
    if (database_.text_of("PRAGMA journal_mode = WAL") != "wal") {
        throw StoreFailure(
            Error{"store_open_failed", "The database cannot keep a write-ahead log here.", {}},
            true);
    }
    // FULL: a commit is on the disk when it returns, or an acknowledged message could be lost.
    database_.execute(DESKBELL_PLANTED("store_synchronous_normal") ? "PRAGMA synchronous = NORMAL"
                                                                   : "PRAGMA synchronous = FULL");
    database_.execute("PRAGMA foreign_keys = ON");
    database_.execute("PRAGMA secure_delete = ON");
    database_.execute("PRAGMA journal_size_limit = 67108864");
    database_.execute("PRAGMA mmap_size = 0");
    database_.execute("PRAGMA cache_size = -32768");
    database_.execute("PRAGMA temp_store = MEMORY");
}

void SqliteStore::check_after_unclean_end() {
    const std::string clean =
        database_.text_of("SELECT value FROM meta WHERE key = 'closed_cleanly'");
    if (clean != "no") return;
    log::info("store: the last process did not close the database; checking it");
    const std::string verdict = database_.text_of("PRAGMA quick_check(1)");
    if (verdict != "ok") {
        throw StoreFailure(
            Error{"store_damaged",
                  "The database failed its check (" + verdict + "): restore the last backup.",
                  {}},
            true);
    }
    check_rows();
    // The last process may have ended for a failed flush: then its last pages are in the cache,
    // seem clean, and are not on the disk. Only writing them again makes them durable, before
    // anything is put behind them.
    if (!DESKBELL_PLANTED("store_trusts_recovered_log")) make_recovered_durable();
    DESKBELL_CRASH_POINT("store.open.recovered");
}

void SqliteStore::make_recovered_durable() {
    const auto checkpoint_fits = [this] {
        try {
            database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            return true;
        } catch (const StoreFailure& failure) {
            if (failure.error.code != "store_full") throw;
            return false;
        }
    };
    if (checkpoint_fits() || (ballast_.give_up() && checkpoint_fits())) return;
    // No room to put the pages in their places: the log itself is written again where it is.
    log::warn("store: the disk is full; the log is kept as it was recovered");
    database_.write_log_again();
}

void SqliteStore::check_rows() {
    const std::string damaged = damaged_row(database_.handle());
    if (!damaged.empty()) database_.raise_damaged(damaged);
}

void SqliteStore::set_clean(bool clean) {
    database_
        .query(
            "INSERT INTO meta (key, value) VALUES ('closed_cleanly', ?1) "
            "ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(clean ? "yes" : "no")
        .run();
}

void SqliteStore::begin() { database_.query("BEGIN IMMEDIATE").run(); }

void SqliteStore::commit() {
    DESKBELL_CRASH_POINT("store.commit.before");
    database_.query("COMMIT").run();
    DESKBELL_CRASH_POINT("store.commit.durable");
    if (database_.pages_in_log() >= checkpoint_pages_) checkpoint();
}

// SQLite would do this by itself and keep failures to itself; a failed flush must be heard.
void SqliteStore::checkpoint() {
    DESKBELL_CRASH_POINT("store.checkpoint.before");
    try {
        database_.execute("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (const StoreFailure& failure) {
        if (failure.fatal) throw;
        // No room for it: the commit is durable in the log, and the next one tries again.
        log::debug("store: a checkpoint has to wait: {}", failure.error.detail);
    }
    DESKBELL_CRASH_POINT("store.checkpoint.after");
}

bool SqliteStore::recover() {
    if (database_.failed() || !ballast_.make_again()) return false;
    try {
        // SQLite writes nothing when a row stays as it is.
        database_.execute(
            "INSERT INTO meta (key, value) VALUES ('recoveries', 1) "
            "ON CONFLICT (key) DO UPDATE SET value = value + 1");
    } catch (const StoreFailure& failure) {
        if (failure.error.code == "store_full") ballast_.give_up();
        return false;
    }
    return true;
}

void SqliteStore::rollback() noexcept {
    // SQLite rolls some failures back by itself; then there is nothing left to do.
    if (!database_.in_transaction()) return;
    try {
        database_.execute("ROLLBACK");
    } catch (const StoreFailure& failure) {
        log::error("store: rolling back failed: {}", failure.error.detail);
    }
}

void SqliteStore::back_up(const std::string& path) {
    if (::access(path.c_str(), F_OK) == 0) {
        throw StoreFailure(Error{"backup_failed", path + " is there already.", {}}, false);
    }
    database_.execute("VACUUM INTO " + quoted(path));
    if (!flush_path(path, O_RDONLY) || !flush_path(folder_of(path), O_RDONLY | O_DIRECTORY)) {
        throw StoreFailure(Error{"backup_failed", path + " could not be flushed.", {}}, false);
    }
    Database copy;
    copy.open(path, "");
    const std::string verdict = copy.text_of("PRAGMA integrity_check(1)");
    if (verdict != "ok") {
        throw StoreFailure(Error{"backup_failed", "The copy is damaged: " + verdict, {}}, false);
    }
}

DiskRoom disk_room(const std::string& path) {
    DiskRoom room;
    struct statvfs disk{};
    struct stat ballast{};
    if (::statvfs(folder_of(path).c_str(), &disk) == 0)
        room.free_bytes = static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize);
    if (::stat((path + ".ballast").c_str(), &ballast) == 0) room.ballast_bytes = ballast.st_size;
    return room;
}

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options) {
    auto store = std::make_unique<SqliteStore>();
    try {
        store->open(options);
    } catch (const StoreFailure& failure) {
        Error error = failure.error;
        if (error.code == "store_failed") error.code = "store_open_failed";
        if (error.code == "store_busy") error.code = "store_locked";
        return std::unexpected(std::move(error));
    }
    return store;
}

Result<void> back_up_sqlite_store(Store& store, const std::string& path) {
    auto* sqlite = dynamic_cast<SqliteStore*>(&store);
    if (!sqlite) return fail("backup_failed", "This store has a backup of its own.");
    try {
        sqlite->back_up(path);
    } catch (const StoreFailure& failure) {
        return fail("backup_failed", failure.error.detail);
    }
    return {};
}

}  // namespace deskbell::store
