#include "courier/courier_fixture.hpp"

#include <algorithm>
#include <map>

namespace deskbell::courier {
namespace {

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
    EXPECT_EQ(courier->figures().posts_unknown, 0u);
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
    EXPECT_EQ(std::ranges::count(desk.looks, LetterId("p1"),
                                 [](const FakeDesk::Call& call) { return call.post.id; }),
              41);
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

}  // namespace
}  // namespace deskbell::courier
