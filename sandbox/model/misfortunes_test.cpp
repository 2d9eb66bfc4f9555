// Guests, outsiders, foreign bots, and an installation that comes and goes.

#include "sandbox/model/test_slack.hpp"

#include <algorithm>

namespace deskbell::sandbox {
namespace {

std::vector<std::string> types_of(const std::vector<json::object>& events) {
    std::vector<std::string> types;
    for (const json::object& event : events) types.push_back(text_at(event, "/type"));
    return types;
}

bool has(const std::vector<std::string>& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

TEST(ForeignBots, PostIntoThreadsUnderTheirOwnIds) {
    for (const bool classic : {true, false}) {
        TestSlack test(TestSlack::with_events());
        const std::string root = test.post({{"text", "root"}});
        std::ignore = test.events();
        PostedByBot post{"CRM Bot", "#vip-sales", "a *deal*", root, classic};
        post.metadata =
            json::parse(R"({"event_type":"deskbell_post","event_payload":{"post":"p"}})")
                .as_object();
        const auto ts = test.slack.post_as_bot(post);
        ASSERT_TRUE(ts);
        const json::object event = test.events().at(0);
        const App& app = test.slack.workspace().app;
        EXPECT_EQ(text_at(event, "/subtype"), classic ? "bot_message" : "(absent)");
        EXPECT_EQ(text_at(event, "/user") == "(absent)", classic);
        EXPECT_NE(text_at(event, "/bot_id"), app.bot_id);
        EXPECT_NE(text_at(event, "/app_id"), app.app_id);
        EXPECT_EQ(text_at(event, "/thread_ts"), root);
        EXPECT_EQ(text_at(event, "/metadata/event_type"), "deskbell_post");
        if (!classic) EXPECT_EQ(text_at(event, "/bot_profile/name"), "CRM Bot");
        EXPECT_EQ(error_of(test.call("chat.delete", {{"channel", test.vip}, {"ts", *ts}})),
                  "cant_delete_message");
        const json::object bot = test.call("bots.info", {{"bot", text_at(event, "/bot_id")}});
        EXPECT_EQ(text_at(bot, "/bot/name"), "CRM Bot");
        TestSlack other;
        ASSERT_TRUE(other.slack.load(test.slack.save()));
        EXPECT_EQ(
            text_at(other.call("bots.info", {{"bot", text_at(event, "/bot_id")}}), "/bot/app_id"),
            text_at(event, "/app_id"));
    }
}

TEST(ForeignBots, DoNotTakeAPersonsName) {
    TestSlack test;
    EXPECT_FALSE(test.slack.post_as_bot({"Ana", "#vip-sales", "x", ""}));
    EXPECT_TRUE(test.slack.post_as_bot({"Jira", "#vip-sales", "x", ""}));
    EXPECT_TRUE(test.slack.post_as_bot({"Jira", "#vip-sales", "y", ""}));
    EXPECT_EQ(test.slack.workspace().foreign_bots.size(), 1u);
}

TEST(People, AreMembersGuestsOrOfAnotherCompany) {
    struct Row {
        PersonKind kind;
        bool restricted;
        bool ultra;
        bool foreign;
        bool known;
    };
    constexpr Row table[] = {
        {PersonKind::member, false, false, false, true},
        {PersonKind::guest, true, false, false, true},
        {PersonKind::single_channel_guest, true, true, false, true},
        {PersonKind::outsider, false, false, true, true},
        {PersonKind::stranger, false, false, true, false},
    };
    for (const Row& row : table) {
        TestSlack test(TestSlack::with_events());
        const auto id = test.slack.add_person({"", "Gus T", row.kind, {"#vip-sales"}});
        ASSERT_TRUE(id);
        EXPECT_EQ(has(types_of(test.events()), "channel_shared"), row.foreign);
        const json::object info = test.call("users.info", {{"user", *id}});
        EXPECT_EQ(error_of(info), row.known ? "" : "user_not_found");
        if (row.known) {
            EXPECT_EQ(text_at(info, "/user/is_restricted"), row.restricted ? "true" : "false");
            EXPECT_EQ(text_at(info, "/user/is_ultra_restricted"), row.ultra ? "true" : "false");
            EXPECT_EQ(text_at(info, "/user/is_stranger"), row.foreign ? "true" : "(absent)");
        }
        ASSERT_TRUE(test.slack.post({"gust", test.vip, "hello", "", false}));
        const Delivery delivery = test.slack.next_deliveries(1).at(0);
        const json::value envelope = json::parse(delivery.body);
        const std::string home = test.slack.workspace().team_id;
        EXPECT_EQ(text_at(envelope, "/is_ext_shared_channel"), row.foreign ? "true" : "false");
        EXPECT_EQ(text_at(envelope, "/team_id"), home);
        EXPECT_EQ(text_at(envelope, "/event/team") == home, !row.foreign);
        EXPECT_EQ(text_at(envelope, "/event/user_team") != "(absent)", row.foreign);
        EXPECT_EQ(text_at(envelope, "/event/user_profile/display_name"),
                  row.foreign ? "Gus T" : "(absent)");
        const json::object channel = test.call("conversations.info", {{"channel", test.vip}});
        EXPECT_EQ(text_at(channel, "/channel/is_ext_shared"), row.foreign ? "true" : "false");
        EXPECT_EQ(error_of(test.call("auth.test")), "");
        TestSlack other;
        ASSERT_TRUE(other.slack.load(test.slack.save()));
        EXPECT_EQ(error_of(other.call("users.info", {{"user", *id}})),
                  row.known ? "" : "user_not_found");
    }
}

TEST(Tokens, AreRevokedExpiredAndRestored) {
    TestSlack test(TestSlack::with_events());
    test.slack.revoke_token();
    EXPECT_EQ(error_of(test.call("auth.test")), "token_revoked");
    const json::object told = test.events().at(0);
    EXPECT_EQ(text_at(told, "/type"), "tokens_revoked");
    EXPECT_EQ(text_at(told, "/tokens/bot/0"), test.slack.workspace().app.user_id);
    test.slack.restore_token();
    EXPECT_EQ(error_of(test.call("auth.test")), "");
    test.slack.expire_token();
    EXPECT_EQ(error_of(test.call("auth.test")), "token_expired");
    test.slack.restore_token();
    test.slack.change_settings({{"token_revoked", true}});
    EXPECT_EQ(types_of(test.events()), std::vector<std::string>{"tokens_revoked"});
}

TEST(Installation, EndsWithTwoEventsAndSilence) {
    TestSlack test(TestSlack::with_events());
    test.slack.uninstall();
    EXPECT_EQ(error_of(test.call("auth.test")), "account_inactive");
    EXPECT_EQ(types_of(test.events()),
              (std::vector<std::string>{"tokens_revoked", "app_uninstalled"}));
    test.say("into the dark");
    EXPECT_TRUE(test.events().empty());
    TestSlack other;
    ASSERT_TRUE(other.slack.load(test.slack.save()));
    EXPECT_EQ(error_of(other.call("auth.test")), "account_inactive");
    test.slack.reinstall();
    test.say("into the light");
    EXPECT_EQ(test.events().size(), 1u);
}

TEST(Installation, MayLoseAScope) {
    TestSlack test;
    ASSERT_TRUE(test.slack.set_scope("chat:write", false));
    EXPECT_EQ(error_of(test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}})),
              "missing_scope");
    ASSERT_TRUE(test.slack.set_scope("chat:write", true));
    EXPECT_EQ(error_of(test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}})), "");
    EXPECT_FALSE(test.slack.set_scope("two words", true));
}

