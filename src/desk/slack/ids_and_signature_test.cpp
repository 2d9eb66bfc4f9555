#include "desk/slack/signature.hpp"
#include "desk/slack/slack_ids.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

TEST(SlackIds, AThreadSurvivesItsWayThereAndBack) {
    const Place place{"T0ACME0001", "C0VIPSALES", "1763800000.000100"};
    EXPECT_EQ(parse_thread(thread_id(place)), place);
    EXPECT_EQ(parse_message(message_id(place)), place);
    EXPECT_EQ(parse_agent(agent_id("T0ACME0001", "U0AGENT001"))->user, "U0AGENT001");
}

TEST(SlackIds, WhatAnotherHandMadeDoesNotPass) {
    for (const char* text :
         {"", "/", "//", "T0A/C0B", "T0A/C0B/", "T0A/C0B/1763800000.0001",
          "T0A/C0B/1763800000000100", "T0A/C0B/1763800000.00010x", "T0A/c0b/1763800000.000100",
          "X0A/C0B/1763800000.000100", "T0A/U0B/1763800000.000100", "T0A/C0B/1763800000.000100/",
          " T0A/C0B/1763800000.000100", "T0A/C0B\n/1763800000.000100", "T0A/C0B/-763800000.000100"})
        EXPECT_FALSE(parse_thread(DeskThreadId(text))) << text;
    for (const char* text : {"", "U0A", "T0A/", "T0A/C0B", "T0A/U0A/1"})
        EXPECT_FALSE(parse_agent(DeskAgentId(text))) << text;
}

TEST(SlackIds, TimesKeepAllTheirDigits) {
    EXPECT_EQ(ts_of_ms(1'763'800'105'003), "1763800105.003000");
    EXPECT_EQ(ms_of_ts("1763800105.003999"), 1'763'800'105'003);
    EXPECT_EQ(ms_of_ts("never"), 0);
    EXPECT_EQ(ts_of_ms(-5), "0000000000.000000");
}

struct Vector {
    const char* secret;
    const char* timestamp;
    std::string body;
    const char* signature;
};

std::vector<Vector> vectors() {
    const char* other = "0123456789abcdef0123456789abcdef";
    return {
        {"8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
         "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
         "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
         "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%"
         "2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
         "803a0bc887a14d10d2c447fce8b6703c",
         "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
        {other, "1700000000",
         R"({"token":"legacy","challenge":"abc123","type":"url_verification"})",
         "v0=bf9515183e1e435d60a2093c1a07a5f88901e4497f972fcd46ff011e6f04b5c7"},
        {other, "1700000001",
         "payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A%7B%22id%22%3A%22U0AGENT01%22%"
         "7D%2C%22actions%22%3A%5B%7B%22action_id%22%3A%22close%22%2C%22value%22%3A%22conv_42%22%"
         "7D%5D%7D",
         "v0=9910b61bbf841377534317ea9b30231c7bb94f12d1c634bd47e56c558f243cf3"},
        {other, "1700000000",
         "{\"type\":\"url_verification\",\"token\":\"t\",\"challenge\":\"caf\xc3\xa9 "
         "\xf0\x9f\x91\x8b\"}",
         "v0=4938e8ff6319597f933bd3b15feb0a686e92ec126bf0c2dedb8bd26134e93292"},
    };
}

bool passes(const Vector& vector, std::int64_t away_s = 0) {
    return verify_signature({vector.secret}, vector.timestamp, vector.signature, vector.body,
                            (std::stoll(vector.timestamp) + away_s) * 1000)
        .has_value();
}

TEST(Signature, TheFourVectorsMatch) {
    for (const Vector& vector : vectors()) {
        EXPECT_EQ(signature_of(vector.secret, vector.timestamp, vector.body), vector.signature);
        EXPECT_TRUE(passes(vector));
    }
}

TEST(Signature, FiveMinutesEitherWayAndNoMore) {
    const Vector vector = vectors()[0];
    EXPECT_TRUE(passes(vector, 300));
    EXPECT_TRUE(passes(vector, -300));
    EXPECT_FALSE(passes(vector, 301));
    EXPECT_FALSE(passes(vector, -301));
}

TEST(Signature, AnyChangeIsRefused) {
    const Vector good = vectors()[1];
    const auto refused = [&](auto change) {
        Vector vector = good;
        std::string signature = vector.signature;
        std::string timestamp = vector.timestamp;
        change(vector, signature, timestamp);
        return !verify_signature({vector.secret}, timestamp, signature, vector.body,
                                 1'700'000'000'000);
    };
    using S = std::string;
    EXPECT_TRUE(refused([](Vector& v, S&, S&) { v.body += ' '; }));
    EXPECT_TRUE(refused([](Vector& v, S&, S&) { v.body.pop_back(); }));
    EXPECT_TRUE(refused([](Vector& v, S&, S&) { v.secret = "wrong"; }));
    EXPECT_TRUE(refused([](Vector& v, S&, S&) { v.secret = ""; }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s.clear(); }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s[1] = '1'; }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s.back() = s.back() == '0' ? '1' : '0'; }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s.pop_back(); }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s += '0'; }));
    EXPECT_TRUE(refused([](Vector&, S& s, S&) { s = s.substr(3); }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t.clear(); }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t += "x"; }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t = "-1700000000"; }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t = "99999999999999999999"; }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t = "9223372036854775807"; }));
    EXPECT_TRUE(refused([](Vector&, S&, S& t) { t = " 1700000000"; }));
}

TEST(Signature, EitherOfTwoSecretsPassesAndNoSecretNever) {
    const Vector good = vectors()[1];
    const WallMs now = 1'700'000'000'000;
    EXPECT_TRUE(
        verify_signature({"new", good.secret}, good.timestamp, good.signature, good.body, now));
    EXPECT_TRUE(
        verify_signature({good.secret, "new"}, good.timestamp, good.signature, good.body, now));
    EXPECT_FALSE(verify_signature({"new"}, good.timestamp, good.signature, good.body, now));
    EXPECT_FALSE(verify_signature({}, good.timestamp, good.signature, good.body, now));
    const std::string unkeyed = signature_of("", good.timestamp, good.body);
    EXPECT_FALSE(verify_signature({""}, good.timestamp, unkeyed, good.body, now));
}

TEST(Recent, ForgetsTheOldestPastItsBound) {
    Recent recent(2);
    recent.add("a");
    recent.add("b");
    recent.add("b");
    EXPECT_TRUE(recent.contains("a"));
    recent.add("c");
    EXPECT_FALSE(recent.contains("a"));
    EXPECT_TRUE(recent.contains("b"));
    EXPECT_FALSE(recent.contains(""));
}

}  // namespace
}  // namespace deskbell::desk::slack
