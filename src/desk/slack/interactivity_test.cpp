// Words, buttons and forms through the whole office: what Slack sends, what the engine is told,
// what Slack is answered.

#include "desk/slack/forms.hpp"
#include "desk/slack/slack_office_fixture.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

std::string form_encoded(const std::string& text) {
    std::string out;
    for (const unsigned char c : text) {
        const char* hex = "0123456789ABCDEF";
        out += '%';
        out += hex[c >> 4];
        out += hex[c & 15];
    }
    return out;
}

struct InteractivityTest : OfficeTest {
    void SetUp() override {
        OfficeTest::SetUp();
        options.habits.receipts = true;
        options.habits.hints = true;
        make_office();
        start();
    }
    int interact(const std::string& payload) {
        net::HttpRequest request = signed_request("payload=" + form_encoded(payload));
        request.path = "/slack/interactivity";
        return give(std::move(request));
    }
    std::string pressed(std::string_view action, const std::string& team = "T0ACME0001",
                        const std::string& user = "U0AGENT001") {
        return R"({"type":"block_actions","trigger_id":"T1.2.3","team":{"id":")" + team +
               R"("},"user":{"id":")" + user + R"(","team_id":")" + team +
               R"("},"channel":{"id":"C0VIPSALES"},"container":{"type":"message","message_ts":")" +
               root_ts + R"(","channel_id":"C0VIPSALES"},"actions":[{"action_id":")" +
               std::string(action) + R"(","value":"x"}]})";
    }
    std::string submitted(std::string_view callback, const std::string& values) {
        return R"({"type":"view_submission","team":{"id":"T0ACME0001"},"user":{"id":"U0AGENT001"},
            "view":{"id":"V0FORM0001","callback_id":")" +
               std::string(callback) + R"(","private_metadata":")" + thread_value +
               R"(","state":{"values":)" + values + "}}}";
    }
    std::vector<std::string> whispers() {
        loop.advance(5'000);
        std::vector<std::string> texts;
        for (const ScriptedSlack::Call& call : slack.of("chat.postEphemeral"))
            texts.push_back(call.fields.at("text"));
        return texts;
    }
};

TEST_F(InteractivityTest, ButtonsAreTheirCommands) {
    EXPECT_EQ(interact(pressed(control::claim)), 200);
    const auto claims = listener.all<core::AgentClaimed>();
    ASSERT_EQ(claims.size(), 1u);
    EXPECT_EQ(claims[0].thread.value, thread_value);
    EXPECT_EQ(claims[0].agent.name, "Ana");
    EXPECT_TRUE(claims[0].if_free);
    EXPECT_TRUE(claims[0].gesture.id.empty());
    EXPECT_EQ(interact(pressed(control::take_over)), 200);
    EXPECT_FALSE(listener.all<core::AgentClaimed>()[1].if_free);
    EXPECT_EQ(interact(pressed(control::resolve)), 200);
    EXPECT_EQ(interact(pressed(control::reopen)), 200);
    EXPECT_EQ(listener.all<core::AgentResolved>().size(), 1u);
    EXPECT_EQ(listener.all<core::AgentReopened>().size(), 1u);
    EXPECT_TRUE(responses.back().body.empty());
    EXPECT_TRUE(whispers().empty());
}

TEST_F(InteractivityTest, NobodyElseGetsThroughTheDoor) {
    net::HttpRequest forged =
        signed_request("payload=" + form_encoded(pressed(control::claim)), "another secret");
    forged.path = "/slack/interactivity";
    EXPECT_EQ(give(std::move(forged)), 401);
    EXPECT_EQ(interact("{"), 400);
    EXPECT_EQ(interact(R"({"type":"block_actions"})"), 200);
    EXPECT_EQ(interact(pressed(control::claim, "T0OTHER001")), 200);
    slack.answers["users.info"] = [](const CallFields&) {
        return answered(200, R"({"ok":true,"user":{"id":"U0GUEST001","team_id":"T0ACME0001",
            "is_restricted":true,"name":"guest"}})");
    };
    EXPECT_EQ(interact(pressed(control::resolve, "T0ACME0001", "U0GUEST001")), 200);
    EXPECT_TRUE(listener.commands.empty());
    const auto said = whispers();
    ASSERT_EQ(said.size(), 2u);
    for (const std::string& words : said)
        EXPECT_NE(words.find("Only members of this workspace"), std::string::npos);
}

TEST_F(InteractivityTest, WhatIsNotDurableIsShownToHaveFailed) {
    listener.refusals.push_back(Error{"busy", "later", 1000});
    EXPECT_EQ(interact(pressed(control::claim)), 503);
    listener.silent = true;
    EXPECT_EQ(interact(pressed(control::claim)), 0);
    loop.advance(2'500);
    EXPECT_EQ(responses.back().status, 503);
}

TEST_F(InteractivityTest, ARefusalIsSaidToWhoeverPressed) {
    listener.refusals.push_back(Error{"already_claimed", "Ben <b> has it already.", {}});
    EXPECT_EQ(interact(pressed(control::claim)), 200);
    const auto said = whispers();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0], "⚠️ Ben &lt;b&gt; has it already.");
    // A button leaves no word behind that would have to be remembered.
    EXPECT_TRUE(listener.all<core::AgentNoted>().empty());
}

