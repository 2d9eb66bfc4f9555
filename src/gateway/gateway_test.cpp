#include "gateway/gateway.hpp"

#include "gateway/test_fakes.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace deskbell::gateway::testing {
namespace {

class GatewayTest : public ::testing::Test {
protected:
    GatewayTest() : token(token_of(1)) { log = &world.backend.make_session("session_1_a", token); }
    void happen(int events) {
        for (int i = 0; i < events; ++i) world.backend.append(*log, "message");
        world.backend.run_batch(0);
        world.loop.run_ready();
    }

    World world;
    std::string token;
    FakeBackend::Log* log = nullptr;
};

TEST_F(GatewayTest, a_session_is_created_with_an_id_and_a_token_shown_once) {
    const auto made = world.ask("POST", "/v1/sessions", {},
                                R"({"site":"default","customer":{"name":" Ann ","email":"a@b.c",
                                    "attributes":{"plan":"pro"}},
                                    "page":{"url":"https://shop.example/x","title":"X","referrer":""},
                                    "locale":"en-GB","timezone":"Europe/London"})");
    ASSERT_EQ(made->status(), 201) << made->response->body;
    const auto body = made->body();
    const std::string id = string_or_empty(*find_object(body, "session"), "id");
    const std::string made_token = string_or_empty(body, "token");
    EXPECT_TRUE(std::regex_match(id, std::regex("session_[0-9]{10}_[a-z2-7]{8}"))) << id;
    EXPECT_TRUE(std::regex_match(made_token, std::regex("dbs_[A-Za-z0-9_-]{43}"))) << made_token;
    EXPECT_EQ(find_int(body, "head"), 1);
    const auto& arrived = std::get<core::CustomerArrived>(world.backend.commands.back());
    EXPECT_EQ(arrived.token_hash, token_hash(made_token));
    EXPECT_EQ(arrived.customer.name, "Ann");
    EXPECT_EQ(arrived.customer.attributes_json, R"({"plan":"pro"})");
    EXPECT_EQ(arrived.page.title, "X");
    const auto got = world.ask_as(made_token, "GET", "/v1/session");
    EXPECT_EQ(got->status(), 200);
    EXPECT_EQ(string_or_empty(*find_object(got->body(), "session"), "id"), id);
}

struct Case {
    const char* method;
    const char* path;
    const char* body;
    int status;
    const char* code;
    const char* names = "";  // what the detail must name
};

