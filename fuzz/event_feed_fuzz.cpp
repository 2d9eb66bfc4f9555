// The rule of resuming, alone: pushes that are late, lost, doubled or early, reads that return what
// the log holds at that moment. Every event is sent once, in order; none is skipped; at rest
// nothing is missing.

#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/event_feed.hpp"

#include <algorithm>

DESKBELL_FUZZ(event_feed) {
    using namespace deskbell;
    using gateway::EventFeed;
    fuzz::Input bytes(input);
    std::int64_t head = bytes.byte() % 32;  // of the log
    const std::int64_t after = bytes.byte() % 40;
    EventFeed feed;
    feed.start(after, head);
    std::int64_t sent = std::min(after, head);  // everything up to here is with the client
    const auto send = [&](std::int64_t seq) {
        FUZZ_CHECK(seq == sent + 1 && seq <= head);
        sent = seq;
    };
    const auto begin_read = [&] {
        FUZZ_CHECK(!feed.is_reading() && feed.after() == sent);
        feed.begin_read();
    };
    const auto finish_read = [&](std::size_t limit) {
        const std::int64_t from = sent;
        feed.end_read(head);
        for (std::int64_t seq = from + 1; seq <= head && limit-- > 0; ++seq)
            if (feed.accept(seq)) send(seq);
    };
    while (!bytes.empty()) {
        switch (bytes.below(6)) {
            case 0:
                ++head;
                break;
            case 1: {  // a push of something that is in the log
                if (head == 0) break;
                const std::int64_t seq = 1 + bytes.byte() % head;
                const auto verdict = feed.offer(seq);
                if (verdict == EventFeed::Verdict::send) send(seq);
                if (verdict == EventFeed::Verdict::read) begin_read();
                break;
            }
            case 2:
                ++head;
                if (feed.offer(head) == EventFeed::Verdict::send) send(head);
                break;
            case 3:
                if (!feed.is_reading()) begin_read();
                break;
            case 4:
                if (feed.is_reading()) finish_read(1 + bytes.below(5));
                break;
            default:
                if (head > 0) feed.notice_head(1 + bytes.byte() % head);
        }
        FUZZ_CHECK(feed.after() == sent && feed.head() <= std::max(head, after));
    }
    // Whoever was told of a head gets there.
    for (int i = 0; i < 2000 && (feed.is_behind() || feed.is_reading()); ++i) {
        if (!feed.is_reading()) feed.begin_read();
        finish_read(200);
    }
    FUZZ_CHECK(!feed.is_behind() && sent >= std::min(feed.head(), head));
}
