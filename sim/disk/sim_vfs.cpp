// What SQLite calls: thin translations, and the locks between connections of one process.

#include "sim/disk/disk_impl.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace deskbell::sim {
namespace {

Handle& handle_of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }
SimDisk::Impl& disk_of(sqlite3_vfs* vfs) { return *static_cast<SimDisk::Impl*>(vfs->pAppData); }

// ---- Locks. ----

int lock(sqlite3_file* base, int level) {
    Handle& self = handle_of(base);
    if (self.disk->is_dead(self)) return SQLITE_IOERR_LOCK;
    if (self.lock >= level) return SQLITE_OK;
    int highest = SQLITE_LOCK_NONE;
    for (const Handle* other : self.file->running.handles) {
        if (other != &self) highest = std::max(highest, other->lock);
    }
    if (level == SQLITE_LOCK_SHARED && highest >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    if (level >= SQLITE_LOCK_RESERVED && highest >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
    if (level == SQLITE_LOCK_EXCLUSIVE && highest >= SQLITE_LOCK_SHARED) {
        self.lock = SQLITE_LOCK_PENDING;  // nobody new may begin to read
        return SQLITE_BUSY;
    }
    self.lock = level;
    return SQLITE_OK;
}

int unlock(sqlite3_file* base, int level) {
    Handle& self = handle_of(base);
    self.lock = std::min(self.lock, level);
    return SQLITE_OK;
}

int check_reserved(sqlite3_file* base, int* out) {
    const Handle& self = handle_of(base);
    *out = std::ranges::any_of(self.file->running.handles, [](const Handle* other) {
        return other->lock >= SQLITE_LOCK_RESERVED;
    });
    return SQLITE_OK;
}

// ---- Shared memory beside a write-ahead log. ----

int shm_map(sqlite3_file* base, int region, int bytes, int extend, void volatile** out) {
    Handle& self = handle_of(base);
    *out = nullptr;
    if (self.disk->is_dead(self)) return SQLITE_IOERR_SHMMAP;
    auto& memory = self.file->running.shared_memory;
    const auto found = memory.find(region);
    if (found == memory.end() && !extend) return SQLITE_OK;
    auto& block = memory[region];
    if (!block) block = std::make_unique<std::byte[]>(static_cast<std::size_t>(bytes));
    *out = block.get();
    return SQLITE_OK;
}

int shm_lock(sqlite3_file* base, int first, int count, int flags) {
    Handle& self = handle_of(base);
    if (self.disk->is_dead(self)) return SQLITE_IOERR_SHMLOCK;
    const unsigned slots = ((1U << count) - 1U) << first;
    if (flags & SQLITE_SHM_UNLOCK) {
        self.shared_slots &= ~slots;
        self.exclusive_slots &= ~slots;
        return SQLITE_OK;
    }
    for (const Handle* other : self.file->running.handles) {
        if (other == &self) continue;
        if (other->exclusive_slots & slots) return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && (other->shared_slots & slots)) return SQLITE_BUSY;
    }
    ((flags & SQLITE_SHM_EXCLUSIVE) ? self.exclusive_slots : self.shared_slots) |= slots;
    return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* base, int remove) {
    Handle& self = handle_of(base);
    self.shared_slots = self.exclusive_slots = 0;
    if (remove && !self.disk->is_dead(self)) self.file->running.shared_memory.clear();
    return SQLITE_OK;
}

// ---- Files. ----

int close(sqlite3_file* base) {
    Handle& self = handle_of(base);
    const int result = self.disk->close(self);
    self.~Handle();
    return result;
}

int read(sqlite3_file* base, void* to, int bytes, sqlite3_int64 at) {
    Handle& self = handle_of(base);
    return self.disk->read(self, {static_cast<std::byte*>(to), static_cast<std::size_t>(bytes)},
                           at);
}

int write(sqlite3_file* base, const void* from, int bytes, sqlite3_int64 at) {
    Handle& self = handle_of(base);
    return self.disk->write(
        self, {static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes)}, at);
}

