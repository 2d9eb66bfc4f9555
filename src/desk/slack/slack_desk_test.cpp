#include "desk/slack/slack_desk.hpp"

#include "desk/slack/slack_fakes.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

using Kind = PostOutcome::Kind;
using AnswerKind = net::ClientAnswer::Kind;

struct DeskTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{1};
    ScriptedSlack slack{loop};
    FakeListener listener{loop};
    SlackClient client{loop, slack, {"http://slack/api/", "xoxb", 10'000}};
    Workspace workspace;
    SlackDesk desk{loop,      client,
                   workspace, listener,
                   random,    {{Destination("#vip-sales"), Destination("#other")}, "", true}};

    void SetUp() override {
        slack.answers["auth.test"] = [](const CallFields&) {
            return answered(200, auth_test_answer);
        };
        slack.answers["conversations.list"] = [](const CallFields&) {
            return answered(200, channels_answer);
        };
        slack.answers["chat.postMessage"] = [](const CallFields& fields) { return posted(fields); };
    }
    static net::ClientAnswer posted(const CallFields& fields, const std::string& thread = "=",
                                    const std::string& channel = "C0VIPSALES") {
        json::object message = {{"text", "x"}, {"bot_id", "B0BRIDGE01"}};
        if (thread != "=") {
            if (!thread.empty()) message["thread_ts"] = thread;
        } else if (fields.contains("thread_ts")) {
            message["thread_ts"] = fields.at("thread_ts");
        }
        const json::object body = {
            {"ok", true}, {"channel", channel}, {"ts", "1763800111.000500"}, {"message", message}};
        return answered(200, json::serialize(body));
    }
    void start() {
        desk.start();
        loop.run_ready();
    }
    static core::Post reply() {
        core::Post post;
        post.id = LetterId("p1");
        post.session = SessionId("s1");
        post.thread = DeskThreadId("T0ACME0001/C0VIPSALES/1763800000.000100");
        post.destination = Destination("#vip-sales");
        core::Line line;
        line.name = "Dana";
        line.text = "Hello <!channel>";
        post.lines = {line};
        post.first_attempt_at = 1'763'800'100'000;
        return post;
    }
    static core::Post parent() {
        core::Post post = reply();
        post.kind = core::LetterKind::open_thread;
        post.thread = {};
        return post;
    }
    PostOutcome send(const core::Post& post) {
        std::optional<PostOutcome> came;
        desk.post(post, [&](PostOutcome outcome) { came = std::move(outcome); });
        EXPECT_FALSE(came) << "answers come later";
        loop.run_ready();
        return came.value_or(PostOutcome{});
    }
    LookUpOutcome look(const core::Post& post) {
        std::optional<LookUpOutcome> came;
        desk.look_up(post, [&](LookUpOutcome outcome) { came = std::move(outcome); });
        loop.run_ready();
        return came.value_or(LookUpOutcome{});
    }
};

TEST_F(DeskTest, FindsOutWhoItIsThenOpensItsChannels) {
    start();
    EXPECT_EQ(workspace.self.bot_id, "B0BRIDGE01");
    EXPECT_EQ(listener.opened, (std::vector<std::string>{"*", "#vip-sales"}));
    EXPECT_EQ(desk.channels().find(Destination("#other"))->why.code, "channel_not_found");
}

TEST_F(DeskTest, BeforeThatPostsAreParked) {
    EXPECT_EQ(send(reply()).kind, Kind::desk_parked);
    EXPECT_TRUE(slack.calls.empty());
}

TEST_F(DeskTest, ABadTokenIsAskedForAgainUntilItWorks) {
    slack.script["auth.test"] = {refusal("invalid_auth"), refusal("invalid_auth")};
    start();
    EXPECT_EQ(desk.trouble().code, "invalid_auth");
    EXPECT_TRUE(listener.opened.empty());
    loop.advance(600'000);
    EXPECT_EQ(desk.trouble().code, "");
    EXPECT_EQ(listener.opened.front(), "*");
}

TEST_F(DeskTest, AnotherWorkspacesTokenOpensNothing) {
    SlackDesk pinned(loop, client, workspace, listener, random, {{}, "T0OTHER001", true});
    pinned.start();
    loop.run_ready();
    EXPECT_EQ(pinned.trouble().code, "wrong_workspace");
    EXPECT_FALSE(workspace.known());
}

TEST_F(DeskTest, AReplyGoesIntoItsThreadAndNothingInItIsMarkup) {
    start();
    const PostOutcome came = send(reply());
    EXPECT_EQ(came.kind, Kind::sent);
    EXPECT_EQ(came.message.value, "T0ACME0001/C0VIPSALES/1763800111.000500");
    EXPECT_EQ(came.thread, reply().thread);
    EXPECT_EQ(came.order, "1763800111.000500");
    auto fields = slack.of("chat.postMessage").at(0).fields;
    EXPECT_EQ(fields["thread_ts"], "1763800000.000100");
    EXPECT_EQ(fields["reply_broadcast"], "false");
    EXPECT_EQ(fields["mrkdwn"], "false");
    EXPECT_EQ(fields["parse"], "none");
    EXPECT_EQ(fields["link_names"], "false");
    EXPECT_EQ(fields["unfurl_links"], "false");
    EXPECT_EQ(fields["unfurl_media"], "false");
    EXPECT_EQ(fields["text"], "Hello &lt;!channel&gt;");
    EXPECT_EQ(fields["username"], "Dana (customer)");
    EXPECT_EQ(fields["metadata"],
              R"({"event_type":"deskbell_post","event_payload":{"post":"p1","session":"s1"}})");
    EXPECT_NE(fields["blocks"].find("deskbell.p1"), std::string::npos);
}

TEST_F(DeskTest, AParentOpensItsOwnThread) {
    start();
    const PostOutcome came = send(parent());
    EXPECT_EQ(came.kind, Kind::sent);
    EXPECT_EQ(came.thread.value, "T0ACME0001/C0VIPSALES/1763800111.000500");
    EXPECT_FALSE(slack.of("chat.postMessage").at(0).fields.contains("thread_ts"));
}

TEST_F(DeskTest, APostThatCameOutElsewhereIsTakenBackAtOnce) {
    start();
    const std::pair<std::string, std::string> places[] = {
        {"", "C0VIPSALES"}, {"1763800000.999999", "C0VIPSALES"}, {"=", "C0OTHERCH"}};
    for (const auto& place : places) {
        workspace.lost_threads.clear();
        slack.calls.clear();
        slack.answers["chat.postMessage"] = [&place](const CallFields& fields) {
            return posted(fields, place.first, place.second);
        };
        EXPECT_EQ(send(reply()).kind, Kind::strayed) << place.first << place.second;
        EXPECT_EQ(send(reply()).kind, Kind::thread_lost) << "nothing more goes there";
        EXPECT_EQ(slack.of("chat.postMessage").size(), 1u);
        const auto deleted = slack.of("chat.delete");
        if (&place == &places[0]) EXPECT_EQ(deleted.size(), 1u);
    }
}

TEST_F(DeskTest, TakingBackIsRepeatedUntilItWorks) {
    start();
    slack.answers["chat.postMessage"] = [](const CallFields& fields) { return posted(fields, ""); };
    slack.script["chat.delete"] = {limited(5), no_answer(AnswerKind::unknown),
                                   refusal("internal_error")};
    EXPECT_EQ(send(reply()).kind, Kind::strayed);
    loop.advance(60'000);
    EXPECT_EQ(slack.of("chat.delete").size(), 4u);
    EXPECT_EQ(slack.of("chat.delete").back().fields["ts"], "1763800111.000500");
}

// Slack was away for longer than anybody tries: whoever sees it there afterwards begins anew.
TEST_F(DeskTest, WhatCouldNotBeTakenBackIsTriedAgainWhenItIsSeenAgain) {
    const Place stray{"T0ACME0001", "C0VIPSALES", "1763800111.000500"};
    start();
    const auto tries = [&] {
        desk.take_back_stray(stray);
        loop.advance(120'000);
        return slack.of("chat.delete").size();
    };
    slack.answers["chat.delete"] = [](const CallFields&) { return answered(503, "<html>"); };
    EXPECT_EQ(tries(), 6u);
    slack.answers["chat.delete"] = [](const CallFields&) { return refusal("is_archived"); };
    EXPECT_EQ(tries(), 7u);
    slack.answers["chat.delete"] = [](const CallFields&) {
        return answered(200, R"({"ok":true})");
    };
    EXPECT_EQ(tries(), 8u);
    EXPECT_EQ(tries(), 8u) << "it is gone: an old event that tells of it changes nothing";
}

TEST_F(DeskTest, WhatMayNeverBeTakenBackIsNotAskedForAgain) {
    const Place stray{"T0ACME0001", "C0VIPSALES", "1763800111.000500"};
    start();
    slack.answers["chat.delete"] = [](const CallFields&) { return refusal("cant_delete_message"); };
    desk.take_back_stray(stray);
    loop.advance(120'000);
    desk.take_back_stray(stray);
    loop.advance(120'000);
    EXPECT_EQ(slack.of("chat.delete").size(), 1u);
}

TEST_F(DeskTest, EachAnswerIsSorted) {
    start();
    const std::pair<net::ClientAnswer, Kind> table[] = {
        {no_answer(AnswerKind::not_sent), Kind::not_sent},
        {no_answer(AnswerKind::unknown), Kind::unknown},
        {answered(502, "<html>"), Kind::unknown},
        {answered(200, R"({"ok":true,"channel":"C0VIPSALES","ts":"1763800111.000500"})"),
         Kind::unknown},
        {refusal("internal_error"), Kind::unknown},
        {refusal("service_unavailable"), Kind::not_sent},
        {refusal("is_archived"), Kind::destination_parked},
    };
    for (const auto& [answer, kind] : table) {
        slack.script["chat.postMessage"] = {answer};
        EXPECT_EQ(send(reply()).kind, kind) << answer.body;
    }
    slack.script["chat.postMessage"] = {refusal("restricted_action_thread_locked")};
    EXPECT_EQ(send(reply()).kind, Kind::thread_lost);
    workspace.lost_threads.clear();
    slack.script["chat.postMessage"] = {limited(9)};
    const PostOutcome came = send(reply());
    EXPECT_EQ(came.kind, Kind::rate_limited);
    EXPECT_EQ(came.retry_after_ms, 9'000);
}

TEST_F(DeskTest, WithoutTheScopeForNamesItPostsAsItself) {
    start();
    slack.script["chat.postMessage"] = {
        answered(200, R"({"ok":false,"error":"missing_scope","needed":"chat:write.customize"})")};
    EXPECT_EQ(send(reply()).kind, Kind::sent);
    EXPECT_EQ(send(reply()).kind, Kind::sent);
    const auto calls = slack.of("chat.postMessage");
    ASSERT_EQ(calls.size(), 3u);
    EXPECT_FALSE(calls[1].fields.contains("username"));
    EXPECT_EQ(calls[1].fields.at("text"), "👤 Dana: Hello &lt;!channel&gt;");
    EXPECT_FALSE(calls[2].fields.contains("username")) << "it is remembered";
}

TEST_F(DeskTest, RefusedBlocksAreSaidOnceMoreAsText) {
    start();
    slack.script["chat.postMessage"] = {refusal("invalid_blocks")};
    EXPECT_EQ(send(reply()).kind, Kind::sent);
    EXPECT_FALSE(slack.of("chat.postMessage").at(1).fields.contains("blocks"));
    slack.script["chat.postMessage"] = {refusal("invalid_blocks"), refusal("msg_too_long")};
    const PostOutcome came = send(reply());
    EXPECT_EQ(came.kind, Kind::refused);
    EXPECT_EQ(came.error.code, "msg_too_long");
}

TEST_F(DeskTest, ARevokedTokenParksTheDeskUntilItWorksAgain) {
    start();
    slack.script["chat.postMessage"] = {refusal("token_revoked")};
    EXPECT_EQ(send(reply()).kind, Kind::desk_parked);
    listener.opened.clear();
    loop.advance(60'000);
    ASSERT_FALSE(listener.opened.empty());
    EXPECT_EQ(listener.opened.front(), "*");
}

TEST_F(DeskTest, AChannelThatWasLeftIsJoinedAgainAndTold) {
    start();
    listener.opened.clear();
    slack.script["chat.postMessage"] = {refusal("not_in_channel")};
    EXPECT_EQ(send(parent()).kind, Kind::destination_parked);
    EXPECT_EQ(send(parent()).kind, Kind::destination_parked);
    EXPECT_EQ(slack.of("chat.postMessage").size(), 1u);
    slack.answers["conversations.list"] = [](const CallFields&) {
        return answered(
            200,
            R"({"ok":true,"channels":[{"id":"C0VIPSALES","name":"vip-sales","is_member":false}]})");
    };
    loop.advance(2'000);
    EXPECT_EQ(slack.of("conversations.join").size(), 1u);
    EXPECT_EQ(listener.opened, std::vector<std::string>{"#vip-sales"});
    EXPECT_EQ(send(parent()).kind, Kind::sent);
}

TEST_F(DeskTest, ChannelsOtherCompaniesCanReadAreRefused) {
    slack.answers["conversations.list"] = [](const CallFields&) {
        return answered(
            200,
            R"({"ok":true,"channels":[{"id":"C0VIPSALES","name":"vip-sales","is_member":true,"is_ext_shared":true}]})");
    };
    start();
    EXPECT_EQ(send(parent()).error.code, "externally_shared");
    EXPECT_EQ(send(reply()).kind, Kind::destination_parked);
    EXPECT_TRUE(slack.of("chat.postMessage").empty());
}

TEST_F(DeskTest, ChannelsAreFoundOnAnyPage) {
    slack.answers["conversations.list"] = [](const CallFields& fields) {
        if (!fields.contains("cursor"))
            return answered(
                200, R"({"ok":true,"channels":[],"response_metadata":{"next_cursor":"abc="}})");
        return answered(200, channels_answer);
    };
    start();
    EXPECT_EQ(listener.opened, (std::vector<std::string>{"*", "#vip-sales"}));
}

// ---- Look-ups. ----

std::string own(const std::string& ts, const std::string& post, const std::string& thread) {
    return R"({"bot_id":"B0BRIDGE01","ts":")" + ts + "\"" +
           (thread.empty() ? "" : R"(,"thread_ts":")" + thread + "\"") +
           R"(,"metadata":{"event_type":"deskbell_post","event_payload":{"post":")" + post +
           R"("}}})";
}
std::string page(const std::string& messages, const std::string& cursor = "") {
    return R"({"ok":true,"messages":[)" + messages + R"(],"response_metadata":{"next_cursor":")" +
           cursor + R"("}})";
}
const std::string root_ts = "1763800000.000100";

