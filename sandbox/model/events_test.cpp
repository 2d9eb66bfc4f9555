#include "sandbox/model/test_slack.hpp"

#include <algorithm>

namespace deskbell::sandbox {
namespace {

constexpr const char* metadata = R"({"event_type":"deskbell_post","event_payload":{"post":"p"}})";

TEST(Events, EnvelopesAreWhatSlackSends) {
    TestSlack test(TestSlack::with_events());
    test.post({{"text", "x"}});
    const auto due = test.slack.next_deliveries(10);
    ASSERT_EQ(due.size(), 1u);
    const json::value envelope = json::parse(due[0].body);
    const Workspace& workspace = test.slack.workspace();
    EXPECT_EQ(text_at(envelope, "/type"), "event_callback");
    EXPECT_EQ(text_at(envelope, "/team_id"), workspace.team_id);
    EXPECT_EQ(text_at(envelope, "/api_app_id"), workspace.app.app_id);
    EXPECT_EQ(text_at(envelope, "/authorizations/0/user_id"), workspace.app.user_id);
    EXPECT_EQ(text_at(envelope, "/event_id"), due[0].event_id);
    EXPECT_EQ(due[0].timeout_ms, 3000);
    EXPECT_EQ(due[0].url, workspace.events_url);
}

TEST(Events, OwnPostsEchoWithMetadata) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "x"}, {"metadata", metadata}});
    test.post({{"text", "y"}, {"thread_ts", root}, {"username", "Dana"}});
    const auto events = test.events();
    ASSERT_EQ(events.size(), 2u);
    const json::value plain = events[0];
    EXPECT_EQ(text_at(plain, "/subtype"), "(absent)");
    EXPECT_EQ(text_at(plain, "/bot_id"), test.slack.workspace().app.bot_id);
    EXPECT_EQ(text_at(plain, "/metadata/event_payload/post"), "p");
    EXPECT_EQ(text_at(plain, "/event_ts"), root);
    EXPECT_EQ(text_at(plain, "/channel_type"), "channel");
    const json::value custom = events[1];
    EXPECT_EQ(text_at(custom, "/subtype"), "bot_message");
    EXPECT_EQ(text_at(custom, "/user"), "(absent)");
    EXPECT_EQ(text_at(custom, "/thread_ts"), root);
}

TEST(Events, PeoplesRepliesCarryRichTextAndAClientId) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "x"}});
    const std::string reply = test.say("*Sure*, :wave:", root);
    const json::value event = test.events().back();
    EXPECT_EQ(text_at(event, "/user"), test.ana);
    EXPECT_EQ(text_at(event, "/text"), "*Sure*, :wave:");
    EXPECT_EQ(text_at(event, "/blocks/0/type"), "rich_text");
    EXPECT_EQ(text_at(event, "/client_msg_id").size(), 36u);
    EXPECT_EQ(text_at(event, "/parent_user_id"), test.slack.workspace().app.user_id);
    EXPECT_EQ(text_at(event, "/ts"), reply);
}

TEST(Events, OfEditsAndDeletionsCarryThePreviousMessage) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "root"}});
    const std::string reply = test.say("old", root);
    test.events();
    ASSERT_TRUE(test.slack.edit("ana", test.vip, reply, "new"));
    ASSERT_TRUE(test.slack.remove("ana", test.vip, reply));
    const auto events = test.events();
    ASSERT_EQ(events.size(), 2u);
    const json::value edited = events[0];
    EXPECT_EQ(text_at(edited, "/subtype"), "message_changed");
    EXPECT_EQ(text_at(edited, "/message/text"), "new");
    EXPECT_EQ(text_at(edited, "/message/ts"), reply);
    EXPECT_EQ(text_at(edited, "/message/thread_ts"), root);
    EXPECT_EQ(text_at(edited, "/message/edited/user"), test.ana);
    EXPECT_EQ(text_at(edited, "/previous_message/text"), "old");
    EXPECT_GT(text_at(edited, "/ts"), reply);
    const json::value deleted = events[1];
    EXPECT_EQ(text_at(deleted, "/subtype"), "message_deleted");
    EXPECT_EQ(text_at(deleted, "/deleted_ts"), reply);
    EXPECT_EQ(text_at(deleted, "/previous_message/text"), "new");
}

TEST(Events, OfADeletedRootWithRepliesAreTombstones) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "root"}});
    test.say("reply", root);
    test.events();
    ASSERT_TRUE(test.slack.remove("", test.vip, root));
    const json::value event = test.events().at(0);
    EXPECT_EQ(text_at(event, "/subtype"), "message_changed");
    EXPECT_EQ(text_at(event, "/message/subtype"), "tombstone");
    EXPECT_EQ(text_at(event, "/message/reply_count"), "1");
    EXPECT_EQ(text_at(event, "/previous_message/text"), "root");
}

