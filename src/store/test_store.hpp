#pragma once
// For tests of other rooms: a real store on a disk that counts flushes and fails on demand.
// The implementation lies in the library but in an object of its own, which no program takes in.

#include "base/result.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace deskbell::store {

// One disk for all stores opened on it; state is static, tests run one after another.
class TestDisk {
public:
    TestDisk();  // resets faults and counts

    void set_full(bool full);            // every write fails for want of room
    void set_flush_failing(bool fails);  // every flush fails with an I/O error
    void skip_flushes();                 // for long runs that test rules, not disks
    [[nodiscard]] std::int64_t flushes_of_log() const;

    [[nodiscard]] Result<std::unique_ptr<Store>> open(const std::string& path);
};

}  // namespace deskbell::store
