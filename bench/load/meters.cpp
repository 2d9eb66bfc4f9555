#include "meters.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <bit>
#include <fstream>
#include <string>

namespace bench {
namespace {

std::uint64_t read_clock(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time) != 0) return 0;
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

std::size_t bucket_of(std::uint64_t value) {
    if (value < 64) return value;
    const int exponent = std::bit_width(value) - 1;
    return static_cast<std::size_t>(exponent - 5) * 64 + ((value >> (exponent - 6)) & 63);
}

std::uint64_t value_of(std::size_t bucket) {
    if (bucket < 64) return bucket;
    const std::size_t exponent = bucket / 64 + 5;
    return (1ULL << exponent) | (static_cast<std::uint64_t>(bucket % 64) << (exponent - 6));
}

}  // namespace

std::uint64_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

std::uint64_t cpu_ns_of(pid_t process) {
    clockid_t clock = 0;
    return clock_getcpuclockid(process, &clock) == 0 ? read_clock(clock) : 0;
}

std::int64_t memory_bytes_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
    std::string word;
    while (file >> word) {
        std::int64_t kilobytes = 0;
        if (word == "Pss:" && file >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

void Histogram::add(std::uint64_t value_ns) {
    ++buckets_[bucket_of(value_ns)];
    ++count_;
}

double Histogram::quantile_us(double part) const {
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen > wanted) return static_cast<double>(value_of(bucket)) / 1e3;
    }
    return 0;
}

double flush_us_median(const char* file) {
    const int descriptor = open(file, O_CREAT | O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    if (descriptor < 0) return 0;
    Histogram flushes;
    const std::array<char, 256> row{};
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t started = now_ns();
        if (write(descriptor, row.data(), row.size()) < 0 || fdatasync(descriptor) != 0) break;
        flushes.add(now_ns() - started);
    }
    close(descriptor);
    unlink(file);
    return flushes.quantile_us(0.5);
}

}  // namespace bench
