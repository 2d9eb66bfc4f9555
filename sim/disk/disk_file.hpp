#pragma once
// One file of the simulated disk: what a reader sees, what is durable, and the changes between the
// two that a loss of power may keep, lose or tear. For sim/disk only.

#include "base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace deskbell::sim {

struct Handle;

// What a crash does to changes that were not flushed.
enum class CrashMood : std::uint8_t {
    lose_all,
    keep_all,
    keep_prefix,  // up to a moment, the change of that moment torn
    each_write,   // a coin for each
    each_sector,  // a coin for each sector of each
    each_torn,    // and sectors are torn in themselves
};
constexpr std::uint64_t crash_moods = 6;

class DiskFile {
public:
    DiskFile() = default;

    // Reads past the end give zeros and are short: how many bytes there were.
    [[nodiscard]] std::size_t read(std::span<std::byte> to, std::int64_t at) const;
    void write(std::span<const std::byte> from, std::int64_t at, std::int64_t number);
    void truncate(std::int64_t size, std::int64_t number);
    // How many changes became durable.
    std::int64_t flush();
    // A flush that failed: the cache believes it is clean, and the platter has nothing of it.
    void forget_changes() { forget(); }

    // `moment`: the change at which keep_prefix stops.
    void crash(CrashMood mood, std::int64_t moment, Random& random);

    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(now_.size()); }
    [[nodiscard]] std::int64_t changes() const {
        return static_cast<std::int64_t>(changes_.size());
    }
    // The first and the last change's number, when there are any.
    [[nodiscard]] std::int64_t first_change() const { return changes_.front().number; }
    [[nodiscard]] std::int64_t last_change() const { return changes_.back().number; }
    [[nodiscard]] std::string contents() const;
    [[nodiscard]] bool flip_bit(std::int64_t at, int bit);
    [[nodiscard]] bool cut(std::int64_t bytes);

    // What belongs to a machine that is running: not copied, lost when it ends.
    struct Running {
        std::vector<Handle*> handles;
        std::map<int, std::unique_ptr<std::byte[]>> shared_memory;
    } running;

    DiskFile(const DiskFile& other)
        : now_(other.now_),
          durable_(other.durable_),
          changes_(other.changes_),
          written_(other.written_) {}
    DiskFile& operator=(const DiskFile&) = delete;

private:
    struct Change {
        std::int64_t number;  // in the order of the whole disk
        std::int64_t at;      // of a truncation: the new size
        std::size_t bytes;
        std::size_t from;  // in written_
        bool truncates;
    };
    void apply(const Change& change, std::size_t first, std::size_t last);
    void apply_sectors(const Change& change, CrashMood mood, Random& random);
    void forget();

    std::vector<std::byte> now_;
    std::vector<std::byte> durable_;
    std::vector<Change> changes_;
    std::vector<std::byte> written_;  // the bytes of the changes, one behind the other
};

}  // namespace deskbell::sim
