#include "sandbox/model/interactive_slack.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

TEST(Presses, InAViewCarryTheViewAndNoMessage) {
    InteractiveSlack test;
    const std::string id = test.open();
    Press press;
    press.user = "ana";
    press.view = id;
    press.action_id = "help";
    ASSERT_TRUE(test.slack.press(press));
    test.take();
    EXPECT_EQ(text_at(test.last, "/type"), "block_actions");
    EXPECT_EQ(text_at(test.last, "/container/view_id"), id);
    EXPECT_EQ(text_at(test.last, "/view/callback_id"), "close_chat");
    EXPECT_EQ(text_at(test.last, "/message"), "(absent)");
    EXPECT_EQ(text_at(test.last, "/response_url"), "(absent)");
    EXPECT_EQ(text_at(test.last, "/actions/0/value"), "v");
    press.user = "ben";
    EXPECT_EQ(test.slack.press(press).error().code, "not_found");
}

TEST(Presses, OnMenusOfMessages) {
    InteractiveSlack test;
    const std::string ts = test.post({{"blocks", R"([{"type":"section","block_id":"s",
        "text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"overflow","action_id":"more","options":[
          {"text":{"type":"plain_text","text":"One"},"value":"1"}]}},
        {"type":"actions","block_id":"a","elements":[
          {"type":"multi_static_select","action_id":"tags","options":[
            {"text":{"type":"plain_text","text":"A"},"value":"a"},
            {"text":{"type":"plain_text","text":"B"},"value":"b"}]},
          {"type":"users_select","action_id":"who"},
          {"type":"datepicker","action_id":"day"}]}])"}});
    const auto press = [&](const std::string& action, const std::string& value,
                           std::vector<std::string> values = {}) {
        Press given{"ana", test.vip, ts, action, "", value, std::move(values)};
        const auto sent = test.slack.press(given);
        EXPECT_TRUE(sent) << action << (sent ? "" : sent.error().detail);
        const json::object payload = test.take();
        test.answer();
        return payload;
    };
    EXPECT_EQ(text_at(press("more", "1"), "/actions/0/selected_option/text/text"), "One");
    EXPECT_EQ(text_at(press("tags", "", {"a", "b"}), "/actions/0/selected_options/1/value"), "b");
    EXPECT_EQ(text_at(press("who", "ben"), "/actions/0/selected_user"),
              test.slack.workspace().find_user("ben")->id);
    EXPECT_EQ(text_at(press("day", "2026-11-22"), "/actions/0/selected_date"), "2026-11-22");
    EXPECT_EQ(text_at(test.last, "/state/values/a/tags/selected_options"), "[]");
    EXPECT_FALSE(test.slack.press({"ana", test.vip, ts, "more", "", "9"}));
}

TEST(Presses, OnAnEphemeralMessageHaveNoMessageAndCanReplaceIt) {
    InteractiveSlack test;
    const json::object shown =
        test.call("chat.postEphemeral", {{"channel", test.vip},
                                         {"user", test.ana},
                                         {"text", "psst"},
                                         {"blocks", R"([{"type":"actions","elements":[
          {"type":"button","action_id":"go","text":{"type":"plain_text","text":"Go"}}]}])"}});
    const std::string ts = text_at(shown, "/message_ts");
    EXPECT_FALSE(test.slack.press({"ben", test.vip, ts, "go", "", ""})) << "only Ana sees it";
    ASSERT_TRUE(test.slack.press({"ana", test.vip, ts, "go", "", ""}));
    test.take();
    EXPECT_EQ(text_at(test.last, "/container/is_ephemeral"), "true");
    EXPECT_EQ(text_at(test.last, "/message"), "(absent)");
    const std::string url = text_at(test.last, "/response_url");
    const std::string hook = url.substr(url.rfind('/') + 1);
    EXPECT_EQ(test.slack.respond(hook, R"({"replace_original":true,"text":"done"})").status, 200);
    ASSERT_EQ(test.ephemerals().size(), 1u);
    EXPECT_EQ(test.ephemerals()[0].at("text"), "done");
    EXPECT_EQ(test.slack.respond(hook, R"({"delete_original":true})").status, 200);
    EXPECT_TRUE(test.ephemerals().empty());
}

