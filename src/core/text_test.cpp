// Words: split, folded, ordered, rendered.

#include "base/text.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "core/fold.hpp"
#include "core/ids.hpp"
#include "core/letter_codec.hpp"
#include "core/order.hpp"
#include "core/render.hpp"
#include "core/rich.hpp"
#include "core/split.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <set>

namespace deskbell::core {
namespace {

std::string random_text(Random& random, std::size_t pieces) {
    constexpr const char* alphabet[] = {"a", "b", " ", "\n", "\n\n", "&",
                                        "<", ">", "ü", "€",  "🙂",   "word "};
    std::string text;
    for (std::size_t i = 0; i < pieces; ++i) text += alphabet[random.below(std::size(alphabet))];
    return text;
}

TEST(Split, keeps_every_byte_every_code_point_and_every_bound) {
    SeededRandom random(11);
    for (int round = 0; round < 3000; ++round) {
        const std::string text = random_text(random, random.below(200));
        const std::size_t weight_max = 8 + random.below(60);
        std::string joined;
        for (const std::string& part : split_text(text, weight_max)) {
            EXPECT_LE(weight_of(part), weight_max) << round;
            EXPECT_TRUE(is_utf8(part)) << round;
            joined += part;
        }
        ASSERT_EQ(joined, text) << round;
    }
}

TEST(Split, prefers_paragraphs_then_lines_then_words) {
    using Parts = std::vector<std::string>;
    EXPECT_EQ(split_text("short", 10), Parts{"short"});
    EXPECT_EQ(split_text("", 10), Parts{""});
    EXPECT_EQ(split_text("aa bb\n\ncc dd\nee", 12), (Parts{"aa bb\n\n", "cc dd\nee"}));
    EXPECT_EQ(split_text("aaaa bb\ncc dd", 10), (Parts{"aaaa bb\n", "cc dd"}));
    EXPECT_EQ(split_text("aaaa bbbb cccc", 10), (Parts{"aaaa bbbb ", "cccc"}));
    EXPECT_EQ(split_text("aaaaaaaaaaaa", 8), (Parts{"aaaaaaaa", "aaaa"}));
    EXPECT_EQ(split_text("&&&", 10), (Parts{"&&", "&"}));
}

TEST(Split, gets_through_bytes_that_are_no_text) {
    EXPECT_EQ(split_text(std::string(30, '\x80'), 8).size(), 4U);
}

Letter words(const std::string& text) {
    Letter letter;
    letter.text = text;
    return letter;
}

TEST(Fold, takes_neighbours_within_both_bounds) {
    Policy policy;
    policy.lines_folded_max = 3;
    policy.post_weight_max = 300;
    std::vector<Letter> lane(5, words("hello"));
    EXPECT_EQ(letters_that_fold(lane, policy), 3U);
    policy.post_weight_max = 120;
    EXPECT_EQ(letters_that_fold(lane, policy), 2U);
    lane[1].kind = LetterKind::notice;
    EXPECT_EQ(letters_that_fold(lane, policy), 1U);
    lane[1].kind = LetterKind::customer_message;
    lane[1].frozen_json = "{}";
    EXPECT_EQ(letters_that_fold(lane, policy), 1U);
    lane[0].kind = LetterKind::open_thread;
    EXPECT_EQ(letters_that_fold(lane, policy), 1U);
}

TEST(Fold, never_outweighs_a_post) {
    SeededRandom random(12);
    const Policy policy;
    for (int round = 0; round < 500; ++round) {
        std::vector<Letter> lane;
        for (std::size_t i = 0; i < 1 + random.below(30); ++i)
            lane.push_back(words(std::string(random.below(1200), '&')));
        const std::size_t count = letters_that_fold(lane, policy);
        ASSERT_GE(count, 1U);
        ASSERT_LE(count, policy.lines_folded_max);
        std::size_t weight = 0;
        for (std::size_t i = 0; i < count; ++i) weight += weight_of(lane[i].text);
        EXPECT_TRUE(count == 1 || weight <= policy.post_weight_max) << round;
    }
}

TEST(Order, of_our_own_messages_always_grows) {
    EXPECT_EQ(next_order_us(1000, 0), 1'000'000);
    EXPECT_EQ(next_order_us(1000, 1'000'000), 1'000'001);
    EXPECT_EQ(next_order_us(900, 1'000'000), 1'000'001);
    EXPECT_EQ(order_key(1763800105000300), "1763800105000300");
    EXPECT_EQ(order_key(5), "0000000000000005");
}

TEST(Order, of_an_agent_is_the_desks_above_the_floor) {
    EXPECT_EQ(agent_order_key("1763800105.000300", "", 0), "1763800105000300.1763800105000300");
    EXPECT_EQ(agent_order_key("1763800105.0003", "", 0), "1763800105000300.1763800105000300");
    EXPECT_EQ(agent_order_key("1763800105", "", 0), "1763800105000000.1763800105000000");
    EXPECT_EQ(agent_order_key("nonsense", "", 7), "0000000000007000.0000000000007000");
    const std::string floor = order_key(1763800200000000);
    const std::string first = agent_order_key("1763800105.000300", floor, 0);
    const std::string second = agent_order_key("1763800106.000300", first, 0);
    EXPECT_LT(floor, first);
    EXPECT_LT(first, second);
    EXPECT_LT(second, order_key(order_us_of(second) + 1));
}

TEST(Ids, sort_as_they_were_made) {
    SeededRandom random(3);
    std::set<std::string> ids;
    std::string last_message;
    std::string last_letter;
    for (std::int64_t i = 0; i < 1000; ++i) {
        const std::string message = make_message_id(1'763'800'000'000 + i / 10, i, random).value;
        EXPECT_GT(message, last_message);
        last_message = message;
        const std::string letter = make_letter_id(1'763'800'000'000 + i, random).value;
        EXPECT_GT(letter, last_letter);
        EXPECT_EQ(letter.size(), 36U);
        EXPECT_EQ(letter[14], '7');
        last_letter = letter;
        ids.insert(message);
        ids.insert(letter);
    }
    EXPECT_EQ(ids.size(), 2000U);
}

TEST(LetterCodec, gives_back_what_it_was_given) {
    Post post;
    post.id = LetterId("id");
    post.session = SessionId("session");
    post.kind = LetterKind::introduction;
    post.destination = Destination("desk");
    post.thread = DeskThreadId("thread");
    post.previous_thread = DeskThreadId("lost");
    post.card.customer = {
        .name = "John \"J\"", .email = "a@b.c", .phone = "", .attributes_json = R"({"a":1})"};
    post.card.agent = Agent{.id = DeskAgentId("ana"), .name = "Ana", .avatar = "x"};
    post.card.rating = Rating{.score = 4, .comment = "good"};
    post.card.version = 3;
    post.card.delayed = true;
    post.lines = {{.at = 5,
                   .role = AuthorRole::bot,
                   .name = "Bell",
                   .text = "a\n<b>🙂",
                   .part = 1,
                   .parts = 2}};
    post.attempts = 2;
    const auto read = decode_post(encode_post(post));
    ASSERT_TRUE(read);
    EXPECT_EQ(encode_post(*read), encode_post(post));
    EXPECT_EQ(read->lines, post.lines);
    EXPECT_EQ(read->card.customer, post.card.customer);
    EXPECT_EQ(decode_post("nonsense").error().code, "post_unreadable");
    EXPECT_EQ(decode_post("{}").error().code, "post_unreadable");
}

TEST(Render, writes_the_published_shapes) {
    Session session;
    session.id = SessionId("session_1753056789_k3v9q2mx");
    session.created_at = 1'763'800'000'123;
    session.state = SessionState::open;
    session.customer.name = "John \"J\"\n";
    session.agent = Agent{.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
    EXPECT_EQ(render_session(session),
              R"({"id":"session_1753056789_k3v9q2mx","state":"open",)"
              R"("created_at":"2025-11-22T08:26:40.123Z",)"
              R"("customer":{"name":"John \"J\"\n","email":"","phone":"","attributes":{}},)"
              R"("agent":{"name":"Ana"}})");
    session.state = SessionState::waiting;
    session.queue_position = 2;
    EXPECT_NE(render_session(session).find(R"("queue":{"position":2})"), std::string::npos);
    EXPECT_EQ(render_session(session).find("agent"), std::string::npos);

