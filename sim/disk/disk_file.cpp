#include "sim/disk/disk_file.hpp"

#include <algorithm>
#include <cstring>

namespace deskbell::sim {
namespace {

constexpr std::int64_t sector_bytes = 512;

}  // namespace

std::size_t DiskFile::read(std::span<std::byte> to, std::int64_t at) const {
    const std::size_t start = std::min(static_cast<std::size_t>(at), now_.size());
    const std::size_t there = std::min(to.size(), now_.size() - start);
    if (there > 0) std::memcpy(to.data(), now_.data() + start, there);
    if (there < to.size()) std::memset(to.data() + there, 0, to.size() - there);
    return there;
}

void DiskFile::write(std::span<const std::byte> from, std::int64_t at, std::int64_t number) {
    const auto start = static_cast<std::size_t>(at);
    if (now_.size() < start + from.size()) now_.resize(start + from.size());
    std::ranges::copy(from, now_.begin() + at);
    changes_.push_back({number, at, from.size(), written_.size(), false});
    written_.insert(written_.end(), from.begin(), from.end());
}

void DiskFile::truncate(std::int64_t size, std::int64_t number) {
    now_.resize(static_cast<std::size_t>(size));
    changes_.push_back({number, size, 0, written_.size(), true});
}

std::int64_t DiskFile::flush() {
    const std::int64_t flushed = changes();
    for (const Change& change : changes_) apply(change, 0, change.bytes);
    forget();
    return flushed;
}

// To what is durable: the bytes [first, last) of a change.
void DiskFile::apply(const Change& change, std::size_t first, std::size_t last) {
    if (change.truncates) {
        durable_.resize(static_cast<std::size_t>(change.at));
        return;
    }
    if (first == last) return;
    const std::size_t start = static_cast<std::size_t>(change.at) + first;
    if (durable_.size() < start + (last - first)) durable_.resize(start + (last - first));
    std::memcpy(durable_.data() + start, written_.data() + change.from + first, last - first);
}

void DiskFile::apply_sectors(const Change& change, CrashMood mood, Random& random) {
    if (change.truncates) {
        if (random.below(2) == 0) apply(change, 0, 0);
        return;
    }
    for (std::size_t first = 0; first < change.bytes;) {
        const std::int64_t place = change.at + static_cast<std::int64_t>(first);
        const auto rest = static_cast<std::size_t>(sector_bytes - place % sector_bytes);
        const std::size_t last = std::min(change.bytes, first + rest);
        const std::size_t cut = first + random.below(last - first + 1);
        switch (random.below(mood == CrashMood::each_torn ? 4 : 2)) {
            case 0:
                apply(change, first, last);
                break;
            case 1:
                break;
            case 2:
                apply(change, first, cut);
                break;
            default:
                apply(change, cut, last);
        }
        first = last;
    }
}

// Changes keep their order among themselves: a cache holds one version of a sector, and an older
// one never overtakes a newer.
void DiskFile::crash(CrashMood mood, std::int64_t moment, Random& random) {
    for (const Change& change : changes_) {
        switch (mood) {
            case CrashMood::lose_all:
                break;
            case CrashMood::keep_all:
                apply(change, 0, change.bytes);
                break;
            case CrashMood::keep_prefix:
                if (change.number < moment) apply(change, 0, change.bytes);
                if (change.number == moment) apply_sectors(change, CrashMood::each_torn, random);
                break;
            case CrashMood::each_write:
                if (random.below(2) == 0) apply(change, 0, change.bytes);
                break;
            default:
                apply_sectors(change, mood, random);
        }
    }
    forget();
    now_ = durable_;
    running = {};
}

void DiskFile::forget() {
    changes_.clear();
    written_.clear();
}

std::string DiskFile::contents() const {
    return {reinterpret_cast<const char*>(now_.data()), now_.size()};
}

bool DiskFile::flip_bit(std::int64_t at, int bit) {
    const auto place = static_cast<std::size_t>(at);
    if (at < 0 || place >= now_.size()) return false;
    const auto mask = std::byte{1} << (bit & 7);
    now_[place] ^= mask;
    if (place < durable_.size()) durable_[place] ^= mask;
    for (const Change& change : changes_) {
        const auto start = static_cast<std::size_t>(change.at);
        if (change.truncates || place < start || place >= start + change.bytes) continue;
        written_[change.from + place - start] ^= mask;
    }
    return true;
}

bool DiskFile::cut(std::int64_t bytes) {
    if (bytes < 0 || bytes > size()) return false;
    forget();
    now_.resize(static_cast<std::size_t>(bytes));
    durable_ = now_;
    return true;
}

}  // namespace deskbell::sim