TEST_F(DeskTest, APostIsFoundByItsMarkOnAnyPage) {
    start();
    slack.answers["conversations.replies"] = [](const CallFields& fields) {
        if (!fields.contains("cursor"))
            return answered(200, page(own(root_ts, "p0", root_ts) + "," +
                                          own("1763800101.000000", "p9", root_ts),
                                      "next"));
        return answered(200, page(own("1763800111.000500", "p1", root_ts)));
    };
    const LookUpOutcome came = look(reply());
    EXPECT_EQ(came.kind, LookUpOutcome::Kind::found);
    EXPECT_EQ(came.order, "1763800111.000500");
    EXPECT_EQ(came.thread, reply().thread);
    const auto fields = slack.of("conversations.replies").at(0).fields;
    EXPECT_EQ(fields.at("include_all_metadata"), "true");
    EXPECT_LE(fields.at("oldest"), "1763800040.000000");
}

TEST_F(DeskTest, WhatIsNotThereIsAbsentAndWhatCannotBeReadIsNeither) {
    start();
    slack.script["conversations.replies"] = {answered(200, page(own(root_ts, "p0", root_ts)))};
    EXPECT_EQ(look(reply()).kind, LookUpOutcome::Kind::absent);
    slack.script["conversations.replies"] = {answered(200, page("", "more")),
                                             refusal("internal_error")};
    EXPECT_EQ(look(reply()).kind, LookUpOutcome::Kind::failed) << "a half-read thread says nothing";
    slack.script["conversations.replies"] = {limited(20)};
    EXPECT_EQ(look(reply()).retry_after_ms, 20'000);
}

TEST_F(DeskTest, OfTwoCopiesTheConfirmedOrElseTheFirstIsNamed) {
    start();
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(200, page(own("1763800115.000000", "p1", root_ts) + "," +
                                  own("1763800111.000500", "p1", root_ts)));
    };
    const LookUpOutcome first = look(reply());
    EXPECT_EQ(first.order, "1763800111.000500");
    const std::string other = "T0ACME0001/C0VIPSALES/1763800115.000000";
    EXPECT_EQ(first.copies, std::vector{DeskMessageId(other)});
    core::Post confirmed = reply();
    confirmed.confirmed = DeskMessageId(other);
    EXPECT_EQ(look(confirmed).order, "1763800115.000000");
    EXPECT_TRUE(slack.of("chat.delete").empty()) << "the courier decides which goes";
}

