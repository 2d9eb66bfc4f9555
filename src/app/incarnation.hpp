#pragma once
// A number beside the database that only grows, and the same number inside: when the file's is the
// greater one, the database is older than the world (a backup was restored, an old file was copied
// back), and the server must reconcile before it sends (engine/reconcile.hpp).
//
// The number grows at each start, with each backup, and once a second while something is written.
// The database commits it first; the file follows, unflushed but for starts and ends, because the
// other order would take a loss of power for a restored backup.
//
// Who calls it: the server at its start and its admin door; `restore`. Threading: one thread at a
// time. What it never does: decide by times, which clocks may falsify.

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace deskbell::store {
class Store;
}

namespace deskbell::app {

class Incarnation {
public:
    // The file beside this database.
    explicit Incarnation(const std::string& database_file)
        : path_(database_file + ".incarnation") {}
    ~Incarnation();
    Incarnation(const Incarnation&) = delete;
    Incarnation& operator=(const Incarnation&) = delete;

    // Nothing when there is no file, or no number in it.
    [[nodiscard]] std::optional<std::int64_t> read() const;
    // Durable; by a file of its own and a rename.
    [[nodiscard]] Result<void> write(std::int64_t stamp);
    // Quickly, for it comes often: what a loss of power takes back does no harm.
    void touch(std::int64_t stamp);

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    int descriptor_ = -1;
};

// The number in a store; 0: it has none yet. Both throw store::StoreFailure.
[[nodiscard]] std::int64_t stamp_of(store::Store& store);
void set_stamp(store::Store& store, std::int64_t stamp);

// Older: the file knows a greater number, or there is no file beside a store that has one (it was
// copied here without it).
[[nodiscard]] bool is_older_than_world(std::int64_t in_store,
                                       std::optional<std::int64_t> beside_it);

}  // namespace deskbell::app
