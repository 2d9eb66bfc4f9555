#include "store/conformance.hpp"

namespace deskbell::store {
namespace {

using core::SessionState;
using core::Timer;
using core::TimerKind;

Timer timer_of(const core::Session& session, TimerKind kind, WallMs due_at,
               std::string payload = {}) {
    return {session.id, kind, due_at, std::move(payload)};
}

}  // namespace

TEST_P(StoreConformance, keeps_one_timer_of_a_kind_for_each_session) {
    const core::Session a = add_session("a", SessionState::waiting, 1);
    const core::Session b = add_session("b", SessionState::waiting, 1);
    EXPECT_EQ(store->next_timer_at(), std::nullopt);
    store->begin();
    store->set_timer(timer_of(a, TimerKind::escalation, 500, "first"));
    store->set_timer(timer_of(a, TimerKind::escalation, 900, "second"));
    store->set_timer(timer_of(a, TimerKind::unanswered, 700));
    store->set_timer(timer_of(b, TimerKind::escalation, 800));
    store->commit();
    reopen();
    EXPECT_EQ(store->timer(a.id, TimerKind::escalation),
              timer_of(a, TimerKind::escalation, 900, "second"));
    EXPECT_EQ(store->timer(b.id, TimerKind::unanswered), std::nullopt);
    EXPECT_EQ(store->next_timer_at(), 700);
}

TEST_P(StoreConformance, finds_what_is_due_the_longest_overdue_first) {
    const core::Session a = add_session("a", SessionState::waiting, 1);
    const core::Session b = add_session("b", SessionState::waiting, 1);
    store->begin();
    store->set_timer(timer_of(a, TimerKind::escalation, 300));
    store->set_timer(timer_of(b, TimerKind::escalation, 100));
    store->set_timer(timer_of(a, TimerKind::unanswered, 200));
    store->set_timer(timer_of(b, TimerKind::unanswered, 301));
    store->commit();
    const auto due = store->timers_due(300, 10);
    ASSERT_EQ(due.size(), 3U);
    EXPECT_EQ(due[0], timer_of(b, TimerKind::escalation, 100));
    EXPECT_EQ(due[1], timer_of(a, TimerKind::unanswered, 200));
    EXPECT_EQ(due[2], timer_of(a, TimerKind::escalation, 300));
    EXPECT_EQ(store->timers_due(300, 2).size(), 2U);
    EXPECT_TRUE(store->timers_due(99, 10).empty());
}

TEST_P(StoreConformance, removes_a_timer_and_those_of_a_forgotten_session) {
    const core::Session a = add_session("a", SessionState::waiting, 1);
    const core::Session b = add_session("b", SessionState::waiting, 1);
    store->begin();
    store->set_timer(timer_of(a, TimerKind::escalation, 100));
    store->set_timer(timer_of(a, TimerKind::unanswered, 200));
    store->set_timer(timer_of(b, TimerKind::unanswered, 300));
    store->commit();
    store->begin();
    store->remove_timer(a.id, TimerKind::escalation);
    store->remove_timer(a.id, TimerKind::escalation);  // is not there: nothing
    store->rollback();
    EXPECT_EQ(store->next_timer_at(), 100);
    store->begin();
    store->remove_timer(a.id, TimerKind::escalation);
    store->commit();
    EXPECT_EQ(store->next_timer_at(), 200);
    store->begin();
    store->forget_session(a.id);
    store->commit();
    EXPECT_EQ(store->next_timer_at(), 300);
}

}  // namespace deskbell::store
