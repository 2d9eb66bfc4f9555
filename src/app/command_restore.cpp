// `deskbell restore FILE`: a backup takes the database's place while no server runs.
//
// Whenever it is cut short there is a whole database in place, the old one or the new one, and the
// next start knows whether Slack must be read before anything is sent.

#include "app/admin_command.hpp"
#include "app/admin_work.hpp"
#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/files.hpp"
#include "app/incarnation.hpp"
#include "app/process.hpp"
#include "base/test_hooks.hpp"
#include "base/time.hpp"
#include "store/sqlite/sqlite_backup.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include <unistd.h>

namespace deskbell::app {
namespace {

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// The database as it was, with whatever its log still held. Empty: there was none.
Result<std::string> set_aside(const std::string& database, WallMs now) {
    if (!exists(database)) return std::string();
    std::string aside = database + ".before-restore-" + time_for_names(now);
    while (exists(aside)) aside += "x";
    // A second name: the first one keeps naming the old database until the new one takes it over.
    if (::link(database.c_str(), aside.c_str()) != 0) {
        if (auto copied = copy_file(database, aside); !copied)
            return std::unexpected(copied.error());
    }
    if (!flush_folder_of(aside)) return fail("file_failed", "The folder could not be flushed.");
    DESKBELL_CRASH_POINT("restore.set_aside");
    return aside;
}

// A log of the old database beside the new one would be read into it.
Result<void> clear_logs(const std::string& database, const std::string& aside) {
    if (exists(database + "-wal")) {
        // Only where it could not be folded in: then it belongs to what was set aside.
        const std::string to = aside.empty() ? database + ".orphan-wal" : aside + "-wal";
        if (auto moved = rename_file(database + "-wal", to); !moved) return moved;
    }
    DESKBELL_CRASH_POINT("restore.log_moved");
    remove_file(database + "-shm");
    remove_file(database + "-journal");
    if (!flush_folder_of(database)) return fail("file_failed", "The folder could not be flushed.");
    return {};
}

// Every start from here on takes the database for older than the world, which does no harm to the
// old one either.
Result<void> advance(const std::string& database, const store::StoreFile& backup) {
    Incarnation incarnation(database);
    std::int64_t stamp = std::max(incarnation.read().value_or(0), number_of(backup.stamp));
    if (const auto old = store::check_store_file(database))
        stamp = std::max(stamp, number_of(old->stamp));
    return incarnation.write(stamp + 1);
}

struct Restored {
    store::StoreFile backup;
    std::string aside;
    std::int64_t files = 0;
};

Result<Restored> restore(const std::string& from, const std::string& database,
                         const std::string& files, WallMs now) {
    const auto lock = store::StoreLock::take(database);
    if (!lock) {
        if (lock.error().code == "store_locked")
            return fail("store_locked", "A server runs on " + database + ": stop it first.");
        return std::unexpected(lock.error());
    }
    std::error_code ignored;
    if (std::filesystem::equivalent(from, database, ignored))
        return fail("restore_failed", from + " is the database itself.");
    const auto backup = store::check_store_file(from);
    if (!backup) return std::unexpected(backup.error());
    DESKBELL_CRASH_POINT("restore.checked");
    const std::string fresh = database + ".restoring";
    remove_file(fresh);
    if (auto copied = copy_file(from, fresh); !copied) return std::unexpected(copied.error());
    DESKBELL_CRASH_POINT("restore.copied");
    if (const auto copy = store::check_store_file(fresh); !copy || copy->counts != backup->counts) {
        remove_file(fresh);
        return fail("restore_failed", "What was written is not what was read: check the disk.");
    }
    DESKBELL_CRASH_POINT("restore.copy_checked");
    if (exists(database)) (void)store::fold_log_in(database);
    DESKBELL_CRASH_POINT("restore.log_folded");
    if (auto advanced = advance(database, *backup); !advanced)
        return std::unexpected(advanced.error());
    DESKBELL_CRASH_POINT("restore.advanced");
    auto aside = set_aside(database, now);
    if (!aside) return std::unexpected(aside.error());
    if (auto cleared = clear_logs(database, *aside); !cleared)
        return std::unexpected(cleared.error());
    // Before the database that speaks of them. What is there stays: the next start removes what
    // nobody knows.
    const auto files_restored = restore_files(from + ".files", files);
    if (!files_restored) return std::unexpected(files_restored.error());
    DESKBELL_CRASH_POINT("restore.before_rename");
    if (auto renamed = rename_file(fresh, database); !renamed)
        return std::unexpected(renamed.error());
    DESKBELL_CRASH_POINT("restore.renamed");
    return Restored{*backup, *aside, *files_restored};
}

}  // namespace

int run_restore(const RestoreOptions& options) {
    const auto config = load_config(options.config_file, process_environment());
    if (!config) {
        print_errors(config.error());
        return exit_usage;
    }
    set_up_log({.level = "error", .format = "text"});
    const std::string database = absolute_path(config->server.database_file);
    const auto done =
        restore(absolute_path(options.from), database,
                files_folder(config->files, config->server.database_file), SystemClock().wall_ms());
    if (!done) return print_failure(done.error());
    const store::StoreFile& backup = done->backup;
    if (options.json) {
        json::object out = {{"database", database},
                            {"from", absolute_path(options.from)},
                            {"kept", done->aside},
                            {"sessions", backup.counts.sessions},
                            {"events", backup.counts.events},
                            {"messages", backup.counts.messages},
                            {"files", done->files}};
        if (const std::int64_t at = number_of(backup.backed_up_at); at > 0)
            out["backed_up_at"] = to_rfc3339(at);
        return print_line(json::serialize(out)) ? exit_done : exit_failed;
    }
    std::printf("%s: %lld sessions, %lld messages, checked\n", database.c_str(),
                static_cast<long long>(backup.counts.sessions),
                static_cast<long long>(backup.counts.messages));
    if (!done->aside.empty())
        std::printf("The database before is kept as %s\n", done->aside.c_str());
    std::puts("The next start reads Slack before it sends anything.");
    return exit_done;
}

}  // namespace deskbell::app
