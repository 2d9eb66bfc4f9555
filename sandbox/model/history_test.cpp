#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {
namespace {

std::vector<std::string> texts(const json::object& answer) {
    std::vector<std::string> list;
    for (const json::value& message : answer.at("messages").as_array())
        list.emplace_back(message.at("text").as_string());
    return list;
}

std::vector<std::string> all_pages(TestSlack& test, const std::string& method,
                                   std::map<std::string, std::string> args, int pages_max = 20) {
    std::vector<std::string> list;
    for (int page = 0; page < pages_max; ++page) {
        const json::object answer = test.call(method, args);
        for (std::string& text : texts(answer)) list.push_back(std::move(text));
        const std::string cursor = text_at(answer, "/response_metadata/next_cursor");
        EXPECT_EQ(answer.at("has_more").as_bool(), !cursor.empty());
        if (cursor.empty()) break;
        args["cursor"] = cursor;
        test.clock.advance(2000);
    }
    return list;
}

using Texts = std::vector<std::string>;

TEST(History, IsNewestFirstAndPagesThroughEverythingOnce) {
    TestSlack test;
    for (const char* text : {"a", "b", "c", "d", "e"}) test.say(text);
    for (const char* limit : {"1", "2", "3", "5", "100"})
        EXPECT_EQ(
            all_pages(test, "conversations.history", {{"channel", test.vip}, {"limit", limit}}),
            (Texts{"e", "d", "c", "b", "a"}))
            << limit;
}

TEST(History, BoundsAreExclusiveUnlessInclusive) {
    TestSlack test;
    Texts ts;
    for (const char* text : {"a", "b", "c", "d"}) ts.push_back(test.say(text));
    const auto history = [&](std::map<std::string, std::string> args) {
        args["channel"] = test.vip;
        return texts(test.call("conversations.history", args));
    };
    EXPECT_EQ(history({{"oldest", ts[1]}}), (Texts{"d", "c"}));
    EXPECT_EQ(history({{"oldest", ts[1]}, {"inclusive", "true"}}), (Texts{"d", "c", "b"}));
    EXPECT_EQ(history({{"latest", ts[1]}}), (Texts{"a"}));
    EXPECT_EQ(history({{"latest", ts[1]}, {"inclusive", "1"}, {"limit", "1"}}), (Texts{"b"}));
    EXPECT_EQ(history({{"oldest", "0"}, {"latest", "0"}}), (Texts{"d", "c", "b", "a"}));
}

TEST(History, ShowsRootsAndBroadcastsButNoPlainReplies) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    test.say("plain", root);
    const std::string loud = test.say("loud", root, true);
    const json::object answer = test.call("conversations.history", {{"channel", test.vip}});
    EXPECT_EQ(texts(answer), (Texts{"loud", "root"}));
    EXPECT_EQ(text_at(answer, "/messages/0/subtype"), "thread_broadcast");
    EXPECT_EQ(text_at(answer, "/messages/0/root/ts"), root);
    EXPECT_EQ(text_at(answer, "/messages/1/thread_ts"), root);
    EXPECT_EQ(text_at(answer, "/messages/1/reply_count"), "2");
    EXPECT_EQ(text_at(answer, "/messages/1/latest_reply"), loud);
    EXPECT_EQ(text_at(answer, "/messages/1/reply_users/0"), test.ana);
}

TEST(Replies, AreOldestFirstWithTheRootOnEveryPage) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    for (const char* text : {"a", "b", "c", "d", "e"}) test.say(text, root);
    const std::map<std::string, std::string> args = {{"channel", test.vip}, {"ts", root}};
    EXPECT_EQ(texts(test.call("conversations.replies", args)),
              (Texts{"root", "a", "b", "c", "d", "e"}));
    std::map<std::string, std::string> paged = args;
    paged["limit"] = "2";
    EXPECT_EQ(all_pages(test, "conversations.replies", paged),
              (Texts{"root", "a", "root", "b", "c", "root", "d", "e"}));
}

TEST(Replies, WithOldestStillBeginWithTheRoot) {
    TestSlack test;
    const std::string root = test.post({{"text", "root"}});
    const std::string a = test.say("a", root);
    const std::string b = test.say("b", root);
    EXPECT_EQ(texts(test.call("conversations.replies",
                              {{"channel", test.vip}, {"ts", root}, {"oldest", a}})),
              (Texts{"root", "b"}));
    EXPECT_EQ(texts(test.call("conversations.replies", {{"channel", test.vip}, {"ts", b}})),
              (Texts{"b"}));
}

TEST(Metadata, IsShownWholeOnlyWhenAskedFor) {
    TestSlack test;
    const std::string root = test.post(
        {{"text", "x"}, {"metadata", R"({"event_type":"t","event_payload":{"post":"p"}})"}});
    for (const char* method : {"conversations.history", "conversations.replies"}) {
        std::map<std::string, std::string> args = {{"channel", test.vip}, {"ts", root}};
        json::value answer = test.call(method, args);
        EXPECT_EQ(text_at(answer, "/messages/0/metadata/event_type"), "t");
        EXPECT_EQ(text_at(answer, "/messages/0/metadata/event_payload"), "(absent)");
        args["include_all_metadata"] = "true";
        answer = test.call(method, args);
        EXPECT_EQ(text_at(answer, "/messages/0/metadata/event_payload/post"), "p");
    }
}

TEST(History, OfALimitedAppIsFifteenItemsOnceAMinute) {
    TestSlack test;
    for (int i = 0; i < 20; ++i) test.say("x");
    test.slack.change_settings({{"history_limited", true}});
    const json::object answer =
        test.call("conversations.history", {{"channel", test.vip}, {"limit", "100"}});
    EXPECT_EQ(texts(answer).size(), 15u);
    EXPECT_EQ(test.raw("conversations.history", {{"channel", test.vip}}).status, 429);
    test.clock.advance(60'000);
    EXPECT_EQ(test.raw("conversations.history", {{"channel", test.vip}}).status, 200);
}

}  // namespace
}  // namespace deskbell::sandbox