TEST_F(GatewayTest, requests_are_answered_as_the_contract_says) {
    happen(2);
    const std::vector<Case> cases = {
        {"GET", "/v1/session", "", 200, ""},
        {"PATCH", "/v1/session", R"({"customer":{"name":"Bo"},"locale":"de"})", 200, ""},
        {"PATCH", "/v1/session", R"({"customer":{"nam":"Bo"}})", 400, "invalid_field",
         "customer.nam"},
        {"PATCH", "/v1/session", R"({"page":"x"})", 400, "invalid_field", "page"},
        {"POST", "/v1/session/messages", R"({"client_id":"a","text":"Hi"})", 201, ""},
        {"POST", "/v1/session/messages", R"({"client_id":"a","text":"Hi"})", 200, ""},
        {"POST", "/v1/session/messages", R"({"client_id":"a","text":"No"})", 409,
         "client_id_reused"},
        {"POST", "/v1/session/messages", R"({"client_id":"b"})", 400, "invalid_field", "text"},
        {"POST", "/v1/session/messages", R"({"text":"Hi"})", 400, "invalid_field", "client_id"},
        {"POST", "/v1/session/messages", R"({"client_id":7,"text":"Hi"})", 400, "invalid_field",
         "client_id"},
        {"POST", "/v1/session/messages", R"({"client_id":"b","text":"Hi","x":1})", 400,
         "invalid_field", "`x`"},
        {"POST", "/v1/session/messages", R"({"client_id":"b","text":)", 400, "invalid_json"},
        {"POST", "/v1/session/messages", "[]", 400, "json_not_object"},
        {"POST", "/v1/session/messages", "", 400, "invalid_field", "client_id"},
        {"POST", "/v1/session/handoff", R"({"topic":"price","note":"please"})", 202, ""},
        {"POST", "/v1/session/handoff", "", 202, ""},
        {"POST", "/v1/session/handoff", R"({"topic":3})", 400, "invalid_field", "topic"},
        {"POST", "/v1/session/read", R"({"seq":2})", 204, ""},
        {"POST", "/v1/session/read", R"({"seq":-2})", 400, "invalid_field", "seq"},
        {"POST", "/v1/session/typing", R"({"on":true})", 204, ""},
        {"POST", "/v1/session/typing", "{}", 400, "invalid_field", "on"},
        {"POST", "/v1/session/close", "", 200, ""},
        {"POST", "/v1/session/rating", R"({"score":5,"comment":null})", 200, ""},
        {"POST", "/v1/session/rating", R"({"score":4.5})", 400, "invalid_field", "score"},
        {"GET", "/v1/session/events?after=1&limit=1", "", 200, ""},
        {"GET", "/v1/session/events?after=x", "", 400, "invalid_field", "after"},
        {"GET", "/v1/session/events?limit=0", "", 400, "invalid_field", "limit"},
        {"GET", "/v1/session/events?wait=-1", "", 400, "invalid_field", "wait"},
        {"GET", "/v1/session/stream?after=1.5", "", 400, "invalid_field", "after"},
        {"POST", "/v1/session/files", "x", 404, "files_disabled"},
        {"GET", "/v1/session/files?ids=nobody", "", 200, ""},
        {"GET", "/v1/files/f_1", "", 403, "link_invalid"},
        {"GET", "/v1/socket", "", 426, "upgrade_required"},
        {"PUT", "/v1/session", "", 405, "method_not_allowed", "GET, PATCH, DELETE"},
        {"PATCH", "/v1/session/messages/msg_1", R"({"text":"Hi"})", 200, ""},
        {"PATCH", "/v1/session/messages/msg_1", R"({"text":7})", 400, "invalid_field", "text"},
        {"PATCH", "/v1/session/messages/", R"({"text":"Hi"})", 404, "message_unknown"},
        {"DELETE", "/v1/session/messages/msg_1", "", 200, ""},
        {"GET", "/v1/sessions", "", 405, "method_not_allowed"},
        {"GET", "/v1/nothing", "", 404, "not_found"},
        {"GET", "/v1/session/", "", 404, "not_found"},
        {"GET", "/demo/", "", 404, "not_found"},
        {"POST", "/v1/sessions", R"({"site":"nobody"})", 400, "site_unknown"},
        {"POST", "/v1/sessions", R"({"identity":"ey"})", 501, "identity_not_supported"},
        {"POST", "/v1/sessions", R"({"customer":[]})", 400, "invalid_field", "customer"},
        {"POST", "/v1/sessions", R"({"user":"x"})", 400, "invalid_field", "user"},
    };
    for (const Case& one : cases) {
        const auto answer = world.ask_as(token, one.method, one.path, one.body);
        const std::string name = std::string(one.method) + " " + one.path + " " + one.body;
        EXPECT_EQ(answer->status(), one.status) << name;
        EXPECT_EQ(answer->code(), one.code) << name;
        if (answer->status() >= 400) {
            EXPECT_EQ(answer->header("content-type"), "application/problem+json") << name;
            EXPECT_EQ(find_int(answer->body(), "status"), one.status) << name;
            EXPECT_NE(string_or_empty(answer->body(), "detail").find(one.names), std::string::npos)
                << name << ": " << answer->response->body;
        }
    }
}