TEST(Events, TellBroadcastsAndReactionsApart) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "root"}});
    test.say("loud", root, true);
    ASSERT_TRUE(test.slack.react("ben", test.vip, root, "eyes", true));
    const auto events = test.events();
    ASSERT_EQ(events.size(), 3u);
    const json::value loud = events[1];
    EXPECT_EQ(text_at(loud, "/subtype"), "thread_broadcast");
    EXPECT_EQ(text_at(loud, "/root/ts"), root);
    const json::value reaction = events[2];
    EXPECT_EQ(text_at(reaction, "/type"), "reaction_added");
    EXPECT_EQ(text_at(reaction, "/item/ts"), root);
    EXPECT_EQ(text_at(reaction, "/item_user"), test.slack.workspace().app.user_id);
}

TEST(Events, ComeOnlyFromChannelsTheAppIsIn) {
    TestSlack test(TestSlack::with_events());
    ASSERT_TRUE(test.slack.post({"ana", "#general", "psst", "", false}));
    EXPECT_TRUE(test.events().empty());
    ASSERT_TRUE(test.slack.kick(test.vip, ""));
    auto events = test.events();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(text_at(events[1], "/type"), "channel_left");
    test.say("nobody hears");
    EXPECT_TRUE(test.events().empty());
    EXPECT_EQ(error_of(test.call("conversations.join", {{"channel", test.vip}})), "");
    events = test.events();
    EXPECT_EQ(text_at(events.at(0), "/type"), "member_joined_channel");
    const json::object again = test.call("conversations.join", {{"channel", test.vip}});
    EXPECT_EQ(string_or_empty(again, "warning"), "already_in_channel");
}

TEST(Events, TellWhenAChannelIsArchived) {
    TestSlack test(TestSlack::with_events());
    ASSERT_TRUE(test.slack.archive(test.vip, true));
    const auto events = test.events();
    EXPECT_EQ(text_at(events.back(), "/type"), "channel_archive");
    EXPECT_EQ(error_of(test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}})),
              "is_archived");
}

TEST(Deliveries, AreRepeatedAtOnceThenAfterAMinuteThenAfterFive) {
    TestSlack test(TestSlack::with_events());
    test.say("x");
    const std::int64_t waits_ms[] = {0, 0, 60'000, 300'000};
    std::string event_id;
    for (int attempt = 0; attempt < 4; ++attempt) {
        if (waits_ms[attempt] > 0) {
            test.clock.advance(waits_ms[attempt] - 1);
            EXPECT_TRUE(test.slack.next_deliveries(10).empty());
            test.clock.advance(1);
        }
        const auto due = test.slack.next_deliveries(10);
        ASSERT_EQ(due.size(), 1u) << attempt;
        EXPECT_EQ(due[0].attempt, attempt);
        EXPECT_EQ(due[0].retry_reason, attempt == 0 ? "" : "http_timeout");
        if (attempt > 0) EXPECT_EQ(due[0].event_id, event_id);
        event_id = due[0].event_id;
        test.slack.delivered(due[0].id, {DeliveryOutcome::Kind::timeout, 0, false});
    }
    EXPECT_EQ(test.slack.next_due(), std::nullopt);
}

TEST(Deliveries, AreNotRepeatedWhenTheAppSaysSo) {
    TestSlack test(TestSlack::with_events());
    test.say("x");
    const auto due = test.slack.next_deliveries(10);
    test.slack.delivered(due.at(0).id, {DeliveryOutcome::Kind::answered, 500, true});
    EXPECT_EQ(test.slack.next_due(), std::nullopt);
}

TEST(Deliveries, StopWhenAlmostAllFailForAnHour) {
    TestSlack test(TestSlack::with_events());
    test.slack.change_settings({{"rate_limits", false}});
    for (int i = 0; i < 1000; ++i) {
        test.say("x");
        for (const Delivery& delivery : test.slack.next_deliveries(10))
            test.slack.delivered(delivery.id, {DeliveryOutcome::Kind::answered, 500, true});
    }
    EXPECT_EQ(text_at(test.slack.snapshot(1), "/events/state"), "disabled");
    test.say("unheard");
    EXPECT_EQ(test.slack.next_due(), std::nullopt);
    test.slack.set_events_url("http://app.test/again");
    test.say("heard");
    EXPECT_EQ(test.events().size(), 1u);
}

TEST(Deliveries, PastTheHourlyLimitOneNoticeAMinute) {
    TestSlack test(TestSlack::with_events());
    for (int i = 0; i < 30'003; ++i)
        ASSERT_TRUE(test.slack.post({"ana", test.vip, "x", "", false}));
    std::size_t events = 0;
    std::size_t notices = 0;
    for (const Delivery& delivery : test.slack.next_deliveries(50'000)) {
        events += delivery.type == "message";
        notices += delivery.type == "app_rate_limited";
    }
    EXPECT_EQ(events, 30'000u);
    EXPECT_EQ(notices, 1u);
}

}  // namespace
}  // namespace deskbell::sandbox