    Message message;
    message.id = MessageId("msg_1");
    message.role = AuthorRole::agent;
    message.author_name = "Ana";
    message.author_avatar = "https://a";
    message.text = "**$100**";
    message.markdown = true;
    message.rich_json = R"([{"t":"br"}])";
    message.order = "0000000000000005.0000000000000005";
    EXPECT_EQ(
        render_message_event({13, 0}, message, false),
        R"({"seq":13,"at":"1970-01-01T00:00:00.000Z","kind":"message","message":{"id":"msg_1",)"
        R"("author":{"role":"agent","name":"Ana","avatar":"https://a"},"text":"**$100**",)"
        R"("format":"markdown","rich":[{"t":"br"}],"attachments":[],)"
        R"("order":"0000000000000005.0000000000000005"}})");
    EXPECT_EQ(render_receipt_event({2, 0}, message.id, Stage::failed, "msg_too_long"),
              R"({"seq":2,"at":"1970-01-01T00:00:00.000Z","kind":"receipt","message_id":"msg_1",)"
              R"("stage":"failed","reason":"msg_too_long"})");
    EXPECT_EQ(
        render_deleted_event({2, 0}, message.id),
        R"({"seq":2,"at":"1970-01-01T00:00:00.000Z","kind":"message_deleted","message_id":"msg_1"})");
    EXPECT_EQ(
        render_rating_event({2, 0}, {.score = 5, .comment = "ok"}),
        R"({"seq":2,"at":"1970-01-01T00:00:00.000Z","kind":"rating","score":5,"comment":"ok"})");
}

TEST(Render, is_valid_json_whatever_is_said) {
    SeededRandom random(5);
    for (int round = 0; round < 500; ++round) {
        std::string bytes;
        for (std::size_t i = 0; i < random.below(60); ++i)
            bytes += static_cast<char>(random.below(256));
        Message message;
        message.text = without_controls(bytes);
        const auto read = parse_json_object(render_message_event({1, 0}, message, true));
        ASSERT_TRUE(read) << round;
        EXPECT_EQ(string_or_empty(*find_object(*read, "message"), "text"), message.text);
    }
}

RichNode say(std::string value) { return {RichNode::Kind::text, std::move(value), {}}; }
RichNode node(RichNode::Kind kind, RichTree children) { return {kind, "", std::move(children)}; }

TEST(Rich, becomes_json_and_markdown) {
    using enum RichNode::Kind;
    const RichTree tree = {
        node(p, {say("Hi "),
                 node(b, {say("there ")}),
                 say("2*3 <x>"),
                 {link, "https://a.example/(b)", {say("link")}}}),
        node(ul, {node(li, {say("one")}), node(li, {say("two"), node(br, {}), say("more")})}),
        node(ol, {node(li, {say("first")})}),
        node(quote, {node(p, {say("said")})}),
        node(pre, {say("a ``` b")}),
        node(p, {node(code, {say("x`y")}), say(" "), node(s, {say("gone")}), node(i, {say("so")})}),
    };
    EXPECT_EQ(to_markdown(tree),
              "Hi **there** 2\\*3 \\<x>[link](https://a.example/\\(b\\))\n\n"
              "- one\n- two\\\n  more\n\n1. first\n\n> said\n\n````\na ``` b\n````\n\n"
              "``x`y`` ~~gone~~*so*");
    EXPECT_EQ(to_json({node(p, {say("a\"b"), node(br, {}), {link, "tel:1", {say("c")}}})}),
              R"([{"t":"p","c":[{"t":"text","v":"a\"b"},{"t":"br"},)"
              R"({"t":"link","href":"tel:1","c":[{"t":"text","v":"c"}]}]}])");
}