TEST_F(GatewayTest, who_asks_must_hold_the_token) {
    EXPECT_EQ(world.ask("GET", "/v1/session")->code(), "token_missing");
    EXPECT_EQ(world.ask("GET", "/v1/session", {{"authorization", "Basic x"}})->code(),
              "token_missing");
    EXPECT_EQ(world.ask_as("session_1_a", "GET", "/v1/session")->code(), "token_invalid");
    EXPECT_TRUE(world.backend.commands.empty());  // refused without asking
    const auto wrong = world.ask_as(token_of(5), "GET", "/v1/session");
    EXPECT_EQ(wrong->status(), 401);
    EXPECT_EQ(wrong->code(), "token_invalid");
    EXPECT_EQ(wrong->header("www-authenticate"), "Bearer");
    EXPECT_EQ(world.ask("GET", "/v1/session?token=" + token)->code(), "token_missing");
}

TEST_F(GatewayTest, a_body_must_be_json) {
    const auto answer =
        world.ask("POST", "/v1/session/messages",
                  {{"authorization", "Bearer " + token}, {"content-type", "text/plain"}}, "{}");
    EXPECT_EQ(answer->status(), 415);
    EXPECT_EQ(answer->code(), "content_type_unsupported");
    const auto with_charset = world.ask(
        "POST", "/v1/session/close",
        {{"authorization", "Bearer " + token}, {"content-type", "Application/JSON; charset=utf-8"}},
        "{}");
    EXPECT_EQ(with_charset->status(), 200);
}

TEST_F(GatewayTest, only_the_sites_pages_may_ask_from_a_browser) {
    struct OriginCase {
        const char* origin;
        const char* host;
        bool allowed;
    };
    const std::vector<OriginCase> cases = {
        {"https://shop.example", "chat.example.com", true},
        {"https://chat.example.com", "x", true},
        {"http://127.0.0.1:8080", "127.0.0.1:8080", true},
        {"https://shop.example.evil.com", "chat.example.com", false},
        {"http://shop.example", "chat.example.com", false},
        {"https://shop.example:444", "chat.example.com", false},
        {"https://sub.shop.example", "chat.example.com", false},
        {"null", "chat.example.com", false},
    };
    for (const OriginCase& one : cases) {
        const std::vector<net::Header> headers = {
            {"origin", one.origin}, {"host", one.host}, {"authorization", "Bearer " + token}};
        const auto answer = world.ask("GET", "/v1/session", headers);
        EXPECT_EQ(answer->status(), one.allowed ? 200 : 403) << one.origin;
        EXPECT_EQ(answer->header("access-control-allow-origin"), one.allowed ? one.origin : "");
        if (!one.allowed) {
            EXPECT_EQ(answer->code(), "origin_not_allowed");
        }
        const auto socket = world.upgrade({{"origin", one.origin}, {"host", one.host}});
        EXPECT_EQ(socket->socket_handler != nullptr, one.allowed) << one.origin;
    }
    EXPECT_EQ(world.ask_as(token, "GET", "/v1/session")->header("vary"), "Origin");
    const auto other =
        world.ask("GET", "/v1/session",
                  {{"origin", "https://other.example"}, {"authorization", "Bearer " + token}});
    EXPECT_EQ(other->status(), 403);  // a site of ours, but not this session's
    const auto created = world.ask("POST", "/v1/sessions", {{"origin", "https://other.example"}},
                                   R"({"site":"default"})");
    EXPECT_EQ(created->status(), 403);
}

TEST_F(GatewayTest, preflights_name_what_is_allowed) {
    const auto answer =
        world.ask("OPTIONS", "/v1/session",
                  {{"origin", "https://shop.example"}, {"access-control-request-method", "PATCH"}});
    EXPECT_EQ(answer->status(), 204);
    EXPECT_EQ(answer->header("access-control-allow-origin"), "https://shop.example");
    EXPECT_NE(answer->header("access-control-allow-methods").find("PATCH"), std::string::npos);
    EXPECT_NE(answer->header("access-control-allow-headers").find("Authorization"),
              std::string::npos);
    EXPECT_EQ(answer->header("vary"), "Origin");
    EXPECT_EQ(world.ask("OPTIONS", "/v1/session", {{"origin", "https://evil.example"}})->status(),
              403);
    EXPECT_EQ(world.ask("PUT", "/v1/session")->header("allow"), "GET, PATCH, DELETE, OPTIONS");
}

