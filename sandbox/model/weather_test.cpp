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

TEST(Weather, EveryProbabilityOrdersItsEffect) {
    struct OfCalls {
        double CallWeather::* probability;
        std::string_view effect;
    };
    constexpr OfCalls calls[] = {{&CallWeather::reset_before, "reset"},
                                 {&CallWeather::reset_after, "apply_then_reset"},
                                 {&CallWeather::unanswered, "no_answer"},
                                 {&CallWeather::unanswered_after, "apply_then_no_answer"},
                                 {&CallWeather::zombie, "apply_late"},
                                 {&CallWeather::zombie_reset, "reset_apply_late"},
                                 {&CallWeather::zombie_error_page, "error_page_apply_late"},
                                 {&CallWeather::error_page, "error_page"},
                                 {&CallWeather::error_page_after, "apply_then_error_page"},
                                 {&CallWeather::api_error, "api_error"},
                                 {&CallWeather::api_error_after, "apply_then_api_error"},
                                 {&CallWeather::half_body, "half_body"},
                                 {&CallWeather::truncated, "truncated_answer"},
                                 {&CallWeather::late, "answer_delay"},
                                 {&CallWeather::rate_limited, "rate_limited"},
                                 {&CallWeather::rate_limit_storm, "rate_limit_storm"}};
    for (const OfCalls& row : calls) {
        TestSlack test;
        Weather weather;
        weather.posts.*row.probability = 1;
        ASSERT_TRUE(apply_weather(test.slack, weather));
        std::ignore = test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
        std::ignore = test.raw("auth.test");
        EXPECT_EQ(hits_by_effect(test.slack)[std::string(row.effect)], 1u) << row.effect;
    }
    struct OfEvents {
        double EventWeather::* probability;
        std::string_view effect;
    };
    constexpr OfEvents events[] = {{&EventWeather::lost, "event_drop"},
                                   {&EventWeather::first_lost, "event_first_lost"},
                                   {&EventWeather::answer_lost, "event_answer_lost"},
                                   {&EventWeather::twice, "event_duplicate"},
                                   {&EventWeather::late, "event_delay"},
                                   {&EventWeather::shuffled, "event_delay"},
                                   {&EventWeather::phantom, "event_phantom"},
                                   {&EventWeather::phantom_kept, "event_phantom_kept"},
                                   {&EventWeather::unfurled, "event_unfurl"},
                                   {&EventWeather::stray, "event_stray"},
                                   {&EventWeather::bad_signature, "event_bad_signature"},
                                   {&EventWeather::old_timestamp, "event_old_timestamp"},
                                   {&EventWeather::over_limit, "event_over_limit"}};
    for (const OfEvents& row : events) {
        TestSlack test(TestSlack::with_events());
        Weather weather;
        weather.events.*row.probability = 1;
        ASSERT_TRUE(apply_weather(test.slack, weather));
        test.say("x");
        EXPECT_EQ(hits_by_effect(test.slack)[std::string(row.effect)], 1u) << row.effect;
    }
}

TEST(Weather, WholePostsAndReadsSufferToo) {
    TestSlack test;
    test.slack.change_settings({{"rate_limits", false}});
    const std::string root = test.post({{"text", "root"}});
    Weather weather;
    weather.unthreaded_reply = 1;
    weather.stale_read = 1;
    ASSERT_TRUE(apply_weather(test.slack, weather));
    std::ignore = test.post({{"text", "x"}, {"thread_ts", root}});
    std::ignore = test.raw("conversations.replies", {{"channel", test.vip}, {"ts", root}});
    weather.discarded_post = 1;
    ASSERT_TRUE(apply_weather(test.slack, weather));
    std::ignore = test.post({{"text", "x"}});
    auto hits = hits_by_effect(test.slack);
    for (const char* effect : {"unthread", "stale_read", "discard"}) EXPECT_EQ(hits[effect], 1u);
}

TEST(Weather, ReadyMadeOnesAreLaidOnAndTakenOff) {
    for (const std::string_view name : {"drizzle", "storm", "fog", "flood"}) {
        TestSlack test(TestSlack::with_events());
        const std::string before =
            json::serialize(settings_object(test.slack.workspace().settings));
        const auto weather = weather_named(name);
        ASSERT_TRUE(weather) << name;
        ASSERT_TRUE(apply_weather(test.slack, *weather)) << name;
        for (int i = 0; i < 100; ++i) test.say("x");
        clear_weather(test.slack);
        EXPECT_FALSE(hits_by_effect(test.slack).empty()) << name;
        EXPECT_EQ(json::serialize(settings_object(test.slack.workspace().settings)), before);
    }
    EXPECT_FALSE(weather_named("sunshine"));
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
