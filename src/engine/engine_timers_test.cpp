// Timers as the engine keeps them: durable, fired when due, once.

#include "engine/reconcile.hpp"
#include "engine/test_world.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>

namespace deskbell::engine {
namespace {

using core::Timer;
using core::TimerKind;

class EngineTimers : public testing::Test, public World {
protected:
    // Behind the engine's back: what a former process left.
    void leave_timer(const SessionId& session, TimerKind kind, WallMs due_at) {
        store->begin();
        store->set_timer({session, kind, due_at, ""});
        store->commit();
    }
};

TEST_F(EngineTimers, fires_what_is_due_and_says_when_it_wants_to_be_called_again) {
    const SessionId session = arrive();
    const WallMs due_at = clock.wall_ms() + 1'500;
    leave_timer(session, TimerKind::escalation, due_at);
    reopen();
    EXPECT_EQ(engine->idle_ms_max(), 1'000);
    clock.advance(1'200);
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 0U);
    EXPECT_EQ(engine->idle_ms_max(), 300);
    clock.advance(300);
    EXPECT_EQ(engine->idle_ms_max(), 0);
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 1U);
    EXPECT_EQ(store->next_timer_at(), std::nullopt);
    EXPECT_EQ(engine->idle_ms_max(), 1'000);
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 1U);
}

TEST_F(EngineTimers, fires_after_a_start_what_came_due_without_a_server) {
    const SessionId session = arrive();
    leave_timer(session, TimerKind::unanswered, clock.wall_ms() + 10);
    clock.advance(3'600'000);
    reopen();
    EXPECT_EQ(engine->idle_ms_max(), 0);
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 1U);
    EXPECT_EQ(store->next_timer_at(), std::nullopt);
}

TEST_F(EngineTimers, fires_many_in_portions) {
    for (int i = 0; i < 100; ++i) {
        const SessionId session = arrive("n" + std::to_string(i));
        leave_timer(session, TimerKind::escalation, clock.wall_ms() + i % 7);
    }
    clock.advance(100);
    reopen();
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 64U);
    EXPECT_EQ(engine->idle_ms_max(), 0);  // at once again
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 100U);
    EXPECT_EQ(store->next_timer_at(), std::nullopt);
}

TEST_F(EngineTimers, a_timer_set_anew_is_another_one) {
    const SessionId session = arrive();
    const WallMs due_at = clock.wall_ms() + 1'000;
    leave_timer(session, TimerKind::escalation, due_at);
    reopen();
    EXPECT_TRUE(run(core::TimerFired{session, TimerKind::escalation, due_at - 1}).replayed);
    EXPECT_EQ(store->next_timer_at(), due_at);
    EXPECT_FALSE(run(core::TimerFired{session, TimerKind::escalation, due_at}).replayed);
    EXPECT_TRUE(run(core::TimerFired{session, TimerKind::escalation, due_at}).replayed);
}

TEST_F(EngineTimers, while_a_restored_store_is_compared_with_the_desk_none_fires) {
    const SessionId session = arrive();
    leave_timer(session, TimerKind::escalation, clock.wall_ms() + 10);
    clock.advance(100);
    engine.reset();
    ASSERT_TRUE(prepare_reconcile(*store, true, clock, random).due);
    reopen();
    engine->tend();
    EXPECT_EQ(engine->figures().timers_fired, 0U);
    EXPECT_EQ(engine->idle_ms_max(), 1'000);
    (void)run(core::ReconcileEnded{});
    EXPECT_EQ(engine->figures().timers_fired, 1U);
}

}  // namespace
}  // namespace deskbell::engine