TEST_F(GatewayTest, limits_refuse_with_their_codes_and_say_when) {
    for (int i = 0; i < 30; ++i)
        EXPECT_EQ(world.ask("POST", "/v1/sessions", {}, "{}")->status(), 201) << i;
    const auto refused = world.ask("POST", "/v1/sessions", {}, "{}");
    EXPECT_EQ(refused->status(), 429);
    EXPECT_EQ(refused->code(), "too_many_sessions");
    EXPECT_EQ(find_int(refused->body(), "retry_after_ms"), 2000);
    EXPECT_EQ(refused->header("retry-after"), "2");
    const auto elsewhere =
        world.ask("POST", "/v1/sessions", {{"x-forwarded-for", "10.0.0.9, 203.0.113.7"}}, "{}");
    EXPECT_EQ(elsewhere->status(), 201);
    std::string code;
    for (int i = 0; i < 21; ++i)
        code = world
                   .ask_as(token, "POST", "/v1/session/messages",
                           R"({"client_id":")" + std::to_string(i) + R"(","text":"x"})")
                   ->code();
    EXPECT_EQ(code, "too_many_messages");
    world.loop.advance(500);
    EXPECT_EQ(
        world.ask_as(token, "POST", "/v1/session/messages", R"({"client_id":"z","text":"x"})")
            ->status(),
        201);
}

TEST_F(GatewayTest, the_backends_refusals_keep_their_code) {
    const std::vector<std::pair<const char*, int>> cases = {
        {"busy", 503},          {"store_unavailable", 503},
        {"session_busy", 429},  {"message_too_long", 400},
        {"something_new", 422},
    };
    for (const auto& [code, status] : cases) {
        world.backend.refuse_all = Error{code, "No.", {}};
        const auto answer = world.ask_as(token, "GET", "/v1/session");
        EXPECT_EQ(answer->status(), status) << code;
        EXPECT_EQ(answer->code(), code);
        EXPECT_EQ(answer->header("retry-after").empty(), status != 503 && status != 429) << code;
    }
}

TEST_F(GatewayTest, a_long_poll_is_answered_by_news_or_by_its_deadline) {
    happen(1);
    const auto news = world.ask_as(token, "GET", "/v1/session/events?after=1&wait=25");
    EXPECT_FALSE(news->response);
    happen(2);
    ASSERT_TRUE(news->response);
    EXPECT_EQ(find_array(news->body(), "events")->size(), 2u);
    EXPECT_EQ(find_int(news->body(), "head"), 3);

    const auto quiet = world.ask_as(token, "GET", "/v1/session/events?after=3&wait=2");
    world.loop.advance(1500);
    EXPECT_FALSE(quiet->response);
    world.loop.advance(2000);
    ASSERT_TRUE(quiet->response);
    EXPECT_EQ(quiet->status(), 200);
    EXPECT_EQ(find_array(quiet->body(), "events")->size(), 0u);

    const auto gone = world.ask_as(token, "GET", "/v1/session/events?after=3&wait=25");
    EXPECT_EQ(world.gateway->listeners(), 1u);
    gone->abandoned();
    EXPECT_EQ(world.gateway->listeners(), 0u);

    const auto held = world.ask_as(token, "GET", "/v1/session/events?after=3&wait=25");
    world.gateway->drain();
    EXPECT_TRUE(held->response);
    EXPECT_EQ(world.gateway->listeners(), 0u);
}

TEST_F(GatewayTest, news_between_the_read_and_the_wait_is_not_missed) {
    world.backend.automatic = false;
    world.backend.pushes_first = true;
    const auto poll = world.ask_as(token, "GET", "/v1/session/events?wait=25");
    world.backend.run_batch(1);  // the read saw nothing …
    world.backend.append(*log, "message");
    world.backend.run_batch(0);
    world.loop.run_ready();
    world.backend.run_batch(1);
    world.loop.run_ready();
    ASSERT_TRUE(poll->response);
    EXPECT_EQ(find_array(poll->body(), "events")->size(), 1u);
}

