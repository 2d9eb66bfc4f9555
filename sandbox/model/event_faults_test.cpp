// What events meet on their way, and how an app hears of it.

#include "sandbox/model/test_slack.hpp"

#include <set>

namespace deskbell::sandbox {
namespace {

const DeliveryOutcome good{DeliveryOutcome::Kind::answered, 200, false};

struct Events : TestSlack {
    Events() : TestSlack(TestSlack::with_events()) {}
    void order(Effect effect, std::int64_t delay_ms = 0) {
        FaultRule made;
        made.effect = effect;
        made.times = 1;
        made.delay_ms = delay_ms;
        ASSERT_TRUE(slack.add_fault(std::move(made)));
    }
    std::vector<Delivery> due() { return slack.next_deliveries(100); }
    std::size_t messages() { return slack.workspace().find_channel(vip)->messages.size(); }
};

json::object event_of(const Delivery& delivery) {
    return json::parse(delivery.body).at("event").as_object();
}

TEST(EventFaults, APhantomHasItsOwnTsAndTheSameClientMsgId) {
    for (const bool kept : {false, true}) {
        Events test;
        const std::string root = test.say("root");
        std::ignore = test.events();
        test.order(kept ? Effect::event_phantom_kept : Effect::event_phantom, 200);
        const std::string said = test.say("once", root);
        EXPECT_EQ(test.messages(), kept ? 3u : 2u);
        const auto first = test.due();
        test.clock.advance(200);
        const auto second = test.due();
        ASSERT_EQ(first.size(), 1u);
        ASSERT_EQ(second.size(), 1u);
        const json::object real = event_of(first[0]);
        const json::object phantom = event_of(second[0]);
        EXPECT_EQ(text_at(real, "/ts"), said);
        EXPECT_GT(text_at(phantom, "/ts"), said);
        EXPECT_EQ(text_at(phantom, "/event_ts"), text_at(phantom, "/ts"));
        EXPECT_EQ(text_at(phantom, "/client_msg_id"), text_at(real, "/client_msg_id"));
        EXPECT_EQ(text_at(phantom, "/thread_ts"), root);
        EXPECT_NE(first[0].event_id, second[0].event_id);
        const json::object read =
            test.call("conversations.replies", {{"channel", test.vip}, {"ts", root}});
        EXPECT_EQ(read.at("messages").as_array().size(), kept ? 3u : 2u);
    }
}

TEST(EventFaults, PhantomsAreOfTypedMessagesOnly) {
    Events test;
    test.order(Effect::event_phantom);
    test.post({{"text", "of the app"}});
    EXPECT_EQ(test.events().size(), 1u);
    test.say("typed");
    EXPECT_EQ(test.events().size(), 2u);
}

TEST(EventFaults, ALostAnswerBringsTheSameEventAgain) {
    Events test;
    test.order(Effect::event_answer_lost);
    test.say("x");
    const Delivery first = test.due().at(0);
    test.slack.delivered(first.id, good);
    const Delivery again = test.due().at(0);
    EXPECT_EQ(again.event_id, first.event_id);
    EXPECT_EQ(again.attempt, 1);
    EXPECT_EQ(again.retry_reason, "http_timeout");
    test.slack.delivered(again.id, good);
    test.clock.advance(3'600'000);
    EXPECT_TRUE(test.due().empty());
}

TEST(EventFaults, SometimesOnlyARetryArrives) {
    Events test;
    test.order(Effect::event_first_lost, 60'000);
    test.say("x");
    EXPECT_TRUE(test.due().empty());
    test.clock.advance(60'000);
    const auto due = test.due();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0].attempt, 1);
    EXPECT_EQ(due[0].retry_reason, "connection_failed");
}

TEST(EventFaults, AnOldTimestampIsMendedByTheRetry) {
    Events test;
    test.order(Effect::event_old_timestamp);
    test.slack.change_settings({{"signature_skew_s", 20}});
    test.say("x");
    const Delivery first = test.due().at(0);
    EXPECT_EQ(first.timestamp_skew_s, -580);
    test.slack.delivered(first.id, {DeliveryOutcome::Kind::answered, 401, false});
    EXPECT_EQ(test.due().at(0).timestamp_skew_s, 20);
}

TEST(EventFaults, APreviewChangesAMessageWithoutAnEdit) {
    Events test;
    test.order(Effect::event_unfurl, 500);
    const std::string said = test.say("look: https://acme.example/q");
    EXPECT_EQ(test.events().size(), 1u);
    EXPECT_EQ(test.slack.next_due(), test.clock.steady_ms() + 500);
    test.clock.advance(500);
    const auto events = test.events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(text_at(events[0], "/subtype"), "message_changed");
    EXPECT_EQ(text_at(events[0], "/message/ts"), said);
    EXPECT_EQ(text_at(events[0], "/message/edited"), "(absent)");
    EXPECT_EQ(text_at(events[0], "/message/text"), text_at(events[0], "/previous_message/text"));
    EXPECT_EQ(text_at(events[0], "/message/attachments/0/from_url"), "https://acme.example/q");
    EXPECT_EQ(text_at(events[0], "/previous_message/attachments"), "(absent)");
}

TEST(EventFaults, WithTheSettingEveryLinkOfAPersonIsPreviewed) {
    Events test;
    test.slack.change_settings({{"unfurl_links", true}});
    test.post({{"text", "https://acme.example"}});
    test.say("no link");
    std::ignore = test.events();
    test.clock.advance(1'000);
    EXPECT_TRUE(test.events().empty());
    test.say("https://acme.example");
    EXPECT_EQ(test.events().size(), 1u);
    test.clock.advance(1'000);
    EXPECT_EQ(test.events().size(), 1u);
}

TEST(EventFaults, StraysAreOfAnotherTeamOrChannel) {
    std::set<bool> kinds;
    for (int i = 0; i < 20; ++i) {
        Events test;
        for (int n = 0; n < i; ++n) std::ignore = test.random.next_u64();
        test.order(Effect::event_stray);
        const std::string said = test.say("secret");
        const auto due = test.due();
        ASSERT_EQ(due.size(), 2u);
        const json::object own = json::parse(due[1].body).as_object();
        const json::object stray = json::parse(due[0].body).as_object();
        EXPECT_EQ(text_at(stray, "/event/ts"), said);
        EXPECT_EQ(text_at(stray, "/event/text"), "stray: secret");
        const bool other_team = text_at(stray, "/team_id") != text_at(own, "/team_id");
        const bool other_channel =
            text_at(stray, "/event/channel") != text_at(own, "/event/channel");
        EXPECT_NE(other_team, other_channel);
        kinds.insert(other_team);
    }
    EXPECT_EQ(kinds.size(), 2u);
}

TEST(EventFaults, OverTheLimitAnEventIsLostAndTheAppIsToldOnceAMinute) {
    Events test;
    FaultRule made;
    made.effect = Effect::event_over_limit;
    ASSERT_TRUE(test.slack.add_fault(made));
    test.say("x");
    test.say("y");
    const auto due = test.due();
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(text_at(json::parse(due[0].body), "/type"), "app_rate_limited");
    test.clock.advance(60'000);
    test.slack.limit_events();
    EXPECT_EQ(test.due().size(), 1u);
}

TEST(EventFaults, DisabledEventsAreLostUntilEnabled) {
    Events test;
    test.say("waits");
    test.slack.disable_events();
    test.say("lost");
    EXPECT_TRUE(test.due().empty());
    test.slack.enable_events();
    EXPECT_TRUE(test.due().empty());
    test.say("heard");
    EXPECT_EQ(test.events().size(), 1u);
}

}  // namespace
}  // namespace deskbell::sandbox