TEST(Channels, BecomePrivateAndPublicAgain) {
    TestSlack test(TestSlack::with_events());
    ASSERT_TRUE(test.slack.set_private("#vip-sales", true));
    EXPECT_EQ(text_at(test.events().at(0), "/subtype"), "channel_convert_to_private");
    EXPECT_EQ(
        text_at(test.call("conversations.info", {{"channel", test.vip}}), "/channel/is_private"),
        "true");
    ASSERT_TRUE(test.slack.kick("#vip-sales", ""));
    EXPECT_EQ(error_of(test.call("conversations.info", {{"channel", test.vip}})),
              "channel_not_found");
    ASSERT_TRUE(test.slack.set_private("#vip-sales", false));
    EXPECT_FALSE(test.slack.set_private("#vip-sales", false));
}

TEST(Retention, TakesAThreadWithoutAWord) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post({{"text", "root"}});
    test.say("reply", root);
    std::ignore = test.events();
    ASSERT_TRUE(test.slack.vanish(test.vip, root));
    EXPECT_TRUE(test.events().empty());
    EXPECT_TRUE(test.slack.workspace().find_channel(test.vip)->messages.empty());
    const json::object stray =
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}, {"thread_ts", root}});
    EXPECT_EQ(text_at(stray, "/message/thread_ts"), "(absent)");
    EXPECT_EQ(test.slack.met().at("unthreaded"), 1u);
}

TEST(ClearAll, MakesSlackGoodAgain) {
    TestSlack test(TestSlack::with_events());
    FaultRule made;
    made.effect = Effect::reset;
    ASSERT_TRUE(test.slack.add_fault(made));
    test.slack.change_settings({{"strip_metadata", true}, {"retry_scale", 0.01}});
    test.slack.uninstall();
    test.slack.expire_token();
    test.slack.disable_events();
    ASSERT_TRUE(test.slack.set_scope("chat:write", false));
    test.slack.clear_all();
    EXPECT_NE(test.post({{"text", "x"}}), "");
    EXPECT_EQ(test.events().size(), 1u);
    EXPECT_FALSE(test.slack.workspace().settings.strip_metadata);
    EXPECT_EQ(test.slack.workspace().settings.retry_scale, 0.01) << "that is no fault";
}

}  // namespace
}  // namespace deskbell::sandbox
