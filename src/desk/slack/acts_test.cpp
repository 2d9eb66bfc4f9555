#include "desk/slack/acts.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

const Self self{"T0ACME0001", "U0BRIDGEBT", "B0BRIDGE01", "A0BRIDGE01"};

TEST(Acts, WordsAreTold) {
    using Kind = Act::Kind;
    struct Row {
        const char* text;
        Kind kind;
        const char* rest;
    };
    const Row table[] = {
        {"!note call back at &lt;9&gt;", Kind::note, "call back at &lt;9&gt;"},
        {"!n: psst", Kind::note, "psst"},
        {"  !Resolve  ", Kind::resolve, ""},
        {"!resolve\nand more", Kind::resolve, "and more"},
        {"*!note bold*", Kind::note, "bold"},
        {"_!note_", Kind::note, ""},
        {"!transfer <@U0AGENT002|ben>", Kind::transfer, "<@U0AGENT002|ben>"},
        {"!canned price 12", Kind::canned, "price 12"},
        {"!reply Hello", Kind::reply, "Hello"},
        {"!noet typo", Kind::unknown, "typo"},
        {"!wow, great", Kind::unknown, ", great"},
        {"<@U0BRIDGEBT> help", Kind::help, ""},
        {"<@U0BRIDGEBT|deskbell>", Kind::help, ""},
        {"<@U0BRIDGEBT>, !resolve", Kind::resolve, ""},
        {"<@U0BRIDGEBT> what?", Kind::unknown, "?"},
    };
    for (const Row& row : table) {
        const auto act = act_of(row.text, self);
        ASSERT_TRUE(act) << row.text;
        EXPECT_EQ(act->kind, row.kind) << row.text;
        EXPECT_EQ(act->rest, row.rest) << row.text;
    }
}

TEST(Acts, OrdinaryWordsAreNone) {
    for (const char* text : {"", "!", "!!", "! note", "!1", "5! is 120", "Hello !note", "*bold*",
                             "<@U0AGENT001> can you?", "&gt; !note quoted", "<@U0BRIDGEBT"})
        EXPECT_FALSE(act_of(text, self)) << text;
}

TEST(Acts, WhoAndWhereIsNamed) {
    EXPECT_EQ(act_of("!transfer to <@U0AGENT002> please", self)->user, "U0AGENT002");
    EXPECT_EQ(act_of("!transfer <#C0VIPSALES|vip>", self)->channel, "C0VIPSALES");
    EXPECT_TRUE(act_of("!transfer <@nobody> <#x>", self)->user.empty());
}

TEST(Acts, MarkupReadsAsTyped) {
    EXPECT_EQ(
        as_typed("a &lt;b&gt; <https://x.example/?a=1&amp;b|x> <mailto:a@b.c|a@b.c> <@U1|ben>"),
        "a <b> https://x.example/?a=1&b a@b.c ben");
    EXPECT_EQ(as_typed("open < end"), "open ");
}

}  // namespace
}  // namespace deskbell::desk::slack