TEST(ResponseUrls, WorkFiveTimesInHalfAnHour) {
    InteractiveSlack test;
    ASSERT_TRUE(test.command("/deskbell"));
    const std::string url = text_at(test.take(), "/response_url");
    const std::string hook = url.substr(url.rfind('/') + 1);
    EXPECT_EQ(test.slack.respond(hook, "{}").body, "no_text");
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(test.slack.respond(hook, R"({"text":"x"})").status, 200) << i;
    EXPECT_EQ(test.slack.respond(hook, R"({"text":"x"})").body, "used_url");
    ASSERT_TRUE(test.command("/deskbell"));
    const std::string later = text_at(test.take(), "/response_url");
    test.clock.advance(30 * 60'000 + 1);
    EXPECT_EQ(test.slack.respond(later.substr(later.rfind('/') + 1), R"({"text":"x"})").status,
              404);
}

TEST(Suggestions, AreAskedOfTheAppAndCanThenBeChosen) {
    InteractiveSlack test;
    const std::string id = test.open();
    Press asked;
    asked.user = "ana";
    asked.view = id;
    asked.block_id = "more";
    asked.action_id = "who";
    EXPECT_FALSE(test.slack.ask_suggestions(asked)) << "one character at least";
    asked.value = "an";
    ASSERT_TRUE(test.slack.ask_suggestions(asked));
    test.take();
    EXPECT_EQ(text_at(test.last, "/type"), "block_suggestion");
    EXPECT_EQ(text_at(test.last, "/value"), "an");
    EXPECT_EQ(text_at(test.last, "/trigger_id"), "(absent)");
    test.answer(R"({"options":[{"text":{"type":"plain_text","text":"Anna"},"value":"u1"}]})");
    const std::string key = id + " more who";
    EXPECT_EQ(text_at(test.slack.snapshot(0).at("menus").at(key), "/options/0/value"), "u1");
    asked.value = "u1";
    ASSERT_TRUE(test.slack.press(asked));
    EXPECT_EQ(text_at(test.take(), "/actions/0/selected_option/text/text"), "Anna");
    EXPECT_EQ(text_at(test.last, "/view/state/values/more/who/selected_option/value"), "u1");
}

TEST(ResponseUrls, ComeWithAConversationThatWasChosenForThem) {
    InteractiveSlack test;
    const std::string id = test.open(R"({"type":"modal","title":{"type":"plain_text","text":"To"},
        "submit":{"type":"plain_text","text":"Go"},"blocks":[
        {"type":"input","block_id":"to","label":{"type":"plain_text","text":"Where"},"element":
          {"type":"conversations_select","action_id":"pick","response_url_enabled":true}}]})");
    ASSERT_TRUE(test.slack.submit_view("ana", id, {{"to", {{"pick", "vip-sales"}}}}));
    test.take();
    EXPECT_EQ(text_at(test.last, "/response_urls/0/channel_id"), test.vip);
    const std::string url = text_at(test.last, "/response_urls/0/response_url");
    const std::string hook = url.substr(url.rfind('/') + 1);
    EXPECT_EQ(test.slack.respond(hook, R"({"response_type":"in_channel","text":"hi"})").status,
              200);
    EXPECT_EQ(
        text_at(test.call("conversations.history", {{"channel", test.vip}}), "/messages/0/text"),
        "hi");
}

TEST(Pins, AreAddedOnceListedAndRemoved) {
    InteractiveSlack test;
    const std::string ts = test.say("keep this");
    const std::map<std::string, std::string> at = {{"channel", test.vip}, {"timestamp", ts}};
    EXPECT_EQ(error_of(test.call("pins.add", at)), "missing_scope");
    for (const char* scope : {"pins:read", "pins:write", "usergroups:read"})
        ASSERT_TRUE(test.slack.set_scope(scope, true));
    test.events();
    EXPECT_TRUE(test.call("pins.add", at).at("ok").as_bool());
    EXPECT_EQ(text_at(test.events().at(0), "/type"), "pin_added");
    EXPECT_EQ(error_of(test.call("pins.add", at)), "already_pinned");
    EXPECT_EQ(text_at(test.call("pins.list", {{"channel", test.vip}}), "/items/0/message/ts"), ts);
    EXPECT_TRUE(test.call("pins.remove", at).at("ok").as_bool());
    EXPECT_EQ(error_of(test.call("pins.remove", at)), "not_pinned");
    EXPECT_EQ(text_at(test.call("usergroups.list"), "/usergroups"), "[]");
}