TEST_F(GatewayTest, a_stream_tells_the_log_then_goes_on_live) {
    happen(2);
    const auto stream = world.ask("GET", "/v1/session/stream?after=0",
                                  {{"authorization", "Bearer " + token}, {"last-event-id", "1"}});
    EXPECT_EQ(stream->status(), 200);
    EXPECT_EQ(stream->header("content-type"), "text/event-stream");
    EXPECT_EQ(stream->header("x-content-type-options"), "nosniff");
    EXPECT_EQ(stream->stream.text.find("id: 1\n"), std::string::npos);
    EXPECT_NE(stream->stream.text.find("id: 2\ndata: {\"seq\":2"), std::string::npos);
    happen(1);
    EXPECT_NE(stream->stream.text.find("id: 3\n"), std::string::npos);
    world.gateway->notice(SessionId("session_1_a"), "desk_delayed", "Slow.");
    EXPECT_NE(stream->stream.text.find("event: live\ndata: {\"type\":\"notice\""),
              std::string::npos);
    world.loop.advance(21'000);
    EXPECT_NE(stream->stream.text.find("\n: "), std::string::npos);
    world.gateway->drain();
    EXPECT_TRUE(stream->stream.finished);
    stream->stream_handler->on_close();
    EXPECT_EQ(world.gateway->listeners(), 0u);
}

TEST_F(GatewayTest, a_long_log_streams_in_pages) {
    happen(700);
    const auto stream = world.ask_as(token, "GET", "/v1/session/stream");
    for (int i = 0; i < 50; ++i) world.loop.advance(30);
    std::size_t at = 0;
    for (int seq = 1; seq <= 700; ++seq) {
        at = stream->stream.text.find("id: " + std::to_string(seq) + "\n", at);
        ASSERT_NE(at, std::string::npos) << seq;
    }
}

TEST_F(GatewayTest, operators_see_health_readiness_and_figures) {
    EXPECT_EQ(world.ask("GET", "/healthz")->status(), 200);
    EXPECT_EQ(world.ask("GET", "/readyz")->response->body, R"({"ready":true,"reasons":[]})");
    world.not_ready = {"desk_parked"};
    const auto not_ready = world.ask("GET", "/readyz");
    EXPECT_EQ(not_ready->status(), 503);
    EXPECT_EQ(not_ready->response->body, R"({"ready":false,"reasons":["desk_parked"]})");
    EXPECT_EQ(world.ask("GET", "/metrics")->response->body, "up 1\n");
    EXPECT_EQ(world.ask("POST", "/slack/events", {}, "raw")->response->body, "desk:raw");
}

TEST_F(GatewayTest, sockets_speak_our_subprotocol_or_are_told_to_upgrade) {
    const auto plain = world.ask("GET", "/v1/socket", {{"upgrade", "websocket"}});
    EXPECT_EQ(plain->code(), "subprotocol_required");
    const auto newer = world.ask(
        "GET", "/v1/socket", {{"upgrade", "websocket"}, {"sec-websocket-protocol", "deskbell.v2"}});
    ASSERT_TRUE(newer->socket_handler);
    EXPECT_EQ(newer->protocol, "deskbell.v2");
    newer->open_socket();
    EXPECT_EQ(newer->socket.closed->first, 4010);
    const auto both = world.ask(
        "GET", "/v1/socket",
        {{"upgrade", "websocket"}, {"sec-websocket-protocol", "deskbell.v2, deskbell.v1"}});
    EXPECT_EQ(both->protocol, "deskbell.v1");
    both->open_socket();
}

TEST_F(GatewayTest, the_restart_hint_is_spread) {
    const std::int64_t one = std::stoll(restart_delay_reason(world.random, 1));
    EXPECT_LE(one, 500);
    for (int i = 0; i < 100; ++i) {
        const std::int64_t many = std::stoll(restart_delay_reason(world.random, 19'000));
        EXPECT_GE(many, 200);
        EXPECT_LE(many, 19'200);
    }
}

TEST(GatewayAssets, the_widget_and_the_demo_are_served) {
    const std::array<WebAsset, 3> assets = {
        WebAsset{"/widget.js", "text/javascript; charset=utf-8", "\"w1\"", "raw", "gz", "br"},
        WebAsset{"/widget/chat.js", "text/javascript; charset=utf-8", "\"c1\"", "chat", "", ""},
        WebAsset{"/demo/index.html", "text/html; charset=utf-8", "\"d1\"", "<p>", "", ""},
    };
    World world([&](Options& options) {
        options.assets = assets;
        options.demo_pages = true;
        options.demo_config_json = R"({"sandbox_url":"http://x"})";
    });
    const auto widget = world.ask("GET", "/widget.js", {{"accept-encoding", "gzip, br"}});
    EXPECT_EQ(widget->response->static_body, "br");
    EXPECT_EQ(widget->header("content-encoding"), "br");
    EXPECT_EQ(widget->header("etag"), "\"w1-br\"");
    EXPECT_EQ(widget->header("access-control-allow-origin"), "*");
    EXPECT_EQ(world.ask("GET", "/widget.js", {{"accept-encoding", "br;q=0, gzip"}})
                  ->response->static_body,
              "gz");
    EXPECT_EQ(world.ask("GET", "/widget.js")->response->static_body, "raw");
    const auto same = world.ask(
        "GET", "/widget.js", {{"accept-encoding", "br"}, {"if-none-match", "\"x\", W/\"w1-br\""}});
    EXPECT_EQ(same->status(), 304);
    EXPECT_TRUE(same->response->static_body.empty());
    EXPECT_EQ(world.ask("GET", "/widget.js", {{"if-none-match", "\"w1-br\""}})->status(), 304);
    EXPECT_EQ(world.ask("GET", "/widget.js", {{"if-none-match", "\"w2-br\""}})->status(), 200);
    const auto part = world.ask("GET", "/widget/chat.js?v=1");
    EXPECT_EQ(part->response->static_body, "chat");
    EXPECT_EQ(part->header("access-control-allow-origin"), "*");
    EXPECT_EQ(world.ask("GET", "/widget/none.js")->status(), 404);
    const auto page = world.ask("GET", "/demo/");
    EXPECT_EQ(page->response->static_body, "<p>");
    EXPECT_NE(page->header("content-security-policy").find("trusted-types 'none'"),
              std::string::npos);
    EXPECT_EQ(page->header("content-security-policy").find("frame-src"), std::string::npos);
    EXPECT_EQ(world.ask("GET", "/")->header("location"), "/demo/");
    EXPECT_EQ(world.ask("GET", "/demo/config.json")->response->body,
              R"({"sandbox_url":"http://x"})");
    EXPECT_EQ(world.ask("GET", "/demo/none.js")->status(), 404);
    EXPECT_EQ(world.ask("HEAD", "/widget.js")->status(), 200);
}

TEST(GatewayAssets, beside_a_desk_the_demo_begins_with_both_sides) {
    const std::array<WebAsset, 1> assets = {
        WebAsset{"/demo/stage/index.html", "text/html; charset=utf-8", "\"s1\"", "<p>", "", ""},
    };
    World world([&](Options& options) {
        options.assets = assets;
        options.demo_pages = true;
        options.demo_desk_origin = "http://127.0.0.1:8081";
    });
    EXPECT_EQ(world.ask("GET", "/")->header("location"), "/demo/stage/");
    EXPECT_EQ(world.ask("GET", "/?speed=9")->header("location"), "/demo/stage/?speed=9");
    EXPECT_EQ(world.ask("GET", "/demo")->header("location"), "/demo/");
    const auto page = world.ask("GET", "/demo/stage/");
    EXPECT_EQ(page->response->static_body, "<p>");
    EXPECT_NE(
        page->header("content-security-policy").find("; frame-src 'self' http://127.0.0.1:8081"),
        std::string::npos);
}

}  // namespace
}  // namespace deskbell::gateway::testing
