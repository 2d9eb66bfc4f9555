#pragma once
// Copies of an open store, and what is done to a store's file while nobody has it open.
//
// What this is: a copy is made page by page on the store's own connection (a second connection to
// the same file could corrupt its write-ahead log, see sqlite_store.hpp): between two steps the
// store is used as ever, and what it writes meanwhile is in the copy too.
// Who calls it: the app's admin work. Threading: begin(), step() and the destructor where the store
// lives; everything else anywhere, one thread at a time.
// What it never does: flush on the store's thread; overwrite anything.

#include "base/result.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::store {

class SqliteBackup {
public:
    // `path` must not exist. `backup_failed`.
    [[nodiscard]] static Result<std::unique_ptr<SqliteBackup>> begin(Store& store,
                                                                     const std::string& path);
    ~SqliteBackup();

    // True once everything is copied. `pages` of 4 KB each.
    [[nodiscard]] Result<bool> step(int pages);
    // Puts notes into the copy and makes it one plain file (no write-ahead log beside it). After
    // the last step.
    [[nodiscard]] Result<void> finish(
        const std::vector<std::pair<std::string, std::string>>& notes);

private:
    struct Impl;
    explicit SqliteBackup(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct StoreFile {
    Counts counts;
    int schema = 0;
    std::int64_t bytes = 0;
    WallMs newest_at = 0;
    std::string stamp;         // note "stamp"
    std::string backed_up_at;  // note "backed_up_at"
};
// Opens a file that nobody has open, for reading alone, and looks at all of it (integrity_check).
// `store_damaged`, `store_newer`, `store_open_failed`.
[[nodiscard]] Result<StoreFile> check_store_file(const std::string& path);

// As long as it lives nobody else opens the store at `path`. `store_locked`, `store_open_failed`.
class StoreLock {
public:
    [[nodiscard]] static Result<std::unique_ptr<StoreLock>> take(const std::string& path);
    ~StoreLock();

private:
    struct Impl;
    explicit StoreLock(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// Everything of the write-ahead log goes into the file itself; under the lock. False: it could not
// be done (the file is damaged, or no database).
[[nodiscard]] bool fold_log_in(const std::string& path);

}  // namespace deskbell::store
