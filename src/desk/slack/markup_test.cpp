#include "desk/slack/markup.hpp"
#include "desk/slack/emoji.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

NameBook names() {
    NameBook book;
    book.users["U0AGENT001"] = "Ana";
    book.channels["C0VIPSALES"] = "vip-sales";
    return book;
}

json::object parsed(const std::string& text) {
    auto result = parse_slack_json(text);
    EXPECT_TRUE(result) << text;
    return result.value_or(json::object());
}

std::string of_text(const std::string& text) { return core::to_json(tree_of_text(text, names())); }

std::string of_elements(const std::string& elements) {
    const json::object message =
        parsed(R"({"b":[{"type":"rich_text","elements":[)" + elements + "]}]}");
    return core::to_json(tree_of_blocks(array_at(message, "b"), names()));
}

std::string of_section(const std::string& elements) {
    return of_elements(R"({"type":"rich_text_section","elements":[)" + elements + "]}");
}

std::string p(const std::string& inner) { return R"([{"t":"p","c":[)" + inner + "]}]"; }
std::string t(const std::string& text) { return R"({"t":"text","v":")" + text + R"("})"; }

TEST(Mrkdwn, ReadsSlacksMarkup) {
    const std::string tick = "`";
    const std::pair<std::string, std::string> table[] = {
        {"plain", p(t("plain"))},
        {"5 &lt; 6 &amp; 7 &gt; 2", p(t("5 < 6 & 7 > 2"))},
        {"&amp;lt;", p(t("&lt;"))},
        {"*bold* and _it_ and ~no~",
         p(R"({"t":"b","c":[)" + t("bold") + "]}," + t(" and ") + "," + R"({"t":"i","c":[)" +
           t("it") + "]}," + t(" and ") + "," + R"({"t":"s","c":[)" + t("no") + "]}")},
        {"*a _b_*", p(R"({"t":"b","c":[)" + t("a ") + R"(,{"t":"i","c":[)" + t("b") + "]}]}")},
        {"2*3*4 and a_b_c", p(t("2*3*4 and a_b_c"))},
        {"* not bold *", p(t("* not bold *"))},
        {tick + "a *b* &lt;" + tick, p(R"({"t":"code","c":[)" + t("a *b* <") + "]}")},
        {"a\nb", p(t("a") + R"(,{"t":"br"},)" + t("b"))},
        {"a\n\n\nb", R"([{"t":"p","c":[)" + t("a") + R"(]},{"t":"p","c":[)" + t("b") + "]}]"},
        {"&gt; said\n&gt; twice\nno", R"([{"t":"quote","c":[{"t":"p","c":[)" + t("said") +
                                          R"(,{"t":"br"},)" + t("twice") +
                                          R"(]}]},{"t":"p","c":[)" + t("no") + "]}]"},
        {"```x &lt; *y*\nz```", R"([{"t":"pre","c":[)" + t("x < *y*\\nz") + "]}]"},
        {"```open", p(t("```open"))},
        {"<https://a.b/c?d=1&amp;e=2|label>",
         p(R"({"t":"link","href":"https://a.b/c?d=1&e=2","c":[)" + t("label") + "]}")},
        {"<https://a.b>", p(R"({"t":"link","href":"https://a.b","c":[)" + t("https://a.b") + "]}")},
        {"<mailto:a@b.c|a@b.c>",
         p(R"({"t":"link","href":"mailto:a@b.c","c":[)" + t("a@b.c") + "]}")},
        {"<javascript:alert(1)|press>", p(t("press"))},
        {"hi <@U0AGENT001> and <@U0OTHER01> and <@U9|@bob>", p(t("hi @Ana and @someone and @bob"))},
        {"in <#C0VIPSALES> or <#C9|other> or <#C8>.", p(t("in #vip-sales or #other or ."))},
        {"a<!here>b<!channel>c<!everyone>d", p(t("abcd"))},
        {"<!date^1763800920^{time}|10:42>", p(t("10:42"))},
        {"<!subteam^S01|@sales>", p(t("@sales"))},
        {":tada: :wave::skin-tone-3: :ours: 10:30:20", p(t("🎉 👋🏼 :ours: 10:30:20"))},
        {"a < b", p(t("a < b"))},
        {"", "[]"},
        {"\n\n", "[]"},
    };
    for (const auto& [text, tree] : table) EXPECT_EQ(of_text(text), tree) << text;
}

TEST(RichTextBlocks, ReadWhatClientsAttach) {
    const std::pair<std::string, std::string> table[] = {
        {R"({"type":"text","text":"a","style":{"bold":true}},{"type":"text","text":"b","style":{"bold":true,"italic":true}})",
         p(R"({"t":"b","c":[)" + t("a") + R"(,{"t":"i","c":[)" + t("b") + "]}]}")},
        {R"({"type":"text","text":"x","style":{"code":true}})",
         p(R"({"t":"code","c":[)" + t("x") + "]}")},
        {R"({"type":"link","url":"https://a.b","text":"this"})",
         p(R"({"t":"link","href":"https://a.b","c":[)" + t("this") + "]}")},
        {R"({"type":"link","url":"ftp://a.b","text":"this"})", p(t("this"))},
        {R"({"type":"emoji","name":"wave","unicode":"1f44b"})", p(t("👋"))},
        {R"({"type":"emoji","name":"wave","unicode":"1f44b","skin_tone":3})", p(t("👋🏼"))},
        {R"({"type":"emoji","name":"wave"})", p(t("👋"))},
        {R"({"type":"emoji","name":"ours","unicode":"zz"})", p(t(":ours:"))},
        {R"({"type":"user","user_id":"U0AGENT001"},{"type":"text","text":" "},{"type":"user","user_id":"U0X"})",
         p(t("@Ana @someone"))},
        {R"({"type":"broadcast","range":"here"},{"type":"text","text":"all"})", p(t("all"))},
        {R"({"type":"usergroup","usergroup_id":"S1"},{"type":"text","text":"x"})", p(t("x"))},
        {R"({"type":"channel","channel_id":"C0VIPSALES"})", p(t("#vip-sales"))},
        {R"({"type":"date","timestamp":1763800920,"format":"{time}","fallback":"noon"})",
         p(t("noon"))},
        {R"({"type":"date","timestamp":1763800920,"format":"{time}"})",
         p(t("2025-11-22 08:42 UTC"))},
        {R"({"type":"color","value":"#fff"})", p(t("#fff"))},
        {R"({"type":"brand_new","text":"still read"})", p(t("still read"))},
        {R"({"type":"brand_new","fallback":"or this"})", p(t("or this"))},
        {R"({"type":"text","text":"a\n\nb\n"})",
         R"([{"t":"p","c":[)" + t("a") + R"(]},{"t":"p","c":[)" + t("b") + "]}]"},
        {R"(5,null,"x",[],{"type":7,"text":8})", "[]"},
    };
    for (const auto& [elements, tree] : table) EXPECT_EQ(of_section(elements), tree) << elements;
}

TEST(RichTextBlocks, ListsNestByIndent) {
    const auto list = [](const std::string& style, int indent, const std::string& word) {
        return R"({"type":"rich_text_list","style":")" + style + R"(","indent":)" +
               std::to_string(indent) +
               R"(,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":")" +
               word + R"("}]}]})";
    };
    const std::string tree =
        of_elements(list("bullet", 0, "a") + "," + list("ordered", 1, "a1") + "," +
                    list("ordered", 1, "a2") + "," + list("bullet", 0, "b"));
    EXPECT_EQ(tree, R"([{"t":"ul","c":[{"t":"li","c":[)" + t("a") +
                        R"(,{"t":"ol","c":[{"t":"li","c":[)" + t("a1") + R"(]},{"t":"li","c":[)" +
                        t("a2") + R"(]}]}]},{"t":"li","c":[)" + t("b") + "]}]}]");
    EXPECT_NO_THROW((void)of_elements(list("bullet", 8, "deep") + "," + list("x", -5, "y")));
}

TEST(RichTextBlocks, QuotesAndPreformattedStandAlone) {
    EXPECT_EQ(
        of_elements(
            R"({"type":"rich_text_quote","elements":[{"type":"text","text":"q"}]},)"
            R"({"type":"rich_text_preformatted","elements":[{"type":"text","text":"a\nb"}]})"),
        R"([{"t":"quote","c":[{"t":"p","c":[)" + t("q") + R"(]}]},{"t":"pre","c":[)" + t("a\\nb") +
            "]}]");
}

TEST(RenderMessage, TheSampleReadsAsItShould) {
    const json::object message = parsed(R"({"text":"Sure","blocks":[{"type":"rich_text","elements":[
        {"type":"rich_text_section","elements":[{"type":"text","text":"Sure "},
        {"type":"user","user_id":"U0AGENT001"},{"type":"text","text":", see "},
        {"type":"link","url":"https://acme.example/q/42","text":"this link"},
        {"type":"text","text":" "},{"type":"emoji","name":"wave","unicode":"1f44b"},
        {"type":"text","text":" 5 < 6"}]}]}]})");
    const Rendered rendered = render_message(message, names());
    EXPECT_EQ(rendered.markdown,
              "Sure @Ana, see [this link](https://acme.example/q/42) 👋 5 \\< 6");
    EXPECT_EQ(mentioned_users(message, 5), std::vector<std::string>{"U0AGENT001"});
}

