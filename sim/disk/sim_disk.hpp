#pragma once
// A disk in memory that SQLite runs on, and everything that can go wrong with one.
//
// What this is: a SQLite VFS under a name of its own. A write reaches the cache; only a flush makes
// it durable; a new or removed name is durable only once its folder was flushed. crash() is the
// loss of power: of what was not flushed anything may be there or not, also torn. kill() is the
// death of the process: the cache survives. Faults are switched on by the test: failing calls, a
// full disk, bits that flip, old copies put back.
// Who calls it: simulations and tests; the store only sees `vfs_name()`.
// Threading: none; one thread for the disk and everybody on it. Several disks at a time are fine.
// What it never does: touch a real file; look at a clock or a random source that was not given.
//
// Whoever had files open when the process died keeps handles that lead nowhere: each call on them
// fails, so that the dead process's objects can be destroyed before or after, in any order. All
// connections must be closed before the disk ends.

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sim {

enum class DiskAction : std::uint8_t { read, write, flush, truncate, open, remove };

// What a call comes to when a fault strikes it.
enum class DiskTrouble : std::uint8_t {
    io_error,    // EIO. A failed flush loses what it should have flushed, as Linux does.
    full,        // ENOSPC; of a write the first half is there
    read_only,   // EROFS
    short_read,  // half of what was asked for, then zeros
    ignored,     // of a flush only: it says that it worked, as disks with a lying cache do
};

struct DiskFault {
    DiskAction action = DiskAction::write;
    DiskTrouble trouble = DiskTrouble::io_error;
    std::string file{};       // strikes names that end so; empty: every file
    std::int64_t after = 0;   // so many calls pass first
    std::int64_t times = -1;  // so many are struck; -1: all until clear_faults()
};

// Told after the call has done its work (or failed).
struct DiskEvent {
    DiskAction action = DiskAction::write;
    std::string_view file;
    std::int64_t at = 0;
    std::int64_t bytes = 0;
    bool failed = false;
};

// A flush that worked, for whoever compares what was acknowledged with what was durable.
struct DiskFlush {
    std::int64_t number = 0;  // of all flushes since the disk was made, from 1
    std::string file;
    std::int64_t writes = 0;  // that it made durable
    SteadyMs at = 0;
};

struct DiskCost {
    std::int64_t read_us = 0;
    std::int64_t write_us = 0;
    std::int64_t flush_us = 0;
};

struct DiskCounts {
    std::int64_t reads = 0;
    std::int64_t writes = 0;
    std::int64_t bytes_written = 0;
    std::int64_t flushes = 0;
    std::int64_t faults_struck = 0;
};

// The whole disk at one moment, cache and all. Copies are cheap to hold, not to make.
class DiskImage;

class SimDisk {
public:
    // The clock may be null (time stands still); both must outlive the disk. The random source
    // serves SQLite; what a crash does is drawn from the one that crash() is given.
    explicit SimDisk(Random& random, const Clock* clock = nullptr);
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;
    ~SimDisk();

    [[nodiscard]] const std::string& vfs_name() const;

    // ---- How a process ends. ----
    // The process is as good as dead, the machine not yet: from here on every call fails, and
    // nothing more reaches even the cache. Ended by crash(), kill() or restore().
    void power_off();
    [[nodiscard]] bool is_off() const;
    void crash(Random& random);
    void kill();
    // What the machine does with its cache in time: everything becomes durable.
    void settle();

    // ---- Faults. ----
    void inject(DiskFault fault);
    void clear_faults();
    // Room for so many bytes in all files together; -1: boundless. What is there stays.
    void set_capacity(std::int64_t bytes);
    [[nodiscard]] std::int64_t bytes_used() const;
    // Both change what is durable, too. False: there is no such file, or it is shorter.
    [[nodiscard]] bool flip_bit(const std::string& file, std::int64_t at, int bit);
    [[nodiscard]] bool cut(const std::string& file, std::int64_t bytes);
    // What a call costs; `spend` is told each time with microseconds.
    void set_cost(DiskCost cost, std::function<void(std::int64_t)> spend);

    // ---- Copies. ----
    [[nodiscard]] std::shared_ptr<const DiskImage> snapshot() const;
    // As it was, what had not been flushed then included; open handles lead nowhere afterwards.
    void restore(const DiskImage& image);

    // ---- What there is to see. ----
    [[nodiscard]] std::vector<std::string> files() const;
    [[nodiscard]] bool exists(const std::string& file) const;
    [[nodiscard]] std::int64_t size_of(const std::string& file) const;  // -1: no such file
    [[nodiscard]] std::string contents(const std::string& file) const;
    // Writes and truncations that a crash may still undo; in one file, or in all.
    [[nodiscard]] std::int64_t unflushed(const std::string& file) const;
    [[nodiscard]] std::int64_t unflushed() const;
    [[nodiscard]] DiskCounts counts() const;
    // The newest, oldest first; bounded, older ones are let go.
    [[nodiscard]] const std::vector<DiskFlush>& flush_log() const;
    // After every call that changes something, and every flush. It may look at the disk and take
    // snapshots; it must not change it, except by power_off().
    void observe(std::function<void(const DiskEvent&)> observer);

    class Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::sim
