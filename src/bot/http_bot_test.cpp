#include "bot/http_bot.hpp"

#include "base/json.hpp"
#include "base/manual_loop.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace deskbell::bot {
namespace {

TEST(SseReader, finds_events_whatever_the_cuts_and_line_ends) {
    const std::string stream =
        "\xef\xbb\xbf: hello\r\ndata: one\r\n\r\nevent: done\rdata:two\rdata: three\r\rdata\n\n"
        "id: 7\n\ndata: lost";
    const std::vector<SseEvent> expected = {
        {"message", "one"}, {"done", "two\nthree"}, {"message", ""}};
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        SseReader reader;
        std::vector<SseEvent> events;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            for (SseEvent& event : reader.take(std::string_view(stream).substr(at, step)))
                events.push_back(std::move(event));
        }
        EXPECT_EQ(events, expected) << step;
    }
    SseReader small(16);
    EXPECT_TRUE(small.take("data: " + std::string(20, 'x')).empty());
    EXPECT_TRUE(small.too_large());
}

TEST(HumanMark, is_never_shown_not_even_its_beginning) {
    EXPECT_EQ(shown_of("Hello"), "Hello");
    EXPECT_EQ(shown_of("Hello ["), "Hello ");
    EXPECT_EQ(shown_of("Hello [[hum"), "Hello ");
    EXPECT_EQ(shown_of("Hello [[human]] x"), "Hello ");
    EXPECT_EQ(shown_of("a [link](x)"), "a [link](x)");
}

struct FakeHttp final : net::HttpClient {
    void send(net::ClientRequest request, Callback callback) override {
        requests.push_back(std::move(request));
        callbacks.push_back(std::move(callback));
    }
    void answer(std::size_t i, int status, const std::string& body = "") {
        net::ClientAnswer came;
        came.kind = net::ClientAnswer::Kind::answered;
        came.status = status;
        came.body = body;
        callbacks[i](std::move(came));
    }
    std::vector<net::ClientRequest> requests;
    std::vector<Callback> callbacks;
};

class HttpBotTest : public ::testing::Test {
protected:
    void ask(const std::string& session = "s1", const std::string& text = "Hm?") {
        Question question;
        question.session = SessionId(session);
        question.message = MessageId("msg_1");
        core::Line line;
        line.text = text;
        question.conversation = {line};
        bot.answer_aloud(
            std::move(question), [this](std::string_view piece) { said += piece; },
            [this](Answer answer) { answers.push_back(std::move(answer)); });
    }
    void piece(const std::string& bytes, std::size_t i = 0) { http.requests[i].on_piece(bytes); }

    ManualClock clock;
    ManualLoop loop{clock};
    FakeHttp http;
    HttpBotOptions options{.failure_text = "Sorry.", .characters_max = 20, .questions_max = 2};
    HttpBot bot{loop, http, webhook_dialect({.url = "https://bot.example/x", .key = "k"}), options};
    std::string said;
    std::vector<Answer> answers;
};

TEST_F(HttpBotTest, says_on_what_it_hears_and_ends_with_the_end) {
    ask();
    piece("data: {\"delta\":\"Hel");
    piece("lo \"}\n\ndata: {\"delta\":\"you\"}\n\n");
    EXPECT_EQ(said, "Hello you");
    EXPECT_TRUE(answers.empty());
    piece("event: done\ndata: {\"offer_human\":true}\n\n");
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].text, "Hello you");
    EXPECT_TRUE(answers[0].offers_human);
    EXPECT_TRUE(*http.requests[0].given_up);
    // What comes after the end is nobody's.
    piece("data: {\"delta\":\"more\"}\n\n");
    http.answer(0, 200);
    EXPECT_EQ(answers.size(), 1U);
    EXPECT_EQ(said, "Hello you");
}

TEST_F(HttpBotTest, cuts_what_is_too_long_between_characters) {
    ask();
    std::string long_one;
    for (int i = 0; i < 30; ++i) long_one += "é";
    piece("data: {\"delta\":\"" + long_one + "\"}\n\n");
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].text.size(), 40U);
}

TEST_F(HttpBotTest, failures_are_an_honest_answer) {
    ask("a");
    http.answer(0, 500, "oops");
    ask("b");
    piece("data: {\"delta\":\"half\"}\n\n", 1);
    http.answer(1, 200);
    ask("c");
    http.callbacks[2](net::ClientAnswer{});
    ask("d");
    loop.advance(options.silence_ms_max + 1);
    ASSERT_EQ(answers.size(), 4U);
    for (const Answer& answer : answers) {
        EXPECT_EQ(answer.text, "Sorry.");
        EXPECT_TRUE(answer.offers_human);
    }
}

TEST_F(HttpBotTest, takes_so_many_questions_and_no_more) {
    ask("a");
    ask("b");
    ask("c");
    EXPECT_EQ(http.requests.size(), 2U);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].text, "Sorry.");
    bot.cancel(SessionId("a"));
    EXPECT_TRUE(*http.requests[0].given_up);
    ask("c");
    EXPECT_EQ(http.requests.size(), 3U);
    http.answer(0, 200, R"({"text":"late"})");
    EXPECT_EQ(answers.size(), 1U);
}

TEST(OpenAiDialect, says_who_said_what) {
    const auto dialect = openai_dialect(
        {.url = "https://api.example/v1", .key = "", .model = "m", .prompt = "P", .tokens_max = 5});
    Question question;
    for (const auto& [role, text] : {std::pair{core::AuthorRole::customer, "Hi"},
                                     {core::AuthorRole::bot, "Hello"},
                                     {core::AuthorRole::system, "joined"},
                                     {core::AuthorRole::customer, "How?"}}) {
        core::Line line;
        line.role = role;
        line.text = text;
        question.conversation.push_back(line);
    }
    const net::ClientRequest request = dialect->request_for(question, 0);
    EXPECT_EQ(request.url, "https://api.example/v1/chat/completions");
    const auto body = parse_json_object(request.body);
    ASSERT_TRUE(body);
    const json::array* messages = find_array(*body, "messages");
    ASSERT_TRUE(messages);
    ASSERT_EQ(messages->size(), 4U);
    EXPECT_EQ(string_or_empty(messages->at(2).as_object(), "role"), "assistant");
    EXPECT_EQ(string_or_empty(messages->at(3).as_object(), "content"), "How?");
    for (const net::Header& header : request.headers) EXPECT_NE(header.name, "authorization");
    EXPECT_FALSE(dialect->read_event({"message", R"({"error":{"message":"no"}})"}));
    EXPECT_TRUE(dialect->read_event({"message", R"({"choices":[]})"}));
    EXPECT_FALSE(dialect->read_event({"message", "x"}));
}

}  // namespace
}  // namespace deskbell::bot
