#include "desk/slack/socket_mode.hpp"

#include "desk/slack/event_witness.hpp"
#include "desk/slack/slack_fakes.hpp"
#include "desk/slack/slack_office_fixture.hpp"
#include "desk/slack/socket_fakes.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

TEST(SocketFrames, WhateverTheTextAFrame) {
    EXPECT_EQ(std::get<SocketHello>(read_socket_frame(R"({"type":"hello","num_connections":3})"))
                  .connections,
              3);
    EXPECT_EQ(
        std::get<SocketDisconnect>(read_socket_frame(R"({"type":"disconnect","reason":"warning"})"))
            .reason,
        "warning");
    const auto envelope = std::get<SocketEnvelope>(read_socket_frame(
        R"({"envelope_id":"e1","type":"interactive","accepts_response_payload":true,
            "retry_attempt":2,"retry_reason":"timeout","payload":{"a":1}})"));
    EXPECT_EQ(envelope.id, "e1");
    EXPECT_EQ(envelope.type, "interactive");
    EXPECT_TRUE(envelope.takes_payload);
    EXPECT_EQ(envelope.retry_attempt, 2);
    EXPECT_EQ(envelope.payload.at("a"), 1);
    for (const char* text :
         {"", "x", "[]", "{}", R"({"envelope_id":7})", R"({"type":"events_api"})"})
        EXPECT_TRUE(std::holds_alternative<SocketUnknown>(read_socket_frame(text))) << text;
    EXPECT_TRUE(std::get<SocketEnvelope>(read_socket_frame(R"({"envelope_id":"e","payload":[]})"))
                    .payload.empty());
}

TEST(SocketFrames, AnAcknowledgementCarriesWhatItMay) {
    EXPECT_EQ(socket_acknowledgement("e\"1", ""), R"({"envelope_id":"e\"1"})");
    EXPECT_EQ(socket_acknowledgement("e", R"({"response_action":"clear"})"),
              R"({"envelope_id":"e","payload":{"response_action":"clear"}})");
    EXPECT_EQ(socket_acknowledgement("e", "Done"),
              R"({"envelope_id":"e","payload":{"text":"Done"}})");
}

struct SocketModeTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{1};
    ScriptedSlack slack{loop};
    FakeSockets sockets;
    std::vector<SocketEnvelope> taken;
    std::vector<SocketMode::Answer> unanswered;
    bool answers_at_once = true;
    std::vector<std::string> gaps;
    std::unique_ptr<SocketMode> mode;
    int urls = 0;

    void SetUp() override {
        slack.answers["apps.connections.open"] = [this](const CallFields&) {
            return answered(200, R"({"ok":true,"url":"ws://slack/link/?ticket=)" +
                                     std::to_string(++urls) + "\"}");
        };
        make("http://slack/api/");
    }
    void make(const std::string& api_url, std::size_t connections = 2) {
        mode = std::make_unique<SocketMode>(
            loop, slack, sockets, random, SocketOptions{api_url, "xapp-1", connections},
            [this](SocketEnvelope envelope, SocketMode::Answer answer) {
                taken.push_back(std::move(envelope));
                if (answers_at_once) return answer("");
                unanswered.push_back(std::move(answer));
            });
        mode->on_gap([this](const std::string& why) { gaps.push_back(why); });
    }
    void go_live() {
        mode->start();
        loop.run_ready();
        ASSERT_EQ(sockets.all.size(), 2u);
        for (const auto& one : sockets.all) greet(*one);
        gaps.clear();
    }
    static void greet(FakeSockets::Connection& one) {
        one.open();
        one.hello();
    }
    FakeSockets::Connection& newest() { return *sockets.all.back(); }
};

TEST_F(SocketModeTest, AsManyConnectionsAsAskedForWithTheAppsToken) {
    go_live();
    EXPECT_EQ(mode->figures().live, 2u);
    EXPECT_TRUE(mode->trouble().code.empty());
    const auto asked = slack.of("apps.connections.open");
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_EQ(net::find_header(asked[0].request.headers, "authorization"), "Bearer xapp-1");
    EXPECT_NE(sockets.all[0]->url, sockets.all[1]->url);
}

