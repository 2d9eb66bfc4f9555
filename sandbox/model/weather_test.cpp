// Weather: rules and settings laid on and taken off as one, with counts that stay.

#include "sandbox/model/weather.hpp"

#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {
namespace {

Weather foul() {
    Weather weather;
    weather.posts.error_page = 0.5;
    weather.reads.unanswered = 1.0;
    weather.events.lost = 0.5;
    weather.history_limited = true;
    return weather;
}

TEST(Weather, ComesAndGoesWithoutTouchingWhatAPersonOrdered) {
    TestSlack test;
    FaultRule own;
    own.effect = Effect::api_error;
    own.error = "fatal_error";
    own.method = "auth.test";
    ASSERT_TRUE(test.slack.add_fault(own));
    test.slack.change_settings({{"split_long_text", true}});
    ASSERT_TRUE(apply_weather(test.slack, foul()));
    EXPECT_TRUE(test.slack.workspace().settings.history_limited);
    EXPECT_EQ(test.raw("conversations.info", {{"channel", test.vip}}).kind,
              ApiAnswer::Kind::silence);
    EXPECT_EQ(error_of(test.call("auth.test")), "fatal_error");
    ASSERT_TRUE(apply_weather(test.slack, {}));
    EXPECT_FALSE(test.slack.workspace().settings.history_limited);
    EXPECT_EQ(test.raw("conversations.info", {{"channel", test.vip}}).status, 200);
    ASSERT_TRUE(apply_weather(test.slack, foul()));
    clear_weather(test.slack);
    EXPECT_FALSE(test.slack.workspace().settings.history_limited);
    EXPECT_TRUE(test.slack.workspace().settings.split_long_text);
    EXPECT_EQ(test.raw("conversations.info", {{"channel", test.vip}}).status, 200);
    EXPECT_EQ(error_of(test.call("auth.test")), "fatal_error");
}

TEST(Weather, CountsWhatWasMetBeyondItsEnd) {
    TestSlack test;
    ASSERT_TRUE(apply_weather(test.slack, foul()));
    for (int i = 0; i < 5; ++i) std::ignore = test.raw("conversations.info");
    clear_weather(test.slack);
    EXPECT_EQ(hits_by_effect(test.slack).at("no_answer"), 5u);
    EXPECT_FALSE(hits_by_effect(test.slack).contains("error_page"));
}

TEST(Weather, IsTheSameForTheSameSeed) {
    const auto run = [] {
        TestSlack test(TestSlack::with_events());
        test.slack.change_settings({{"rate_limits", false}});
        EXPECT_TRUE(apply_weather(test.slack, foul()));
        std::string trace;
        for (int i = 0; i < 50; ++i) {
            trace += std::to_string(
                test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}}).status);
            trace += std::to_string(test.events().size()) + " ";
        }
        return trace;
    };
    EXPECT_EQ(run(), run());
    EXPECT_NE(run().find("500"), std::string::npos);
    EXPECT_NE(run().find("200"), std::string::npos);
}

}  // namespace
}  // namespace deskbell::sandbox