TEST(Home, IsPublishedForOnePersonAndTellsOfVisits) {
    InteractiveSlack test;
    ASSERT_TRUE(test.slack.open_home("ana", "home"));
    EXPECT_EQ(text_at(test.events()[0], "/type"), "app_home_opened");
    const std::string home =
        R"({"type":"home","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Hello"}}]})";
    EXPECT_TRUE(
        test.call("views.publish", {{"user_id", test.ana}, {"view", home}}).at("ok").as_bool());
    ASSERT_TRUE(test.slack.open_home("ana", "home"));
    const auto event = test.events()[0];
    EXPECT_EQ(text_at(event, "/tab"), "home");
    EXPECT_EQ(text_at(event, "/view/blocks/0/text/text"), "Hello");
    EXPECT_TRUE(text_at(event, "/channel").starts_with("D"));
    EXPECT_EQ(error_of(test.call("views.publish", {{"user_id", "U0NOSUCH"}, {"view", home}})),
              "invalid_arguments");
    EXPECT_EQ(error_of(test.call("views.publish", {{"user_id", test.ana}, {"view", modal}})),
              "invalid_arguments");
    EXPECT_EQ(error_of(test.call("views.publish",
                                 {{"user_id", test.ana}, {"view", home}, {"hash", "1.x"}})),
              "hash_conflict");
    EXPECT_FALSE(test.slack.open_home("ana", "messages"));
    ASSERT_TRUE(test.slack.apply_manifest({}));
    EXPECT_EQ(error_of(test.call("views.publish", {{"user_id", test.ana}, {"view", home}})),
              "not_enabled");
}

TEST(Shortcuts, OnMessagesCarryTheMessageAndGlobalOnesNoChannel) {
    InteractiveSlack test;
    const std::string root = test.say("root");
    const std::string reply = test.say("reply", root);
    ASSERT_TRUE(test.slack.run_shortcut("ana", "close", test.vip, reply));
    test.take();
    EXPECT_EQ(text_at(test.last, "/type"), "message_action");
    EXPECT_EQ(text_at(test.last, "/message/thread_ts"), root);
    EXPECT_EQ(text_at(test.last, "/message_ts"), reply);
    EXPECT_EQ(text_at(test.last, "/channel/id"), test.vip);
    EXPECT_NE(text_at(test.last, "/response_url"), "(absent)");
    ASSERT_TRUE(test.slack.run_shortcut("ana", "note", "", ""));
    test.take();
    EXPECT_EQ(text_at(test.last, "/type"), "shortcut");
    EXPECT_EQ(text_at(test.last, "/channel"), "(absent)");
    EXPECT_EQ(text_at(test.last, "/response_url"), "(absent)");
    EXPECT_FALSE(test.slack.run_shortcut("ana", "note", test.vip, reply)) << "it is a global one";
    EXPECT_FALSE(test.slack.run_shortcut("ana", "close", "", ""));
}

TEST(Commands, CarryTheirFieldsAndAreAnsweredInPlace) {
    InteractiveSlack test;
    ASSERT_TRUE(test.command("/Deskbell  status now "));
    test.take();
    EXPECT_EQ(text_at(test.last, "/command"), "/deskbell");
    EXPECT_EQ(text_at(test.last, "/text"), "status now");
    EXPECT_EQ(text_at(test.last, "/user_id"), test.ana);
    EXPECT_EQ(text_at(test.last, "/channel_name"), "vip-sales");
    test.answer("3 open & well");
    ASSERT_EQ(test.ephemerals().size(), 1u);
    EXPECT_EQ(test.ephemerals()[0].at("text"), "3 open &amp; well");
    EXPECT_EQ(test.ephemerals()[0].at("ephemeral_for").as_string(), test.ana);
    ASSERT_TRUE(test.command("/deskbell"));
    test.take();
    test.answer(R"({"response_type":"in_channel","text":"for all"})");
    EXPECT_EQ(test.ephemerals().size(), 1u);
    EXPECT_EQ(
        text_at(test.call("conversations.history", {{"channel", test.vip}}), "/messages/0/text"),
        "for all");
    ASSERT_TRUE(test.command("/escaped @ben"));
    EXPECT_EQ(text_at(test.take(), "/text"),
              "<@" + test.slack.workspace().find_user("ben")->id + ">");
}

