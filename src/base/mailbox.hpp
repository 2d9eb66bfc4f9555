#pragma once
// A bounded queue between threads. The bound's verdict is the sender's: try_push says no, and the
// sender refuses its own caller with a clear code. Nobody waits to send; only the one receiver
// waits.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace deskbell {

template <class T>
class Mailbox {
public:
    explicit Mailbox(std::size_t entries_max) : entries_max_(entries_max) {}

    // `item` is left untouched when the answer is false, so that the caller can still refuse it.
    [[nodiscard]] bool try_push(T& item) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || queue_.size() >= entries_max_) return false;
            queue_.push_back(std::move(item));
        }
        arrived_.notify_one();
        return true;
    }
    [[nodiscard]] bool try_push(T&& item) { return try_push(item); }

    // Waits until something is there, then takes up to `entries`. Empty only once closed and
    // drained.
    [[nodiscard]] std::vector<T> take(std::size_t entries) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return closed_ || !queue_.empty(); });
        return take_waiting(entries);
    }

    // The same, and empty too when nothing came within `patience`; drained() tells the two apart.
    [[nodiscard]] std::vector<T> take_within(std::size_t entries,
                                             std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        arrived_.wait_for(lock, patience, [this] { return closed_ || !queue_.empty(); });
        return take_waiting(entries);
    }

    // Closed, and everything was taken.
    [[nodiscard]] bool drained() const {
        const std::lock_guard lock(mutex_);
        return closed_ && queue_.empty();
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        arrived_.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return queue_.size();
    }

private:
    std::vector<T> take_waiting(std::size_t entries) {
        std::vector<T> taken;
        while (!queue_.empty() && taken.size() < entries) {
            taken.push_back(std::move(queue_.front()));
            queue_.pop_front();
        }
        return taken;
    }

    const std::size_t entries_max_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<T> queue_;  // guarded by mutex_
    bool closed_ = false;  // guarded by mutex_
};

}  // namespace deskbell
