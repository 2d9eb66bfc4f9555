#pragma once
// The embedded store: one SQLite file, one connection, every commit on the disk.
//
// Who opens it: the app, for its engine or for one operator's command; never two at once (a lock
// file beside the database sees to it). Threading: whoever opened it, one thread at a time. What it
// never does: share the file (SQLite before 3.51.3 can corrupt a WAL with two connections); go on
// after a failed fsync.

#include "base/result.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace deskbell::store {

struct SqliteOptions {
    std::string path;
    // Another VFS by its name: a simulation brings its own disk. Then no lock file is made.
    std::string vfs{};
    // Set aside beside the file for a full disk, see ballast.hpp. 0: none, and what is there is
    // removed; -1: left as it is (operators' commands).
    std::int64_t ballast_bytes = -1;
    // 16 MB: the pages of busy sessions are written back once for many commits.
    int checkpoint_pages = 4000;
};

// The disk under a database, from outside; nobody need have it open.
struct DiskRoom {
    std::int64_t free_bytes = -1;     // for us; -1: cannot be told
    std::int64_t ballast_bytes = -1;  // as they lie there; -1: no ballast, 0: it was given up

    // No room even for a little, or the ballast went and did not come back.
    [[nodiscard]] bool is_short() const {
        return ballast_bytes == 0 || (free_bytes >= 0 && free_bytes < 1 << 20);
    }
};
[[nodiscard]] DiskRoom disk_room(const std::string& path);

// Codes: store_locked (another process has it), store_newer (written by a newer Deskbell),
// store_damaged (the check after an unclean end failed), store_read_only, store_full,
// store_open_failed.
[[nodiscard]] Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options);

// A consistent copy of an open store, at a path where nothing is yet. The store must be one of ours
// and outside a transaction. `backup_failed` otherwise.
[[nodiscard]] Result<void> back_up_sqlite_store(Store& store, const std::string& path);

}  // namespace deskbell::store
