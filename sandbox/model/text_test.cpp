#include "sandbox/model/text.hpp"

#include "sandbox/model/emoji.hpp"
#include "sandbox/model/ids.hpp"
#include "sandbox/model/test_slack.hpp"
#include "sandbox/model/typed_text.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

struct Pair {
    std::string_view given;
    std::string_view expected;
};

TEST(IncomingText, IsNormalizedAsSlackDoes) {
    constexpr Pair table[] = {
        {"plain", "plain"},
        {"5 < 6 & 7 > 2", "5 &lt; 6 &amp; 7 &gt; 2"},
        {"5 &lt; 6 &amp; x", "5 &lt; 6 &amp; x"},
        {"&nbsp;", "&amp;nbsp;"},
        {"see https://a.example/x?y=1.", "see <https://a.example/x?y=1>."},
        {"(https://a.example)", "(<https://a.example>)"},
        {"https://a.example/b_(c)", "<https://a.example/b_(c)>"},
        {"<https://a.example|here>", "<https://a.example|here>"},
        {"<@U0ABC123> <!here> <#C0ABC|x>", "<@U0ABC123> <!here> <#C0ABC|x>"},
        {"<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"},
        {"<javascript:x|y>", "&lt;javascript:x|y&gt;"},
        {"mail a.b@c.example now", "mail <mailto:a.b@c.example|a.b@c.example> now"},
        {"party 🎉!", "party :tada:!"},
        {"👋🏼", ":wave::skin-tone-3:"},
        {"❤️ and ❤", ":heart: and :heart:"},
        {"`https://a.example 🎉`", "`https://a.example 🎉`"},
        {"smörgås 日本", "smörgås 日本"},
    };
    for (const Pair& row : table) EXPECT_EQ(normalize_mrkdwn(row.given), row.expected) << row.given;
}

TEST(IncomingText, PlainTextKeepsItsAngles) {
    EXPECT_EQ(normalize_plain("<b> & 🎉"), "<b> & :tada:");
}

TEST(TypedText, BecomesMrkdwn) {
    const TestSlack test;
    const std::string ana = "<@" + test.ana + ">";
    const std::string vip = "<#" + test.vip + "|vip-sales>";
    const std::pair<std::string, std::string> table[] = {
        {"hi *bold* _it_ ~s~ `a<b`", "hi *bold* _it_ ~s~ `a&lt;b`"},
        {"2*3*4 snake_case_name", "2*3*4 snake_case_name"},
        {"*bold https://a.example x*", "*bold <https://a.example> x*"},
        {"[this](https://a.example/q)", "<https://a.example/q|this>"},
        {":wave: 👋 :nosuch:", ":wave: :wave: :nosuch:"},
        {"hi @Ana and @ana silva", "hi " + ana + " and " + ana},
        {"@analog", "@analog"},
        {"@here #vip-sales", "<!here> " + vip},
        {"- one\n- two", "• one\n• two"},
        {"1. one\n2. two", "1. one\n2. two"},
        {"> quoted\n> more", "&gt; quoted\n&gt; more"},
        {"see\n```\na < b\n```\ndone", "see\n```a &lt; b```\ndone"},
        {"a@b.example", "<mailto:a@b.example|a@b.example>"},
    };
    for (const auto& [typed, expected] : table)
        EXPECT_EQ(parse_typed_text(test.slack.workspace(), typed).text, expected) << typed;
}

TEST(TypedText, BecomesRichText) {
    const TestSlack test;
    const json::value blocks =
        parse_typed_text(test.slack.workspace(), "hi *bold*\n- a\n  - b\n> q :wave:").blocks;
    EXPECT_EQ(text_at(blocks, "/0/type"), "rich_text");
    EXPECT_EQ(text_at(blocks, "/0/elements/0/elements/1/style/bold"), "true");
    EXPECT_EQ(text_at(blocks, "/0/elements/1/type"), "rich_text_list");
    EXPECT_EQ(text_at(blocks, "/0/elements/2/indent"), "1");
    EXPECT_EQ(text_at(blocks, "/0/elements/3/type"), "rich_text_quote");
    EXPECT_EQ(text_at(blocks, "/0/elements/3/elements/1/unicode"), "1f44b");
}

TEST(Emoji, NamesAndCharactersAgree) {
    EXPECT_EQ(emoji_characters("tada"), "🎉");
    EXPECT_EQ(emoji_characters("wave::skin-tone-3"), "👋🏼");
    EXPECT_EQ(emoji_characters("nosuch"), "");
    EXPECT_EQ(match_emoji("1 apple").bytes, 0u);
    EXPECT_EQ(match_emoji("1️⃣").name, "one");
}

TEST(Timestamps, AreSixDigitsAfterTheDot) {
    EXPECT_EQ(to_text(1'763'800'105'000'300), "1763800105.000300");
    EXPECT_EQ(parse_ts("1763800105.000300"), 1'763'800'105'000'300);
    for (const std::string_view bad : {"", "x", "1763800105", "1763800105.3", "17638001O5.000300"})
        EXPECT_FALSE(parse_ts(bad)) << bad;
    EXPECT_EQ(parse_bound("1763800105"), 1'763'800'105'000'000);
}

TEST(Cursors, AreOpaqueAndChecked) {
    const std::string cursor = make_cursor("next_ts", "1763800105.000300");
    EXPECT_EQ(read_cursor("next_ts", cursor), "1763800105.000300");
    EXPECT_FALSE(read_cursor("user", cursor));
    EXPECT_FALSE(read_cursor("next_ts", "%%%"));
    for (const std::string_view text : {"", "a", "ab", "abc", "abcd"})
        EXPECT_EQ(from_base64(to_base64(text)), text);
}

}  // namespace
}  // namespace deskbell::sandbox