TEST_F(DeskTest, AParentIsLookedForInItsChannelAndTheConfirmedOneKept) {
    start();
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(own("1763800115.000000", "p1", "") + "," +
                                  own("1763800111.000500", "p1", "")));
    };
    EXPECT_EQ(look(parent()).thread.value, "T0ACME0001/C0VIPSALES/1763800111.000500");
    core::Post confirmed = parent();
    confirmed.confirmed = DeskMessageId("T0ACME0001/C0VIPSALES/1763800115.000000");
    EXPECT_EQ(look(confirmed).order, "1763800115.000000");
    EXPECT_EQ(look(confirmed).copies.size(), 1u);
}

TEST_F(DeskTest, ALostThreadsStraysAreTakenBack) {
    start();
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return refusal("thread_not_found");
    };
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(own("1763800111.000500", "p1", "")));
    };
    EXPECT_EQ(look(reply()).kind, LookUpOutcome::Kind::absent);
    EXPECT_EQ(slack.of("chat.delete").size(), 1u);
    EXPECT_EQ(send(reply()).kind, Kind::thread_lost);
}

TEST_F(DeskTest, AMarkThatWasStrippedIsReadFromTheBlock) {
    start();
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(
            200, page(R"({"bot_id":"B0BRIDGE01","ts":"1763800111.000500","thread_ts":")" + root_ts +
                      R"(","metadata":{"event_type":"deskbell_post"},
                                  "blocks":[{"type":"section","block_id":"deskbell.p1"}]})"));
    };
    EXPECT_EQ(look(reply()).kind, LookUpOutcome::Kind::found);
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(R"({"bot_id":"B0BRIDGE01","ts":"1763800111.000500",
                          "blocks":[{"type":"section","block_id":"deskbell.parent.p1"}]})"));
    };
    EXPECT_EQ(look(parent()).kind, LookUpOutcome::Kind::found);
}

