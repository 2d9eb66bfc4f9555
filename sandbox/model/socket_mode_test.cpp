#include "sandbox/model/socket_mode.hpp"

#include "sandbox/model/test_slack.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

struct SocketSlack : TestSlack {
    explicit SocketSlack(json::object settings = {}) {
        settings["socket_mode"] = true;
        slack.change_settings(settings);
    }

    std::string ticket() {
        ApiCall call;
        call.method = "apps.connections.open";
        call.token = slack.workspace().app.app_token;
        const json::object answer = json::parse(slack.call(call).body).as_object();
        const std::string url(answer.at("url").as_string());
        const std::size_t at = url.find("ticket=") + 7;
        return url.substr(at, url.find('&') - at);
    }
    SocketId open(bool debug = false) {
        EXPECT_TRUE(slack.redeem_ticket(ticket()));
        return slack.open_socket(debug);
    }
    // The frames that are due, with "socket" and, of closes, "close".
    std::vector<json::object> frames() {
        std::vector<json::object> list;
        for (const SocketOrder& order : slack.socket_orders()) {
            json::object frame{{"close", order.text}};
            if (order.kind == SocketOrder::Kind::send) frame = json::parse(order.text).as_object();
            frame["socket"] = order.socket;
            list.push_back(std::move(frame));
        }
        return list;
    }
    void acknowledge(const json::object& frame) {
        slack.socket_text(frame.at("socket").to_number<SocketId>(),
                          json::serialize(json::object{{"envelope_id", frame.at("envelope_id")},
                                                       {"payload", json::object()}}));
    }
    // Seconds pass; the frames of the meantime.
    std::vector<json::object> after(std::int64_t seconds) {
        clock.advance(seconds * 1000);
        return frames();
    }
};

TEST(SocketMode, NeedsTheAppTokenAndTheSwitch) {
    TestSlack off;
    ApiCall call;
    call.method = "apps.connections.open";
    call.token = off.slack.workspace().app.app_token;
    EXPECT_EQ(error_of(json::parse(off.slack.call(call).body).as_object()),
              "socket_mode_not_enabled");
    EXPECT_EQ(error_of(off.call("apps.connections.open")), "not_allowed_token_type");
}

TEST(SocketMode, ATicketIsGoodOnceAndForHalfAMinute) {
    SocketSlack test;
    const std::string ticket = test.ticket();
    EXPECT_TRUE(test.slack.redeem_ticket(ticket));
    EXPECT_FALSE(test.slack.redeem_ticket(ticket));
    const std::string old = test.ticket();
    test.clock.advance(31'000);
    EXPECT_FALSE(test.slack.redeem_ticket(old));
    EXPECT_FALSE(test.slack.redeem_ticket("nonsense"));
}

TEST(SocketMode, HelloCountsTheConnections) {
    SocketSlack test;
    test.open();
    test.open();
    const auto frames = test.frames();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].at("type"), "hello");
    EXPECT_EQ(frames[0].at("num_connections"), 1);
    EXPECT_EQ(frames[1].at("num_connections"), 2);
    EXPECT_EQ(frames[0].at("connection_info").at("app_id").as_string(),
              test.slack.workspace().app.app_id);
}

TEST(SocketMode, TheEleventhSocketIsTurnedAway) {
    SocketSlack test;
    for (int i = 0; i < 11; ++i) test.open();
    const auto frames = test.frames();
    ASSERT_EQ(frames.size(), 12u);
    EXPECT_EQ(frames[10].at("reason"), "too_many_websockets");
    EXPECT_EQ(frames[11].at("close"), "too_many_websockets");
}