TEST_F(SocketModeTest, AcknowledgedOnlyWhenItIsDurable) {
    go_live();
    answers_at_once = false;
    sockets.all[0]->say(envelope_text("e1", "Ev1"));
    sockets.all[1]->say(envelope_text("e2", "Ev2"));
    EXPECT_FALSE(sockets.all[0]->acknowledged("e1"));
    unanswered[0]("");
    EXPECT_TRUE(sockets.all[0]->acknowledged("e1"));
    unanswered[1](std::nullopt);
    EXPECT_FALSE(sockets.all[1]->acknowledged("e2"));
    EXPECT_EQ(mode->figures().unacknowledged, 1u);
}

TEST_F(SocketModeTest, APayloadGoesBackOnlyWhereItIsTaken) {
    go_live();
    answers_at_once = false;
    sockets.all[0]->say(R"({"envelope_id":"e1","type":"interactive","payload":{}})");
    sockets.all[0]->say(
        R"({"envelope_id":"e2","type":"interactive","payload":{},"accepts_response_payload":true})");
    for (auto& answer : unanswered) answer(R"({"x":1})");
    EXPECT_EQ(sockets.all[0]->sent[0], R"({"envelope_id":"e1"})");
    EXPECT_EQ(sockets.all[0]->sent[1], R"({"envelope_id":"e2","payload":{"x":1}})");
}

TEST_F(SocketModeTest, AnAnswerAfterTheConnectionsEndIsLeftToTheNextDelivery) {
    go_live();
    answers_at_once = false;
    sockets.all[0]->say(envelope_text("e1", "Ev1"));
    sockets.all[0]->end();
    loop.run_ready();
    unanswered[0]("");
    EXPECT_TRUE(sockets.all[0]->sent.empty());
    EXPECT_EQ(mode->figures().unacknowledged, 1u);
}

TEST_F(SocketModeTest, TheNewOneIsLiveBeforeTheOldOneGoes) {
    go_live();
    for (const char* reason : {"warning", "refresh_requested"})
        sockets.all[0]->say(R"({"type":"disconnect","reason":")" + std::string(reason) + "\"}");
    loop.run_ready();
    ASSERT_EQ(sockets.all.size(), 3u);  // asked for once
    EXPECT_TRUE(sockets.all[0]->is_there());
    EXPECT_FALSE(sockets.all[0]->goodbye);
    greet(newest());
    sockets.all[0]->say(envelope_text("late", "Ev1"));  // still read
    EXPECT_TRUE(sockets.all[0]->acknowledged("late"));
    EXPECT_EQ(mode->figures().live, 2u);
    EXPECT_TRUE(gaps.empty()) << "somebody listened all the time";
    sockets.all[0]->end("the peer closed it");
    loop.advance(120'000);
    EXPECT_EQ(sockets.all.size(), 3u);
    EXPECT_EQ(mode->figures().replaced, 1u);
    EXPECT_EQ(mode->figures().lost, 0u);
}

