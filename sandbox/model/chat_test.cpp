#include "sandbox/model/test_slack.hpp"

#include <set>

namespace deskbell::sandbox {
namespace {

constexpr const char* metadata =
    R"({"event_type":"deskbell_post","event_payload":{"post":"p-1","session":"s-1"}})";

TEST(Posting, AnswersWithTheMessageAsStored) {
    TestSlack test;
    const json::value answer =
        test.call("chat.postMessage",
                  {{"channel", "#vip-sales"}, {"text", "a < b 🎉"}, {"metadata", metadata}});
    EXPECT_EQ(text_at(answer, "/channel"), test.vip);
    EXPECT_EQ(text_at(answer, "/message/text"), "a &lt; b :tada:");
    EXPECT_EQ(text_at(answer, "/message/bot_profile/name"), "Deskbell");
    EXPECT_EQ(text_at(answer, "/message/user"), test.slack.workspace().app.user_id);
    EXPECT_EQ(text_at(answer, "/message/thread_ts"), "(absent)");
    EXPECT_EQ(text_at(answer, "/message/metadata/event_payload/post"), "p-1");
}

TEST(Posting, UnderABorrowedNameHasNoUser) {
    TestSlack test;
    const json::value answer =
        test.call("chat.postMessage", {{"channel", test.vip},
                                       {"text", "hi"},
                                       {"username", "Dana"},
                                       {"icon_emoji", ":bust_in_silhouette:"}});
    EXPECT_EQ(text_at(answer, "/message/subtype"), "bot_message");
    EXPECT_EQ(text_at(answer, "/message/user"), "(absent)");
    EXPECT_EQ(text_at(answer, "/message/bot_profile"), "(absent)");
    EXPECT_EQ(text_at(answer, "/message/username"), "Dana");
    EXPECT_EQ(text_at(answer, "/message/icons/emoji"), ":bust_in_silhouette:");
}

TEST(Posting, TimestampsIncreaseStrictlyWhateverTheClockDoes) {
    TestSlack test;
    std::string last;
    for (int i = 0; i < 50; ++i) {
        const std::string ts = test.say("x");
        EXPECT_GT(ts, last);
        last = ts;
        if (i % 7 == 0) test.clock.step_wall(-5000);
    }
}

TEST(Posting, UnderAVanishedRootLandsInTheChannelAndOnlyTheMissingThreadTells) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    ASSERT_TRUE(test.slack.remove("", test.vip, root));
    test.clock.advance(5000);
    const json::value answer = test.call(
        "chat.postMessage", {{"channel", test.vip}, {"text", "secret"}, {"thread_ts", root}});
    EXPECT_EQ(text_at(answer, "/ok"), "true");
    EXPECT_EQ(text_at(answer, "/message/thread_ts"), "(absent)");
}

TEST(Posting, UnderAReplyJoinsItsThread) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    const std::string reply = test.say("first", root);
    test.clock.advance(5000);
    const json::value answer = test.call(
        "chat.postMessage", {{"channel", test.vip}, {"text", "second"}, {"thread_ts", reply}});
    EXPECT_EQ(text_at(answer, "/message/thread_ts"), root);
    EXPECT_EQ(text_at(answer, "/message/parent_user_id"), test.slack.workspace().app.user_id);
}

TEST(Posting, LongTextIsCutWithAWarning) {
    TestSlack test;
    const json::value answer =
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", std::string(40'001, 'x')}});
    EXPECT_EQ(text_at(answer, "/warning"), "message_truncated");
    EXPECT_EQ(answer.at("message").at("text").as_string().size(), 40'000u);
}

TEST(Posting, LongTextIsSplitWhenToldTo) {
    TestSlack test;
    test.slack.change_settings({{"split_long_text", true}});
    test.call("chat.postMessage", {{"channel", test.vip}, {"text", std::string(9'000, 'x')}});
    EXPECT_EQ(test.call("conversations.history", {{"channel", test.vip}})
                  .at("messages")
                  .as_array()
                  .size(),
              3u);
}

TEST(Posting, ClientIdsAreIgnoredUnlessToldOtherwise) {
    TestSlack test;
    const std::map<std::string, std::string> args = {{"text", "x"}, {"client_msg_id", "same"}};
    EXPECT_NE(test.post(args), test.post(args));
    test.slack.change_settings({{"client_msg_id_dedupe", true}});
    const std::string first = test.post(args);
    EXPECT_EQ(test.post(args), first);
}

TEST(Blocks, AreCheckedAgainstSlacksLimits) {
    TestSlack test;
    const auto complaint = [&test](const std::string& blocks) {
        test.clock.advance(1000);
        return text_at(test.call("chat.postMessage", {{"channel", test.vip}, {"blocks", blocks}}),
                       "/errors/0");
    };
    const std::string long_section = R"([{"type":"section","text":{"type":"mrkdwn","text":")" +
                                     std::string(3001, 'x') + R"("}}])";
    const std::string long_button =
        R"([{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":")" +
        std::string(76, 'x') + R"("}}]}])";
    EXPECT_EQ(complaint(long_section),
              "must be less than 3001 characters [json-pointer:/blocks/0/text/text]");
    EXPECT_EQ(complaint(long_button),
              "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]");
    EXPECT_EQ(complaint(R"([{"type":"nosuch"}])"),
              "unsupported type: nosuch [json-pointer:/blocks/0/type]");
    EXPECT_EQ(complaint(R"([{"type":"section"}])"),
              "missing required field: text [json-pointer:/blocks/0]");
    EXPECT_EQ(complaint(R"([{"type":"header","text":{"type":"mrkdwn","text":"x"}}])"),
              "must be of type plain_text [json-pointer:/blocks/0/text/type]");
    EXPECT_EQ(
        complaint(
            R"([{"type":"divider"},{"type":"header","text":{"type":"plain_text","text":"x"}}])"),
        "(absent)");
}

