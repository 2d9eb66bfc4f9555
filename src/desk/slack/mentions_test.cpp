#include "desk/slack/mentions.hpp"
#include "core/draft.hpp"
#include "desk/slack/blocks.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

TEST(Mentions, whoever_can_be_called_is) {
    const Callees callees{.groups = {{"sales", "S0SALES"}}, .away = {"U0AWAY"}};
    const std::pair<const char*, const char*> cases[] = {
        {"@here", "<!here>"},
        {"channel", "<!channel>"},
        {"U0ANA", "<@U0ANA>"},
        {"@U0ANA", "<@U0ANA>"},
        {"S0GROUP", "<!subteam^S0GROUP>"},
        {"@sales", "<!subteam^S0SALES>"},
        {"T0TEAM/U0BEN", "<@U0BEN>"},
        {"@nobody", "@nobody"},
        {"<!channel>", "&lt;!channel&gt;"},
        {"U0AWAY", ""},
        {"T0TEAM/U0AWAY", ""},
    };
    for (const auto& [whom, token] : cases) EXPECT_EQ(mention_token(whom, callees), token) << whom;
}

TEST(Mentions, only_what_the_rules_marked_calls_anybody) {
    const std::string text = "<!channel> & " + core::calling("U0ANA") + " <@U0BEN>";
    EXPECT_TRUE(has_mentions(text));
    EXPECT_EQ(with_mentions(text, {}), "&lt;!channel&gt; &amp; <@U0ANA> &lt;@U0BEN&gt;");
    EXPECT_EQ(with_mentions("half \x01U0ANA", {}), "half U0ANA");
    EXPECT_FALSE(has_mentions("half \x01U0ANA"));
    EXPECT_FALSE(has_mentions("\x01<!channel>\x01"));
    EXPECT_FALSE(has_mentions("<@U0ANA>"));
}

TEST(Mentions, a_notice_that_calls_is_markup_and_others_are_literal) {
    core::Post post;
    post.id = LetterId("letter");
    post.kind = core::LetterKind::notice;
    post.notice = "⏰ Nobody has taken this. " + core::calling("S0GROUP");
    const Message calls = message_of(post, {});
    EXPECT_EQ(calls.text, "⏰ Nobody has taken this. <!subteam^S0GROUP>");
    EXPECT_NE(json::serialize(calls.blocks).find("<!subteam^S0GROUP>"), std::string::npos);
    EXPECT_NE(json::serialize(calls.blocks).find("mrkdwn"), std::string::npos);
    post.notice = "The customer rated the conversation 1 of 5.\n<!channel>";
    EXPECT_EQ(json::serialize(message_of(post, {}).blocks).find("mrkdwn"), std::string::npos);
}

}  // namespace
}  // namespace deskbell::desk::slack
