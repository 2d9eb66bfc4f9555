// Channels through their lives: renamed, archived, left, opened to others.

#include "desk/slack/slack_office_fixture.hpp"

namespace deskbell::desk::slack {
namespace {

struct ChannelsTest : OfficeTest {
    std::string channel = R"("id":"C0VIPSALES","name":"vip-sales","is_member":true)";

    void SetUp() override {
        OfficeTest::SetUp();
        slack.answers["conversations.list"] = [this](const CallFields&) {
            return answered(200, R"({"ok":true,"channels":[)" +
                                     (channel.empty() ? "" : "{" + channel + "}") + "]}");
        };
    }
    void become(const std::string& description, const std::string& event_text = "") {
        channel = description;
        if (!event_text.empty()) EXPECT_EQ(event(event_text), 200);
        loop.advance(event_text.empty() ? 1'000'000 : 3'000);
    }
    PostOutcome::Kind post(const std::string& thread = "") {
        slack.answers["chat.postMessage"] = [](const CallFields& fields) {
            json::object message = {{"text", "x"}, {"bot_id", "B0BRIDGE01"}};
            if (fields.contains("thread_ts")) message["thread_ts"] = fields.at("thread_ts");
            return answered(200, json::serialize(json::object{{"ok", true},
                                                              {"channel", "C0VIPSALES"},
                                                              {"ts", "1763800111.000500"},
                                                              {"message", message}}));
        };
        core::Post one;
        one.id = LetterId("p1");
        one.kind = thread.empty() ? core::LetterKind::open_thread : core::LetterKind::notice;
        one.notice = "x";
        one.thread = DeskThreadId(thread);
        one.destination = Destination("#vip-sales");
        std::optional<PostOutcome::Kind> came;
        office->desk().post(one, [&](const PostOutcome& outcome) { came = outcome.kind; });
        loop.run_ready();
        return came.value_or(PostOutcome::Kind::unknown);
    }
    std::string why() const { return office->channels().find(Destination("#vip-sales"))->why.code; }
    static std::string about(const std::string& type) {
        return R"({"type":")" + type + R"(","channel":"C0VIPSALES"})";
    }
};

using Kind = PostOutcome::Kind;

TEST_F(ChannelsTest, WhereItWasFoundIsRememberedOverARestartAndARename) {
    start();
    EXPECT_EQ(listener.places.at(Destination("#vip-sales")), "C0VIPSALES");
    become(R"("id":"C0VIPSALES","name":"premium-sales","is_member":true)",
           R"({"type":"channel_rename","channel":{"id":"C0VIPSALES","name":"premium-sales"}})");
    EXPECT_EQ(post(), Kind::sent) << "a rename changes nothing while we run";
    make_office();  // a new process
    start();
    EXPECT_EQ(post(), Kind::sent) << "nor after a restart";
    EXPECT_EQ(why(), "");
}

TEST_F(ChannelsTest, TheChannelThatBearsTheNameNowComesFirst) {
    listener.places[Destination("#vip-sales")] = "C0OLDSALES";
    channel = R"("id":"C0OLDSALES","name":"old","is_member":true},)"
              R"({"id":"C0VIPSALES","name":"vip-sales","is_member":true)";
    start();
    EXPECT_EQ(office->channels().find(Destination("#vip-sales"))->id, "C0VIPSALES");
    EXPECT_EQ(listener.places.at(Destination("#vip-sales")), "C0VIPSALES");
}

TEST_F(ChannelsTest, ARememberedChannelThatTheListDoesNotShowIsAskedFor) {
    listener.places[Destination("#vip-sales")] = "C0VIPSALES";
    channel.clear();
    slack.answers["conversations.info"] = [](const CallFields& fields) {
        return answered(200, R"({"ok":true,"channel":{"id":")" + fields.at("channel") +
                                 R"(","name":"premium","is_member":true}})");
    };
    start();
    loop.advance(5'000);
    EXPECT_EQ(why(), "");
}

TEST_F(ChannelsTest, ArchivedItTakesNothingUntilItIsUnarchived) {
    start();
    become(channel + R"(,"is_archived":true)", about("channel_archive"));
    EXPECT_EQ(post(), Kind::destination_parked);
    EXPECT_EQ(why(), "is_archived");
    listener.opened.clear();
    become(R"("id":"C0VIPSALES","name":"vip-sales","is_member":true)", about("channel_unarchive"));
    EXPECT_EQ(listener.opened, std::vector<std::string>{"#vip-sales"});
    EXPECT_EQ(post(), Kind::sent);
    EXPECT_GE(office->counters().at("sweep_requested"), 1u) << "what was said meanwhile is read";
}

TEST_F(ChannelsTest, KickedFromAPrivateOneItWaitsToBeInvited) {
    start();
    slack.answers["conversations.info"] = [](const CallFields&) {
        return refusal("channel_not_found");
    };
    become("", about("group_left"));
    EXPECT_EQ(post(), Kind::destination_parked);
    listener.opened.clear();
    channel = R"("id":"C0VIPSALES","name":"vip-sales","is_member":true,"is_private":true)";
    EXPECT_EQ(event(R"({"type":"member_joined_channel","channel":"C0VIPSALES",)"
                    R"("user":"U0BRIDGEBT"})"),
              200);
    loop.advance(3'000);
    EXPECT_EQ(listener.opened, std::vector<std::string>{"#vip-sales"});
}

TEST_F(ChannelsTest, SharedWithAnotherCompanyNothingMoreIsPostedThereNotEvenInOpenThreads) {
    start();
    become(channel + R"(,"is_ext_shared":true)", about("channel_shared"));
    EXPECT_EQ(post(), Kind::destination_parked);
    EXPECT_EQ(post(thread_value), Kind::destination_parked);
    EXPECT_TRUE(slack.of("chat.postMessage").empty());
    become(R"("id":"C0VIPSALES","name":"vip-sales","is_member":true)", about("channel_unshared"));
    EXPECT_EQ(post(thread_value), Kind::sent);
}

TEST_F(ChannelsTest, WhatNoEventToldIsNoticedByLookingIn) {
    start();
    become(channel + R"(,"is_ext_shared":true)");
    EXPECT_EQ(post(thread_value), Kind::destination_parked);
    EXPECT_EQ(why(), "externally_shared");
}

TEST_F(ChannelsTest, MadePublicItIsRefusedWhereOnlyPrivateOnesMayBeUsed) {
    for (const bool private_only : {false, true}) {
        options.private_channels_only = private_only;
        make_office();
        channel = R"("id":"C0VIPSALES","name":"vip-sales","is_member":true,"is_private":true)";
        start();
        EXPECT_EQ(post(), Kind::sent);
        become(R"("id":"C0VIPSALES","name":"vip-sales","is_member":true)",
               R"({"type":"message","subtype":"channel_convert_to_public","user":"U0AGENT001",)"
               R"("channel":"C0VIPSALES","ts":"1763800105.000300"})");
        EXPECT_EQ(post(thread_value), private_only ? Kind::destination_parked : Kind::sent);
        EXPECT_EQ(why(), private_only ? "channel_is_public" : "");
    }
}

// ---- Reading is rationed. ----

TEST_F(ChannelsTest, WhereReadingIsRationedALookUpWaitsForItsTurnAndSweepsLeaveRoom) {
    start();
    EXPECT_FALSE(office->desk().reads_are_scarce());
    std::string fifteen;
    for (int i = 0; i < 15; ++i)
        fifteen += std::string(i ? "," : "") + R"({"ts":"17638001)" + std::to_string(10 + i) +
                   R"(.000000","user":"U0AGENT001","text":"x"})";
    slack.script["conversations.history"] = {
        answered(200, R"({"ok":true,"has_more":true,"messages":[)" + fifteen + "]}")};
    threads = {{DeskThreadId(thread_value), "", true}};
    office->sweep("test");
    loop.advance(10'000);
    EXPECT_TRUE(office->desk().reads_are_scarce());
    slack.calls.clear();
    loop.advance(30 * 60'000);
    EXPECT_LE(slack.of("conversations.history").size() + slack.of("conversations.replies").size(),
              16u);
    core::Post unknown;
    unknown.id = LetterId("p1");
    unknown.thread = DeskThreadId(thread_value);
    unknown.first_attempt_at = clock.wall_ms();
    slack.script["conversations.replies"] = {limited(60), limited(60)};
    std::optional<LookUpOutcome::Kind> came;
    office->desk().look_up(unknown, [&](const LookUpOutcome& outcome) { came = outcome.kind; });
    loop.advance(10'000);
    EXPECT_FALSE(came);
    loop.advance(200'000);
    EXPECT_EQ(came, LookUpOutcome::Kind::absent);
}

}  // namespace
}  // namespace deskbell::desk::slack
