#pragma once
// Merges pages read from the log with live pushes: every event once, in order, none skipped. Pure.
//
// The rule: a push that is exactly the next one is sent; an older one was sent already; a newer one
// means that something is missing, and the log is read from there. Whoever owns a feed performs the
// reads, one at a time.

#include "base/test_hooks.hpp"

#include <algorithm>
#include <cstdint>

namespace deskbell::gateway {

class EventFeed {
public:
    enum class Verdict : std::uint8_t {
        send,  // it is the next one, and counts as sent now
        read,  // something is missing: begin_read(), and read after after()
        drop,  // sent before, or a read under way will bring it
    };

    // An `after` beyond the head is a client that knows more than the log (the store was restored):
    // it is told the head and nothing older; resyncing is its decision.
    void start(std::int64_t after, std::int64_t head) {
        head_ = head;
        next_ = std::min(after, head) + 1;
        if (DESKBELL_PLANTED("resume_ignores_after")) next_ = head + 1;
    }

    [[nodiscard]] Verdict offer(std::int64_t seq) {
        if (seq < next_) return Verdict::drop;
        head_ = std::max(head_, seq);
        if (reading_) return Verdict::drop;
        if (DESKBELL_PLANTED("feed_skips_gap")) next_ = seq;
        if (seq != next_) return Verdict::read;
        ++next_;
        return Verdict::send;
    }

    void begin_read() { reading_ = true; }
    // An event of the page that was read: whether it is to be sent.
    [[nodiscard]] bool accept(std::int64_t seq) {
        if (seq != next_) return false;
        ++next_;
        return true;
    }
    void end_read(std::int64_t head) {
        reading_ = false;
        head_ = std::max(head_, head);
    }

    [[nodiscard]] bool is_behind() const { return next_ <= head_; }
    [[nodiscard]] bool is_reading() const { return reading_; }
    [[nodiscard]] std::int64_t after() const { return next_ - 1; }
    [[nodiscard]] std::int64_t head() const { return head_; }
    // There is news up to here, whatever its content.
    void notice_head(std::int64_t head) { head_ = std::max(head_, head); }

private:
    std::int64_t next_ = 1;
    std::int64_t head_ = 0;
    bool reading_ = false;
};

}  // namespace deskbell::gateway
