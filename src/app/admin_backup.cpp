// A backup: copied page by page while the server works, flushed, opened for reading and checked in
// full, and only then given its name.

#include "app/admin_work.hpp"
#include "app/files.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "base/time.hpp"
#include "store/sqlite/sqlite_backup.hpp"
#include "store/store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include <unistd.h>

namespace deskbell::app {
namespace {

constexpr int pages_a_step = 256;  // 1 MB: some milliseconds in which nobody else gets the store
constexpr std::string_view name_prefix = "deskbell-";
constexpr std::string_view name_suffix = ".db";

bool is_folder(const std::string& path) {
    std::error_code ignored;
    return path.ends_with('/') || std::filesystem::is_directory(path, ignored);
}

// What this command made, and nothing else: deskbell-20261122T100000Z.db, perhaps with "-2".
bool is_our_name(const std::string& name) {
    if (!name.starts_with(name_prefix) || !name.ends_with(name_suffix)) return false;
    const std::string middle =
        name.substr(name_prefix.size(), name.size() - name_prefix.size() - name_suffix.size());
    if (middle.size() < 16 || middle[8] != 'T' || middle[15] != 'Z') return false;
    return std::ranges::all_of(
        middle, [](char c) { return (c >= '0' && c <= '9') || c == 'T' || c == 'Z' || c == '-'; });
}

std::string name_in(const std::string& folder, WallMs now) {
    const std::string base = folder + (folder.ends_with('/') ? "" : "/") +
                             std::string(name_prefix) + time_for_names(now);
    std::string path = base + std::string(name_suffix);
    for (int again = 2; exists(path); ++again)
        path = base + "-" + std::to_string(again) + std::string(name_suffix);
    return path;
}

// Gone when it goes out of scope, unless it was given its name.
class Temporary {
public:
    explicit Temporary(std::string path) : path_(std::move(path)) { clear(); }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() { clear(); }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    void clear() {
        for (const char* beside : {"", "-journal", "-wal", "-shm"}) remove_file(path_ + beside);
    }
    std::string path_;
};

Result<void> copy_pages(const AdminContext& context, const std::string& to,
                        std::shared_ptr<store::SqliteBackup>& backup) {
    Result<void> result;
    const auto begun = context.with_store([&](store::Store& store) {
        auto made = store::SqliteBackup::begin(store, to);
        if (!made) {
            result = std::unexpected(made.error());
            return;
        }
        backup = std::move(*made);
    });
    if (!begun) return begun;
    if (!result) return result;
    DESKBELL_CRASH_POINT("backup.copy.begun");
    for (bool complete = false; !complete;) {
        if (!context.go_on()) result = fail("stopping", "The server is stopping.");
        const bool ends = !result.has_value();
        const auto stepped = context.with_store([&](store::Store&) {
            if (ends) return backup.reset();  // it must go where the store lives
            auto step = backup->step(pages_a_step);
            if (!step) {
                result = std::unexpected(step.error());
                return backup.reset();
            }
            complete = *step;
        });
        if (!stepped) return stepped;
        if (!result) return result;
    }
    DESKBELL_CRASH_POINT("backup.copy.complete");
    return {};
}

// The live database from now on says more than the copy: whoever puts the copy back is noticed.
Result<void> advance(const AdminContext& context, WallMs now) {
    std::int64_t stamp = 0;
    auto done = context.with_store([&](store::Store& store) {
        stamp = stamp_of(store) + 1;
        store.begin();
        store.set_note("stamp", std::to_string(stamp));
        store.set_note("last_backup_at", std::to_string(now));
        store.commit();
    });
    if (!done) return done;
    DESKBELL_CRASH_POINT("backup.stamp.committed");
    return context.incarnation.write(stamp);
}

Result<store::StoreFile> make_copy(const AdminContext& context, const std::string& path,
                                   WallMs now) {
    std::shared_ptr<store::SqliteBackup> backup;
    if (auto copied = copy_pages(context, path, backup); !copied)
        return std::unexpected(copied.error());
    if (auto finished = backup->finish({{"backed_up_at", std::to_string(now)}}); !finished)
        return std::unexpected(finished.error());
    backup.reset();
    DESKBELL_CRASH_POINT("backup.copy.finished");
    if (!flush_file(path) || !flush_folder_of(path))
        return fail("backup_failed", path + " could not be flushed.");
    DESKBELL_CRASH_POINT("backup.copy.flushed");
    auto checked = store::check_store_file(path);
    DESKBELL_CRASH_POINT("backup.copy.checked");
    return checked;
}

json::array prune(const std::string& folder, std::int64_t keep) {
    json::array pruned;
    if (keep <= 0) return pruned;
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (const std::string name = entry.path().filename().string(); is_our_name(name))
            names.push_back(name);
    }
    // "-2" stands before "." in the alphabet; the time comes first all the same.
    std::ranges::sort(names, {}, [](const std::string& name) {
        return name.substr(0, name.size() - name_suffix.size());
    });
    while (static_cast<std::int64_t>(names.size()) > keep) {
        DESKBELL_CRASH_POINT("backup.prune.before_removal");
        const std::string path = folder + "/" + names.front();
        remove_file(path);
        remove_files_of(path);
        pruned.emplace_back(path);
        names.erase(names.begin());
    }
    return pruned;
}

}  // namespace

Result<void> work_backup(const AdminContext& context, const json::object& request,
                         const Emit& emit) {
    const std::string to = string_or_empty(request, "to");
    const std::int64_t keep = find_int(request, "keep").value_or(0);
    if (to.empty() || !to.starts_with('/'))
        return fail("backup_failed", "Say where to, from the root on.");
    const bool in_folder = is_folder(to);
    if (keep > 0 && !in_folder)
        return fail("backup_failed", "--keep wants a folder, and " + to + " is none.");
    const WallMs now = context.clock.wall_ms();
    const std::string path = in_folder ? name_in(to, now) : to;
    if (path == context.database_file)
        return fail("backup_failed", path + " is the database itself.");
    if (exists(path) && !find_bool(request, "force").value_or(false))
        return fail("backup_exists", path + " is there already; --force writes over it.");
    const SteadyMs began = context.clock.steady_ms();
    const Temporary temporary(path + ".partial-" + std::to_string(::getpid()));
    auto checked = make_copy(context, temporary.path(), now);
    if (!checked) return std::unexpected(checked.error());
    // Those of the live database: it knows at least what the copy does.
    auto copied = copy_files(context, path + ".files");
    if (!copied) return std::unexpected(copied.error());
    // Before it has its name: a backup that exists is always older than the live database.
    if (auto advanced = advance(context, now); !advanced) return advanced;
    DESKBELL_CRASH_POINT("backup.before_rename");
    if (auto renamed = rename_file(temporary.path(), path); !renamed) return renamed;
    DESKBELL_CRASH_POINT("backup.renamed");
    json::array pruned = in_folder ? prune(folder_of(path), keep) : json::array();
    log::info("backup: {} sessions, {} bytes", checked->counts.sessions, checked->bytes);
    const json::object out = {{"file", path},
                              {"at", to_rfc3339(now)},
                              {"bytes", checked->bytes},
                              {"files", copied->files},
                              {"file_bytes", copied->bytes},
                              {"sessions", checked->counts.sessions},
                              {"events", checked->counts.events},
                              {"messages", checked->counts.messages},
                              {"letters_waiting", checked->counts.letters_waiting},
                              {"took_ms", context.clock.steady_ms() - began},
                              {"pruned", std::move(pruned)}};
    emit(json::serialize(out));
    return {};
}

}  // namespace deskbell::app
