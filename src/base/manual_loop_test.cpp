#include "base/manual_loop.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace deskbell {
namespace {

TEST(ManualLoop, RunsPostedWorkInOrderAndNeverInsidePost) {
    ManualClock clock;
    ManualLoop loop(clock);
    std::string seen;
    loop.post([&] {
        seen += 'a';
        loop.post([&] { seen += 'c'; });
        EXPECT_EQ(seen, "a");
    });
    loop.post([&] { seen += 'b'; });
    EXPECT_EQ(seen, "");
    EXPECT_EQ(loop.run_ready(), 3u);
    EXPECT_EQ(seen, "abc");
}

TEST(ManualLoop, RunsTimersAtTheirTimeThenByAge) {
    ManualClock clock;
    ManualLoop loop(clock);
    const SteadyMs start = clock.steady_ms();
    std::string seen;
    const auto note = [&](char c) {
        return [&seen, &clock, start, c] {
            seen += c + std::to_string(clock.steady_ms() - start) + " ";
        };
    };
    loop.after(20, note('b'));
    loop.after(10, note('a'));
    loop.after(20, note('c'));
    loop.after(30, note('d'));
    loop.advance(25);
    EXPECT_EQ(seen, "a10 b20 c20 ");
    EXPECT_EQ(clock.steady_ms() - start, 25);
    loop.advance(5);
    EXPECT_EQ(seen, "a10 b20 c20 d30 ");
    EXPECT_TRUE(loop.idle());
}

TEST(ManualLoop, TimersSetByTimersRunWithinTheSameAdvance) {
    ManualClock clock;
    ManualLoop loop(clock);
    int ticks = 0;
    std::function<void()> tick = [&] {
        ++ticks;
        loop.after(10, tick);
    };
    loop.after(10, tick);
    loop.advance(100);
    EXPECT_EQ(ticks, 10);
}

TEST(ManualLoop, CancelledTimersDoNotRunAndCancellingAgainDoesNothing) {
    ManualClock clock;
    ManualLoop loop(clock);
    int runs = 0;
    const TimerId gone = loop.after(1, [&] { ++runs; });
    const TimerId kept = loop.after(1, [&] { runs += 10; });
    loop.cancel(gone);
    loop.cancel(gone);
    loop.cancel(0);
    loop.advance(1);
    loop.cancel(kept);
    EXPECT_EQ(runs, 10);
}

TEST(ManualLoop, DestroysWorkUnrunAfterItsEnd) {
    ManualClock clock;
    ManualLoop loop(clock);
    const auto token = std::make_shared<int>(0);
    loop.post([token] { FAIL(); });
    loop.after(1, [token] { FAIL(); });
    EXPECT_EQ(token.use_count(), 3);
    loop.end();
    loop.post([token] { FAIL(); });
    EXPECT_EQ(token.use_count(), 1);
    loop.advance(10);
}

}  // namespace
}  // namespace deskbell