TEST(Commands, AreRefusedInThreadsInSlacksWords) {
    InteractiveSlack test;
    const std::string root = test.say("root");
    const auto refused = test.command("/deskbell", root);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "/deskbell is not supported in threads. Sorry!");
    EXPECT_EQ(test.command("/nonsense").error().detail, "`/nonsense` is not a valid command.");
}

TEST(Commands, WithoutAnAnswerSlackbotSaysSo) {
    struct Case {
        DeliveryOutcome outcome;
        std::string words;
    };
    const std::vector<Case> cases = {
        {{DeliveryOutcome::Kind::timeout, 0, false},
         "`/deskbell` failed because the app did not respond. Please try again or contact the app "
         "developer."},
        {{DeliveryOutcome::Kind::answered, 500, false},
         "`/deskbell` failed with the error \"dispatch_failed\""},
    };
    for (const Case& given : cases) {
        InteractiveSlack test;
        ASSERT_TRUE(test.command("/deskbell"));
        test.take();
        test.slack.delivered(test.delivery, given.outcome);
        ASSERT_EQ(test.ephemerals().size(), 1u);
        EXPECT_EQ(test.ephemerals()[0].at("text").as_string(), given.words);
        EXPECT_EQ(text_at(test.ephemerals()[0], "/author/name"), "Slackbot");
    }
}

TEST(Manifests, AreHeldToSlacksLimits) {
    const std::vector<std::string> bad = {
        R"({"features":{"slash_commands":[{"command":"deskbell","description":"x"}]}})",
        R"({"features":{"slash_commands":[{"command":"/deskbell"}]}})",
        R"({"features":{"shortcuts":[{"name":"A name of twenty-five chars","type":"global","callback_id":"x","description":"x"}]}})",
        R"({"features":{"shortcuts":[{"name":"x","type":"local","callback_id":"x","description":"x"}]}})",
    };
    for (const std::string& text : bad) {
        TestSlack test;
        const auto applied = test.slack.apply_manifest(json::parse(text).as_object());
        ASSERT_FALSE(applied) << text;
        EXPECT_EQ(applied.error().code, "invalid_manifest");
    }
    InteractiveSlack test;
    TestSlack again;
    ASSERT_TRUE(again.slack.load(test.slack.save()));
    EXPECT_EQ(again.slack.workspace().features.commands.size(), 2u) << "it outlives a restart";
}

TEST(Statuses, ShowInTheThreadUntilTheAppSpeaks) {
    InteractiveSlack test;
    const std::string root = test.say("root");
    const auto set = [&](const std::string& thread, const std::string& status) {
        return test.call("assistant.threads.setStatus",
                         {{"channel_id", test.vip}, {"thread_ts", thread}, {"status", status}});
    };
    const auto shown = [&] {
        const json::object state = test.slack.snapshot(10);
        for (const json::value& channel : state.at("channels").as_array())
            for (const json::value& message : channel.at("messages").as_array())
                if (message.at("ts").as_string() == root) return text_at(message, "/status");
        return std::string();
    };
    EXPECT_TRUE(set(root, "is typing…").at("ok").as_bool());
    EXPECT_EQ(shown(), "is typing…");
    set(root, "");
    EXPECT_EQ(shown(), "(absent)");
    set(root, "is typing…");
    test.post({{"text", "here"}, {"thread_ts", root}});
    EXPECT_EQ(shown(), "(absent)");
    set(root, "is typing…");
    test.clock.advance(120'001);
    EXPECT_EQ(shown(), "(absent)");
    EXPECT_EQ(error_of(set("1.000000", "x")), "invalid_thread_ts");
}

}  // namespace
}  // namespace deskbell::sandbox
