// Limits and faults: the ways in which Slack says no, or nothing at all.

#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {
namespace {

FaultRule rule(Effect effect) {
    FaultRule made;
    made.effect = effect;
    made.times = 1;
    return made;
}

int post_status(TestSlack& test, const std::string& channel) {
    return test.raw("chat.postMessage", {{"channel", channel}, {"text", "x"}}).status;
}

std::size_t messages_in(TestSlack& test) {
    return test.slack.workspace().find_channel(test.vip)->messages.size();
}

TEST(Limits, OfAChannelAreFourAtOnceThenOneASecond) {
    TestSlack test;
    const std::string other = test.slack.workspace().find_channel("vip-sales-2")->id;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(post_status(test, test.vip), 200) << i;
    const ApiAnswer refused = test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.back(), (std::pair<std::string, std::string>("retry-after", "1")));
    EXPECT_EQ(refused.body, R"({"ok":false,"error":"ratelimited"})");
    EXPECT_EQ(post_status(test, other), 200);
    test.clock.advance(999);
    EXPECT_EQ(post_status(test, test.vip), 429);
    test.clock.advance(1);
    EXPECT_EQ(post_status(test, test.vip), 200);
}

TEST(Limits, OfAWorkspaceAreThreeHundredPostsAMinute) {
    TestSlack test;
    std::vector<std::string> channels;
    for (int i = 0; i < 20; ++i)
        channels.push_back(*test.slack.create_channel("c" + std::to_string(i), false, true));
    int posted = 0;
    for (int second = 0; second < 60; ++second) {
        for (const std::string& channel : channels) posted += post_status(test, channel) == 200;
        test.clock.advance(1000);
    }
    EXPECT_GE(posted, 300);
    EXPECT_LE(posted, 330);
}

TEST(Limits, OfTiersAreByMethod) {
    TestSlack test;
    int allowed = 0;
    while (test.raw("reactions.remove").status == 200 && allowed < 1000) ++allowed;
    EXPECT_EQ(allowed, 20);
    EXPECT_EQ(test.raw("reactions.add").status, 200);
    test.clock.advance(3000);
    EXPECT_EQ(test.raw("reactions.remove").status, 200);
    EXPECT_EQ(test.raw("reactions.remove").status, 429);
    test.slack.change_settings({{"rate_limits", false}});
    for (int i = 0; i < 100; ++i) EXPECT_EQ(test.raw("reactions.remove").status, 200);
}

TEST(Faults, DecideWhatIsAppliedAndWhatIsAnswered) {
    struct Row {
        Effect effect;
        ApiAnswer::Kind kind;
        int status;
        bool applied;
    };
    constexpr Row table[] = {
        {Effect::no_answer, ApiAnswer::Kind::silence, 0, false},
        {Effect::apply_then_no_answer, ApiAnswer::Kind::silence, 0, true},
        {Effect::error_page, ApiAnswer::Kind::answer, 500, false},
        {Effect::apply_then_error_page, ApiAnswer::Kind::answer, 500, true},
        {Effect::rate_limited, ApiAnswer::Kind::answer, 429, false},
        {Effect::truncated_answer, ApiAnswer::Kind::answer, 200, true},
        {Effect::answer_delay, ApiAnswer::Kind::answer, 200, true},
    };
    for (const Row& row : table) {
        TestSlack test;
        FaultRule made = rule(row.effect);
        made.delay_ms = 700;
        ASSERT_TRUE(test.slack.add_fault(made));
        const ApiAnswer answer =
            test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
        EXPECT_EQ(answer.kind, row.kind) << to_text(row.effect);
        if (row.kind == ApiAnswer::Kind::answer) EXPECT_EQ(answer.status, row.status);
        EXPECT_EQ(messages_in(test), row.applied ? 1u : 0u) << to_text(row.effect);
        EXPECT_EQ(answer.delay_ms, row.effect == Effect::answer_delay ? 700 : 0);
        EXPECT_EQ(post_status(test, test.vip), 200) << "the rule was for once";
    }
}

TEST(Faults, AnswerAnyCode) {
    TestSlack test;
    FaultRule made = rule(Effect::api_error);
    made.error = "fatal_error";
    made.method = "chat.postMessage";
    ASSERT_TRUE(test.slack.add_fault(made));
    EXPECT_EQ(error_of(test.call("auth.test")), "");
    EXPECT_EQ(error_of(test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}})),
              "fatal_error");
}

