#include "courier/courier_fixture.hpp"
#include "courier/pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace deskbell::courier {
namespace {

TEST_F(CourierTest, SendsALetterAndRecordsItsConfirmation) {
    say("s");
    loop.run_ready();
    EXPECT_EQ(posted(), Recorded{"p1"});
    EXPECT_EQ(ledger.recorded, Recorded{"confirmed p1"});
    EXPECT_EQ(courier->figures().lanes_waiting, 0u);
    EXPECT_EQ(courier->figures().posts_sent, 1u);
}

TEST_F(CourierTest, ALaneIsSentInOrderOneAtATime) {
    pace.fold_after_ms = 1'000'000;
    start();
    desk.answer_ms = 300;
    for (int i = 0; i < 4; ++i) say("s");
    loop.advance(20'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p2", "p3", "p4"}));
    EXPECT_EQ(desk.in_flight_most, 1u);
}

TEST_F(CourierTest, NewsThatComesWhileAPostIsInTheAirIsNotForgotten) {
    desk.answer_ms = 500;
    say("s");
    loop.advance(100);
    say("s");
    loop.advance(5'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p2"}));
    EXPECT_EQ(courier->figures().lanes_waiting, 0u);
}

TEST_F(CourierTest, OneDestinationGetsItsBurstThenOneASecond) {
    for (int i = 0; i < 30; ++i) say("s" + std::to_string(i));
    loop.run_ready();
    EXPECT_EQ(desk.posts.size(), 3u);
    const SteadyMs start = desk.posts.front().at;
    loop.advance(60'000);
    ASSERT_EQ(desk.posts.size(), 30u);
    for (std::size_t i = 0; i < desk.posts.size(); ++i) {
        const SteadyMs earliest = i < 3 ? 0 : static_cast<SteadyMs>(i - 2) * 1000;
        EXPECT_EQ(desk.posts[i].at - start, earliest) << i;
    }
}

TEST_F(CourierTest, TheWholeDeskHasABudgetOfItsOwn) {
    pace.posts_per_minute_per_desk = 60;
    start();
    for (int i = 0; i < 200; ++i) say("s" + std::to_string(i), "#" + std::to_string(i));
    loop.advance(60'000);
    EXPECT_LE(desk.posts.size(), 66u);
    EXPECT_GE(desk.posts.size(), 64u);
}

TEST_F(CourierTest, ARateOfZeroLiftsTheLimit) {
    pace.posts_per_second_per_destination = 0;
    pace.posts_per_minute_per_desk = 0;
    start();
    for (int i = 0; i < 100; ++i) say("s" + std::to_string(i));
    loop.run_ready();
    EXPECT_EQ(desk.posts.size(), 100u);
    EXPECT_LE(desk.in_flight_most, pace.posts_in_flight_max);
}

TEST_F(CourierTest, TheLongestWaitingLaneGoesFirstAndNewThreadsBeforeReplies) {
    pace.burst_per_destination = 1;
    start();
    say("first");
    loop.run_ready();
    for (const char* session : {"a", "b", "c"}) say(session);
    tell("c", "#a", 9'000);
    tell("b", "#a", 5'000);
    ask("new");
    loop.advance(10'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "open-new", "p4", "p3", "p2"}));
}

TEST_F(CourierTest, LanesTakeTurnsWhenAllHaveMuchToSay) {
    pace.burst_per_destination = 1;
    pace.fold_after_ms = 1'000'000;
    start();
    for (int i = 0; i < 3; ++i) {
        for (const char* session : {"a", "b", "c"}) say(session);
    }
    loop.advance(20'000);
    ASSERT_EQ(desk.posts.size(), 9u);
    std::set<SessionId> first_half;
    for (std::size_t i = 0; i < 5; ++i) first_half.insert(desk.posts[i].post.session);
    EXPECT_EQ(first_half.size(), 3u);
}

TEST_F(CourierTest, ALaneThatWaitedLongFoldsItsLines) {
    pace.burst_per_destination = 1;
    start();
    for (const char* session : {"a", "b", "c", "d", "e", "f", "g", "h"}) say(session);
    for (int i = 0; i < 4; ++i) say("z");
    loop.advance(30'000);
    EXPECT_EQ(desk.posts.size(), 9u);
    EXPECT_EQ(desk.posts.back().post.lines.size(), 4u);
    EXPECT_EQ(courier->figures().posts_folded, 3u);
    EXPECT_FALSE(ledger.folds.front());
}

TEST_F(CourierTest, LettersTravelAloneWhileThereIsRoomAndTogetherWhenThereIsNot) {
    for (int i = 0; i < 3; ++i) say("few");
    loop.advance(1'000);
    EXPECT_EQ(desk.posts.size(), 3u) << "the burst has room for each";
    for (int i = 0; i < 9; ++i) say("many");
    loop.advance(2'000);
    ASSERT_EQ(desk.posts.size(), 4u);
    EXPECT_EQ(desk.posts.back().post.lines.size(), 9u) << "before they have waited";
}

TEST_F(CourierTest, WhatIsLeftOfAPasteHasOneTurnARound) {
    pace.burst_per_destination = 1;
    ledger.letters_folded_max = 2;
    start();
    for (int i = 0; i < 8; ++i) say("paste");
    loop.run_ready();
    for (const char* session : {"a", "b", "c"}) say(session);
    tell("paste", "#a", 500);  // its oldest letter is older than theirs
    loop.advance(60'000);
    const std::vector<std::string> said = posted();
    ASSERT_EQ(said.size(), 7u);
    EXPECT_EQ(std::vector(said.begin(), said.begin() + 4), (Recorded{"p1", "p9", "p10", "p11"}));
    EXPECT_EQ(courier->figures().posts_sent, 7u);
}

TEST_F(CourierTest, ANewThreadGoesFirstButNotForEver) {
    pace.burst_per_destination = 1;
    start();
    say("first");
    loop.run_ready();
    say("old");
    tell("old", "#a", 70'000);
    say("young");
    tell("young", "#a", 50'000);
    ask("new");
    loop.advance(10'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p2", "open-new", "p3"}));
}

TEST_F(CourierTest, WhatWasSavedUpInBadTimesDoesNotLeaveAsAFlood) {
    desk.by_destination["#a"] = outcome(PostKind::not_sent);
    for (int i = 0; i < 20; ++i) say("s" + std::to_string(i));
    loop.advance(10 * 60'000);
    desk.by_destination.clear();
    const std::size_t before = desk.posts.size();
    const SteadyMs cleared = clock.steady_ms();
    loop.advance(5 * 60'000);
    EXPECT_EQ(courier->figures().posts_sent, 20u);
    ASSERT_GT(desk.posts.size(), before);
    for (std::size_t i = before; i + 2 < desk.posts.size(); ++i)
        EXPECT_GE(desk.posts[i + 2].at - desk.posts[i].at, 1'000) << desk.posts[i].at - cleared;
}

TEST_F(CourierTest, RateLimitedFreezesThatDestinationAndNothingElse) {
    desk.post_script.push_back(outcome(PostKind::rate_limited, 30'000));
    say("s", "#hot");
    loop.run_ready();
    say("t", "#cool");
    say("u", "#hot");
    loop.advance(29'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p2"}));
    EXPECT_EQ(ledger.recorded, (Recorded{"released p1", "confirmed p2", "delayed s", "delayed u"}));
    loop.advance(4'000);
    ASSERT_EQ(posted(), (Recorded{"p1", "p2", "p1", "p3"}));
    EXPECT_GE(desk.posts[2].at - desk.posts[0].at, 30'000);
    EXPECT_LE(desk.posts[2].at - desk.posts[0].at, 31'000);
    EXPECT_EQ(desk.posts[3].at - desk.posts[2].at, 1'000) << "after a freeze a single post";
    EXPECT_EQ(courier->figures().rate_limited, 1u);
}

TEST_F(CourierTest, ARateLimitOfTheWholeDeskFreezesAll) {
    auto limited = outcome(PostKind::rate_limited, 10'000);
    limited.limits_whole_desk = true;
    desk.post_script.push_back(limited);
    say("s", "#a");
    loop.run_ready();
    say("t", "#b");
    loop.advance(9'900);
    EXPECT_EQ(desk.posts.size(), 1u);
    loop.advance(3'000);
    EXPECT_EQ(desk.posts.size(), 3u);
}

TEST_F(CourierTest, NotSentIsRepeatedWithBackoffUntilItArrives) {
    for (int i = 0; i < 6; ++i) desk.post_script.push_back(outcome(PostKind::not_sent));
    say("s");
    loop.advance(120'000);
    EXPECT_EQ(desk.posts.size(), 7u);
    EXPECT_EQ(ledger.recorded.back(), "caught up s");
    EXPECT_EQ(courier->figures().posts_sent, 1u);
}

TEST_F(CourierTest, WhileADestinationFailsOnlyOnePostAtATimeTriesIt) {
    desk.by_destination["#a"] = outcome(PostKind::not_sent);
    for (int i = 0; i < 20; ++i) say("s" + std::to_string(i));
    loop.advance(1'000);
    const std::size_t before = desk.posts.size();
    loop.advance(60'000);
    EXPECT_LE(desk.posts.size() - before, 40u);
    desk.by_destination.clear();
    loop.advance(120'000);
    EXPECT_EQ(courier->figures().posts_sent, 20u);
}

TEST_F(CourierTest, RefusedIsFinalAndTheNextLetterGoesOn) {
    desk.post_script.push_back(outcome(PostKind::refused));
    say("s");
    say("s");
    loop.advance(3'000);
    EXPECT_EQ(ledger.recorded, (Recorded{"refused p1 code", "confirmed p2"}));
}

TEST_F(CourierTest, ARefusedParentIsTriedAgainSlowlyAndWhenTheDestinationOpens) {
    desk.post_script = {outcome(PostKind::refused), outcome(PostKind::refused)};
    ledger.refused_parents_wait = true;
    ask("s");
    loop.advance(25'000);
    EXPECT_EQ(desk.posts.size(), 1u);
    loop.advance(60'000);
    EXPECT_EQ(desk.posts.size(), 2u);
    courier->destination_open(Destination("#a"));
    loop.run_ready();
    EXPECT_EQ(courier->figures().posts_sent, 1u);
}

TEST_F(CourierTest, NewsOfAnEmptyLaneCostsNothing) {
    tell("s", "#a");
    loop.run_ready();
    EXPECT_TRUE(ledger.folds.empty());
}

TEST_F(CourierTest, AStrayedPostOpensANewThreadAndIsSaidAgainThere) {
    desk.post_script.push_back(outcome(PostKind::strayed));
    say("s");
    loop.advance(5'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "again-p1", "p1"}));
    EXPECT_EQ(ledger.recorded, (Recorded{"strayed p1", "confirmed again-p1", "confirmed p1"}));
    EXPECT_EQ(courier->figures().strays, 1u);
}

TEST_F(CourierTest, WhileOutcomesStayUnknownNobodyElsePutsTheirsInQuestion) {
    desk.by_destination["#a"] = outcome(PostKind::unknown);
    for (int i = 0; i < 200; ++i) desk.look_script.push_back(look(LookKind::failed));
    for (int i = 0; i < 50; ++i) say("s" + std::to_string(i));
    loop.advance(5 * 60'000);
    EXPECT_LE(desk.posts.size(), 6u);
    EXPECT_LE(desk.looks.size(), 170u) << "thirty a minute, and a few at once";
    desk.by_destination.clear();
    desk.look_script.clear();  // from now on it can be read
    loop.advance(5 * 60'000);
    EXPECT_EQ(courier->figures().posts_sent, 50u);
}

// ---- Parking. ----

TEST_F(CourierTest, AParkedDestinationKeepsItsLettersUntilItOpens) {
    desk.by_destination["#a"] = outcome(PostKind::destination_parked);
    say("s", "#a");
    loop.run_ready();
    say("s2", "#a");
    say("t", "#b");
    loop.advance(25'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p3"}));
    EXPECT_EQ(courier->figures().destinations_parked, 1u);
    desk.by_destination.clear();
    courier->destination_open(Destination("#a"));
    loop.advance(4'000);
    EXPECT_EQ(courier->figures().posts_sent, 3u);
    EXPECT_EQ(courier->figures().destinations_parked, 0u);
}

TEST_F(CourierTest, AParkedDeskIsProbedSlowlyAndRecoversByItself) {
    for (int i = 0; i < 8; ++i) desk.post_script.push_back(outcome(PostKind::desk_parked));
    for (int i = 0; i < 5; ++i) say("s" + std::to_string(i), "#" + std::to_string(i));
    loop.advance(29'000);
    const std::size_t first = desk.posts.size();
    EXPECT_TRUE(courier->figures().desk_parked);
    EXPECT_EQ(courier->figures().desk_parked_why, "code");
    loop.advance(20 * 60'000);
    EXPECT_EQ(courier->figures().posts_sent, 5u);
    EXPECT_FALSE(courier->figures().desk_parked);
    EXPECT_LE(first, 5u);
}

TEST_F(CourierTest, ALongDelayIsToldOnceAndTakenBack) {
    desk.by_destination["#a"] = outcome(PostKind::destination_parked);
    say("s");
    loop.advance(19'000);
    EXPECT_EQ(ledger.recorded, Recorded{"released p1"});
    loop.advance(5'000);
    EXPECT_EQ(ledger.recorded, (Recorded{"released p1", "delayed s"}));
    desk.by_destination.clear();
    courier->destination_open(Destination("#a"));
    loop.run_ready();
    EXPECT_EQ(ledger.recorded,
              (Recorded{"released p1", "delayed s", "confirmed p1", "caught up s"}));
}

// ---- Cards. ----

TEST_F(CourierTest, OnlyTheLastStateOfACardIsShown) {
    desk.answer_ms = 1'000;
    auto& session = ledger.sessions[SessionId("s")];
    session.thread = DeskThreadId("t");
    session.card = 1;
    courier->card_changed(SessionId("s"));
    loop.advance(100);
    for (session.card = 2; session.card < 5; ++session.card) courier->card_changed(SessionId("s"));
    loop.advance(10'000);
    ASSERT_EQ(desk.cards.size(), 2u);
    EXPECT_EQ(desk.cards[1].version, 5);
    EXPECT_EQ(ledger.recorded, (Recorded{"shown 1", "shown 5"}));
}

TEST_F(CourierTest, ACardWaitsForItsThread) {
    ledger.sessions[SessionId("s")].card = 3;
    courier->card_changed(SessionId("s"));
    loop.run_ready();
    EXPECT_TRUE(desk.cards.empty());
    ask("s");
    loop.run_ready();
    ASSERT_EQ(desk.cards.size(), 1u);
    EXPECT_EQ(desk.cards[0].version, 3);
}

TEST_F(CourierTest, CardsHaveABudgetOfTheirOwn) {
    for (int i = 0; i < 100; ++i) {
        const SessionId id("s" + std::to_string(i));
        ledger.sessions[id].thread = DeskThreadId("t");
        ledger.sessions[id].card = 1;
        courier->card_changed(id);
    }
    loop.advance(60'000);
    EXPECT_EQ(desk.cards.size(), 50u);
    say("x");
    loop.run_ready();
    EXPECT_EQ(desk.posts.size(), 1u);
}

TEST_F(CourierTest, AFailedCardIsShownLaterAndALostThreadIsTold) {
    CardOutcome failed;
    CardOutcome lost;
    lost.kind = CardOutcome::Kind::thread_lost;
    desk.card_script = {failed, failed, lost};
    auto& session = ledger.sessions[SessionId("s")];
    session.thread = DeskThreadId("t");
    session.card = 1;
    courier->card_changed(SessionId("s"));
    loop.advance(30'000);
    EXPECT_EQ(desk.cards.size(), 3u);
    EXPECT_EQ(ledger.recorded, Recorded{"lost t"});
}

// ---- Stopping. ----

TEST_F(CourierTest, StopBeginsNothingAndWaitsForWhatIsInTheAir) {
    desk.answer_ms = 2'000;
    say("s");
    say("t");
    loop.advance(100);
    say("u");
    bool stopped = false;
    courier->stop(10'000, [&] { stopped = true; });
    loop.advance(1'000);
    EXPECT_FALSE(stopped);
    loop.advance(1'500);
    EXPECT_TRUE(stopped);
    loop.advance(60'000);
    EXPECT_EQ(desk.posts.size(), 2u);
}

TEST_F(CourierTest, StopEndsAtItsDeadline) {
    desk.silent = true;
    say("s");
    loop.run_ready();
    bool stopped = false;
    courier->stop(10'000, [&] { stopped = true; });
    loop.advance(9'900);
    EXPECT_FALSE(stopped);
    loop.advance(200);
    EXPECT_TRUE(stopped);
    EXPECT_TRUE(ledger.recorded.empty()) << "it stays `sending` in the store";
}

TEST_F(CourierTest, AClaimThatReturnsWhileStoppingIsPutBack) {
    say("s");
    loop.post([&] { courier->stop(10'000, [] {}); });  // runs between claim and answer
    loop.advance(1'000);
    EXPECT_TRUE(desk.posts.empty());
    EXPECT_EQ(ledger.recorded, Recorded{"released p1"});
}

TEST_F(CourierTest, AnswersAfterItsEndDoNothing) {
    desk.answer_ms = 1'000;
    say("s");
    loop.advance(100);
    courier.reset();
    loop.advance(60'000);
    EXPECT_TRUE(ledger.recorded.empty());
}

// A pump that is told "now" by a bucket that gives nothing now would never let time pass.
TEST(TokenBucketTest, WhoeverMustWaitIsToldALaterTime) {
    SeededRandom random(7);
    for (const double per_second : {0.3, 1.0, 5.0, 7.0, 50.0}) {
        TokenBucket bucket(per_second, 5, 0);
        SteadyMs now = 0;
        for (int i = 0; i < 20'000; ++i) {
            if (bucket.has_one(now)) {
                bucket.take_one(now);
                continue;
            }
            ASSERT_GT(bucket.next_at(now), now) << per_second << " a second";
            now += static_cast<SteadyMs>(random.below(400));
        }
    }
}

TEST(TokenBucketTest, NeverGivesMoreThanItsRateInAnyWindow) {
    SteadyMs at = 0;
    TokenBucket bucket(1.0, 3, at);
    std::vector<SteadyMs> taken;
    while (at < 100'000) {
        at = std::max(at, bucket.next_at(at));
        ASSERT_TRUE(bucket.has_one(at));
        bucket.take_one(at);
        taken.push_back(at);
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
        const auto end = std::upper_bound(taken.begin(), taken.end(), taken[i] + 10'000);
        EXPECT_LE(end - (taken.begin() + static_cast<std::ptrdiff_t>(i)), 14);
    }
    EXPECT_GE(taken.size(), 100u);
}

TEST(BackoffTest, GrowsToItsCeilingAndStaysAboveItsFloor) {
    SeededRandom random(3);
    for (unsigned failures = 0; failures < 80; ++failures) {
        const std::int64_t wait = backoff_ms(failures, 1'000, 60'000, random);
        EXPECT_GE(wait, 250);
        EXPECT_LE(wait, 60'000);
    }
}

}  // namespace
}  // namespace deskbell::courier
