#include "courier/courier.hpp"

#include "courier/courier_fakes.hpp"
#include "courier/pace.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace deskbell::courier {
namespace {

using PostKind = PostOutcome::Kind;
using LookKind = LookUpOutcome::Kind;
using Recorded = std::vector<std::string>;

struct CourierTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{7};
    FakeDesk desk{loop};
    FakeLedger ledger{loop};
    Pace pace;
    std::unique_ptr<Courier> courier;
    int letters = 0;

    void SetUp() override { start(); }
    void start() { courier = std::make_unique<Courier>(loop, desk, ledger, random, pace); }

    // A line of the customer's, as the engine would store it and tell of it.
    std::string say(const std::string& session, const std::string& channel = "#a") {
        core::Post post;
        post.id = LetterId("p" + std::to_string(++letters));
        post.session = SessionId(session);
        post.destination = Destination(channel);
        core::Line line;
        line.at = clock.wall_ms();
        line.text = "hello";
        post.lines.push_back(line);
        auto& lane = ledger.sessions[post.session];
        if (lane.thread.empty()) lane.thread = DeskThreadId("t." + session);
        lane.letters.push_back(post);
        tell(session, channel);
        return post.id.value;
    }
    void ask(const std::string& session, const std::string& channel = "#a") {
        core::Post post;
        post.id = LetterId("open-" + session);
        post.session = SessionId(session);
        post.kind = core::LetterKind::open_thread;
        post.destination = Destination(channel);
        ledger.sessions[post.session].letters.push_front(post);
        tell(session, channel);
    }
    void tell(const std::string& session, const std::string& channel, std::int64_t waited_ms = 0) {
        const auto& lane = ledger.sessions[SessionId(session)];
        courier->lane_ready({.session = SessionId(session),
                             .destination = Destination(channel),
                             .thread_open = !lane.thread.empty(),
                             .letters_queued = lane.letters.size(),
                             .oldest_queued_at = clock.wall_ms() - waited_ms,
                             .unresolved = std::nullopt});
    }
    static PostOutcome outcome(PostKind kind, std::int64_t retry_after_ms = 0) {
        PostOutcome made;
        made.kind = kind;
        made.retry_after_ms = retry_after_ms;
        made.error.code = "code";
        return made;
    }
    static LookUpOutcome look(LookKind kind) {
        LookUpOutcome made;
        made.kind = kind;
        made.message = DeskMessageId("found");
        made.thread = DeskThreadId("t.s");
        return made;
    }
    std::vector<std::string> posted() const {
        std::vector<std::string> ids;
        for (const auto& call : desk.posts) ids.push_back(call.post.id.value);
        return ids;
    }
};

TEST_F(CourierTest, SendsALetterAndRecordsItsConfirmation) {
    say("s");
    loop.run_ready();
    EXPECT_EQ(posted(), Recorded{"p1"});
    EXPECT_EQ(ledger.recorded, Recorded{"confirmed p1"});
    EXPECT_EQ(courier->figures().lanes_waiting, 0u);
    EXPECT_EQ(courier->figures().posts_sent, 1u);
}

