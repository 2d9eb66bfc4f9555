// What the parent shows, and how far a thread was read.

#include "core/rules_test.hpp"

#include <gtest/gtest.h>

namespace deskbell::core {
namespace {

TEST(Card, is_claimed_until_its_version_is_shown) {
    Rules rules;
    rules.enter(SessionState::open, true);
    EXPECT_FALSE(rules.decide(ClaimCard{}).card);
    rules.session.card_version = 3;
    EXPECT_EQ(rules.decide(ClaimCard{}).card->version, 3);
    rules.session = rules.decide(CardShown{rules.session.id, 2}).session;
    EXPECT_EQ(rules.decide(ClaimCard{}).card->version, 3);
    rules.session = rules.decide(CardShown{rules.session.id, 3}).session;
    EXPECT_FALSE(rules.decide(ClaimCard{}).card);
    EXPECT_EQ(rules.decide(CardShown{rules.session.id, 1}).session.card_shown_version, 3);
}

TEST(Card, is_told_again_when_the_parent_shows_an_older_one) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.session.card_version = rules.session.card_shown_version = 3;
    EXPECT_TRUE(rules.decide(CardSeen{DeskThreadId("thread-1"), 3}).replayed);
    EXPECT_TRUE(rules.decide(CardSeen{DeskThreadId("other"), 2}).replayed);
    rules.session = rules.decide(CardSeen{DeskThreadId("thread-1"), 2}).session;
    EXPECT_EQ(rules.decide(ClaimCard{}).card->version, 4);
}

TEST(ThreadSwept, moves_the_cursor_forward_only_and_of_this_thread_only) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.session.thread_cursor = "5";
    EXPECT_EQ(rules.decide(ThreadSwept{DeskThreadId("thread-1"), "6"}).session.thread_cursor, "6");
    EXPECT_EQ(rules.decide(ThreadSwept{DeskThreadId("thread-1"), "4"}).session.thread_cursor, "5");
    EXPECT_EQ(rules.decide(ThreadSwept{DeskThreadId("other"), "6"}).session.thread_cursor, "5");
}

}  // namespace
}  // namespace deskbell::core
