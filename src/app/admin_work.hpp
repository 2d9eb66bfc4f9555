#pragma once
// Operators' work on the store: sessions, transcript, export, forget, backup, status.
//
// What this is: the same work whether the server runs (then it comes through the admin door and the
// store is reached by errands on the engine's thread) or not (then the command has the store open).
// Who calls it: admin_door, command_*. Threading: the caller's thread; the store is only touched
// inside `with_store`. What it never does: hold the store for long; print.

#include "app/incarnation.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace deskbell::store {
class Store;
}

namespace deskbell::app {

namespace json = boost::json;

struct AdminContext {
    // Runs it where the store lives, between two transactions, and waits until it is done.
    // `store_failed`, `stopping`.
    std::function<Result<void>(std::function<void(store::Store&)>)> with_store;
    std::string database_file;
    std::string files_folder;  // may not be there
    const Clock& clock;
    Incarnation& incarnation;
    // Between two steps of long work: what must go on. False: stop working.
    std::function<bool()> go_on = [] { return true; };
    // What the running server knows of itself; empty: none runs.
    std::function<void(json::object&)> describe;
};

// Each part of the answer as it comes, a line of JSON; false: nobody listens any more.
using Emit = std::function<bool(const std::string& line)>;

// `request`: {"command":"backup", …}. The last line that it emits is the answer; an error is
// returned.
[[nodiscard]] Result<void> do_admin_work(const AdminContext& context, const json::object& request,
                                         const Emit& emit);

// The parts, one a command. For admin_work*.cpp.
[[nodiscard]] Result<void> work_sessions(const AdminContext&, const json::object&, const Emit&);
[[nodiscard]] Result<void> work_transcript(const AdminContext&, const json::object&, const Emit&);
[[nodiscard]] Result<void> work_export(const AdminContext&, const json::object&, const Emit&);
[[nodiscard]] Result<void> work_forget(const AdminContext&, const json::object&, const Emit&);
[[nodiscard]] Result<void> work_backup(const AdminContext&, const json::object&, const Emit&);
[[nodiscard]] Result<void> work_status(const AdminContext&, const json::object&, const Emit&);

// Beside a backup, in a folder of its name and ".files": the files it speaks of. What is there
// already is kept; on one disk a second name is all it takes, because a kept file never changes.
struct FilesCopied {
    std::int64_t files = 0;
    std::int64_t bytes = 0;
};
[[nodiscard]] Result<FilesCopied> copy_files(const AdminContext& context, const std::string& to);
// From such a folder into the server's, which need not be there. How many.
[[nodiscard]] Result<std::int64_t> restore_files(const std::string& from, const std::string& to);
void remove_files_of(const std::string& backup);

// Sessions that were forgotten, by their ids alone, beside the database: a backup that is older
// must not bring them back. One id a line.
[[nodiscard]] std::string forgotten_file(const std::string& database_file);
[[nodiscard]] std::vector<SessionId> forgotten_sessions(const std::string& database_file);
// The ids before the rows: a crash in between forgets once more at the next restore, and no row
// outlives its id in a backup unnoticed.
[[nodiscard]] Result<void> note_forgotten(const std::string& path, const SessionId& id);
// Forgets them once more; how many were there. Throws store::StoreFailure.
std::size_t forget_again(store::Store& store, const std::string& database_file, WallMs now);

}  // namespace deskbell::app
