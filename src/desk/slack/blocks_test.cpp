#include "desk/slack/blocks.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/marker.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

constexpr WallMs ten_oh_two = 1'763'805'720'000;

core::Post post_of(core::LetterKind kind) {
    core::Post post;
    post.id = LetterId("0b0e7c1e-8f5c-4c3a-9d2e-000000000001");
    post.session = SessionId("session_1753056789_k3v9q2mx");
    post.kind = kind;
    post.card.session = post.session;
    post.card.customer.name = "John Smith";
    post.card.customer.email = "john@email.com";
    post.card.asked_at = ten_oh_two;
    return post;
}

core::Line line(core::AuthorRole role, const std::string& text, WallMs at = ten_oh_two) {
    core::Line made;
    made.at = at;
    made.role = role;
    made.name = "John Smith";
    made.text = text;
    return made;
}

std::string all_of(const Message& message) { return json::serialize(message.blocks); }
bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// The limits of Block Kit and of text, for anything we make.
void expect_within_limits(const Message& message) {
    EXPECT_LE(message.blocks.size(), 50u);
    EXPECT_LE(utf16_units(message.text), 4'000u);
    EXPECT_FALSE(trim(message.text).empty());
    EXPECT_LE(utf16_units(all_of(message)), 13'000u);
    EXPECT_LE(utf16_units(message.username), 80u);
    for (const json::value& value : message.blocks) {
        const json::object& block = value.get_object();
        const std::string type(text_at(block, "type"));
        EXPECT_LE(text_at(block, "block_id").size(), 255u);
        const std::size_t units = utf16_units(text_at(object_at(block, "text"), "text"));
        if (type == "header") EXPECT_LE(units, 150u);
        if (type == "section" && block.contains("text")) {
            EXPECT_GE(units, 1u);
            EXPECT_LE(units, 3'000u);
        }
        EXPECT_LE(array_at(block, "fields").size(), 10u);
        for (const json::value& field : array_at(block, "fields"))
            EXPECT_LE(utf16_units(text_at(field.get_object(), "text")), 2'000u);
    }
}

TEST(Parent, SaysWhoAsksAndHowItStands) {
    const Message message = message_of(post_of(core::LetterKind::open_thread), {});
    for (const char* words : {"🚨 NEW CUSTOMER SUPPORT REQUEST", "Customer: John Smith",
                              "Email: john@email.com", "Session: session_1753056789_k3v9q2mx",
                              "Click the thread below to start the conversation 👇"}) {
        EXPECT_TRUE(has(message.text, words)) << words;
        EXPECT_TRUE(has(all_of(message), words)) << words;
    }
    EXPECT_TRUE(has(message.text, "Status: waiting · asked 10:02"));
    EXPECT_TRUE(has(all_of(message), "Status: waiting · asked <!date^1763805720^{time}|10:02>"));
    EXPECT_TRUE(message.username.empty());
    expect_within_limits(message);
}

TEST(Parent, ShowsEachState) {
    core::Card card = post_of(core::LetterKind::open_thread).card;
    card.state = core::SessionState::open;
    core::Agent agent;
    agent.name = "Ana <!channel>";
    card.agent = agent;
    EXPECT_TRUE(has(all_of(message_of(card)), "Status: open · Ana &lt;!channel&gt;"));
    card.state = core::SessionState::closed;
    EXPECT_TRUE(has(message_of(card).text, "Status: closed\n"));
    card.rating = core::Rating{4, "good"};
    EXPECT_TRUE(has(message_of(card).text, "Status: closed · rated 4 of 5"));
    card.delayed = true;
    EXPECT_TRUE(has(all_of(message_of(card)), "late"));
    card.customer = {};
    EXPECT_TRUE(has(message_of(card).text, "Customer: Not provided"));
}

TEST(Introduction, HoldsTheFactsAndTheConversation) {
    core::Post post = post_of(core::LetterKind::introduction);
    post.card.page = {"https://shop.example/a?b=1&c=2", "Prints", ""};
    post.card.locale = "de-DE";
    post.card.customer.attributes_json = R"({"plan":"gold","n":3,"o":{}})";
    post.previous_thread = DeskThreadId("T0ACME0001/C0VIPSALES/1763800000.000100");
    post.lines = {line(core::AuthorRole::customer, "Hello?"), line(core::AuthorRole::bot, "Hi!")};
    Look look;
    look.workspace_url = "https://acme.slack.com/";
    const Message message = message_of(post, look);
    const std::string blocks = all_of(message);
    for (const char* words :
         {"🚨 Customer requesting human support", "Email: john@email.com", "Name: John Smith",
          "Phone: Not provided", "session_1753056789_k3v9q2mx", "Locale: de-DE", "plan: gold",
          "n: 3", "👤 Customer: Hello?", "🤖 Bot: Hi!",
          "Action required: please respond in this thread"}) {
        EXPECT_TRUE(has(blocks, words)) << words;
        EXPECT_TRUE(has(message.text, words)) << words;
    }
    EXPECT_TRUE(has(blocks, "<https://shop.example/a?b=1&amp;c=2>"));
    EXPECT_TRUE(
        has(blocks,
            "<https://acme.slack.com/archives/C0VIPSALES/p1763800000000100|an earlier thread>"));
    EXPECT_TRUE(has(blocks,
                    "The buttons on the first message claim and resolve; `!help` in this thread "
                    "lists what else "
                    "there is."));
    expect_within_limits(message);
}

TEST(Introduction, ALongConversationKeepsItsNewestPart) {
    core::Post post = post_of(core::LetterKind::introduction);
    for (int i = 0; i < 60; ++i)
        post.lines.push_back(
            line(core::AuthorRole::customer, std::to_string(i) + std::string(400, 'x')));
    const Message message = message_of(post, {});
    EXPECT_TRUE(has(all_of(message), "59x"));
    EXPECT_FALSE(has(all_of(message), "Customer: 3x"));
    EXPECT_TRUE(has(all_of(message), " earlier messages"));
    expect_within_limits(message);
}

TEST(Words, CarryTheCustomersNameWhenTheyMay) {
    core::Post post = post_of(core::LetterKind::customer_message);
    post.lines = {
        line(core::AuthorRole::customer, "Do you ship to Malmö? 5 < 6 <!channel> <@U123>")};
    Look look;
    look.customer_names = true;
    Message message = message_of(post, look);
    EXPECT_EQ(message.username, "John Smith (customer)");
    EXPECT_EQ(message.text, "Do you ship to Malmö? 5 &lt; 6 &lt;!channel&gt; &lt;@U123&gt;");
    EXPECT_TRUE(has(all_of(message),
                    R"("type":"text","text":"Do you ship to Malmö? 5 < 6 <!channel> <@U123>")"));
    look.customer_names = false;
    message = message_of(post, look);
    EXPECT_TRUE(message.username.empty());
    EXPECT_TRUE(message.text.starts_with("👤 John Smith: Do you"));
}

TEST(Words, ANameCannotPretendToBeSomebodyElse) {
    core::Post post = post_of(core::LetterKind::customer_message);
    post.lines = {line(core::AuthorRole::customer, "x")};
    post.lines[0].name = "Deskbell\n\xe2\x80\xae Admin\x07" + std::string(200, 'y');
    Look look;
    look.customer_names = true;
    const Message message = message_of(post, look);
    EXPECT_TRUE(message.username.ends_with(" (customer)"));
    EXPECT_TRUE(message.username.starts_with("Deskbell Admin"));
    EXPECT_LE(utf16_units(message.username), 80u);
    post.lines[0].name = "";
    EXPECT_EQ(message_of(post, look).username, "Customer (customer)");
}

TEST(Words, FoldedLinesEachHaveTheirTimeAndPartsTheirNumber) {
    core::Post post = post_of(core::LetterKind::customer_message);
    post.lines = {line(core::AuthorRole::customer, "one"),
                  line(core::AuthorRole::customer, "two", ten_oh_two + 60'000)};
    post.lines[1].part = 2;
    post.lines[1].parts = 3;
    Look look;
    look.customer_names = true;
    const Message message = message_of(post, look);
    EXPECT_EQ(message.text, "[10:02] one\n[10:03] (2/3) two");
    EXPECT_TRUE(has(all_of(message), R"("type":"date","timestamp":1763805780)"));
}

TEST(Words, AddressesCanBeClickedAndShowWhereTheyGo) {
    RichText rich;
    rich.text("see https://a.b/c?d=1, (http://x.example) or xhttps://no https:// end");
    const std::string block = json::serialize(rich.block("id"));
    EXPECT_TRUE(has(block, R"({"type":"link","url":"https://a.b/c?d=1"})"));
    EXPECT_TRUE(has(block, R"({"type":"link","url":"http://x.example"})"));
    EXPECT_FALSE(has(block, R"("url":"https://no")"));
    EXPECT_TRUE(has(block, R"(https:// end)"));
    EXPECT_FALSE(has(block, R"(|)"));
}

TEST(Marks, EveryPostCarriesBoth) {
    for (const auto kind : {core::LetterKind::open_thread, core::LetterKind::introduction,
                            core::LetterKind::customer_message, core::LetterKind::notice}) {
        core::Post post = post_of(kind);
        post.notice = "The customer closed the conversation.";
        post.lines = {line(core::AuthorRole::customer, "x")};
        json::object wire = {{"blocks", message_of(post, {}).blocks}};
        auto marker = marker_of(wire);
        ASSERT_TRUE(marker);
        EXPECT_EQ(marker->post, post.id);
        EXPECT_EQ(marker->is_parent, kind == core::LetterKind::open_thread);
        wire["metadata"] = json::parse(metadata_json(post));
        wire.erase("blocks");
        marker = marker_of(wire);
        ASSERT_TRUE(marker);
        EXPECT_EQ(marker->post, post.id);
        EXPECT_FALSE(marker->is_parent.has_value());
    }
    EXPECT_FALSE(marker_of({{"blocks", 7}}));
    EXPECT_FALSE(
        marker_of({{"metadata", {{"event_type", "other"}, {"event_payload", {{"post", "x"}}}}}}));
}

TEST(Limits, HoldWhateverACustomerTyped) {
    SeededRandom random(5);
    const std::vector<std::string> alphabet = {"a",  "&", "<",    ">", "😀",           "é",
                                               "\n", " ", "\x01", "*", "https://a.b/ "};
    const auto noise = [&](std::size_t most) {
        std::string text;
        for (std::size_t i = random.below(most + 1); i > 0 && text.size() < most; --i)
            text += alphabet[random.below(alphabet.size())];
        return text;
    };
    for (int round = 0; round < 60; ++round) {
        core::Post post = post_of(static_cast<core::LetterKind>(random.below(4)));
        post.card.customer = {noise(300), noise(300), noise(100),
                              "{\"" + std::string(200, 'k') + "\":\"v\"}"};
        post.card.page = {noise(3'000), noise(500), ""};
        post.card.topic = noise(500);
        post.card.note = noise(5'000);
        post.card.locale = noise(100);
        post.notice = noise(9'000);
        const bool words = post.kind == core::LetterKind::customer_message;
        for (int i = words ? 1 : 20; i > 0; --i)
            post.lines.push_back(line(core::AuthorRole::customer, noise(words ? 700 : 4'000)));
        expect_within_limits(message_of(post, {}));
    }
}

TEST(Limits, HoldWhenEveryCharacterIsAnEscape) {
    core::Post post = post_of(core::LetterKind::introduction);
    const auto escapes = [](std::size_t count) { return std::string(count, '&'); };
    post.card.customer = {escapes(200), escapes(320), escapes(64), "{}"};
    post.card.page = {"https://a.example/?" + escapes(1'400), escapes(300), ""};
    post.card.topic = escapes(200);
    post.card.note = escapes(2'000);
    for (int i = 0; i < 20; ++i)
        post.lines.push_back(line(core::AuthorRole::customer, escapes(4'000)));
    const Message message = message_of(post, {});
    expect_within_limits(message);
    EXPECT_FALSE(has(message.text, "&am…") || has(message.text, "&…"));  // escapes stay whole
    core::Post blank = post_of(core::LetterKind::notice);
    blank.notice = " \t\x01 ";
    expect_within_limits(message_of(blank, {}));
    EXPECT_EQ(cut_escaped("a&b", 6), "a…");
    EXPECT_EQ(cut_escaped("a&b", 7), "a&amp;b");
}

TEST(Pieces, LoseNothing) {
    const std::string text = std::string(50, 'a') + "\n" + std::string(70, 'b') + " 😀😀😀";
    std::string joined;
    for (const std::string& piece : in_pieces(text, 60)) {
        EXPECT_LE(utf16_units(piece), 60u);
        joined += piece;
    }
    EXPECT_EQ(joined, text);
    EXPECT_EQ(cut("😀😀", 3), "😀…");
}

TEST(Blocks, OnlyTheRulesCallSomebody) {
    core::Post post;
    post.id = LetterId("p1");
    post.kind = core::LetterKind::notice;
    post.notice = "➡️ Ana <x> handed this conversation to \x01T0ACME0001/U0AGENT002\x01.";
    const Message called = message_of(post, Look{});
    EXPECT_EQ(called.text, "➡️ Ana &lt;x&gt; handed this conversation to <@U0AGENT002>.");
    EXPECT_TRUE(has(all_of(called), "mrkdwn"));
    for (const char* typed : {"<@U0AGENT002>", "\x01<!channel>\x01", "\x01T0ACME0001/U0AGENT002"}) {
        post.notice = typed;
        const Message literal = message_of(post, Look{});
        EXPECT_EQ(literal.text.find("<"), std::string::npos) << literal.text;
        EXPECT_FALSE(has(all_of(literal), "mrkdwn"));
    }
}

TEST(Blocks, TheControlsAreThoseOfTheState) {
    core::Card card;
    card.state = core::SessionState::waiting;
    EXPECT_TRUE(has(all_of(message_of(card)), "deskbell_claim"));
    card.state = core::SessionState::open;
    EXPECT_TRUE(has(all_of(message_of(card)), "deskbell_take_over"));
    EXPECT_FALSE(has(all_of(message_of(card)), "deskbell_claim"));
    card.state = core::SessionState::closed;
    EXPECT_TRUE(has(all_of(message_of(card)), "deskbell_reopen"));
    EXPECT_FALSE(has(all_of(message_of(card)), "deskbell_resolve"));
    card.thread = DeskThreadId("T0ACME0001/C0VIPSALES/1763800000.000100");
    const Message moved = moved_message_of(card, Look{"https://acme.slack.com/", false});
    EXPECT_TRUE(has(all_of(moved), "archives/C0VIPSALES/p1763800000000100"));
    EXPECT_FALSE(has(all_of(moved), "deskbell_"));
}

}  // namespace
}  // namespace deskbell::desk::slack
