#pragma once
// The simulated disk behind its door: names, faults, room, and the calls that the VFS passes on.
// For sim/disk only. Results are SQLite's codes.

#include "sim/disk/disk_file.hpp"
#include "sim/disk/sim_disk.hpp"

#include <sqlite3.h>

#include <array>
#include <map>
#include <optional>

namespace deskbell::sim {

using DiskNames = std::map<std::string, std::shared_ptr<DiskFile>, std::less<>>;

// What SQLite holds for an open file; it lies in memory that SQLite owns.
struct Handle {
    sqlite3_file base;
    SimDisk::Impl* disk = nullptr;
    std::shared_ptr<DiskFile> file;
    std::string path;  // empty: a temporary file without a name
    std::uint64_t life = 0;
    bool removed_at_close = false;
    bool flushes_folder = false;  // at its next flush
    int lock = SQLITE_LOCK_NONE;
    int chunk_bytes = 0;
    unsigned shared_slots = 0;  // of the shared memory's locks
    unsigned exclusive_slots = 0;
};

class DiskImage {
public:
    DiskNames names;
    DiskNames durable_names;
    std::int64_t changes_made = 0;
};

class SimDisk::Impl {
public:
    Impl(Random& random, const Clock* clock);
    ~Impl();

    // ---- SimDisk's own. ----
    void crash(Random& random);
    void kill();
    void begin_new_life();
    [[nodiscard]] std::shared_ptr<const DiskImage> snapshot() const;
    void restore(const DiskImage& image);
    [[nodiscard]] DiskFile* find(std::string_view file) const;
    [[nodiscard]] std::int64_t bytes_used() const;

    // ---- The VFS's calls. ----
    int open(Handle& handle, const char* path, int flags);
    int close(Handle& handle);
    int read(Handle& handle, std::span<std::byte> to, std::int64_t at);
    int write(Handle& handle, std::span<const std::byte> from, std::int64_t at);
    int truncate(Handle& handle, std::int64_t size);
    int flush(Handle& handle);
    int make_room(Handle& handle, std::int64_t size);
    int remove(const char* path, bool flush_folder);
    // The handle's process has died, or is about to.
    [[nodiscard]] bool is_dead(const Handle& handle) const { return off || handle.life != life; }

    Random& random;
    const Clock* clock;
    std::string vfs_name;
    sqlite3_vfs vfs{};
    bool off = false;
    std::uint64_t life = 1;
    std::vector<DiskFault> faults;
    std::int64_t capacity = -1;
    DiskCost cost;
    std::function<void(std::int64_t)> spend;
    std::function<void(const DiskEvent&)> observer;
    DiskCounts counts;
    std::vector<DiskFlush> flush_log;
    int last_errno = 0;
    int handles_open = 0;
    DiskNames names;          // as programs see them
    DiskNames durable_names;  // as they come back after a loss of power

private:
    static constexpr std::size_t flush_log_entries_max = 65'536;

    [[nodiscard]] std::optional<DiskTrouble> strike(DiskAction action, std::string_view file);
    [[nodiscard]] int result_of(DiskAction action, DiskTrouble trouble);
    void crash_names(CrashMood mood, Random& random);
    [[nodiscard]] std::int64_t moment_of_crash(Random& random) const;
    void flush_folder_of(std::string_view path);
    void pay(std::int64_t cost_us) const;
    void tell(DiskAction action, const std::string& file, std::int64_t at, std::int64_t bytes,
              bool failed) const;

    std::int64_t changes_made_ = 0;
};

// In sim_vfs.cpp: fills in what SQLite calls.
void describe_vfs(SimDisk::Impl& disk);

}  // namespace deskbell::sim
