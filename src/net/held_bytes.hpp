#pragma once
// How much peers make this process keep: unfinished requests and messages, answers nobody fetches.
//
// Each of these has a bound of its own, but ten thousand times a small bound is a lot of memory.
// So all of them are counted together, and past a mark new bytes are refused instead of kept:
// requests with 503 `busy`, messages with 1013, slow readers sooner than usual with 4008, and
// accepting pauses. What is durable is not here and is never given up.
//
// Who uses it: whatever keeps bytes for a peer holds a HeldBytes. Any thread.

#include <atomic>
#include <cstddef>
#include <utility>

namespace deskbell::net {

class HeldBytes {
public:
    static constexpr std::size_t bytes_max_default = 256u << 20;

    HeldBytes() = default;
    HeldBytes(HeldBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, 0)) {}
    HeldBytes& operator=(HeldBytes&& other) noexcept {
        if (this != &other) {
            set(0);
            bytes_ = std::exchange(other.bytes_, 0);
        }
        return *this;
    }
    HeldBytes(const HeldBytes&) = delete;
    HeldBytes& operator=(const HeldBytes&) = delete;
    ~HeldBytes() { set(0); }

    // What this holder keeps now. Unsigned arithmetic makes the difference right both ways.
    void set(std::size_t bytes) {
        if (bytes == bytes_) return;
        total_.fetch_add(bytes - bytes_, std::memory_order_relaxed);
        bytes_ = bytes;
    }

    [[nodiscard]] static std::size_t total() { return total_.load(std::memory_order_relaxed); }
    [[nodiscard]] static bool are_too_many() {
        return total() > max_.load(std::memory_order_relaxed);
    }
    // For the whole process; tests lower it.
    static void set_max(std::size_t bytes) { max_.store(bytes, std::memory_order_relaxed); }

private:
    std::size_t bytes_ = 0;

    static inline std::atomic<std::size_t> total_{0};
    static inline std::atomic<std::size_t> max_{bytes_max_default};
};

}  // namespace deskbell::net