TEST(RenderMessage, FilesAreNamedAndNothingIsSilent) {
    EXPECT_EQ(render_message(
                  parsed(R"({"text":"","files":[{"name":"a.pdf"},{"id":"F1"},{"mode":"tombstone"},
                {"id":"F0FILE0001","name":"is an attachment"}]})"),
                  {})
                  .rich_json,
              p(t("[file: a.pdf]") + R"(,{"t":"br"},)" + t("[file]") + R"(,{"t":"br"},)" +
                t("[file removed]")));
    EXPECT_EQ(render_message(parsed(R"({"text":"","files":[{"id":"F0FILE0001"}]})"), {}).markdown,
              "");
    EXPECT_EQ(render_message(parsed(R"({"text":null,"blocks":7,"files":"x"})"), {}).markdown,
              "\\[unsupported message\\]");
    EXPECT_EQ(render_message(parsed(R"({"text":"see","files":[{"name":"b"}]})"), {}).rich_json,
              R"([{"t":"p","c":[)" + t("see") + R"(]},{"t":"p","c":[)" + t("[file: b]") + "]}]");
}

TEST(RenderMessage, ControlsAloneLeaveNoEmptyNodes) {
    const std::string nothing = p(t("[unsupported message]"));
    EXPECT_EQ(render_message(parsed(R"({"text":"\u0007 *\u0007*"})"), {}).rich_json, p(t(" ")));
    EXPECT_EQ(render_message(parsed(R"({"text":"\u0007"})"), {}).rich_json, nothing);
    EXPECT_EQ(of_elements(R"({"type":"rich_text_preformatted",
                              "elements":[{"type":"text","text":"\u0007"}]})"),
              "[]");
    EXPECT_EQ(of_section(R"({"type":"link","url":"https://a.example","text":"\u0007"})"),
              p(R"({"t":"link","href":"https://a.example","c":[)" + t("https://a.example") + "]}"));
}

TEST(MentionedUsers, AreFoundInTextAndBounded) {
    EXPECT_EQ(mentioned_users(parsed(R"({"text":"<@U1> <@U2|x> <@U1> <@"})"), 5),
              (std::vector<std::string>{"U1", "U2"}));
    EXPECT_EQ(mentioned_users(parsed(R"({"text":"<@U1> <@U2> <@U3>"})"), 2).size(), 2u);
}

TEST(Emoji, KnowsNamesTonesAndCodePoints) {
    EXPECT_EQ(emoji_characters("+1"), "👍");
    EXPECT_EQ(emoji_characters("white_check_mark"), "✅");
    EXPECT_EQ(emoji_characters("tada::skin-tone-3"), "🎉");
    EXPECT_FALSE(emoji_characters(""));
    EXPECT_FALSE(emoji_characters("no_such_emoji"));
    EXPECT_EQ(characters_of_code_points("1f468-200d-1f4bb"), "👨‍💻");
    for (const char* bad :
         {"", "-", "d800", "110000", "7", "1f44b-", "1f44b--1", "x", "ffffffffff"})
        EXPECT_FALSE(characters_of_code_points(bad) && std::string(bad) != "1f44b-") << bad;
}

// Whatever arrives, something comes out and nothing breaks.
TEST(Markup, SurvivesAnyText) {
    SeededRandom random(11);
    const std::string alphabet = "<>@!#|&*_~`:\n ab\"/;gtl;^{}👋";
    for (int round = 0; round < 3'000; ++round) {
        std::string text;
        for (std::uint64_t i = random.below(60); i > 0; --i)
            text += alphabet[random.below(alphabet.size())];
        const core::RichTree tree = tree_of_text(text, names());
        (void)core::to_markdown(tree);
        (void)unescaped(text);
    }
    (void)tree_of_text(std::string(40'000, '*'), names());
    (void)tree_of_text(std::string(40'000, '<'), names());
    std::string openers;
    for (int i = 0; i < 10'000; ++i) openers += "*a ";
    (void)tree_of_text(openers, names());
}

}  // namespace
}  // namespace deskbell::desk::slack
