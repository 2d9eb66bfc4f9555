#include "sim/disk/sim_disk.hpp"

#include "base/assert.hpp"
#include "sim/disk/disk_impl.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <set>

namespace deskbell::sim {
namespace {

std::string_view folder_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash + 1);
}

std::string next_vfs_name() {
    static std::atomic<std::uint64_t> made{0};
    return "sim-disk-" + std::to_string(++made);
}

}  // namespace

// ---- Names and lives. ----

SimDisk::Impl::Impl(Random& random_source, const Clock* clock_or_null)
    : random(random_source), clock(clock_or_null), vfs_name(next_vfs_name()) {
    describe_vfs(*this);
    const int registered = sqlite3_vfs_register(&vfs, 0);
    DESKBELL_ASSERT(registered == SQLITE_OK);
    // SQLite draws salts and temporary names from a generator of its own, which the whole process
    // shares: a run repeats itself only when that begins anew with each disk.
    const auto seed = static_cast<int>(random.next_u64() & 0x7fffffff) | 1;
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, seed, static_cast<sqlite3*>(nullptr));
}

SimDisk::Impl::~Impl() {
    DESKBELL_ASSERT(handles_open == 0);
    sqlite3_vfs_unregister(&vfs);
}

void SimDisk::Impl::begin_new_life() {
    ++life;
    off = false;
}

// A coin for every name that was made or removed without its folder being flushed.
void SimDisk::Impl::crash_names(CrashMood mood, Random& dice) {
    if (mood == CrashMood::keep_all) return;
    std::set<std::string> differing;
    for (const auto& [path, file] : names) {
        const auto durable = durable_names.find(path);
        if (durable == durable_names.end() || durable->second != file) differing.insert(path);
    }
    for (const auto& [path, file] : durable_names) {
        if (!names.contains(path)) differing.insert(path);
    }
    for (const std::string& path : differing) {
        if (mood != CrashMood::lose_all && dice.below(2) == 0) continue;
        const auto durable = durable_names.find(path);
        if (durable == durable_names.end()) {
            names.erase(path);
        } else {
            names[path] = durable->second;
        }
    }
}

std::int64_t SimDisk::Impl::moment_of_crash(Random& dice) const {
    std::int64_t first = INT64_MAX;
    std::int64_t last = -1;
    for (const auto& [path, file] : names) {
        if (file->changes() == 0) continue;
        first = std::min(first, file->first_change());
        last = std::max(last, file->last_change());
    }
    if (last < 0) return 0;
    return first +
           static_cast<std::int64_t>(dice.below(static_cast<std::uint64_t>(last - first) + 1));
}

void SimDisk::Impl::crash(Random& dice) {
    const auto mood = static_cast<CrashMood>(dice.below(crash_moods));
    crash_names(mood, dice);
    const std::int64_t moment = moment_of_crash(dice);
    for (const auto& [path, file] : names) file->crash(mood, moment, dice);
    durable_names = names;
    begin_new_life();
}

void SimDisk::Impl::kill() {
    // The cache is the machine's: it will be flushed in time, and may still be lost before.
    for (const auto& [path, file] : names) file->running = {};
    for (const auto& [path, file] : durable_names) file->running = {};
    begin_new_life();
}

namespace {

// A file under two names (a removal not yet durable) stays one file.
DiskNames copy_of(const DiskNames& names,
                  std::map<const DiskFile*, std::shared_ptr<DiskFile>>& copies) {
    DiskNames copied;
    for (const auto& [path, file] : names) {
        std::shared_ptr<DiskFile>& copy = copies[file.get()];
        if (!copy) copy = std::make_shared<DiskFile>(*file);
        copied.emplace(path, copy);
    }
    return copied;
}

}  // namespace

std::shared_ptr<const DiskImage> SimDisk::Impl::snapshot() const {
    auto image = std::make_shared<DiskImage>();
    std::map<const DiskFile*, std::shared_ptr<DiskFile>> copies;
    image->names = copy_of(names, copies);
    image->durable_names = copy_of(durable_names, copies);
    image->changes_made = changes_made_;
    return image;
}