TEST(SocketMode, EachEventGoesToOneSocketAndNotToTheUrl) {
    SocketSlack test;
    test.slack.set_events_url("http://app.test/slack/events");
    test.open();
    test.open();
    test.frames();
    std::set<std::int64_t> sockets;
    for (int i = 0; i < 20; ++i) {
        test.say("hello");
        EXPECT_TRUE(test.slack.next_deliveries(10).empty());
        const auto frames = test.frames();
        ASSERT_EQ(frames.size(), 1u);
        EXPECT_EQ(frames[0].at("type"), "events_api");
        EXPECT_EQ(frames[0].at("accepts_response_payload"), false);
        EXPECT_EQ(frames[0].at("retry_attempt"), 0);
        EXPECT_EQ(text_at(frames[0], "/payload/event/type"), "message");
        sockets.insert(frames[0].at("socket").to_number<std::int64_t>());
        test.acknowledge(frames[0]);
    }
    EXPECT_EQ(sockets.size(), 2u) << "any one of them";
}

TEST(SocketMode, WhatIsNotAcknowledgedComesAgainWithItsReason) {
    SocketSlack test;
    test.open();
    test.frames();
    test.say("hello");
    const auto first = test.frames();
    ASSERT_EQ(first.size(), 1u);
    EXPECT_TRUE(test.after(2).empty());
    const auto second = test.after(1);
    ASSERT_EQ(second.size(), 1u);
    EXPECT_EQ(second[0].at("retry_attempt"), 1);
    EXPECT_EQ(second[0].at("retry_reason"), "timeout");
    EXPECT_EQ(text_at(second[0], "/payload/event_id"), text_at(first[0], "/payload/event_id"));
    EXPECT_NE(text_at(second[0], "/envelope_id"), text_at(first[0], "/envelope_id"));
    test.acknowledge(first[0]);  // too late: it counts for nothing
    EXPECT_TRUE(test.after(3).empty());
    const auto third = test.after(60);
    ASSERT_EQ(third.size(), 1u);
    EXPECT_EQ(third[0].at("retry_attempt"), 2);
    test.acknowledge(third[0]);
    EXPECT_TRUE(test.after(1000).empty());
}

TEST(SocketMode, InteractionsAreNotRepeated) {
    SocketSlack test;
    test.open();
    test.frames();
    const std::string ts = test.post(
        {{"blocks",
          R"([{"type":"actions","elements":[{"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}])"}});
    for (const auto& frame : test.frames()) test.acknowledge(frame);
    ASSERT_TRUE(test.slack.press({"ana", test.vip, ts, "go", "", ""}));
    const auto frames = test.frames();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].at("type"), "interactive");
    EXPECT_EQ(frames[0].at("accepts_response_payload"), true);
    EXPECT_FALSE(frames[0].contains("retry_attempt"));
    EXPECT_EQ(text_at(frames[0], "/payload/actions/0/action_id"), "go");
    EXPECT_TRUE(test.after(4).empty());
    EXPECT_TRUE(test.after(600).empty());
}

TEST(SocketMode, WithoutAnySocketEventsWaitForTheirRetries) {
    SocketSlack test;
    test.say("hello");
    EXPECT_TRUE(test.frames().empty());
    EXPECT_TRUE(test.frames().empty()) << "the first retry follows at once";
    test.open();
    const auto frames = test.after(60);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].at("type"), "hello");
    EXPECT_EQ(frames[1].at("retry_attempt"), 2);
    EXPECT_EQ(frames[1].at("retry_reason"), "no_active_connection");
}