TEST(Updating, DropsBlocksWhenOnlyTextIsGivenAndKeepsMetadata) {
    TestSlack test;
    const std::string ts =
        test.post({{"text", "a"}, {"blocks", R"([{"type":"divider"}])"}, {"metadata", metadata}});
    json::value answer =
        test.call("chat.update", {{"channel", test.vip}, {"ts", ts}, {"text", "b"}});
    EXPECT_EQ(text_at(answer, "/text"), "b");
    EXPECT_EQ(text_at(answer, "/message/blocks"), "(absent)");
    EXPECT_NE(text_at(answer, "/message/edited"), "(absent)");
    EXPECT_EQ(text_at(answer, "/message/metadata/event_type"), "deskbell_post");
    answer = test.call("chat.update",
                       {{"channel", test.vip}, {"ts", ts}, {"text", "c"}, {"metadata", "{}"}});
    EXPECT_EQ(text_at(answer, "/message/metadata"), "(absent)");
}

TEST(Updating, WithBlocksMarksNoEdit) {
    TestSlack test;
    const std::string ts = test.post({{"text", "a"}});
    const json::value answer = test.call(
        "chat.update",
        {{"channel", test.vip}, {"ts", ts}, {"text", "b"}, {"blocks", R"([{"type":"divider"}])"}});
    EXPECT_EQ(text_at(answer, "/message/edited"), "(absent)");
}

TEST(Deleting, ARootWithRepliesLeavesATombstoneUntilTheLastReplyGoes) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    const std::string reply = test.say("reply", root);
    ASSERT_TRUE(test.slack.remove("", test.vip, root));
    const json::value thread =
        test.call("conversations.replies", {{"channel", test.vip}, {"ts", root}});
    EXPECT_EQ(text_at(thread, "/messages/0/subtype"), "tombstone");
    EXPECT_EQ(text_at(thread, "/messages/0/user"), "USLACKBOT");
    EXPECT_EQ(text_at(thread, "/messages/0/reply_count"), "1");
    ASSERT_TRUE(test.slack.remove("", test.vip, reply));
    EXPECT_EQ(error_of(test.call("conversations.replies", {{"channel", test.vip}, {"ts", root}})),
              "thread_not_found");
}

TEST(Deleting, UnderATombstoneRepliesThreadOnlyIfTheSettingSaysSo) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    test.say("reply", root);
    ASSERT_TRUE(test.slack.remove("", test.vip, root));
    for (const bool threads : {true, false}) {
        test.slack.change_settings({{"thread_under_tombstone", threads}});
        test.clock.advance(5000);
        const json::value answer = test.call(
            "chat.postMessage", {{"channel", test.vip}, {"text", "x"}, {"thread_ts", root}});
        EXPECT_EQ(text_at(answer, "/message/thread_ts"), threads ? root : "(absent)");
    }
}

TEST(Permalinks, OfRepliesNameTheirThread) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    const std::string reply = test.say("reply", root);
    std::string digits = reply;
    std::erase(digits, '.');
    EXPECT_EQ(
        text_at(test.call("chat.getPermalink", {{"channel", test.vip}, {"message_ts", reply}}),
                "/permalink"),
        "http://sandbox.invalid/archives/" + test.vip + "/p" + digits + "?thread_ts=" + root +
            "&cid=" + test.vip);
}

TEST(Reactions, AreAddedOnceAndListed) {
    TestSlack test;
    const std::string ts = test.post({{"text", "x"}});
    const std::map<std::string, std::string> args = {
        {"channel", test.vip}, {"timestamp", ts}, {"name", "eyes"}};
    EXPECT_EQ(error_of(test.call("reactions.add", args)), "");
    EXPECT_EQ(error_of(test.call("reactions.add", args)), "already_reacted");
    ASSERT_TRUE(test.slack.react("ana", test.vip, ts, "eyes", true));
    EXPECT_EQ(text_at(test.call("reactions.get", args), "/message/reactions/0/count"), "2");
    EXPECT_EQ(error_of(test.call("reactions.remove", args)), "");
    EXPECT_EQ(error_of(test.call("reactions.remove", args)), "no_reaction");
}

}  // namespace
}  // namespace deskbell::sandbox