void SimDisk::Impl::restore(const DiskImage& image) {
    std::map<const DiskFile*, std::shared_ptr<DiskFile>> copies;
    names = copy_of(image.names, copies);
    durable_names = copy_of(image.durable_names, copies);
    changes_made_ = std::max(changes_made_, image.changes_made);
    begin_new_life();
}

DiskFile* SimDisk::Impl::find(std::string_view file) const {
    const auto found = names.find(file);
    return found == names.end() ? nullptr : found->second.get();
}

std::int64_t SimDisk::Impl::bytes_used() const {
    std::int64_t used = 0;
    for (const auto& [path, file] : names) used += file->size();
    return used;
}

// ---- Faults. ----

std::optional<DiskTrouble> SimDisk::Impl::strike(DiskAction action, std::string_view file) {
    for (DiskFault& fault : faults) {
        if (fault.action != action || fault.times == 0 || !file.ends_with(fault.file)) continue;
        if (fault.after > 0) {
            --fault.after;
            continue;
        }
        if (fault.times > 0) --fault.times;
        ++counts.faults_struck;
        return fault.trouble;
    }
    return std::nullopt;
}

int SimDisk::Impl::result_of(DiskAction action, DiskTrouble trouble) {
    last_errno = trouble == DiskTrouble::full        ? ENOSPC
                 : trouble == DiskTrouble::read_only ? EROFS
                                                     : EIO;
    if (trouble == DiskTrouble::short_read) return SQLITE_IOERR_SHORT_READ;
    if (trouble == DiskTrouble::full && action == DiskAction::write) return SQLITE_FULL;
    switch (action) {
        case DiskAction::read:
            return SQLITE_IOERR_READ;
        case DiskAction::write:
            return SQLITE_IOERR_WRITE;
        case DiskAction::flush:
            return SQLITE_IOERR_FSYNC;
        case DiskAction::truncate:
            return SQLITE_IOERR_TRUNCATE;
        case DiskAction::open:
            return SQLITE_CANTOPEN;
        case DiskAction::remove:
            return SQLITE_IOERR_DELETE;
    }
    return SQLITE_IOERR;
}

void SimDisk::Impl::pay(std::int64_t cost_us) const {
    if (spend && cost_us > 0) spend(cost_us);
}

void SimDisk::Impl::tell(DiskAction action, const std::string& file, std::int64_t at,
                         std::int64_t bytes, bool failed) const {
    if (observer) observer({action, file, at, bytes, failed});
}

// ---- The VFS's calls. ----