TEST(Faults, MayApplyMuchLater) {
    TestSlack test;
    FaultRule made = rule(Effect::apply_late);
    made.delay_ms = 20'000;
    ASSERT_TRUE(test.slack.add_fault(made));
    test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "late"}});
    EXPECT_EQ(test.slack.next_due(), test.clock.steady_ms() + 20'000);
    test.clock.advance(19'999);
    std::ignore = test.slack.next_deliveries(1);
    EXPECT_EQ(messages_in(test), 0u);
    test.clock.advance(1);
    std::ignore = test.slack.next_deliveries(1);
    EXPECT_EQ(messages_in(test), 1u);
}

TEST(Faults, StrikeTheNthMatchOnly) {
    TestSlack test;
    FaultRule made = rule(Effect::error_page);
    made.nth = 3;
    made.channel = test.vip;
    ASSERT_TRUE(test.slack.add_fault(made));
    EXPECT_EQ(test.raw("auth.test").status, 200);
    EXPECT_EQ(post_status(test, test.vip), 200);
    EXPECT_EQ(post_status(test, test.vip), 200);
    EXPECT_EQ(post_status(test, test.vip), 500);
    EXPECT_EQ(post_status(test, test.vip), 200);
}

TEST(Faults, LoseDoubleAndDelayEvents) {
    TestSlack test(TestSlack::with_events());
    ASSERT_TRUE(test.slack.add_fault(rule(Effect::event_drop)));
    test.say("lost");
    EXPECT_TRUE(test.events().empty());
    ASSERT_TRUE(test.slack.add_fault(rule(Effect::event_duplicate)));
    test.say("twice");
    const auto due = test.slack.next_deliveries(10);
    ASSERT_EQ(due.size(), 2u);
    EXPECT_EQ(due[0].event_id, due[1].event_id);
    for (const Delivery& delivery : due) test.slack.delivered(delivery.id, {{}, 200, false});
    FaultRule late = rule(Effect::event_delay);
    late.delay_ms = 5000;
    late.method = "message";
    ASSERT_TRUE(test.slack.add_fault(late));
    test.say("late");
    EXPECT_TRUE(test.events().empty());
    test.clock.advance(5000);
    EXPECT_EQ(test.events().size(), 1u);
    ASSERT_TRUE(test.slack.add_fault(rule(Effect::event_bad_signature)));
    test.say("forged");
    EXPECT_TRUE(test.slack.next_deliveries(1).at(0).bad_signature);
}

TEST(Faults, AreParsedStrictly) {
    const TestSlack test;
    const auto code = [&test](const char* text) {
        const auto parsed = parse_fault(test.slack.workspace(), json::parse(text).as_object());
        return parsed ? std::string() : parsed.error().code;
    };
    EXPECT_EQ(code(R"({"effect":"no_answer","channel":"#vip-sales","times":2})"), "");
    EXPECT_EQ(code(R"({"effect":"explode"})"), "invalid_request");
    EXPECT_EQ(code(R"({"effect":"api_error"})"), "invalid_request");
    EXPECT_EQ(code(R"({"effect":"no_answer","probability":2})"), "invalid_request");
    EXPECT_EQ(code(R"({"effect":"no_answer","times":-1})"), "invalid_request");
    EXPECT_EQ(code(R"({"effect":"no_answer","channel":"#nowhere"})"), "channel_not_found");
}

TEST(State, SurvivesSavingAndLoading) {
    TestSlack test(TestSlack::with_events());
    const std::string root = test.post(
        {{"text", "root"}, {"metadata", R"({"event_type":"t","event_payload":{"post":"p"}})"}});
    test.say("*reply*", root);
    test.say("loud", root, true);
    ASSERT_TRUE(test.slack.react("ben", test.vip, root, "eyes", true));
    ASSERT_TRUE(test.slack.remove("", test.vip, root));
    const json::object saved = test.slack.save();
    TestSlack other;
    ASSERT_TRUE(other.slack.load(saved));
    EXPECT_EQ(json::serialize(other.slack.save().at("channels")),
              json::serialize(saved.at("channels")));
    EXPECT_EQ(other.slack.workspace().app.bot_token, test.slack.workspace().app.bot_token);
    const auto shown = [](TestSlack& of) {
        return json::serialize(of.call(
            "conversations.replies",
            {{"channel", of.slack.workspace().find_channel("vip-sales")->id}, {"ts", "1.000000"}}));
    };
    EXPECT_EQ(shown(test), shown(other));
    EXPECT_EQ(test.events().size(), other.events().size());
    EXPECT_FALSE(other.slack.load({{"format", 99}}));
}

TEST(State, TheSameSeedGivesTheSameSlack) {
    const auto run = [] {
        TestSlack test(TestSlack::with_events());
        const std::string root = test.post({{"text", "root"}});
        test.say("reply", root);
        return json::serialize(test.slack.save());
    };
    EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace deskbell::sandbox
