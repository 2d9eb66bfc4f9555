// What calls meet: applied or not, now or later, and what the caller sees of it.

#include "sandbox/model/test_slack.hpp"

namespace deskbell::sandbox {
namespace {

FaultRule rule(Effect effect) {
    FaultRule made;
    made.effect = effect;
    made.times = 1;
    made.delay_ms = 700;
    made.error = "internal_error";
    return made;
}

struct Thread : TestSlack {
    explicit Thread(Options options = {}) : TestSlack(std::move(options)) {
        slack.change_settings({{"rate_limits", false}});
    }
    std::size_t messages() { return slack.workspace().find_channel(vip)->messages.size(); }
    void order(FaultRule made) { ASSERT_TRUE(slack.add_fault(std::move(made))); }
    json::object read(const std::string& root) {
        return call("conversations.replies",
                    {{"channel", vip}, {"ts", root}, {"include_all_metadata", "true"}});
    }
};

TEST(CallFaults, DecideWhatIsAppliedWhenAndWhatIsSeen) {
    struct Row {
        Effect effect;
        ApiAnswer::Kind kind;
        int status;
        bool now;
        bool later;
    };
    using enum ApiAnswer::Kind;
    constexpr Row table[] = {
        {Effect::answer_delay, answer, 200, true, true},
        {Effect::no_answer, silence, 0, false, false},
        {Effect::apply_then_no_answer, silence, 0, true, true},
        {Effect::apply_late, silence, 0, false, true},
        {Effect::reset, reset, 0, false, false},
        {Effect::apply_then_reset, reset, 0, true, true},
        {Effect::reset_apply_late, reset, 0, false, true},
        {Effect::error_page, answer, 500, false, false},
        {Effect::apply_then_error_page, answer, 500, true, true},
        {Effect::error_page_apply_late, answer, 500, false, true},
        {Effect::api_error, answer, 200, false, false},
        {Effect::apply_then_api_error, answer, 200, true, true},
        {Effect::rate_limited, answer, 429, false, false},
        {Effect::rate_limit_storm, answer, 429, false, false},
        {Effect::truncated_answer, answer, 200, true, true},
        {Effect::half_body, cut, 200, true, true},
        {Effect::discard, answer, 200, false, false},
    };
    for (const Row& row : table) {
        Thread test;
        test.order(rule(row.effect));
        const ApiAnswer seen = test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}});
        EXPECT_EQ(seen.kind, row.kind) << to_text(row.effect);
        if (row.kind == answer || row.kind == cut) EXPECT_EQ(seen.status, row.status);
        EXPECT_EQ(test.messages(), row.now ? 1u : 0u) << to_text(row.effect);
        test.clock.advance(700);
        std::ignore = test.slack.next_deliveries(1);
        EXPECT_EQ(test.messages(), row.later ? 1u : 0u) << to_text(row.effect);
        EXPECT_EQ(test.raw("chat.postMessage", {{"channel", test.vip}, {"text", "x"}}).status, 200)
            << "the rule was for once: " << to_text(row.effect);
        EXPECT_EQ(test.slack.met().at(std::string(to_text(row.effect))), 1u);
    }
}

TEST(CallFaults, HalfABodyAnnouncesTheWholeOne) {
    Thread test;
    test.order(rule(Effect::half_body));
    const ApiAnswer seen = test.raw("auth.test");
    EXPECT_TRUE(json::parse(seen.body).at("ok").as_bool());
    EXPECT_EQ(seen.body_bytes, seen.body.size() / 2);
}

