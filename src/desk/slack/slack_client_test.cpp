#include "desk/slack/slack_client.hpp"

#include "desk/slack/errors.hpp"
#include "desk/slack/manifest.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/slack_checks.hpp"
#include "desk/slack/slack_fakes.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

using Kind = SlackReply::Kind;
using AnswerKind = net::ClientAnswer::Kind;

TEST(ReadReply, SortsWhatAnAnswerMeans) {
    const struct {
        net::ClientAnswer answer;
        Kind kind;
        const char* error;
    } table[] = {
        {answered(200, R"({"ok":true})"), Kind::ok, ""},
        {refusal("channel_not_found"), Kind::refused, "channel_not_found"},
        {refusal("ratelimited"), Kind::rate_limited, "ratelimited"},
        {refusal("rate_limited"), Kind::rate_limited, "rate_limited"},
        {refusal("message_limit_exceeded"), Kind::rate_limited, "message_limit_exceeded"},
        {limited(7), Kind::rate_limited, "ratelimited"},
        {answered(429, "slow down"), Kind::rate_limited, "ratelimited"},
        {answered(200, R"({"ok":tr)"), Kind::unknown, "unreadable_answer"},
        {answered(200, "<html>"), Kind::unknown, "unreadable_answer"},
        {answered(200, "[]"), Kind::unknown, "unreadable_answer"},
        {answered(200, R"({"ok":"yes"})"), Kind::unknown, "unreadable_answer"},
        {answered(500, R"({"ok":true})"), Kind::unknown, "unreadable_answer"},
        {answered(503, R"({"ok":false,"error":"x"})"), Kind::unknown, "unreadable_answer"},
        {answered(302, ""), Kind::unknown, "unreadable_answer"},
        {no_answer(AnswerKind::unknown), Kind::unknown, "no_answer"},
        {no_answer(AnswerKind::not_sent), Kind::not_sent, "not_sent"},
    };
    for (const auto& row : table) {
        const SlackReply reply = read_reply(row.answer);
        EXPECT_EQ(reply.kind, row.kind) << row.answer.body;
        EXPECT_EQ(reply.error, row.error) << row.answer.body;
    }
    EXPECT_EQ(read_reply(limited(7)).retry_after_ms, 7'000);
    EXPECT_EQ(read_reply(answered(429, "")).retry_after_ms, 30'000);
    EXPECT_EQ(read_reply(answered(429, "", {{"retry-after", "soon"}})).retry_after_ms, 30'000);
    for (const char* at_once : {"-5", "0"})
        EXPECT_EQ(read_reply(answered(429, "", {{"retry-after", at_once}})).retry_after_ms, 1'000);
}

TEST(Errors, EachClassHasItsOutcome) {
    using Post = PostOutcome::Kind;
    const std::pair<const char*, Post> table[] = {
        {"internal_error", Post::unknown},
        {"fatal_error", Post::unknown},
        {"never_heard_of", Post::unknown},
        {"service_unavailable", Post::not_sent},
        {"request_timeout", Post::not_sent},
        {"invalid_auth", Post::desk_parked},
        {"token_revoked", Post::desk_parked},
        {"missing_scope", Post::desk_parked},
        {"is_archived", Post::destination_parked},
        {"not_in_channel", Post::destination_parked},
        {"channel_not_found", Post::destination_parked},
        {"restricted_action_thread_locked", Post::thread_lost},
        {"thread_not_found", Post::thread_lost},
        {"msg_too_long", Post::refused},
        {"invalid_blocks", Post::refused},
        {"ratelimited", Post::rate_limited},
    };
    for (const auto& [code, kind] : table)
        EXPECT_EQ(outcome_of_post(read_reply(refusal(code))).kind, kind) << code;
    EXPECT_EQ(outcome_of_post(read_reply(no_answer(AnswerKind::not_sent))).kind, Post::not_sent);
    EXPECT_EQ(outcome_of_post(read_reply(no_answer(AnswerKind::unknown))).kind, Post::unknown);
    EXPECT_TRUE(outcome_of_post(read_reply(refusal("message_limit_exceeded"))).limits_whole_desk);
    EXPECT_FALSE(outcome_of_post(read_reply(limited(3))).limits_whole_desk);

    using Card = CardOutcome::Kind;
    const std::pair<const char*, Card> cards[] = {
        {"message_not_found", Card::thread_lost}, {"cant_update_message", Card::parked},
        {"invalid_auth", Card::parked},           {"is_archived", Card::parked},
        {"internal_error", Card::failed},         {"ratelimited", Card::rate_limited},
    };
    for (const auto& [code, kind] : cards)
        EXPECT_EQ(outcome_of_card(read_reply(refusal(code))).kind, kind) << code;
}

TEST(HttpDate, IsReadExactlyOrNotAtAll) {
    EXPECT_EQ(parse_http_date("Sat, 22 Nov 2025 08:42:00 GMT"), 1'763'800'920'000);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:01 GMT"), 1'000);
    for (const char* bad : {"", "Sat, 22 Nov 2025 08:42:00 CET", "Sat, 32 Nov 2025 08:42:00 GMT",
                            "Sat, 22 Now 2025 08:42:00 GMT", "Sat, 22 Nov 2025 0x:42:00 GMT"})
        EXPECT_FALSE(parse_http_date(bad)) << bad;
}

struct ClientTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    ScriptedSlack slack{loop};
    SlackClient client{loop, slack, {"http://127.0.0.1:1/api", "xoxb-secret", 5'000}};
    std::vector<SlackReply> replies;

    void call(const std::string& method, const std::string& scope = "") {
        client.call(
            method, {{"a", "1 & 2"}},
            [this](SlackReply reply) { replies.push_back(std::move(reply)); }, scope);
        loop.run_ready();
    }
};

TEST_F(ClientTest, CallsAreFormsWithABearer) {
    call("chat.postMessage");
    ASSERT_EQ(slack.calls.size(), 1u);
    const auto& request = slack.calls[0].request;
    EXPECT_EQ(request.url, "http://127.0.0.1:1/api/chat.postMessage");
    EXPECT_EQ(net::find_header(request.headers, "authorization"), "Bearer xoxb-secret");
    EXPECT_EQ(net::find_header(request.headers, "content-type"),
              "application/x-www-form-urlencoded");
    EXPECT_EQ(slack.calls[0].fields["a"], "1 & 2");
    EXPECT_EQ(request.timeout_ms, 5'000);
}

TEST_F(ClientTest, ALimitFreezesThatMethodAndScopeOnly) {
    slack.script["chat.postMessage"] = {limited(10)};
    call("chat.postMessage", "C1");
    call("chat.postMessage", "C1");
    EXPECT_EQ(slack.calls.size(), 1u);
    EXPECT_EQ(replies[1].kind, Kind::rate_limited);
    EXPECT_EQ(replies[1].retry_after_ms, 10'000);
    call("chat.postMessage", "C2");
    call("users.info");
    EXPECT_EQ(slack.calls.size(), 3u);
    loop.advance(10'000);
    call("chat.postMessage", "C1");
    EXPECT_EQ(slack.calls.size(), 4u);
    EXPECT_EQ(replies.back().kind, Kind::ok);
}

TEST_F(ClientTest, LearnsScopesAndTheClock) {
    slack.script["auth.test"] = {answered(
        200, auth_test_answer,
        {{"x-oauth-scopes", "chat:write, users:read"}, {"date", "Sat, 22 Nov 2025 08:42:00 GMT"}})};
    EXPECT_FALSE(client.skew_ms());
    call("auth.test");
    EXPECT_TRUE(client.has_scope("users:read"));
    EXPECT_FALSE(client.has_scope("users"));
    EXPECT_EQ(client.skew_ms(), 1'763'800'920'500 - clock.wall_ms());
}

// ---- People. ----

struct PeopleTest : ClientTest {
    People people{loop, client};
    std::vector<std::string> names;

    void find(const std::string& user) {
        people.find(user, [this](const Person& person) { names.push_back(person.name); });
    }
};

TEST_F(PeopleTest, OneRequestHoweverManyAskAndThenNoneForAnHour) {
    slack.answers["users.info"] = [](const CallFields&) { return answered(200, ana_answer); };
    slack.answer_ms = 100;
    find("U0AGENT001");
    find("U0AGENT001");
    loop.advance(200);
    find("U0AGENT001");
    loop.run_ready();
    EXPECT_EQ(names, (std::vector<std::string>{"Ana", "Ana", "Ana"}));
    EXPECT_EQ(slack.calls.size(), 1u);
    loop.advance(3'600'000);
    find("U0AGENT001");
    loop.advance(200);
    EXPECT_EQ(slack.calls.size(), 2u);
}

TEST_F(PeopleTest, NobodyWaitsLongerThanTheDeadline) {
    slack.answers["users.info"] = [](const CallFields&) { return answered(200, ana_answer); };
    slack.answer_ms = 5'000;
    find("U0AGENT001");
    loop.advance(1'500);
    EXPECT_EQ(names, std::vector<std::string>{"Support"});
    loop.advance(4'000);
    find("U0AGENT001");
    loop.run_ready();
    EXPECT_EQ(names.back(), "Ana") << "the late answer was kept";
    EXPECT_EQ(slack.calls.size(), 1u);
}

TEST_F(PeopleTest, WhoCannotBeFoundIsPlainForAWhile) {
    slack.answers["users.info"] = [](const CallFields&) { return refusal("user_not_found"); };
    find("U1");
    loop.run_ready();
    find("U1");
    loop.run_ready();
    EXPECT_EQ(names, (std::vector<std::string>{"Support", "Support"}));
    EXPECT_EQ(slack.calls.size(), 1u);
}

TEST(ReadPerson, FollowsSlacksRuleOfNames) {
    const auto name = [](const char* user) { return read_person(parse_or_die(user)).name; };
    EXPECT_EQ(name(R"({"name":"erin","real_name":"Erin A","profile":{"display_name":"Erin"}})"),
              "Erin");
    EXPECT_EQ(name(R"({"name":"erin","profile":{"display_name":" ","real_name":"Erin\nA"}})"),
              "Erin A");
    EXPECT_EQ(name(R"({"name":"erin"})"), "erin");
    EXPECT_EQ(name("{}"), "Support");
    EXPECT_TRUE(read_person(parse_or_die(R"({"is_ultra_restricted":true})")).is_guest);
    EXPECT_EQ(
        read_person(
            parse_or_die(R"({"profile":{"image_192":"javascript:1","image_72":"https://x/72"}})"))
            .avatar,
        "https://x/72");
}

// ---- Manifest and checks. ----

TEST(Manifest, HasWhatWeUseWithinSlacksLimits) {
    const json::object http =
        parse_or_die(app_manifest({"https://chat.example.com/", false, std::string(60, 'x')}));
    const json::object& display = object_at(http, "display_information");
    EXPECT_LE(text_at(display, "name").size(), 40u);
    EXPECT_LE(text_at(display, "description").size(), 140u);
    const json::object& settings = object_at(http, "settings");
    const json::object& events = object_at(settings, "event_subscriptions");
    EXPECT_EQ(text_at(events, "request_url"), "https://chat.example.com/slack/events");
    EXPECT_EQ(array_at(events, "bot_events").size(), bot_events().size());
    EXPECT_EQ(find_bool(settings, "socket_mode_enabled"), false);
    const json::object socket = parse_or_die(app_manifest({"", true, "Deskbell"}));
    const json::object& other = object_at(object_at(socket, "settings"), "event_subscriptions");
    EXPECT_FALSE(other.contains("request_url"));
    EXPECT_EQ(find_bool(object_at(socket, "settings"), "socket_mode_enabled"), true);
    EXPECT_EQ(app_manifest({"", true, "Deskbell"}).find("http"), std::string::npos);
}

TEST_F(ClientTest, DoctorSaysWhatIsWrongAndHowToMendIt) {
    const auto check = [&](std::vector<Destination> destinations) {
        std::vector<std::string> lines;
        run_slack_checks(loop, client, std::move(destinations), [&](std::vector<CheckRow> rows) {
            const char* levels[] = {"ok", "warn", "fail"};
            for (const CheckRow& row : rows) {
                lines.push_back(std::string(levels[static_cast<int>(row.level)]) + " " + row.name);
                EXPECT_TRUE(row.level == CheckRow::Level::ok || row.name == "clock" ||
                            !row.fix.empty())
                    << row.name;
            }
        });
        loop.run_ready();
        return lines;
    };
    using Lines = std::vector<std::string>;
    slack.script["auth.test"] = {refusal("invalid_auth")};
    EXPECT_EQ(check({}), Lines{"fail slack token"});

    std::string scopes;
    for (const auto scope : bot_scopes()) scopes += std::string(scope) + ",";
    slack.answers["auth.test"] = [&](const CallFields&) {
        return answered(200, auth_test_answer,
                        {{"x-oauth-scopes", scopes}, {"date", "Sat, 22 Nov 2025 08:26:40 GMT"}});
    };
    slack.answers["conversations.list"] = [](const CallFields&) {
        return answered(
            200,
            R"({"ok":true,"channels":[{"id":"C1","name":"vip","is_member":true,"is_private":true},
            {"id":"C2","name":"open","is_member":true},{"id":"C3","name":"shared","is_member":true,"is_ext_shared":true},
            {"id":"C4","name":"away","is_private":true},{"id":"C5","name":"free"}]})");
    };
    EXPECT_EQ(check({Destination("#vip"), Destination("#open"), Destination("#shared"),
                     Destination("#away"), Destination("#free"), Destination("#none")}),
              (Lines{"ok slack token", "ok slack scopes", "ok clock", "ok channel #vip",
                     "warn channel #open", "fail channel #shared", "fail channel #away",
                     "ok channel #free", "fail channel #none"}));
    scopes = "chat:write,channels:history,channels:read,users:read";
    clock.step_wall(-400'000);
    EXPECT_EQ(check({}), (Lines{"ok slack token", "warn slack scopes", "fail clock"}));
    scopes = "chat:write";
    EXPECT_EQ(check({})[1], "fail slack scopes");
}

}  // namespace
}  // namespace deskbell::desk::slack