int truncate(sqlite3_file* base, sqlite3_int64 size) {
    return handle_of(base).disk->truncate(handle_of(base), size);
}

int flush(sqlite3_file* base, int) { return handle_of(base).disk->flush(handle_of(base)); }

int file_size(sqlite3_file* base, sqlite3_int64* size) {
    const Handle& self = handle_of(base);
    if (self.disk->is_dead(self)) return SQLITE_IOERR_FSTAT;
    *size = self.file->size();
    return SQLITE_OK;
}

int file_control(sqlite3_file* base, int operation, void* argument) {
    Handle& self = handle_of(base);
    switch (operation) {
        case SQLITE_FCNTL_CHUNK_SIZE:
            self.chunk_bytes = *static_cast<int*>(argument);
            return SQLITE_OK;
        case SQLITE_FCNTL_SIZE_HINT:
            // As on Unix: without a chunk size the hint is only that.
            if (self.chunk_bytes <= 0) return SQLITE_OK;
            return self.disk->make_room(self, *static_cast<sqlite3_int64*>(argument));
        case SQLITE_FCNTL_LAST_ERRNO:
            *static_cast<int*>(argument) = self.disk->last_errno;
            return SQLITE_OK;
        default:
            return SQLITE_NOTFOUND;
    }
}

int sector_size(sqlite3_file*) { return 4096; }
// What SQLite assumes of disks on Unix: a torn write spares the bytes beside it.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

constexpr sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = flush,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

// ---- The disk. ----

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
    auto* handle = new (base) Handle();
    handle->base.pMethods = nullptr;
    const int result = disk_of(vfs).open(*handle, path, flags);
    if (result != SQLITE_OK) {
        handle->~Handle();
        base->pMethods = nullptr;
        return result;
    }
    handle->base.pMethods = &file_methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* path, int flush_folder) {
    return disk_of(vfs).remove(path, flush_folder != 0);
}

int access(sqlite3_vfs* vfs, const char* path, int, int* out) {
    *out = !disk_of(vfs).off && disk_of(vfs).find(path) != nullptr;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int bytes, char* out) {
    return sqlite3_snprintf(bytes, out, "%s", path) ? SQLITE_OK : SQLITE_CANTOPEN;
}

int randomness(sqlite3_vfs* vfs, int bytes, char* out) {
    disk_of(vfs).random.fill({reinterpret_cast<std::byte*>(out), static_cast<std::size_t>(bytes)});
    return bytes;
}

int wait(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* out) {
    constexpr sqlite3_int64 julian_1970_ms = 210'866'760'000'000;
    const Clock* clock = disk_of(vfs).clock;
    *out = julian_1970_ms + (clock ? clock->wall_ms() : 0);
    return SQLITE_OK;
}

int current_time(sqlite3_vfs* vfs, double* out) {
    sqlite3_int64 now = 0;
    const int result = current_time_ms(vfs, &now);
    *out = static_cast<double>(now) / 86'400'000.0;
    return result;
}

int last_error(sqlite3_vfs* vfs, int, char*) { return disk_of(vfs).last_errno; }

}  // namespace

void describe_vfs(SimDisk::Impl& disk) {
    sqlite3_vfs& vfs = disk.vfs;
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(Handle);
    vfs.mxPathname = 512;
    vfs.zName = disk.vfs_name.c_str();
    vfs.pAppData = &disk;
    vfs.xOpen = open;
    vfs.xDelete = remove;
    vfs.xAccess = access;
    vfs.xFullPathname = full_path;
    vfs.xRandomness = randomness;
    vfs.xSleep = wait;
    vfs.xCurrentTime = current_time;
    vfs.xCurrentTimeInt64 = current_time_ms;
    vfs.xGetLastError = last_error;
}

}  // namespace deskbell::sim