TEST(CallFaults, AStormHoldsBackWhomItConcernsUntilItIsOver) {
    struct Row {
        StormScope scope;
        bool other_channel_waits;
        bool other_method_waits;
    };
    constexpr Row table[] = {{StormScope::channel, false, false},
                             {StormScope::method, true, false},
                             {StormScope::team, true, true}};
    for (const Row& row : table) {
        Thread test;
        const std::string other = test.slack.workspace().find_channel("vip-sales-2")->id;
        const auto post = [&](const std::string& channel) {
            return test.raw("chat.postMessage", {{"channel", channel}, {"text", "x"}});
        };
        FaultRule storm = rule(Effect::rate_limit_storm);
        storm.scope = row.scope;
        storm.delay_ms = 5'500;
        test.order(storm);
        const ApiAnswer first = post(test.vip);
        EXPECT_EQ(first.status, 429);
        EXPECT_EQ(first.headers.back(), (std::pair<std::string, std::string>("retry-after", "6")));
        EXPECT_EQ(post(test.vip).status, 429);
        EXPECT_EQ(post(other).status, row.other_channel_waits ? 429 : 200);
        EXPECT_EQ(test.raw("auth.test").status, row.other_method_waits ? 429 : 200);
        test.clock.advance(5'500);
        EXPECT_EQ(post(test.vip).status, 200);
    }
}

TEST(CallFaults, StaleReadsShowWhatWas) {
    Thread test;
    const std::string root = test.post({{"text", "root"}});
    const std::string first = test.say("first", root);
    const std::string second = test.say("second", root);
    test.clock.advance(10'000);
    const std::string before = json::serialize(test.read(root).at("messages"));
    ASSERT_TRUE(test.slack.edit("ana", test.vip, first, "changed"));
    ASSERT_TRUE(test.slack.remove("ana", test.vip, second));
    ASSERT_TRUE(test.slack.react("ben", test.vip, root, "eyes", true));
    test.say("third", root);
    const std::string now = json::serialize(test.read(root).at("messages"));
    EXPECT_NE(before, now);
    FaultRule stale = rule(Effect::stale_read);
    stale.delay_ms = 5'000;
    stale.method = "conversations.replies";
    test.order(stale);
    EXPECT_EQ(json::serialize(test.read(root).at("messages")), before);
    EXPECT_EQ(json::serialize(test.read(root).at("messages")), now);
}

TEST(CallFaults, AStaleReadDoesNotKnowAFreshRoot) {
    Thread test;
    const std::string root = test.post({{"text", "root"}});
    FaultRule stale = rule(Effect::stale_read);
    stale.delay_ms = 5'000;
    test.order(stale);
    EXPECT_EQ(error_of(test.read(root)), "thread_not_found");
    stale.method = "conversations.history";
    test.order(stale);
    EXPECT_TRUE(test.call("conversations.history", {{"channel", test.vip}})
                    .at("messages")
                    .as_array()
                    .empty());
}

TEST(CallFaults, ADiscardedPostIsAnsweredWellAndLeavesNothing) {
    Thread test(TestSlack::with_events());
    const std::string root = test.post({{"text", "root"}});
    std::ignore = test.events();
    test.order(rule(Effect::discard));
    const std::string lost = test.post({{"text", "lost"}, {"thread_ts", root}});
    EXPECT_FALSE(lost.empty());
    EXPECT_TRUE(test.events().empty());
    EXPECT_EQ(test.read(root).at("messages").as_array().size(), 1u);
}

TEST(CallFaults, TheTsOfADiscardedPostIsUsedUp) {
    Thread test;  // whose clock stands still
    FaultRule first_ten = rule(Effect::discard);
    first_ten.times = 10;
    test.order(first_ten);
    std::string last;
    for (int i = 0; i < 20; ++i) {
        const std::string ts =
            text_at(test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}}), "/ts");
        EXPECT_GT(ts, last);
        last = ts;
    }
    EXPECT_EQ(test.messages(), 10u);
}

TEST(CallFaults, AReplyMayLoseItsThreadWithoutAnError) {
    Thread test;
    const std::string root = test.post({{"text", "root"}});
    test.order(rule(Effect::unthread));
    const json::object stray =
        test.call("chat.postMessage", {{"channel", test.vip}, {"text", "x"}, {"thread_ts", root}});
    EXPECT_TRUE(stray.at("ok").as_bool());
    EXPECT_EQ(text_at(stray, "/message/thread_ts"), "(absent)");
    EXPECT_EQ(test.read(root).at("messages").as_array().size(), 1u);
}

TEST(CallFaults, ReadsMayComeWithoutMarks) {
    Thread test(TestSlack::with_events());
    const std::string root =
        test.post({{"text", "root"},
                   {"blocks", R"([{"type":"divider","block_id":"mine"}])"},
                   {"metadata", R"({"event_type":"t","event_payload":{"post":"p"}})"}});
    EXPECT_EQ(text_at(test.read(root), "/messages/0/metadata/event_payload/post"), "p");
    EXPECT_EQ(text_at(test.events().at(0), "/metadata/event_payload/post"), "p");
    test.slack.change_settings({{"strip_metadata", true}});
    EXPECT_EQ(text_at(test.read(root), "/messages/0/metadata"), "(absent)");
    EXPECT_EQ(text_at(test.read(root), "/messages/0/blocks/0/block_id"), "mine");
    test.slack.change_settings({{"strip_block_ids", true}});
    EXPECT_EQ(text_at(test.read(root), "/messages/0/blocks/0/block_id"), "(absent)");
    EXPECT_EQ(text_at(test.read(root), "/messages/0/blocks/0/type"), "divider");
    test.slack.change_settings({{"strip_from_events", true}});
    test.post({{"text", "x"}, {"metadata", R"({"event_type":"t","event_payload":{}})"}});
    EXPECT_EQ(text_at(test.events().at(0), "/metadata"), "(absent)");
}

TEST(CallFaults, TellTheirClockWrong) {
    Thread test;
    EXPECT_EQ(test.raw("auth.test").date_skew_s, 0);
    test.slack.change_settings({{"date_skew_s", -400}});
    EXPECT_EQ(test.raw("auth.test").date_skew_s, -400);
}

TEST(CallFaults, StrikeOnlyWhatTheyCanChange) {
    Thread test;
    for (const Effect effect : {Effect::stale_read, Effect::discard, Effect::unthread})
        test.order(rule(effect));
    EXPECT_EQ(test.raw("auth.test").status, 200);
    const std::string root = test.post({{"text", "discarded"}});
    EXPECT_EQ(test.messages(), 0u);
    test.post({{"text", "kept, and no reply"}});
    EXPECT_EQ(test.messages(), 1u);
    EXPECT_FALSE(test.slack.met().contains("unthread"));
}

}  // namespace
}  // namespace deskbell::sandbox
