#include "net/asio_loop.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace deskbell::net {
namespace {

class AsioLoopTest : public testing::Test {
protected:
    // Runs `work` on the loop and waits for it.
    void on_loop(std::function<void()> work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    SystemClock clock_;
    AsioLoop loop_{"test-loop", clock_};
};

TEST_F(AsioLoopTest, RunsPostedWorkInOrderOnItsOwnThread) {
    loop_.start();
    std::string seen;
    for (const char c : std::string_view("abcdef")) loop_.post([&seen, c] { seen += c; });
    on_loop([&] { EXPECT_TRUE(loop_.on_this_thread()); });
    EXPECT_EQ(seen, "abcdef");
    EXPECT_FALSE(loop_.on_this_thread());
}

TEST_F(AsioLoopTest, StopLetsWhatWasPostedBeforeItRun) {
    int runs = 0;
    loop_.post([&] { ++runs; });
    loop_.start();
    for (int i = 0; i < 999; ++i) loop_.post([&] { ++runs; });
    loop_.stop_and_join();
    EXPECT_EQ(runs, 1000);
    loop_.stop_and_join();
}

TEST_F(AsioLoopTest, DestroysWorkUnrunAfterTheEnd) {
    const auto token = std::make_shared<int>(0);
    loop_.start();
    on_loop([&] { loop_.after(1'000'000, [token] { FAIL(); }); });
    EXPECT_EQ(token.use_count(), 2);
    loop_.stop_and_join();
    EXPECT_EQ(token.use_count(), 1);
    loop_.post([token] { FAIL(); });
    EXPECT_EQ(token.use_count(), 1);
}

TEST_F(AsioLoopTest, TimersFireInOrderAndNotEarly) {
    loop_.start();
    std::string seen;
    std::promise<void> done;
    const auto start = std::chrono::steady_clock::now();
    on_loop([&] {
        loop_.after(20, [&] { done.set_value(); });
        loop_.after(10, [&] { seen += 'b'; });
        loop_.after(10, [&] { seen += 'c'; });
        loop_.after(0, [&] { seen += 'a'; });
    });
    done.get_future().wait();
    EXPECT_EQ(seen, "abc");
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(20));
}

TEST_F(AsioLoopTest, CancelledTimersDoNotFire) {
    loop_.start();
    std::promise<void> done;
    on_loop([&] {
        const TimerId gone = loop_.after(1, [] { FAIL(); });
        const TimerId other = loop_.after(2, [] { FAIL(); });
        loop_.after(5, [&] { done.set_value(); });
        loop_.cancel(gone);
        loop_.cancel(gone);
        loop_.after(1, [this, other] { loop_.cancel(other); });
        loop_.cancel(0);
        loop_.cancel(12345);
    });
    done.get_future().wait();
}

TEST_F(AsioLoopTest, TakesWorkFromManyThreads) {
    loop_.start();
    int runs = 0;  // the loop's thread only
    std::vector<std::thread> posters;
    for (int thread = 0; thread < 4; ++thread) {
        posters.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) loop_.post([&] { ++runs; });
        });
    }
    for (std::thread& poster : posters) poster.join();
    loop_.stop_and_join();
    EXPECT_EQ(runs, 20000);
}

}  // namespace
}  // namespace deskbell::net