TEST(Rich, escapes_what_would_read_as_markup) {
    const auto paragraph = [](std::string words) {
        return to_markdown({node(RichNode::Kind::p, {say(std::move(words))})});
    };
    EXPECT_EQ(paragraph("# no title"), "\\# no title");
    EXPECT_EQ(paragraph("1. no list"), "1\\. no list");
    EXPECT_EQ(paragraph("12 apples"), "12 apples");
    EXPECT_EQ(paragraph("- no list\n> no quote"), "\\- no list\n\\> no quote");
    EXPECT_EQ(paragraph("a - b # c > d"), "a - b # c > d");
    EXPECT_EQ(paragraph("snake_case [x](y) `z`"), "snake\\_case \\[x\\](y) \\`z\\`");
}

TEST(Rich, makes_links_only_of_safe_ones) {
    for (const char* safe : {"http://a", "https://a", "HTTPS://a", "mailto:a@b.c", "tel:1"})
        EXPECT_TRUE(is_safe_link(safe)) << safe;
    for (const char* unsafe :
         {"", "javascript:alert(1)", "data:text/html,x", "//a", "a", "ftp://a",
          "mailto:", "java\tscript:x", " https://a", "https://a\n", "vbscript:x", "file:///etc"})
        EXPECT_FALSE(is_safe_link(unsafe)) << unsafe;
    EXPECT_EQ(to_markdown(
                  {node(RichNode::Kind::p, {{RichNode::Kind::link, "javascript:x", {say("a")}}})}),
              "a");
}

}  // namespace
}  // namespace deskbell::core