int SimDisk::Impl::open(Handle& handle, const char* path, int flags) {
    if (off) return SQLITE_CANTOPEN;
    const std::string name = path ? path : "";
    if (const auto trouble = strike(DiskAction::open, name))
        return result_of(DiskAction::open, *trouble);
    const auto found = path ? names.find(name) : names.end();
    if (found == names.end() && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (found != names.end() && (flags & SQLITE_OPEN_EXCLUSIVE)) return SQLITE_CANTOPEN;
    handle.disk = this;
    handle.path = name;
    handle.life = life;
    handle.removed_at_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle.file = found != names.end() ? found->second : std::make_shared<DiskFile>();
    if (found == names.end() && path) {
        names.emplace(name, handle.file);
        tell(DiskAction::open, name, 0, 0, false);
    }
    // As SQLite on Unix does it: whoever opens a journal that might be new flushes its folder with
    // the journal's first flush, also when a process that was killed had made the file before.
    const int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    handle.flushes_folder = path && (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journals) != 0;
    handle.file->running.handles.push_back(&handle);
    ++handles_open;
    return SQLITE_OK;
}

int SimDisk::Impl::close(Handle& handle) {
    --handles_open;
    if (!is_dead(handle)) {
        std::erase(handle.file->running.handles, &handle);
        if (handle.removed_at_close && !handle.path.empty()) names.erase(handle.path);
    }
    return SQLITE_OK;
}

int SimDisk::Impl::read(Handle& handle, std::span<std::byte> to, std::int64_t at) {
    if (is_dead(handle)) return SQLITE_IOERR_READ;
    ++counts.reads;
    pay(cost.read_us);
    if (const auto trouble = strike(DiskAction::read, handle.path)) {
        if (trouble == DiskTrouble::short_read) {
            (void)handle.file->read(to, at);
            std::ranges::fill(to.subspan(to.size() / 2), std::byte{0});
        }
        return result_of(DiskAction::read, *trouble);
    }
    return handle.file->read(to, at) == to.size() ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int SimDisk::Impl::write(Handle& handle, std::span<const std::byte> from, std::int64_t at) {
    if (is_dead(handle)) return SQLITE_IOERR_WRITE;
    ++counts.writes;
    pay(cost.write_us);
    const auto bytes = static_cast<std::int64_t>(from.size());
    std::size_t fits = from.size();
    int result = SQLITE_OK;
    if (const auto trouble = strike(DiskAction::write, handle.path)) {
        fits = trouble == DiskTrouble::full ? from.size() / 2 : 0;
        result = result_of(DiskAction::write, *trouble);
    } else if (capacity >= 0 && at + bytes > handle.file->size()) {
        const std::int64_t growth = at + bytes - handle.file->size();
        const std::int64_t missing = growth - std::max<std::int64_t>(0, capacity - bytes_used());
        if (missing > 0) {
            fits = static_cast<std::size_t>(std::max<std::int64_t>(0, bytes - missing));
            result = result_of(DiskAction::write, DiskTrouble::full);
            ++counts.faults_struck;
        }
    }
    if (fits > 0) {
        handle.file->write(from.first(fits), at, ++changes_made_);
        counts.bytes_written += static_cast<std::int64_t>(fits);
    }
    tell(DiskAction::write, handle.path, at, bytes, result != SQLITE_OK);
    return result;
}

int SimDisk::Impl::truncate(Handle& handle, std::int64_t size) {
    if (is_dead(handle)) return SQLITE_IOERR_TRUNCATE;
    pay(cost.write_us);
    if (const auto trouble = strike(DiskAction::truncate, handle.path))
        return result_of(DiskAction::truncate, *trouble);
    handle.file->truncate(size, ++changes_made_);
    tell(DiskAction::truncate, handle.path, size, 0, false);
    return SQLITE_OK;
}

int SimDisk::Impl::flush(Handle& handle) {
    if (is_dead(handle)) return SQLITE_IOERR_FSYNC;
    pay(cost.flush_us);
    if (const auto trouble = strike(DiskAction::flush, handle.path)) {
        if (trouble == DiskTrouble::ignored) return SQLITE_OK;
        handle.file->forget_changes();
        tell(DiskAction::flush, handle.path, 0, 0, true);
        return result_of(DiskAction::flush, *trouble);
    }
    const std::int64_t writes = handle.file->flush();
    if (handle.flushes_folder) {
        flush_folder_of(handle.path);
        handle.flushes_folder = false;
    }
    ++counts.flushes;
    if (flush_log.size() >= flush_log_entries_max)
        flush_log.erase(flush_log.begin(), flush_log.begin() + flush_log_entries_max / 2);
    flush_log.push_back({counts.flushes, handle.path, writes, clock ? clock->steady_ms() : 0});
    tell(DiskAction::flush, handle.path, 0, writes, false);
    return SQLITE_OK;
}

// As posix_fallocate: zeros up to `size`, or nothing.
int SimDisk::Impl::make_room(Handle& handle, std::int64_t size) {
    const std::int64_t growth = size - handle.file->size();
    if (growth <= 0) return SQLITE_OK;
    if (is_dead(handle)) return SQLITE_IOERR_WRITE;
    if (capacity >= 0 && bytes_used() + growth > capacity) {
        ++counts.faults_struck;
        (void)result_of(DiskAction::write, DiskTrouble::full);
        return SQLITE_IOERR_WRITE;
    }
    if (const auto trouble = strike(DiskAction::write, handle.path)) {
        (void)result_of(DiskAction::write, *trouble);
        return SQLITE_IOERR_WRITE;
    }
    handle.file->truncate(size, ++changes_made_);
    tell(DiskAction::truncate, handle.path, size, 0, false);
    return SQLITE_OK;
}

int SimDisk::Impl::remove(const char* path, bool flush_folder) {
    if (off) return SQLITE_IOERR_DELETE;
    if (const auto trouble = strike(DiskAction::remove, path))
        return result_of(DiskAction::remove, *trouble);
    if (names.erase(path) == 0) return SQLITE_IOERR_DELETE_NOENT;
    if (flush_folder) flush_folder_of(path);
    tell(DiskAction::remove, path, 0, 0, false);
    return SQLITE_OK;
}

void SimDisk::Impl::flush_folder_of(std::string_view path) {
    const std::string_view folder = folder_of(path);
    std::erase_if(durable_names,
                  [&](const auto& entry) { return folder_of(entry.first) == folder; });
    for (const auto& [name, file] : names) {
        if (folder_of(name) == folder) durable_names.emplace(name, file);
    }
}

// ---- The door. ----

SimDisk::SimDisk(Random& random, const Clock* clock)
    : impl_(std::make_unique<Impl>(random, clock)) {}
SimDisk::~SimDisk() = default;

const std::string& SimDisk::vfs_name() const { return impl_->vfs_name; }
void SimDisk::power_off() { impl_->off = true; }
bool SimDisk::is_off() const { return impl_->off; }
void SimDisk::crash(Random& random) { impl_->crash(random); }
void SimDisk::kill() { impl_->kill(); }

void SimDisk::settle() {
    for (const auto& [path, file] : impl_->names) file->flush();
    impl_->durable_names = impl_->names;
}

void SimDisk::inject(DiskFault fault) { impl_->faults.push_back(std::move(fault)); }
void SimDisk::clear_faults() { impl_->faults.clear(); }
void SimDisk::set_capacity(std::int64_t bytes) { impl_->capacity = bytes; }
std::int64_t SimDisk::bytes_used() const { return impl_->bytes_used(); }

bool SimDisk::flip_bit(const std::string& file, std::int64_t at, int bit) {
    DiskFile* found = impl_->find(file);
    return found && found->flip_bit(at, bit);
}

bool SimDisk::cut(const std::string& file, std::int64_t bytes) {
    DiskFile* found = impl_->find(file);
    return found && found->cut(bytes);
}

void SimDisk::set_cost(DiskCost cost, std::function<void(std::int64_t)> spend) {
    impl_->cost = cost;
    impl_->spend = std::move(spend);
}

std::shared_ptr<const DiskImage> SimDisk::snapshot() const { return impl_->snapshot(); }
void SimDisk::restore(const DiskImage& image) { impl_->restore(image); }

std::vector<std::string> SimDisk::files() const {
    std::vector<std::string> files;
    for (const auto& [path, file] : impl_->names) files.push_back(path);
    return files;
}

bool SimDisk::exists(const std::string& file) const { return impl_->find(file) != nullptr; }

std::int64_t SimDisk::size_of(const std::string& file) const {
    const DiskFile* found = impl_->find(file);
    return found ? found->size() : -1;
}

std::string SimDisk::contents(const std::string& file) const {
    const DiskFile* found = impl_->find(file);
    return found ? found->contents() : std::string();
}

std::int64_t SimDisk::unflushed(const std::string& file) const {
    const DiskFile* found = impl_->find(file);
    return found ? found->changes() : 0;
}

std::int64_t SimDisk::unflushed() const {
    std::int64_t unflushed = 0;
    for (const auto& [path, file] : impl_->names) unflushed += file->changes();
    return unflushed;
}

DiskCounts SimDisk::counts() const { return impl_->counts; }
const std::vector<DiskFlush>& SimDisk::flush_log() const { return impl_->flush_log; }

void SimDisk::observe(std::function<void(const DiskEvent&)> observer) {
    impl_->observer = std::move(observer);
}

}  // namespace deskbell::sim
