#pragma once
// What is read off a clock or /proc: time, a process's CPU and memory, and a histogram of
// latencies.

#include <sys/types.h>

#include <array>
#include <cstdint>

namespace bench {

[[nodiscard]] std::uint64_t now_ns();
// User and kernel time of the whole process, from its own clock: exact, unlike /proc's ticks.
[[nodiscard]] std::uint64_t cpu_ns_of(pid_t process);
// Proportional set size: what the process keeps in memory, shared pages counted by their share. The
// kernel's own memory for sockets is not in it.
[[nodiscard]] std::int64_t memory_bytes_of(pid_t process);

// Logarithmic, 1/64 relative precision; adding costs no allocation.
class Histogram {
public:
    void add(std::uint64_t value_ns);
    [[nodiscard]] double quantile_us(double part) const;
    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    std::array<std::uint32_t, 64 * 64> buckets_{};
    std::uint64_t count_ = 0;
};

// The yardstick for every durable figure: an append of 256 bytes and fdatasync, median of 300.
[[nodiscard]] double flush_us_median(const char* file);

}  // namespace bench
