#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {
namespace {

std::string header(const ApiAnswer& answer, std::string_view name) {
    for (const auto& [known, value] : answer.headers)
        if (known == name) return value;
    return {};
}

TEST(WebApi, RefusesWithSlacksCodes) {
    TestSlack test;
    const std::string parent = test.post({{"text", "hi"}});
    const std::string foreign = test.say("mine");
    const std::string private_id = *test.slack.create_channel("secret", true, false);
    const std::string general = test.slack.workspace().find_channel("general")->id;
    struct Row {
        std::string method;
        std::map<std::string, std::string> args;
        std::string error;
    };
    const std::string vip = test.vip;
    const std::string many(4001, 'x');
    const Row table[] = {
        {"no.such", {}, "unknown_method"},
        {"chat.postMessage", {{"text", "x"}}, "invalid_arguments"},
        {"chat.postMessage", {{"channel", "C0NOSUCH"}, {"text", "x"}}, "channel_not_found"},
        {"chat.postMessage", {{"channel", private_id}, {"text", "x"}}, "channel_not_found"},
        {"chat.postMessage", {{"channel", general}, {"text", "x"}}, "not_in_channel"},
        {"chat.postMessage", {{"channel", vip}}, "no_text"},
        {"chat.postMessage", {{"channel", vip}, {"text", "  "}}, "no_text"},
        {"chat.postMessage", {{"channel", vip}, {"blocks", "{"}}, "invalid_blocks_format"},
        {"chat.postMessage", {{"channel", vip}, {"blocks", "[{}]"}}, "invalid_blocks"},
        {"chat.postMessage",
         {{"channel", vip}, {"text", "x"}, {"thread_ts", "yesterday"}},
         "invalid_thread_ts"},
        {"chat.postMessage",
         {{"channel", vip}, {"text", "x"}, {"markdown_text", "y"}},
         "markdown_text_conflict"},
        {"chat.postMessage",
         {{"channel", vip}, {"text", "x"}, {"metadata", "["}},
         "invalid_metadata_format"},
        {"chat.postMessage",
         {{"channel", vip}, {"text", "x"}, {"metadata", R"({"event_type":"a"})"}},
         "invalid_metadata_schema"},
        {"chat.update", {{"channel", vip}, {"ts", foreign}, {"text", "x"}}, "cant_update_message"},
        {"chat.update", {{"channel", vip}, {"ts", "1.000000"}, {"text", "x"}}, "message_not_found"},
        {"chat.update", {{"channel", vip}, {"ts", parent}, {"text", many}}, "msg_too_long"},
        {"chat.delete", {{"channel", vip}, {"ts", foreign}}, "cant_delete_message"},
        {"chat.postEphemeral",
         {{"channel", vip}, {"user", "U0NOBODY"}, {"text", "x"}},
         "user_not_in_channel"},
        {"chat.getPermalink", {{"channel", vip}, {"message_ts", "1.000000"}}, "message_not_found"},
        {"conversations.info", {{"channel", "vip-sales"}}, "channel_not_found"},
        {"conversations.history", {{"channel", general}}, "not_in_channel"},
        {"conversations.history", {{"channel", vip}, {"cursor", "nonsense"}}, "invalid_cursor"},
        {"conversations.history", {{"channel", vip}, {"limit", "many"}}, "invalid_arguments"},
        {"conversations.replies", {{"channel", vip}, {"ts", "1.000000"}}, "thread_not_found"},
        {"conversations.join", {{"channel", private_id}}, "channel_not_found"},
        {"conversations.list", {{"types", "secret"}}, "invalid_types"},
        {"conversations.list", {{"limit", "0"}}, "invalid_limit"},
        {"users.info", {{"user", "U0NOBODY"}}, "user_not_found"},
        {"reactions.add",
         {{"channel", vip}, {"timestamp", parent}, {"name", "nosuch"}},
         "invalid_name"},
        {"reactions.add", {{"channel", vip}, {"name", "eyes"}}, "no_item_specified"},
        {"reactions.remove",
         {{"channel", vip}, {"timestamp", parent}, {"name", "eyes"}},
         "no_reaction"},
        {"apps.connections.open", {}, "not_allowed_token_type"},
        {"api.test", {{"error", "my_error"}}, "my_error"},
    };
    for (const Row& row : table) {
        test.clock.advance(1000);
        const json::object answer = test.call(row.method, row.args);
        EXPECT_FALSE(answer.at("ok").as_bool()) << row.method;
        EXPECT_EQ(error_of(answer), row.error) << row.method << json::serialize(answer);
    }
}

TEST(WebApi, WantsTheRightToken) {
    TestSlack test;
    const App& app = test.slack.workspace().app;
    struct Row {
        std::string token;
        bool in_query;
        std::string error;
    };
    const Row table[] = {{"", false, "not_authed"},
                         {"xoxb-wrong", false, "invalid_auth"},
                         {app.bot_token, true, "not_authed"},
                         {app.app_token, false, "not_allowed_token_type"},
                         {app.bot_token, false, ""}};
    for (const Row& row : table) {
        ApiCall call;
        call.method = "auth.test";
        call.token = row.token;
        call.token_in_query = row.in_query;
        EXPECT_EQ(error_of(json::parse(test.slack.call(call).body).as_object()), row.error);
    }
    test.slack.change_settings({{"token_revoked", true}});
    EXPECT_EQ(error_of(test.call("auth.test")), "token_revoked");
}

TEST(WebApi, SaysWhoTheAppIs) {
    TestSlack test;
    const json::object answer = test.call("auth.test");
    const App& app = test.slack.workspace().app;
    EXPECT_EQ(string_or_empty(answer, "bot_id"), app.bot_id);
    EXPECT_EQ(string_or_empty(answer, "user_id"), app.user_id);
    EXPECT_EQ(string_or_empty(answer, "url"), "http://sandbox.invalid/");
    EXPECT_TRUE(app.bot_token.starts_with("xoxb-"));
    EXPECT_TRUE(app.app_token.starts_with("xapp-1-"));
}

TEST(WebApi, NamesTheScopeThatIsMissing) {
    TestSlack test;
    json::object state = test.slack.save();
    state["app"].as_object()["scopes"] = json::array{"chat:write", "channels:read"};
    ASSERT_TRUE(test.slack.load(state));
    const ApiAnswer raw = test.raw("reactions.add");
    const json::object answer = json::parse(raw.body).as_object();
    EXPECT_EQ(error_of(answer), "missing_scope");
    EXPECT_EQ(string_or_empty(answer, "needed"), "reactions:write");
    EXPECT_EQ(string_or_empty(answer, "provided"), "chat:write,channels:read");
    EXPECT_EQ(header(raw, "x-accepted-oauth-scopes"), "reactions:write");
    EXPECT_EQ(header(raw, "x-oauth-scopes"), "chat:write,channels:read");
    EXPECT_EQ(header(raw, "x-slack-req-id").size(), 32u);
    const json::object named =
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}, {"username", "Dana"}});
    EXPECT_EQ(string_or_empty(named, "needed"), "chat:write.customize");
}

