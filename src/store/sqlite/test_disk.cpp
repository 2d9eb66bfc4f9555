#include "store/sqlite/faulty_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/test_store.hpp"

namespace deskbell::store {

TestDisk::TestDisk() { FaultyDisk::install(); }

void TestDisk::set_full(bool full) {
    FaultyDisk::the().write_result = full ? SQLITE_FULL : SQLITE_OK;
}

void TestDisk::set_flush_failing(bool fails) {
    FaultyDisk::the().flush_result = fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

void TestDisk::skip_flushes() { FaultyDisk::the().flushes_skipped = true; }

std::int64_t TestDisk::flushes_of_log() const { return FaultyDisk::the().flushes_of_log; }

Result<std::unique_ptr<Store>> TestDisk::open(const std::string& path) {
    return open_sqlite_store({path, FaultyDisk::name});
}

}  // namespace deskbell::store
