#include "bot/markdown_rich.hpp"

#include "base/json.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <array>

namespace deskbell::bot {
namespace {

using Kind = core::RichNode::Kind;

std::string rich(std::string_view markdown) { return core::to_json(markdown_to_rich(markdown)); }

TEST(MarkdownRich, keeps_what_the_protocol_knows_and_narrows_the_rest) {
    struct Case {
        const char* markdown;
        const char* json;
    };
    const std::vector<Case> cases = {
        {"", "[]"},
        {"Hi", R"([{"t":"p","c":[{"t":"text","v":"Hi"}]}])"},
        {"a\nb", R"([{"t":"p","c":[{"t":"text","v":"a b"}]}])"},
        {"a  \nb", R"([{"t":"p","c":[{"t":"text","v":"a"},{"t":"br"},{"t":"text","v":"b"}]}])"},
        {"**b** *i* ~~s~~",
         R"([{"t":"p","c":[{"t":"b","c":[{"t":"text","v":"b"}]},{"t":"text","v":" "},{"t":"i","c":[{"t":"text","v":"i"}]},{"t":"text","v":" "},{"t":"s","c":[{"t":"text","v":"s"}]}]}])"},
        {"`x*y*`", R"([{"t":"p","c":[{"t":"code","c":[{"t":"text","v":"x*y*"}]}]}])"},
        {"# H", R"([{"t":"p","c":[{"t":"b","c":[{"t":"text","v":"H"}]}]}])"},
        {"```js\n<b>\n```", R"([{"t":"pre","c":[{"t":"text","v":"<b>\n"}]}])"},
        {"> q", R"([{"t":"quote","c":[{"t":"p","c":[{"t":"text","v":"q"}]}]}])"},
        {"- a\n- b",
         R"([{"t":"ul","c":[{"t":"li","c":[{"t":"text","v":"a"}]},{"t":"li","c":[{"t":"text","v":"b"}]}]}])"},
        {"1. a", R"([{"t":"ol","c":[{"t":"li","c":[{"t":"text","v":"a"}]}]}])"},
        {"[l](https://x.example/?a=1&amp;b=2)",
         R"([{"t":"p","c":[{"t":"link","href":"https://x.example/?a=1&b=2","c":[{"t":"text","v":"l"}]}]}])"},
        {"[l](javascript:alert(1))", R"([{"t":"p","c":[{"t":"text","v":"l"}]}])"},
        {"[l](JaVaScRiPt&colon;x)", R"([{"t":"p","c":[{"t":"text","v":"l"}]}])"},
        {"![alt](https://x.example/i.png)",
         R"([{"t":"p","c":[{"t":"link","href":"https://x.example/i.png","c":[{"t":"text","v":"alt"}]}]}])"},
        {"![alt](data:image/png;base64,xx)", R"([{"t":"p","c":[{"t":"text","v":"alt"}]}])"},
        {"[![alt](https://x.example/i.png)](https://y.example)",
         R"([{"t":"p","c":[{"t":"link","href":"https://y.example","c":[{"t":"text","v":"alt"}]}]}])"},
        {"<script>x</script>", R"([{"t":"p","c":[{"t":"text","v":"<script>x</script>"}]}])"},
        {"a &lt; b &copy; &#x41; &nope;",
         R"([{"t":"p","c":[{"t":"text","v":"a < b © A &nope;"}]}])"},
        {"| a |\n|---|\n| b |", R"([{"t":"p","c":[{"t":"text","v":"| a | |---| | b |"}]}])"},
        {"see https://x.example/y",
         R"([{"t":"p","c":[{"t":"text","v":"see "},{"t":"link","href":"https://x.example/y","c":[{"t":"text","v":"https://x.example/y"}]}]}])"},
        {"a\xff"
         "b",
         "[{\"t\":\"p\",\"c\":[{\"t\":\"text\",\"v\":\"a\xEF\xBF\xBD"
         "b\"}]}]"},
    };
    for (const Case& one : cases) EXPECT_EQ(rich(one.markdown), one.json) << one.markdown;
}

void check(const core::RichTree& nodes, std::size_t depth, bool top, bool text_only) {
    ASSERT_LE(depth, 10u);
    for (const core::RichNode& node : nodes) {
        EXPECT_TRUE(is_utf8(node.value));
        if (text_only) {
            EXPECT_EQ(node.kind, Kind::text);
        }
        if (top) {
            EXPECT_TRUE(node.kind == Kind::p || node.kind == Kind::pre ||
                        node.kind == Kind::quote || node.kind == Kind::ul || node.kind == Kind::ol);
        }
        if (node.kind == Kind::link) {
            EXPECT_TRUE(core::is_safe_link(node.value)) << node.value;
        }
        if (node.kind == Kind::text || node.kind == Kind::br) {
            EXPECT_TRUE(node.children.empty());
        }
        check(node.children, depth + 1, false, node.kind == Kind::code || node.kind == Kind::pre);
    }
}

TEST(MarkdownRich, any_bytes_make_a_tree_of_allowed_nodes) {
    constexpr auto pieces = std::to_array<std::string_view>({"**",
                                                             "*",
                                                             "_",
                                                             "~~",
                                                             "`",
                                                             "```\n",
                                                             "> ",
                                                             "- ",
                                                             "1. ",
                                                             "\n",
                                                             "\n\n",
                                                             "# ",
                                                             "[",
                                                             "](",
                                                             ")",
                                                             "![",
                                                             "<b>",
                                                             "<http://x.example>",
                                                             "&amp;",
                                                             "&#0;",
                                                             "&#xD800;",
                                                             "javascript:",
                                                             "https://x.example",
                                                             "\\",
                                                             "    ",
                                                             "\t",
                                                             "word ",
                                                             "\xff",
                                                             "\xed\xa0\x80",
                                                             "é",
                                                             "|---|",
                                                             "***\n",
                                                             "\x01",
                                                             "[a]: /x\n"});
    SeededRandom random(21);
    for (int i = 0; i < 4000; ++i) {
        std::string text;
        for (std::uint64_t n = random.below(60); n > 0; --n) {
            if (random.below(10) == 0)
                text += static_cast<char>(random.below(256));
            else
                text += pieces[random.below(pieces.size())];
        }
        const core::RichTree tree = markdown_to_rich(text);
        check(tree, 0, true, false);
        const std::string json = core::to_json(tree);
        ASSERT_TRUE(is_utf8(json)) << "round " << i;
        ASSERT_TRUE(parse_json_object("{\"rich\":[]}"));
    }
}

TEST(MarkdownRich, deep_nesting_stays_shallow) {
    std::string quotes(5000, '>');
    check(markdown_to_rich(quotes + " x"), 0, true, false);
    std::string lists;
    for (int i = 0; i < 200; ++i)
        lists += std::string(static_cast<std::size_t>(i) * 2, ' ') + "- x\n";
    check(markdown_to_rich(lists), 0, true, false);
    check(markdown_to_rich(std::string(20'000, '[')), 0, true, false);
    check(markdown_to_rich(std::string(20'000, '*') + "a" + std::string(20'000, '*')), 0, true,
          false);
}

}  // namespace
}  // namespace deskbell::bot