TEST_F(CourierTest, ALaneIsSentInOrderOneAtATime) {
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

TEST_F(CourierTest, AStrayedPostOpensANewThreadAndIsSaidAgainThere) {
    desk.post_script.push_back(outcome(PostKind::strayed));
    say("s");
    loop.advance(5'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "again-p1", "p1"}));
    EXPECT_EQ(ledger.recorded, (Recorded{"strayed p1", "confirmed again-p1", "confirmed p1"}));
    EXPECT_EQ(courier->figures().strays, 1u);
}

// ---- Unknown. ----

TEST_F(CourierTest, UnknownIsLookedUpAfterAQuietPeriodAndAdopted) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    desk.look_script.push_back(look(LookKind::found));
    say("s");
    loop.advance(14'900);
    EXPECT_EQ(ledger.recorded, Recorded{"unknown p1"});
    EXPECT_EQ(courier->figures().posts_unknown, 1u);
    EXPECT_TRUE(desk.looks.empty());
    loop.advance(200);
    EXPECT_EQ(ledger.recorded, (Recorded{"unknown p1", "confirmed p1"}));
    EXPECT_EQ(desk.posts.size(), 1u);
    EXPECT_EQ(courier->figures().looked_up_found, 1u);
}

TEST_F(CourierTest, OnlyWhatIsAbsentTwiceIsSentAgainUnderTheSameId) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    loop.advance(19'900);
    EXPECT_EQ(desk.posts.size(), 1u);
    ASSERT_EQ(desk.looks.size(), 1u);
    loop.advance(200);
    EXPECT_EQ(posted(), (Recorded{"p1", "p1"}));
    EXPECT_EQ(desk.looks[1].at - desk.looks[0].at, 5'000);
    EXPECT_EQ(ledger.recorded,
              (Recorded{"unknown p1", "delayed s", "released p1", "confirmed p1", "caught up s"}));
    loop.advance(60'000);
    EXPECT_EQ(desk.looks.size(), 3u) << "what was sent twice is looked at once more";
    EXPECT_EQ(courier->figures().looked_up_absent, 1u);
}

TEST_F(CourierTest, AnEchoSettlesAnUnknownPostAtOnce) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    loop.advance(2'000);
    courier->post_echoed(LetterId("p1"), DeskMessageId("m"), DeskThreadId("t.s"), "1");
    loop.run_ready();
    EXPECT_EQ(ledger.recorded, (Recorded{"unknown p1", "confirmed p1"}));
    loop.advance(60'000);
    EXPECT_TRUE(desk.looks.empty());
}

TEST_F(CourierTest, AnEchoThatOvertakesATimeoutSettlesIt) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    desk.answer_ms = 10'000;
    say("s");
    loop.advance(500);
    courier->post_echoed(LetterId("p1"), DeskMessageId("m"), DeskThreadId("t.s"), "1");
    loop.advance(10'000);
    EXPECT_EQ(ledger.recorded, Recorded{"confirmed p1"});
}

TEST_F(CourierTest, AnEchoFromAnotherPlaceProvesNothing) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    loop.advance(2'000);
    courier->post_echoed(LetterId("p1"), DeskMessageId("m"), DeskThreadId("elsewhere"), "1");
    courier->post_echoed(LetterId("p99"), DeskMessageId("m"), DeskThreadId("t.s"), "1");
    loop.run_ready();
    EXPECT_EQ(ledger.recorded, Recorded{"unknown p1"});
}

TEST_F(CourierTest, AnEchoThatComesAfterGivingUpStillSavesTheSecondCopy) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    desk.look_script = {look(LookKind::absent), look(LookKind::absent)};
    say("s");
    loop.advance(19'000);
    auto parked = outcome(PostKind::destination_parked);
    desk.by_destination["#a"] = parked;
    say("other");  // parks the channel, so that p1 has to wait after its release
    loop.advance(3'000);
    courier->post_echoed(LetterId("p1"), DeskMessageId("m"), DeskThreadId("t.s"), "1");
    desk.by_destination.clear();
    courier->destination_open(Destination("#a"));
    loop.advance(5'000);
    const auto ids = posted();
    EXPECT_EQ(std::count(ids.begin(), ids.end(), "p1"), 1);
    const auto& recorded = ledger.recorded;
    EXPECT_EQ(std::count(recorded.begin(), recorded.end(), "confirmed p1"), 1);
}

TEST_F(CourierTest, FailedLookUpsAreRepeatedForEverAndNeverCountAsAbsent) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    for (int i = 0; i < 40; ++i) desk.look_script.push_back(look(LookKind::failed));
    desk.look_script.push_back(look(LookKind::found));
    say("s");
    say("s");
    loop.advance(60'000 * 45);
    EXPECT_EQ(desk.looks.size(), 41u);
    EXPECT_EQ(posted(), (Recorded{"p1", "p2"})) << "nothing passed it meanwhile";
}

TEST_F(CourierTest, WhatAFormerProcessLeftInTheAirIsLookedUpFirst) {
    core::Post post;
    post.id = LetterId("old");
    post.session = SessionId("s");
    post.thread = DeskThreadId("t.s");
    courier->lane_ready({.session = SessionId("s"),
                         .destination = Destination("#a"),
                         .thread_open = true,
                         .letters_queued = 0,
                         .oldest_queued_at = clock.wall_ms(),
                         .unresolved = post});
    say("s");
    loop.advance(14'000);
    EXPECT_TRUE(desk.posts.empty());
    desk.look_script.push_back(look(LookKind::found));
    loop.advance(2'000);
    EXPECT_EQ(ledger.recorded, (Recorded{"confirmed old", "confirmed p1"}));
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

// ---- Whole weather: whatever the desk answers, everything arrives once and in order. ----

TEST_F(CourierTest, EverythingArrivesInOrderThroughAnyWeather) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SeededRandom dice(seed);
        desk.posts.clear();
        ledger.recorded.clear();
        start();
        const PostKind kinds[] = {PostKind::sent,        PostKind::not_sent,
                                  PostKind::unknown,     PostKind::rate_limited,
                                  PostKind::desk_parked, PostKind::destination_parked,
                                  PostKind::thread_lost};
        for (int i = 0; i < 40; ++i)
            desk.post_script.push_back(outcome(kinds[dice.below(7)], 2'000));
        std::map<std::string, std::vector<std::string>> said;
        for (int i = 0; i < 30; ++i) {
            const std::string session = std::to_string(seed) + "." + std::to_string(dice.below(4));
            said[session].push_back(say(session, "#" + std::to_string(dice.below(2))));
            loop.advance(static_cast<std::int64_t>(dice.below(3'000)));
        }
        loop.advance(4 * 3'600'000);
        std::map<std::string, std::vector<std::string>> arrived;
        for (const auto& [session, ids] : said) {
            for (const auto& line : ledger.recorded) {
                if (!line.starts_with("confirmed p")) continue;
                const std::string id = line.substr(10);
                if (std::find(ids.begin(), ids.end(), id) != ids.end())
                    arrived[session].push_back(id);
            }
        }
        for (const auto& [session, lane] : ledger.sessions)
            EXPECT_TRUE(lane.letters.empty()) << "seed " << seed << " " << session.value;
        // Folded lines travel with their head, so what is confirmed is a subsequence, in order.
        for (const auto& [session, ids] : said)
            EXPECT_TRUE(std::is_sorted(arrived[session].begin(), arrived[session].end(),
                                       [](const std::string& a, const std::string& b) {
                                           return std::stoi(a.substr(1)) < std::stoi(b.substr(1));
                                       }))
                << "seed " << seed;
        EXPECT_EQ(courier->figures().lanes_waiting, 0u) << "seed " << seed;
        desk.post_script.clear();
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