TEST(SocketMode, ASocketIsWarnedThenRefreshedThenClosed) {
    SocketSlack test({{"socket_lifetime_s", 100}});
    const SocketId old = test.open();
    const auto hello = test.frames();
    EXPECT_EQ(text_at(hello[0], "/debug_info/approximate_connection_time"), "100");
    EXPECT_TRUE(test.after(89).empty());
    const auto warning = test.after(1);
    ASSERT_EQ(warning.size(), 1u);
    EXPECT_EQ(warning[0].at("reason"), "warning");
    const SocketId fresh = test.open();
    test.frames();
    test.say("to the fresh one");
    const auto event = test.frames();
    ASSERT_EQ(event.size(), 1u);
    EXPECT_EQ(event[0].at("socket").to_number<SocketId>(), fresh);
    test.acknowledge(event[0]);
    const auto refresh = test.after(10);
    ASSERT_EQ(refresh.size(), 1u);
    EXPECT_EQ(refresh[0].at("reason"), "refresh_requested");
    EXPECT_EQ(refresh[0].at("socket").to_number<SocketId>(), old);
    const auto close = test.after(10);
    ASSERT_EQ(close.size(), 1u);
    EXPECT_EQ(close[0].at("close"), "refresh_requested");
}

TEST(SocketMode, DebugReconnectsLiveSixMinutes) {
    SocketSlack test;
    test.open(true);
    EXPECT_EQ(text_at(test.frames()[0], "/debug_info/approximate_connection_time"), "360");
    const auto warning = test.after(350);
    ASSERT_EQ(warning.size(), 1u);
    EXPECT_EQ(warning[0].at("reason"), "warning");
}

TEST(SocketMode, SwitchedOffEverySocketIsTold) {
    SocketSlack test;
    test.open();
    test.open();
    test.frames();
    test.slack.change_settings({{"socket_mode", false}});
    const auto frames = test.frames();
    ASSERT_EQ(frames.size(), 4u);
    EXPECT_EQ(frames[0].at("reason"), "link_disabled");
    EXPECT_EQ(frames[1].at("close"), "link_disabled");
}

TEST(SocketMode, AGhostStillAttractsEnvelopes) {
    SocketSlack test({{"socket_ghost_s", 300}});
    const SocketId lost = test.open();
    test.open();
    test.frames();
    test.slack.socket_closed(lost, false);
    int swallowed = 0;
    for (int i = 0; i < 20; ++i) {
        test.say("hello");
        const auto frames = test.frames();
        swallowed += frames.empty() ? 1 : 0;
        for (const auto& frame : frames) test.acknowledge(frame);
    }
    EXPECT_GT(swallowed, 3);
    test.after(301);
    test.say("now it is noticed");
    EXPECT_FALSE(test.frames().empty());
}

TEST(SocketMode, ACleanGoodbyeLeavesNoGhost) {
    SocketSlack test({{"socket_ghost_s", 300}});
    test.slack.socket_closed(test.open(), true);
    EXPECT_TRUE(test.slack.snapshot(0).at("sockets").as_array().empty());
}

TEST(SocketMode, AStalledSocketSwallowsInSilenceAndTheRetryGoesOn) {
    SocketSlack test;
    const SocketId id = test.open();
    test.frames();
    ASSERT_TRUE(test.slack.command_sockets("stall", id));
    test.say("hello");
    EXPECT_TRUE(test.frames().empty());
    ASSERT_TRUE(test.slack.command_sockets("resume", id));
    const auto again = test.after(3);
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].at("retry_attempt"), 1);
    EXPECT_FALSE(test.slack.command_sockets("stall", 99));
    EXPECT_FALSE(test.slack.command_sockets("explode", id));
}

TEST(SocketMode, TimersAreNamedSoThatNobodyHasToPoll) {
    SocketSlack test({{"socket_lifetime_s", 100}});
    EXPECT_FALSE(test.slack.next_socket_due());
    test.open();
    test.frames();
    const SteadyMs opened = test.clock.steady_ms();
    EXPECT_EQ(test.slack.next_socket_due(), opened + 90'000);
    test.say("hello");
    EXPECT_LE(*test.slack.next_socket_due(), test.clock.steady_ms());
    test.frames();
    EXPECT_EQ(test.slack.next_socket_due(), test.clock.steady_ms() + 3'000);
    EXPECT_FALSE(test.slack.next_due()) << "nothing is left for HTTP";
}

}  // namespace
}  // namespace deskbell::sandbox