TEST_F(InteractivityTest, AFormSaysWhatIsWrongWithIt) {
    EXPECT_EQ(interact(submitted(control::transfer, "{}")), 200);
    EXPECT_NE(responses.back().body.find(R"("response_action":"errors")"), std::string::npos);
    const std::string ben = R"({"person":{"person":{"selected_user":"U0AGENT002"}}})";
    listener.refusals.push_back(Error{"no_way", "It cannot be.", {}});
    EXPECT_EQ(interact(submitted(control::transfer, ben)), 200);
    EXPECT_NE(responses.back().body.find(R"("person":"It cannot be.")"), std::string::npos);
    loop.advance(1'000);  // another second: another signature
    EXPECT_EQ(interact(submitted(control::transfer, ben)), 200);
    EXPECT_EQ(responses.back().body, R"({"response_action":"clear"})");
    const auto handed = listener.all<core::AgentHandedOver>();
    ASSERT_EQ(handed.size(), 2u);
    EXPECT_EQ(handed[1].to->id.value, "T0ACME0001/U0AGENT002");
    EXPECT_EQ(handed[1].gesture.id.value, "T0ACME0001/view/V0FORM0001");
    EXPECT_TRUE(listener.all<core::AgentNoted>().empty()) << "a form may be sent again";
}

TEST_F(InteractivityTest, AWordIsAnActAndNeverAReply) {
    EXPECT_EQ(event(said("1763800105.000300", "!resolve")), 200);
    EXPECT_EQ(event(said("1763800106.000300", "!noet oops")), 200);
    EXPECT_EQ(event(said("1763800107.000300", "!note psst")), 200);
    EXPECT_TRUE(listener.all<core::AgentSaid>().empty());
    const auto resolved = listener.all<core::AgentResolved>();
    ASSERT_EQ(resolved.size(), 1u);
    EXPECT_EQ(resolved[0].gesture.id.value, "T0ACME0001/C0VIPSALES/1763800105.000300");
    EXPECT_EQ(listener.all<core::AgentNoted>().size(), 2u);
    const auto hints = whispers();
    ASSERT_EQ(hints.size(), 1u);
    EXPECT_NE(hints[0].find("`!noet`"), std::string::npos);
    std::vector<std::string> marks;
    for (const auto& call : slack.of("reactions.add")) marks.push_back(call.fields.at("name"));
    EXPECT_EQ(marks, (std::vector<std::string>{"white_check_mark", "memo"}));
}

TEST_F(InteractivityTest, ARefusedWordHasHadItsTurn) {
    listener.refusals.push_back(Error{"already_claimed", "Ben has it.", {}});
    EXPECT_EQ(event(said("1763800105.000300", "!claim")), 200);
    const auto noted = listener.all<core::AgentNoted>();
    ASSERT_EQ(noted.size(), 1u);
    EXPECT_EQ(noted[0].gesture.id.value, "T0ACME0001/C0VIPSALES/1763800105.000300");
    EXPECT_EQ(whispers(), std::vector<std::string>{"⚠️ Ben has it."});
}

TEST_F(InteractivityTest, OnlyWhatIsMarkedLeavesWhenTheTeamWantsItSo) {
    options.habits.replies_are_marked = true;
    make_office();
    start();
    EXPECT_EQ(event(said("1763800105.000300", "among us")), 200);
    EXPECT_EQ(event(said("1763800106.000300", "!reply *Hello* John")), 200);
    const auto replies = listener.all<core::AgentSaid>();
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].text, "**Hello** John");
    EXPECT_EQ(listener.all<core::AgentNoted>().size(), 1u);
}

TEST_F(InteractivityTest, WhoeverAnswersBesideTheThreadsIsToldOnce) {
    const std::string outside =
        R"({"type":"message","user":"U0AGENT001","text":"Hi John","ts":"1763800105.000300",
            "team":"T0ACME0001","channel":"C0VIPSALES"})";
    EXPECT_EQ(event(outside), 200);
    EXPECT_EQ(event(outside), 200);
    const auto hints = whispers();
    ASSERT_EQ(hints.size(), 1u);
    EXPECT_NE(hints[0].find("reaches no customer"), std::string::npos);
    EXPECT_TRUE(listener.commands.empty());
}

TEST_F(InteractivityTest, AReplyIsMarkedAsSentAndARefusedOneAsFailed) {
    EXPECT_EQ(event(said("1763800105.000300", "Hello")), 200);
    listener.refusals.push_back(Error{"message_empty", "A reply needs text.", {}});
    EXPECT_EQ(event(said("1763800106.000300", "&amp;")), 200);
    loop.advance(5'000);
    const auto marks = slack.of("reactions.add");
    ASSERT_EQ(marks.size(), 2u);
    EXPECT_EQ(marks[0].fields.at("name"), "heavy_check_mark");
    EXPECT_EQ(marks[0].fields.at("timestamp"), "1763800105.000300");
    EXPECT_EQ(marks[1].fields.at("name"), "warning");
}

TEST_F(InteractivityTest, ANoteIsMadeOfAMessageAndWinsOverItsEdits) {
    const std::string payload =
        R"({"type":"message_action","callback_id":"deskbell_note","trigger_id":"t",
            "team":{"id":"T0ACME0001"},"user":{"id":"U0AGENT001"},"channel":{"id":"C0VIPSALES"},
            "message":{"ts":"1763800105.000300","thread_ts":")" +
        root_ts + R"("}})";
    EXPECT_EQ(interact(payload), 200);
    const auto noted = listener.all<core::AgentNoted>();
    ASSERT_EQ(noted.size(), 1u);
    EXPECT_EQ(noted[0].thread.value, thread_value);
    EXPECT_EQ(noted[0].gesture.id.value, "T0ACME0001/C0VIPSALES/1763800105.000300");
    EXPECT_TRUE(is_ts(noted[0].gesture.edit_key));
}

}  // namespace
}  // namespace deskbell::desk::slack