TEST(WebApi, WarnsAboutCharsets) {
    TestSlack test;
    struct Row {
        std::string content_type;
        std::string warning;
        std::string error;
    };
    const Row table[] = {
        {"application/json", "missing_charset", ""},
        {"application/json; charset=utf-8", "", ""},
        {"application/x-www-form-urlencoded", "", ""},
        {"application/x-www-form-urlencoded; charset=utf-8", "superfluous_charset", ""},
        {"application/json; charset=latin-9", "", "invalid_charset"},
        {"image/png", "", "invalid_post_type"},
        {"", "", ""},
    };
    for (const Row& row : table) {
        ApiCall call;
        call.method = "auth.test";
        call.token = test.slack.workspace().app.bot_token;
        call.content_type = row.content_type;
        const json::object answer = json::parse(test.slack.call(call).body).as_object();
        EXPECT_EQ(string_or_empty(answer, "warning"), row.warning) << row.content_type;
        EXPECT_EQ(error_of(answer), row.error) << row.content_type;
    }
}

TEST(WebApi, ReadMethodsIgnoreJson) {
    TestSlack test;
    ApiCall call;
    call.method = "conversations.info";
    call.token = test.slack.workspace().app.bot_token;
    call.content_type = "application/json; charset=utf-8";
    call.args = {{"channel", test.vip}};
    EXPECT_EQ(error_of(json::parse(test.slack.call(call).body).as_object()), "invalid_arguments");
    call.content_type.clear();
    EXPECT_EQ(error_of(json::parse(test.slack.call(call).body).as_object()), "");
    call.decode_error = "invalid_json";
    EXPECT_EQ(error_of(json::parse(test.slack.call(call).body).as_object()), "invalid_json");
}

TEST(WebApi, ListsPeopleAndChannelsInPages) {
    TestSlack test;
    json::object page = test.call("users.list", {{"limit", "2"}});
    EXPECT_EQ(page.at("members").as_array().size(), 2u);
    const std::string cursor = text_at(page, "/response_metadata/next_cursor");
    page = test.call("users.list", {{"limit", "2"}, {"cursor", cursor}});
    EXPECT_EQ(text_at(page, "/members/0/profile/display_name"), "Ben");
    EXPECT_EQ(text_at(page, "/members/0/profile/image_48"),
              "http://sandbox.invalid/avatars/ben.svg");
    EXPECT_EQ(text_at(page, "/response_metadata/next_cursor"), "");
    page = test.call("conversations.list", {{"limit", "2"}});
    EXPECT_EQ(text_at(page, "/channels/1/name"), "vip-sales");
    page = test.call("conversations.list",
                     {{"cursor", text_at(page, "/response_metadata/next_cursor")}});
    EXPECT_EQ(text_at(page, "/channels/0/name"), "vip-sales-2");
    EXPECT_EQ(
        test.call("conversations.members", {{"channel", test.vip}}).at("members").as_array().size(),
        3u);
}

}  // namespace
}  // namespace deskbell::sandbox
