// Slack broken over its page's API, and what that looks like on the wire.

#include "base/clock.hpp"
#include "net/http_response.hpp"
#include "sandbox/http/signature.hpp"
#include "sandbox/http/test_sandbox.hpp"

#include <cerrno>

namespace deskbell::sandbox {
namespace {

using net::testing::Peer;
using testing::Answer;
using testing::App;
using testing::Client;
using testing::Running;

struct Broken : Running {
    Client client{server};

    std::string act(const std::string& action, const std::string& body = "{}") {
        const json::value answer = client.page(action, body).parsed();
        return answer.is_object() ? json::serialize(answer) : "(nothing)";
    }
    json::value state() { return client.request("GET", "/sandbox/api/state").parsed(); }
    // Every byte of the answer to a post, and how the connection ended: 0, or errno.
    std::pair<std::string, int> post(const std::string& text) {
        Peer peer(client.info().port);
        const std::string form = "channel=%23vip-sales&text=" + text;
        peer.send("POST /api/chat.postMessage HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                  client.info().bot_token +
                  "\r\nContent-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
                  "Content-Length: " +
                  std::to_string(form.size()) + "\r\n\r\n" + form);
        std::string bytes;
        char buffer[4096];
        ssize_t count = 0;
        while ((count = ::recv(peer.handle(), buffer, sizeof buffer, 0)) > 0)
            bytes.append(buffer, static_cast<std::size_t>(count));
        return {bytes, count < 0 ? errno : 0};
    }
    bool has_post(const std::string& text) {
        return json::serialize(state().at("channels")).find("\"text\":\"" + text) !=
               std::string::npos;
    }
};

TEST(Breaks, ConnectionsAreResetBeforeOrAfter) {
    struct Row {
        const char* effect;
        bool applied;
    };
    for (const Row& row : {Row{"reset", false}, Row{"apply_then_reset", true}}) {
        Broken test;
        test.act("fault", std::string(R"({"effect":")") + row.effect + R"(","times":1})");
        const auto [bytes, failure] = test.post("hello");
        EXPECT_EQ(bytes, "");
        EXPECT_EQ(failure, ECONNRESET);
        EXPECT_EQ(test.has_post("hello"), row.applied) << row.effect;
    }
}

TEST(Breaks, HalfABodyIsLessThanWasAnnounced) {
    Broken test;
    test.act("fault", R"({"effect":"half_body","times":1})");
    const auto [bytes, failure] = test.post("hello");
    EXPECT_EQ(failure, 0);
    const std::size_t blank = bytes.find("\r\n\r\n");
    ASSERT_NE(blank, std::string::npos);
    const std::size_t length = bytes.find("content-length: ");
    ASSERT_NE(length, std::string::npos);
    EXPECT_EQ(bytes.size() - blank - 4, std::stoul(bytes.substr(length + 16)) / 2);
    EXPECT_TRUE(test.has_post("hello"));
}

TEST(Breaks, TheClockOfAnswersMayBeWrong) {
    Broken test;
    test.act("settings", R"({"date_skew_s":-7200})");
    const Answer answer = test.client.call("auth.test", "");
    const std::int64_t now_ms = SystemClock().wall_ms();
    bool is_two_hours_old = false;
    for (int off_s = -5; off_s <= 5; ++off_s)
        if (answer.head.contains(net::to_http_date(now_ms - 7'200'000 + off_s * 1000)))
            is_two_hours_old = true;
    EXPECT_TRUE(is_two_hours_old) << answer.head;
}

TEST(Breaks, ActionsAnswerAndShowInTheState) {
    Broken test;
    struct Row {
        const char* action;
        const char* body;
        const char* pointer;
        const char* shown;
    };
    constexpr Row table[] = {
        {"weather", R"({"name":"storm"})", "/trouble/weather", "storm"},
        {"weather", R"({"name":""})", "/trouble/weather", ""},
        {"uninstall", "{}", "/app/installed", "false"},
        {"reinstall", "{}", "/app/installed", "true"},
        {"revoke_token", "{}", "/settings/token_revoked", "true"},
        {"expire_token", "{}", "/settings/token_expired", "true"},
        {"restore_token", "{}", "/settings/token_revoked", "false"},
        {"make_private", R"({"channel":"#general"})", "/channels/0/is_private", "true"},
        {"make_public", R"({"channel":"#general"})", "/channels/0/is_private", "false"},
        {"add_person", R"({"display_name":"Olga","kind":"outsider","channels":["#general"]})",
         "/channels/0/is_ext_shared", "true"},
        {"bot_post", R"({"name":"CRM","channel":"#general","text":"a deal"})",
         "/channels/0/messages/3/author/name", "CRM"},
    };
    for (const Row& row : table) {
        const std::string answer = test.act(row.action, row.body);
        EXPECT_TRUE(answer.starts_with(R"({"ok":true)")) << row.action << answer;
        const json::value state = test.state();
        json::error_code failed;
        const json::value* shown = state.find_pointer(row.pointer, failed);
        ASSERT_TRUE(shown) << row.action << " " << row.pointer;
        EXPECT_EQ(shown->is_string() ? std::string(shown->get_string()) : json::serialize(*shown),
                  row.shown)
            << row.action;
    }
    test.act("scope", R"({"scope":"chat:write","on":false})");
    EXPECT_TRUE(test.client.call("chat.postMessage", "channel=%23vip-sales&text=x")
                    .body.contains("missing_scope"));
    test.act("clear_all");
    EXPECT_TRUE(test.client.call("chat.postMessage", "channel=%23vip-sales&text=x")
                    .body.starts_with(R"({"ok":true)"));
}

TEST(Breaks, RefusalsSayWhy) {
    Broken test;
    for (const auto& [action, body] :
         {std::pair{"weather", R"({"name":"sunshine"})"},
          std::pair{"add_person", R"({"display_name":"Olga","kind":"cat"})"},
          std::pair{"bot_post", R"({"name":"CRM","channel":"#nowhere","text":"x"})"},
          std::pair{"bot_post",
                    R"({"name":"CRM","channel":"#general","text":"x","metadata":{"a":1}})"},
          std::pair{"scope", R"({"scope":"chat:write"})"},
          std::pair{"vanish", R"({"channel":"#general","ts":"1.000000"})"},
          std::pair{"make_public", R"({"channel":"#general"})"}}) {
        const Answer answer = test.client.page(action, body);
        EXPECT_EQ(answer.status, 400) << action << body;
        EXPECT_TRUE(answer.body.starts_with(R"({"ok":false,"error":")")) << answer.body;
    }
}

TEST(Breaks, EventsMayBeSignedLongAgoAndHeardTwice) {
    App app;
    Broken test;
    ASSERT_TRUE(test.server.set_events_url(app.url()));
    test.act("settings", R"({"retry_scale":0.001})");
    test.act("fault", R"({"effect":"event_old_timestamp","method":"message","times":1})");
    test.act("post", R"({"user":"ana","channel":"#vip-sales","text":"old"})");
    ASSERT_TRUE(app.gets(1));
    test.act("fault", R"({"effect":"event_answer_lost","method":"message","times":1})");
    test.act("post", R"({"user":"ana","channel":"#vip-sales","text":"twice"})");
    ASSERT_TRUE(app.gets(3));
    std::vector<App::Got> got;
    app.server.on_loop([&] { got = app.got; });
    const std::string stamp(net::find_header(got[0].headers, "x-slack-request-timestamp"));
    const std::int64_t now_s = SystemClock().wall_ms() / 1000;
    EXPECT_NEAR(static_cast<double>(now_s - std::stoll(stamp)), 600, 5);
    EXPECT_EQ(net::find_header(got[0].headers, "x-slack-signature"),
              sign(test.client.info().signing_secret, stamp, got[0].body));
    EXPECT_EQ(got[1].body, got[2].body);
    EXPECT_EQ(net::find_header(got[1].headers, "x-slack-retry-num"), "");
    EXPECT_EQ(net::find_header(got[2].headers, "x-slack-retry-num"), "1");
    EXPECT_EQ(net::find_header(got[2].headers, "x-slack-retry-reason"), "http_timeout");
}

}  // namespace
}  // namespace deskbell::sandbox
