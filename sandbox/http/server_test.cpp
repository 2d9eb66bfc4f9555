#include "sandbox/http/server.hpp"

#include "sandbox/http/avatars.hpp"
#include "sandbox/http/signature.hpp"
#include "sandbox/http/test_sandbox.hpp"

#include <filesystem>

namespace deskbell::sandbox {
namespace {

using net::testing::Peer;
using testing::Answer;
using testing::App;
using testing::Client;
using testing::Running;
using testing::test_options;

TEST(Signature, AgreesWithTheDocumentedVectors) {
    EXPECT_EQ(sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
                   "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&"
                   "channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name="
                   "roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
                   "hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F"
                   "96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
                   "803a0bc887a14d10d2c447fce8b6703c"),
              "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    const std::string secret = "0123456789abcdef0123456789abcdef";
    EXPECT_EQ(sign(secret, "1700000000",
                   R"({"token":"legacy","challenge":"abc123","type":"url_verification"})"),
              "v0=bf9515183e1e435d60a2093c1a07a5f88901e4497f972fcd46ff011e6f04b5c7");
    EXPECT_EQ(sign(secret, "1700000000",
                   R"({"type":"url_verification","token":"t","challenge":"café 👋"})"),
              "v0=4938e8ff6319597f933bd3b15feb0a686e92ec126bf0c2dedb8bd26134e93292");
}

TEST(SandboxServer, TakesFormsJsonMultipartAndQueries) {
    Running running;
    const Client client(running.server);
    const std::string bearer = "Authorization: Bearer " + client.info().bot_token + "\r\n";
    EXPECT_EQ(client.call("chat.postMessage", "channel=%23vip-sales&text=a+b").status, 200);
    const Answer by_json =
        client.request("POST", "/api/chat.postMessage",
                       bearer + "Content-Type: application/json; charset=utf-8\r\n",
                       R"({"channel":"#vip-sales","text":"json","mrkdwn":false})");
    EXPECT_TRUE(by_json.parsed().at("ok").as_bool()) << by_json.body;
    const Answer by_multipart = client.request(
        "POST", "/api/chat.postMessage", "Content-Type: multipart/form-data; boundary=B\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\n#vip-sales\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" +
            client.info().bot_token +
            "\r\n--B\r\nContent-Disposition: form-data; "
            "name=\"text\"\r\n\r\ntwo\r\nlines\r\n--B--\r\n");
    EXPECT_EQ(by_multipart.parsed().at("message").at("text").as_string(), "two\r\nlines");
    const Answer by_query = client.request("GET", "/api/conversations.list?limit=1", bearer);
    EXPECT_EQ(by_query.parsed().at("channels").as_array().size(), 1u);
    const Answer token_in_query =
        client.request("GET", "/api/auth.test?token=" + client.info().bot_token);
    EXPECT_EQ(token_in_query.parsed().at("error").as_string(), "not_authed");
    const Answer bad_json = client.request("POST", "/api/chat.postMessage",
                                           bearer + "Content-Type: application/json\r\n", "{");
    EXPECT_EQ(bad_json.parsed().at("error").as_string(), "invalid_json");
    EXPECT_NE(by_query.head.find("x-oauth-scopes: "), std::string::npos);
}

TEST(SandboxServer, LimitsPostsWithRetryAfter) {
    Running running;
    const Client client(running.server);
    Answer answer;
    for (int i = 0; i < 6 && answer.status != 429; ++i)
        answer = client.call("chat.postMessage", "channel=%23vip-sales&text=x");
    EXPECT_EQ(answer.status, 429);
    EXPECT_NE(answer.head.find("retry-after: 1"), std::string::npos) << answer.head;
    EXPECT_EQ(answer.body, R"({"ok":false,"error":"ratelimited"})");
    ASSERT_TRUE(running.server.change_settings(R"({"rate_limits":false})"));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(client.call("chat.postMessage", "channel=%23vip-sales&text=x").status, 200);
}

TEST(SandboxServer, SendsSignedEventsToAVerifiedUrl) {
    App app;
    Running running;
    const Client client(running.server);
    ASSERT_TRUE(running.server.set_events_url(app.url()));
    EXPECT_EQ(running.server.info().events_url, app.url());
    client.page("post", R"({"user":"ana","channel":"#vip-sales","text":"hello"})");
    ASSERT_TRUE(app.gets(1));
    app.server.on_loop([&] {
        const App::Got& got = app.got.front();
        const json::value envelope = json::parse(got.body);
        EXPECT_EQ(envelope.at("event").at("text").as_string(), "hello");
        EXPECT_EQ(net::find_header(got.headers, "x-slack-signature"),
                  sign(client.info().signing_secret,
                       net::find_header(got.headers, "x-slack-request-timestamp"), got.body));
        EXPECT_TRUE(net::find_header(got.headers, "x-slack-retry-num").empty());
    });
}

TEST(SandboxServer, RepeatsAnEventWithTheSameIdAndRetryHeaders) {
    App app;
    app.status = 503;
    Running running;
    const Client client(running.server);
    ASSERT_TRUE(running.server.change_settings(R"({"retry_scale":0.0001})"));
    ASSERT_TRUE(running.server.set_events_url(app.url()));
    client.page("post", R"({"user":"ana","channel":"#vip-sales","text":"hello"})");
    ASSERT_TRUE(app.gets(4));
    app.server.on_loop([&] {
        const std::string first = app.got[0].body;
        for (std::size_t i = 1; i < 4; ++i) {
            EXPECT_EQ(app.got[i].body, first);
            EXPECT_EQ(net::find_header(app.got[i].headers, "x-slack-retry-num"), std::to_string(i));
            EXPECT_EQ(net::find_header(app.got[i].headers, "x-slack-retry-reason"), "http_error");
        }
    });
}

TEST(SandboxServer, KeepsTheOldUrlWhenTheNewOneFailsItsChallenge) {
    App app;
    App liar;
    liar.knows_the_challenge = false;
    Running running;
    ASSERT_TRUE(running.server.set_events_url(app.url()));
    const auto refused = running.server.set_events_url(liar.url());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "url_not_verified");
    EXPECT_EQ(running.server.info().events_url, app.url());
    ASSERT_TRUE(running.server.set_events_url(""));
    EXPECT_EQ(running.server.info().events_url, "");
}

TEST(SandboxServer, AsksTheUrlItWasStartedWithUntilItAnswers) {
    App app;
    app.knows_the_challenge = false;
    ServerOptions options = test_options();
    options.events_url = app.url();
    Running running(options);
    app.server.on_loop([&] { app.knows_the_challenge = true; });
    const Client client(running.server);
    EXPECT_TRUE(app.server.eventually([&] {
        const json::value state = client.request("GET", "/sandbox/api/state").parsed();
        return state.at("events").at("state").as_string() == "on";
    }));
}

TEST(SandboxServer, PressesReachTheInteractivityUrlAndMayAnswer) {
    App app;
    Running running;
    running.server.set_interactivity_url(app.url());
    const Client client(running.server);
    const Answer posted = client.call(
        "chat.postMessage",
        "channel=%23vip-sales&text=x&blocks=" +
            net::percent_encode(
                R"([{"type":"actions","block_id":"b","elements":[{"type":"button","action_id":"claim","text":{"type":"plain_text","text":"Claim"},"value":"s-1"}]}])"));
    const std::string ts(posted.parsed().at("ts").as_string());
    const Answer pressed = client.page(
        "press", R"({"user":"ana","channel":"#vip-sales","action_id":"claim","ts":")" + ts + "\"}");
    EXPECT_EQ(pressed.status, 200) << pressed.body;
    ASSERT_TRUE(app.gets(1));
    std::string response_url;
    app.server.on_loop([&] {
        const std::vector<net::Header> form = net::parse_form(app.got[0].body);
        ASSERT_EQ(form.size(), 1u);
        const json::value payload = json::parse(form[0].value);
        EXPECT_EQ(payload.at("type").as_string(), "block_actions");
        EXPECT_EQ(payload.at("actions").at(0).at("value").as_string(), "s-1");
        EXPECT_EQ(payload.at("container").at("message_ts").as_string(), ts);
        response_url = std::string(payload.at("response_url").as_string());
    });
    const std::string path = response_url.substr(response_url.find("/response/"));
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(client
                      .request("POST", path, "Content-Type: application/json\r\n",
                               R"({"text":"claimed","replace_original":true})")
                      .status,
                  i < 5 ? 200 : 404);
}

TEST(SandboxServer, PerformsFaults) {
    Running running;
    const Client client(running.server);
    client.page("fault", R"({"effect":"apply_then_error_page","status":502,"times":1})");
    const Answer page = client.call("chat.postMessage", "channel=%23vip-sales&text=kept");
    EXPECT_EQ(page.status, 502);
    EXPECT_TRUE(page.body.starts_with("<!DOCTYPE html>"));
    client.page("fault", R"({"effect":"truncated_answer","times":1})");
    const Answer cut = client.call("conversations.history", "channel=C0");
    EXPECT_FALSE(cut.body.ends_with("}"));
    client.page("fault", R"({"effect":"apply_then_no_answer","times":1})");
    {
        Peer peer(client.info().port);
        peer.send("GET /api/auth.test HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                  client.info().bot_token + "\r\n\r\n");
        timeval patience{0, 100'000};
        ::setsockopt(peer.handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        EXPECT_EQ(peer.read_response(), "");
    }
    const json::value state = client.request("GET", "/sandbox/api/state").parsed();
    EXPECT_EQ(state.at("calls").at(0).at("fault").as_string(), "apply_then_no_answer");
    EXPECT_EQ(state.at("faults").as_array().size(), 3u);
    client.page("clear_faults", "{}");
    EXPECT_EQ(client.request("GET", "/sandbox/api/state").parsed().at("faults").as_array().size(),
              0u);
}

TEST(SandboxServer, AnswersItsOwnPageOnly) {
    Running running;
    const Client client(running.server);
    const std::string body = R"({"user":"ana","channel":"#vip-sales","text":"x"})";
    const std::string own =
        "Origin: http://127.0.0.1:" + std::to_string(client.info().port) + "\r\n";
    EXPECT_EQ(client.page("post", body, own).status, 200);
    EXPECT_EQ(client.page("post", body, "Origin: http://evil.example\r\n").status, 403);
    EXPECT_EQ(client.page("post", body, "Origin: null\r\n").status, 403);
    EXPECT_EQ(client.page("post", body, "Sec-Fetch-Site: cross-site\r\n").status, 403);
    EXPECT_EQ(
        client.request("POST", "/sandbox/api/post", "Content-Type: text/plain\r\n", body).status,
        415);
    Peer rebound(client.info().port);
    rebound.send("GET /sandbox/api/state HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    EXPECT_TRUE(rebound.read_response().starts_with("HTTP/1.1 403"));
    EXPECT_EQ(client.page("no_such", "{}").status, 404);
    EXPECT_EQ(client.page("post", "[]").status, 400);
}

TEST(SandboxServer, TellsThePageWhatChanged) {
    Running running;
    const Client client(running.server);
    Peer stream(client.info().port);
    stream.send("GET /sandbox/api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_NE(stream.read_until("\r\n\r\n").find("200 OK"), std::string::npos);
    const std::string first = stream.read_until("}\n\n");
    client.page("post", R"({"user":"ana","channel":"#vip-sales","text":"x"})");
    const std::string second = stream.read_until("}\n\n");
    EXPECT_NE(second.find("{\"version\":"), std::string::npos);
    EXPECT_NE(first, second);
}

TEST(SandboxServer, ServesThePageAndPictures) {
    const WebAsset assets[] = {{"/sandbox/index.html", "text/html", "\"1\"", "<p>page</p>", {}, {}},
                               {"/widget.js", "text/javascript", "\"2\"", "secret", {}, {}}};
    ServerOptions options = test_options();
    options.assets = assets;
    Running running(options);
    const Client client(running.server);
    EXPECT_EQ(client.request("GET", "/").body, "<p>page</p>");
    EXPECT_EQ(client.request("GET", "/archives/C0/p1?thread_ts=1.1").body, "<p>page</p>");
    EXPECT_EQ(client.request("GET", "/", "If-None-Match: \"1\"\r\n").status, 304);
    EXPECT_EQ(client.request("GET", "/widget.js").status, 404);
    const Answer picture = client.request("GET", "/avatars/ana.svg");
    EXPECT_NE(picture.head.find("image/svg+xml"), std::string::npos);
    EXPECT_EQ(picture.body, avatar_svg("ana"));
    EXPECT_EQ(client.request("GET", "/avatars/ana.exe").status, 404);
}

TEST(SandboxServer, RemembersItsStateAcrossAStart) {
    ServerOptions options = test_options();
    options.state_file = (std::filesystem::temp_directory_path() /
                          ("sandbox-state-" + std::to_string(::getpid()) + ".json"))
                             .string();
    std::string token;
    {
        Running running(options);
        const Client client(running.server);
        token = client.info().bot_token;
        client.page("post", R"({"user":"ana","channel":"#vip-sales","text":"remember me"})");
        running.server.stop();
    }
    {
        Running running(options);
        const Client client(running.server);
        EXPECT_EQ(client.info().bot_token, token);
        EXPECT_NE(client.request("GET", "/sandbox/api/state").body.find("remember me"),
                  std::string::npos);
    }
    std::filesystem::remove(options.state_file);
}

TEST(SandboxServer, SaysWhyItCannotStart) {
    Running running;
    ServerOptions options = test_options();
    options.state_file = "/dev/null";
    Server broken(options);
    const auto started = broken.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, "invalid_state");
}

}  // namespace
}  // namespace deskbell::sandbox