TEST_F(SocketModeTest, AnOldOneThatSlackForgetsToCloseIsClosed) {
    go_live();
    sockets.all[0]->say(R"({"type":"disconnect","reason":"warning"})");
    loop.run_ready();
    greet(newest());
    loop.advance(21'000);
    EXPECT_TRUE(sockets.all[0]->goodbye);
}

TEST_F(SocketModeTest, ABrokenOneIsOpenedAgainAndWhatWasMissedIsReadBack) {
    go_live();
    loop.advance(60'000);
    sockets.all[1]->end();
    EXPECT_EQ(gaps.size(), 1u);
    loop.advance(1'000);
    ASSERT_EQ(sockets.all.size(), 3u);
    greet(newest());
    EXPECT_EQ(gaps.size(), 2u);
    EXPECT_EQ(mode->figures().live, 2u);
    EXPECT_EQ(mode->figures().lost, 1u);
}

TEST_F(SocketModeTest, FailuresGrowTheDelayUpToAMinute) {
    go_live();
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 12; ++i) {
        const std::size_t before = sockets.all.size();
        sockets.all[i == 0 ? 0 : before - 1]->end();
        const SteadyMs began = clock.steady_ms();
        while (sockets.all.size() == before && clock.steady_ms() - began < 200'000)
            loop.advance(100);
        ASSERT_EQ(sockets.all.size(), before + 1) << i;
        waits.push_back(clock.steady_ms() - began);
    }
    EXPECT_LE(waits.front(), 800);
    for (const std::int64_t wait : waits) EXPECT_LE(wait, 90'100);
    EXPECT_GE(waits.back(), 30'000);
}

TEST_F(SocketModeTest, ALimitIsWaitedOut) {
    slack.script["apps.connections.open"].push_back(limited(60));
    make("http://slack/api/", 1);
    mode->start();
    loop.advance(59'000);
    EXPECT_EQ(sockets.all.size(), 0u);
    EXPECT_EQ(mode->trouble().code, "ratelimited");
    loop.advance(3'000);
    EXPECT_EQ(sockets.all.size(), 1u);
}

TEST_F(SocketModeTest, ADefiniteNoIsTriedAgainSlowly) {
    for (int i = 0; i < 2; ++i)
        slack.script["apps.connections.open"].push_back(refusal("invalid_auth"));
    mode->start();
    loop.advance(14'000);
    EXPECT_EQ(mode->trouble().code, "invalid_auth");
    EXPECT_EQ(slack.of("apps.connections.open").size(), 2u);
    loop.advance(32'000);
    EXPECT_EQ(sockets.all.size(), 2u);
}

TEST_F(SocketModeTest, WithoutTlsNothingIsSaid) {
    make("https://slack.com/api/");
    mode->start();
    loop.advance(5'000);
    EXPECT_TRUE(sockets.all.empty());
    EXPECT_EQ(mode->trouble().code, "socket_address");
}

TEST_F(SocketModeTest, SwitchedOffOrTooManyMeansALongWait) {
    for (const std::string reason : {"link_disabled", "too_many_websockets"}) {
        sockets.all.clear();
        make("http://slack/api/", 1);
        mode->start();
        loop.run_ready();
        FakeSockets::Connection& one = newest();
        one.open();
        one.say(R"({"type":"disconnect","reason":")" + reason + "\"}");
        EXPECT_TRUE(one.goodbye);
        EXPECT_EQ(mode->trouble().code, reason);
        one.end();
        loop.advance(14'000);
        EXPECT_EQ(sockets.all.size(), 1u);
        loop.advance(40'000);
        EXPECT_EQ(sockets.all.size(), 2u);
    }
}

TEST_F(SocketModeTest, SilenceIsNotBelieved) {
    go_live();
    sockets.all[0]->answers_pings = false;  // half open: what we say goes nowhere
    loop.advance(9'000);
    EXPECT_TRUE(sockets.all[0]->is_there());
    loop.advance(2'000);
    EXPECT_FALSE(sockets.all[0]->is_there());
    EXPECT_EQ(sockets.all.size(), 3u);
    // One that never says hello.
    newest().open();
    loop.advance(12'000);
    EXPECT_FALSE(sockets.all[2]->is_there());
    // One whose Slack has pinged and then stops.
    sockets.all[1]->handler->on_ping();
    for (int i = 0; i < 7; ++i) loop.advance(10'000);
    EXPECT_FALSE(sockets.all[1]->is_there());
}

TEST_F(SocketModeTest, AGhostThatBringsNothingIsReplaced) {
    go_live();
    loop.advance(100'000);
    sockets.all[1]->say(envelope_text("e1", "Ev1"));
    mode->suspect(clock.steady_ms() - 15'000);
    loop.run_ready();
    ASSERT_EQ(sockets.all.size(), 3u);  // the other one has brought something since
    greet(newest());
    EXPECT_EQ(mode->figures().suspected, 1u);
    mode->suspect(clock.steady_ms() - 15'000);
    loop.run_ready();
    EXPECT_EQ(sockets.all.size(), 3u) << "the new one was not there yet then";
}

TEST_F(SocketModeTest, ASecondDeliveryWithoutAFirstBetraysAGhost) {
    go_live();
    loop.advance(100'000);
    const std::string again = R"(,"retry_attempt":1,"retry_reason":"timeout")";
    sockets.all[1]->say(envelope_text("e1", "Ev1"));
    sockets.all[1]->say(envelope_text("e2", "Ev1", again));  // we were too slow ourselves
    loop.run_ready();
    EXPECT_EQ(sockets.all.size(), 2u);
    sockets.all[1]->say(envelope_text("e3", "Ev2", again));
    loop.run_ready();
    EXPECT_EQ(sockets.all.size(), 3u);
    EXPECT_TRUE(sockets.all[1]->acknowledged("e3"));
}

TEST_F(SocketModeTest, TooManyUnderWayAreLeftToComeAgain) {
    go_live();
    answers_at_once = false;
    for (std::size_t i = 0; i <= SocketMode::under_way_max; ++i)
        sockets.all[0]->say(envelope_text("e" + std::to_string(i), "Ev" + std::to_string(i)));
    EXPECT_EQ(taken.size(), SocketMode::under_way_max);
    unanswered[0]("");
    sockets.all[0]->say(envelope_text("again", "Ev1000"));
    EXPECT_EQ(taken.size(), SocketMode::under_way_max + 1);
}

TEST_F(SocketModeTest, StoppingSaysGoodbyeAndOpensNothing) {
    go_live();
    mode->stop();
    for (const auto& one : sockets.all) EXPECT_TRUE(one->goodbye);
    sockets.all[0]->say(envelope_text("e1", "Ev1"));
    EXPECT_TRUE(taken.empty()) << "nothing can be made durable any more";
    for (const auto& one : sockets.all) one->end();
    loop.advance(100'000);
    EXPECT_EQ(sockets.all.size(), 2u);
    mode.reset();
    loop.advance(1'000);
}

TEST(EventWitness, MissesWhatWasNotTold) {
    ManualClock clock;
    clock.advance(100'000);
    ManualLoop loop(clock);
    EventWitness witness(loop);
    std::vector<std::pair<SteadyMs, bool>> missed;
    witness.on_missed([&](SteadyMs at, bool read_back) { missed.emplace_back(at, read_back); });
    const auto place = [&](std::int64_t ago_ms) {
        return Place{"T1", "C1", ts_of_ms(clock.wall_ms() - ago_ms)};
    };
    loop.advance(60'000);
    const SteadyMs now = clock.steady_ms();
    const Place early = place(20'000), told = place(0), untold = place(1);
    witness.told(told);
    witness.posted(told);
    witness.posted(untold);
    witness.found(place(5'000));   // its event may still come
    witness.found(place(90'000));  // before our time
    EXPECT_TRUE(missed.empty());
    witness.found(early);
    witness.found(early);
    ASSERT_EQ(missed.size(), 1u);
    EXPECT_EQ(missed[0], (std::pair{now - 20'000, true}));
    loop.advance(16'000);
    ASSERT_EQ(missed.size(), 2u);
    EXPECT_EQ(missed[1], (std::pair{now, false}));
}

// Both ways in are one: what came by HTTP is known when it comes over a socket.
struct SocketOfficeTest : OfficeTest {
    std::optional<std::string> take(const std::string& type, const std::string& payload) {
        std::optional<std::string> acknowledged = "not yet";
        SocketEnvelope envelope;
        envelope.type = type;
        envelope.payload = parse_or_die(payload);
        office->take(std::move(envelope),
                     [&](std::optional<std::string> with) { acknowledged = std::move(with); });
        loop.run_ready();
        return acknowledged;
    }
};

TEST_F(SocketOfficeTest, TheSameEventByBothWaysIsOne) {
    start();
    const std::string said_once = envelope(said("1763800105.000300"));
    EXPECT_EQ(give(signed_request(said_once)), 200);
    EXPECT_EQ(take("events_api", said_once), "");
    EXPECT_EQ(listener.all<core::AgentSaid>().size(), 1u);
    EXPECT_EQ(office->counters().at("redelivered_event"), 1u);
    EXPECT_EQ(take("events_api", envelope(said("1763800106.000300"))), "");
    EXPECT_EQ(listener.all<core::AgentSaid>().size(), 2u);
}

TEST_F(SocketOfficeTest, WhatIsNotDurableIsNotAcknowledged) {
    start();
    listener.refusals.push_back(Error{"store_unavailable", "", std::nullopt});
    EXPECT_EQ(take("events_api", envelope(said("1763800105.000300"))), std::nullopt);
    listener.silent = true;
    EXPECT_EQ(take("events_api", envelope(said("1763800106.000300"))), "not yet");
}

TEST_F(SocketOfficeTest, BeforeWeKnowWhoWeAreNothingIsAcknowledged) {
    EXPECT_EQ(take("events_api", envelope(said("1763800105.000300"))), std::nullopt);
}

TEST_F(SocketOfficeTest, AnEnvelopeForNobodyIsAcknowledged) {
    start();
    EXPECT_EQ(take("never_heard_of", "{}"), "");
}

}  // namespace
}  // namespace deskbell::desk::slack
