// What the gateway owes those who ask too much, and those who stand beside them.

#include "gateway/customer_link.hpp"
#include "gateway/test_fakes.hpp"

#include <gtest/gtest.h>

namespace deskbell::gateway::testing {
namespace {

class AbuseTest : public ::testing::Test {
protected:
    AbuseTest() : token(token_of(1)) { log = &world.backend.make_session("session_1_a", token); }

    std::shared_ptr<Outcome> say_over_http(const std::string& client_id,
                                           const std::string& text = "x") {
        return world.ask_as(token, "POST", "/v1/session/messages",
                            R"({"client_id":")" + client_id + R"(","text":")" + text + "\"}");
    }
    json::object say(const std::shared_ptr<Outcome>& link, const std::string& client_id) {
        link->say(R"({"type":"message","id":1,"client_id":")" + client_id + R"(","text":"x"})");
        world.loop.run_ready();
        return *parse_json_object(link->socket.sent.back());
    }
    void happen(int events) {
        for (int i = 0; i < events; ++i) world.backend.append(*log, "message");
        world.backend.run_batch(0);
        world.loop.run_ready();
    }

    World world;
    std::string token;
    FakeBackend::Log* log = nullptr;
};

TEST_F(AbuseTest, what_was_said_before_is_answered_again_however_often_somebody_asks) {
    EXPECT_EQ(say_over_http("first")->status(), 201);
    for (int i = 0; i < 20; ++i) static_cast<void>(say_over_http("more" + std::to_string(i)));
    const auto refused = say_over_http("new");
    EXPECT_EQ(refused->status(), 429);
    EXPECT_EQ(refused->code(), "too_many_messages");
    EXPECT_GT(find_int(refused->body(), "retry_after_ms").value_or(0), 0);
    EXPECT_EQ(say_over_http("first")->status(), 200);
    EXPECT_EQ(say_over_http("first", "y")->code(), "client_id_reused");

    const auto link = world.connect(token, log->session.head);
    EXPECT_EQ(find_int(say(link, "first"), "seq"), 1);
    const json::object error = *find_object(say(link, "new"), "error");
    EXPECT_EQ(string_or_empty(error, "code"), "too_many_messages");
    EXPECT_EQ(world.commons.counters.messages_accepted.load(), 20u);  // of 21 and a burst of 20
}

TEST_F(AbuseTest, a_poll_of_who_is_ahead_of_the_log_is_held_a_moment_and_hears_what_comes) {
    happen(3);
    const auto ahead = world.ask_as(token, "GET", "/v1/session/events?after=9&wait=25");
    EXPECT_FALSE(ahead->response);
    world.loop.advance(2100);
    ASSERT_TRUE(ahead->response);
    EXPECT_EQ(find_int(ahead->body(), "head"), 3);
    EXPECT_EQ(find_array(ahead->body(), "events")->size(), 0u);

    const auto hears = world.ask_as(token, "GET", "/v1/session/events?after=9&wait=25");
    happen(1);
    ASSERT_TRUE(hears->response);
    EXPECT_EQ(find_array(hears->body(), "events")->size(), 1u);
    EXPECT_EQ(find_int(hears->body(), "head"), 4);
    EXPECT_TRUE(world.ask_as(token, "GET", "/v1/session/events?after=9")->response);
}

TEST_F(AbuseTest, typing_is_not_echoed_to_a_socket_without_an_instance) {
    const auto one = world.connect(token, 0, "");
    const auto two = world.connect(token, 0, "");
    const std::size_t before = one->socket.sent.size();
    one->say(R"({"type":"typing","on":true})");
    EXPECT_EQ(one->socket.sent.size(), before);
    EXPECT_EQ(two->socket.sent.back(), R"({"type":"typing","role":"customer","on":true})");
}

TEST_F(AbuseTest, news_of_a_session_reach_nobody_else_even_at_the_same_seq) {
    const std::string other_token = token_of(2);
    world.backend.make_session("session_2_b", other_token);
    const auto link = world.connect(token);
    const auto other = world.connect(other_token);
    const auto other_stream = world.ask_as(other_token, "GET", "/v1/session/stream");
    const auto other_poll = world.ask_as(other_token, "GET", "/v1/session/events?wait=25");
    const std::size_t before = other->socket.sent.size();
    const std::string streamed = other_stream->stream.text;
    happen(1);
    EXPECT_NE(link->socket.sent.back().find("\"seq\":1"), std::string::npos);
    link->say(R"({"type":"typing","on":true})");
    world.gateway->notice(SessionId("session_1_a"), "desk_delayed", "Slow.");
    EXPECT_EQ(other->socket.sent.size(), before);
    EXPECT_EQ(other_stream->stream.text, streamed);
    EXPECT_FALSE(other_poll->response);
}

TEST_F(AbuseTest, who_is_shut_out_of_a_session_hears_nothing_more_of_it) {
    const std::string other_token = token_of(2);
    world.backend.make_session("session_2_b", other_token);
    const auto link = world.connect(token);
    const auto stream = world.ask_as(token, "GET", "/v1/session/stream");
    const auto poll = world.ask_as(token, "GET", "/v1/session/events?wait=25");
    const auto other = world.connect(other_token);
    const std::string streamed = stream->stream.text;

    world.gateway->shut_out(SessionId("session_1_a"));
    happen(1);
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4003);
    EXPECT_TRUE(stream->stream.finished);
    EXPECT_EQ(stream->stream.text, streamed);
    ASSERT_TRUE(poll->response);
    EXPECT_EQ(poll->status(), 401);
    EXPECT_FALSE(other->socket.closed);
}

TEST_F(AbuseTest, refusals_can_be_read_by_the_sites_pages_and_by_no_other) {
    const auto cors_of = [&](const std::string& origin, const std::string& method,
                             const std::string& path) {
        return world.ask(method, path, {{"origin", origin}})->header("access-control-allow-origin");
    };
    for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
             {"GET", "/nowhere"}, {"PUT", "/v1/session"}, {"POST", "/v1/session/files"}}) {
        EXPECT_EQ(cors_of("https://shop.example", method, path), "https://shop.example") << path;
        EXPECT_EQ(cors_of("https://evil.example", method, path), "") << path;
    }
    net::HttpRequest request;
    net::HttpResponse answer{.status = 413};
    request.headers = {{"origin", "https://shop.example"}};
    world.gateway->dress_refusal(request, answer);
    EXPECT_EQ(net::find_header(answer.headers, "access-control-allow-origin"),
              "https://shop.example");
    net::HttpResponse plain{.status = 413};
    request.headers = {{"origin", "https://evil.example"}};
    world.gateway->dress_refusal(request, plain);
    EXPECT_TRUE(plain.headers.empty());
}

TEST_F(AbuseTest, sub_protocols_may_come_in_several_headers) {
    const auto link = world.ask("GET", "/v1/socket",
                                {{"upgrade", "websocket"},
                                 {"sec-websocket-protocol", "other"},
                                 {"sec-websocket-protocol", "deskbell.v1"}});
    EXPECT_EQ(link->protocol, "deskbell.v1");
}

}  // namespace
}  // namespace deskbell::gateway::testing