// ---- Copies. ----

TEST_F(DeskTest, ACopyIsDeletedAndTriedAgain) {
    start();
    std::vector<TakenBack> came;
    const auto take_back = [&] {
        Copy copy;
        copy.message = DeskMessageId("T0ACME0001/C0VIPSALES/1763800115.000000");
        desk.take_back(copy, [&](TakenBack what) { came.push_back(what); });
        loop.advance(60'000);
    };
    slack.script["chat.delete"] = {limited(5), no_answer(AnswerKind::unknown)};
    take_back();
    EXPECT_EQ(slack.of("chat.delete").size(), 3u);
    slack.script["chat.delete"] = {refusal("message_not_found")};
    take_back();
    slack.script["chat.delete"] = {refusal("cant_delete_message")};
    take_back();
    EXPECT_EQ(came, (std::vector{TakenBack::gone, TakenBack::gone, TakenBack::failed}));
}

TEST_F(DeskTest, ADoubledParentIsDeletedUnlessItWasAnswered) {
    start();
    std::vector<TakenBack> came;
    std::vector<std::string> read;
    desk.on_answered_copy([&](const Place& parent) { read.push_back(parent.ts); });
    Copy copy;
    copy.message = DeskMessageId("T0ACME0001/C0VIPSALES/1763800115.000000");
    copy.opens_thread = true;
    copy.goes_on_in = reply().thread;
    const auto take_back = [&] {
        desk.take_back(copy, [&](TakenBack what) { came.push_back(what); });
        loop.advance(1'000);
    };
    const std::string doubled = own("1763800115.000000", "p1", "");
    slack.answers["conversations.replies"] = [&](const CallFields&) {
        return answered(200, page(doubled));
    };
    take_back();
    EXPECT_EQ(slack.of("chat.delete").at(0).fields.at("ts"), "1763800115.000000");
    const std::string answer =
        R"({"user":"U0AGENT001","text":"Hi","ts":"1763800116.000000","thread_ts":"1763800115.000000"})";
    const std::string our_line =
        R"({"bot_id":"B0BRIDGE01","ts":"1763800117.000000","thread_ts":"1763800115.000000"})";
    slack.answers["conversations.replies"] = [&](const CallFields&) {
        return answered(200, page(doubled + "," + answer));
    };
    take_back();
    auto line = slack.of("chat.postMessage").at(0).fields;
    EXPECT_EQ(line["thread_ts"], "1763800115.000000");
    EXPECT_NE(line["text"].find("https://acme.slack.com/archives/C0VIPSALES/p1763800000000100"),
              std::string::npos);
    slack.answers["conversations.replies"] = [&](const CallFields&) {
        return answered(200, page(doubled + "," + answer + "," + our_line));
    };
    take_back();
    EXPECT_EQ(slack.of("chat.postMessage").size(), 1u) << "the way is shown once";
    EXPECT_EQ(slack.of("chat.delete").size(), 1u);
    EXPECT_EQ(read.size(), 2u) << "what agents said there is read";
    EXPECT_EQ(came, (std::vector{TakenBack::gone, TakenBack::stays, TakenBack::stays}));
}

// ---- Cards. ----

TEST_F(DeskTest, ACardUpdatesItsParent) {
    start();
    core::Card card;
    card.session = SessionId("s1");
    card.thread = reply().thread;
    card.state = core::SessionState::closed;
    std::vector<CardOutcome::Kind> kinds;
    const auto show = [&] {
        desk.show_card(card, [&](const CardOutcome& outcome) { kinds.push_back(outcome.kind); });
        loop.run_ready();
    };
    show();
    auto fields = slack.of("chat.update").at(0).fields;
    EXPECT_EQ(fields["ts"], root_ts);
    EXPECT_NE(fields["text"].find("Status: closed"), std::string::npos);
    EXPECT_FALSE(fields.contains("metadata")) << "what is left out is kept";
    slack.script["chat.update"] = {limited(3), no_answer(AnswerKind::unknown)};
    show();
    loop.advance(3'000);
    show();
    slack.script["chat.update"] = {refusal("message_not_found")};
    show();
    show();
    using K = CardOutcome::Kind;
    EXPECT_EQ(kinds, (std::vector<K>{K::shown, K::rate_limited, K::failed, K::thread_lost,
                                     K::thread_lost}));
    EXPECT_EQ(slack.of("chat.update").size(), 4u);
}

}  // namespace
}  // namespace deskbell::desk::slack
