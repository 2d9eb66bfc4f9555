#pragma once
// For tests: a SQLite VFS over the default one that counts flushes and fails on demand. Without
// shared memory, as a simulation's would be.

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace deskbell::store {

struct FaultyDisk {
    std::int64_t flushes_of_log = 0;  // of the write-ahead log
    int write_result = SQLITE_OK;     // what every write answers while it is not OK
    int flush_result = SQLITE_OK;
    bool flushes_skipped = false;  // for long runs that test rules, not disks

    static constexpr const char* name = "faulty";
    static FaultyDisk& the() {
        static FaultyDisk disk;
        return disk;
    }
    // Registers the VFS once; resets its faults.
    static void install() {
        the() = FaultyDisk();
        static const bool registered = add_vfs();
        (void)registered;
    }

private:
    struct File {
        sqlite3_file base;
        bool is_log;
        sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    };
    static File* file(sqlite3_file* base) { return reinterpret_cast<File*>(base); }
    static sqlite3_vfs* real_vfs() { return sqlite3_vfs_find("unix"); }

    static bool add_vfs() {
        static sqlite3_vfs vfs = *real_vfs();
        vfs.zName = name;
        vfs.pNext = nullptr;
        vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs()->szOsFile;
        vfs.xOpen = [](sqlite3_vfs*, const char* path, sqlite3_file* base, int flags, int* out) {
            File* self = file(base);
            self->is_log = (flags & SQLITE_OPEN_WAL) != 0;
            const int result = real_vfs()->xOpen(real_vfs(), path, self->real(), flags, out);
            self->base.pMethods = self->real()->pMethods ? methods() : nullptr;
            return result;
        };
        return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
    }
    static const sqlite3_io_methods* methods() {
        static const sqlite3_io_methods all = make_methods();
        return &all;
    }
    static sqlite3_io_methods make_methods() {
        sqlite3_io_methods m{};
        m.iVersion = 1;
        m.xClose = [](sqlite3_file* f) {
            return file(f)->real()->pMethods->xClose(file(f)->real());
        };
        m.xRead = [](sqlite3_file* f, void* to, int bytes, sqlite3_int64 at) {
            return file(f)->real()->pMethods->xRead(file(f)->real(), to, bytes, at);
        };
        m.xWrite = [](sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
            if (the().write_result != SQLITE_OK) return the().write_result;
            return file(f)->real()->pMethods->xWrite(file(f)->real(), from, bytes, at);
        };
        m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
            return file(f)->real()->pMethods->xTruncate(file(f)->real(), size);
        };
        m.xSync = [](sqlite3_file* f, int flags) {
            if (the().flush_result != SQLITE_OK) return the().flush_result;
            the().flushes_of_log += file(f)->is_log;
            if (the().flushes_skipped) return SQLITE_OK;
            return file(f)->real()->pMethods->xSync(file(f)->real(), flags);
        };
        m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
            return file(f)->real()->pMethods->xFileSize(file(f)->real(), size);
        };
        m.xLock = [](sqlite3_file* f, int level) {
            return file(f)->real()->pMethods->xLock(file(f)->real(), level);
        };
        m.xUnlock = [](sqlite3_file* f, int level) {
            return file(f)->real()->pMethods->xUnlock(file(f)->real(), level);
        };
        m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
            return file(f)->real()->pMethods->xCheckReservedLock(file(f)->real(), out);
        };
        m.xFileControl = [](sqlite3_file* f, int op, void* argument) {
            return file(f)->real()->pMethods->xFileControl(file(f)->real(), op, argument);
        };
        m.xSectorSize = [](sqlite3_file* f) {
            return file(f)->real()->pMethods->xSectorSize(file(f)->real());
        };
        m.xDeviceCharacteristics = [](sqlite3_file* f) {
            return file(f)->real()->pMethods->xDeviceCharacteristics(file(f)->real());
        };
        return m;
    }
};

}  // namespace deskbell::store
