#include "net/websocket_client.hpp"

#include "net/asio_loop.hpp"
#include "net/test_certificate.hpp"
#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::net {
namespace {

using testing::Listener;
using testing::Peer;
using testing::TestCertificate;
using testing::TestServer;

// What a client's handler was told; the loop's thread only.
struct Heard final : ClientSocketHandler {
    int opened = 0;
    int pings = 0;
    int pongs = 0;
    std::vector<std::string> texts;
    std::vector<std::string> closed;
    std::function<void()> at_text;

    void on_open() override { ++opened; }
    void on_text(std::string_view text) override {
        texts.emplace_back(text);
        if (at_text) at_text();
    }
    void on_ping() override { ++pings; }
    void on_pong() override { ++pongs; }
    void on_closed(const std::string& why) override { closed.push_back(why); }
};

// Answers each text with itself.
class Echo final : public WebSocketHandler {
public:
    void on_open(WebSocket& socket) override { socket_ = &socket; }
    void on_text(std::string_view text) override {
        if (text == "ping me") return socket_->ping();
        if (text == "end") return socket_->close(4000, "enough");
        socket_->send_text(text);
    }
    void on_close(std::uint16_t) override {}

private:
    WebSocket* socket_ = nullptr;
};

struct WebSocketClientTest : ::testing::Test {
    TestServer server{[](const std::shared_ptr<Exchange>& exchange) {
        if (!exchange->wants_websocket() || exchange->request().path != "/link/")
            return exchange->respond({.status = 403});
        exchange->accept_websocket("", std::make_unique<Echo>());
    }};
    BeastWebSocketClient::Options options;
    Heard heard;
    std::unique_ptr<BeastWebSocketClient> client;
    std::unique_ptr<ClientSocket> socket;

    void connect(const std::string& url) {
        server.on_loop([&] {
            socket.reset();
            client = std::make_unique<BeastWebSocketClient>(server.loop(), options);
            socket = client->connect(url, heard);
        });
    }
    void connect_to(std::uint16_t port) {
        connect("ws://127.0.0.1:" + std::to_string(port) + "/link/?ticket=1");
    }
    void say(const std::string& text) {
        server.on_loop([&] { EXPECT_TRUE(socket->send_text(text)); });
    }
    bool eventually(const std::function<bool()>& condition) { return server.eventually(condition); }
    void TearDown() override {
        server.on_loop([&] {
            socket.reset();
            client.reset();
        });
    }
};

// A raw server's side of the upgrade; the peer's frames follow.
std::unique_ptr<Peer> accept_upgrade(Listener& listener, const std::string& key = "") {
    auto peer = listener.accept();
    const std::string head = peer->read_until("\r\n\r\n");
    const std::size_t at = head.find("Sec-WebSocket-Key: ") + 19;
    const std::string theirs = head.substr(at, head.find("\r\n", at) - at);
    // The answer that belongs to the key, by the server's own code: asked for over a socket.
    TestServer helper([](const std::shared_ptr<Exchange>& exchange) {
        exchange->accept_websocket("", std::make_unique<Echo>());
    });
    Peer asker(helper.port());
    asker.send(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
        (key.empty() ? theirs : key) + "\r\n\r\n");
    peer->send(asker.read_until("\r\n\r\n"));
    return peer;
}

TEST_F(WebSocketClientTest, WordsGoBothWays) {
    connect_to(server.port());
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    const std::string long_text(60'000, 'x');
    for (const std::string& text : {std::string("hello"), long_text, std::string("ü")}) say(text);
    ASSERT_TRUE(eventually([&] { return heard.texts.size() == 3; }));
    EXPECT_EQ(heard.texts, (std::vector<std::string>{"hello", long_text, "ü"}));
    server.on_loop([&] { socket->ping(); });
    say("ping me");
    EXPECT_TRUE(eventually([&] { return heard.pongs == 1 && heard.pings == 1; }));
    server.on_loop([&] { socket->close(1000); });
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    server.on_loop([&] { EXPECT_FALSE(socket->send_text("too late")); });
}

TEST_F(WebSocketClientTest, ThePeersGoodbyeIsHeard) {
    connect_to(server.port());
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    say("end");
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    EXPECT_NE(heard.closed[0].find("4000 enough"), std::string::npos) << heard.closed[0];
}

TEST_F(WebSocketClientTest, ItMayBeDestroyedInsideItsOwnCall) {
    heard.at_text = [this] { socket.reset(); };
    connect_to(server.port());
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    server.on_loop([&] {
        socket->send_text("a");
        socket->send_text("b");
    });
    ASSERT_TRUE(eventually([&] { return heard.texts.size() == 1 && !socket; }));
    EXPECT_TRUE(heard.closed.empty());
}

TEST_F(WebSocketClientTest, WhatCannotBeConnectedEndsWithWords) {
    connect("http://127.0.0.1/");
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    connect("ws://127.0.0.1:" + std::to_string(server.port()) + "/nothing");
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 2; }));
    EXPECT_NE(heard.closed[1].find("403"), std::string::npos) << heard.closed[1];
    std::uint16_t free_port = 0;
    {
        free_port = Listener().port();
    }
    connect_to(free_port);
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 3; }));
    EXPECT_EQ(heard.opened, 0);
}

TEST_F(WebSocketClientTest, AServerThatNeverAnswersIsNotWaitedForForEver) {
    Listener listener;
    options.connect_timeout_ms = 100;
    connect_to(listener.port());
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    EXPECT_EQ(heard.closed[0], "no connection in time");
}

TEST_F(WebSocketClientTest, ABreakWithoutGoodbyeIsNoticed) {
    Listener listener;
    connect_to(listener.port());
    auto peer = accept_upgrade(listener);
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    peer->send(std::string("\x01\x02") + "he" + std::string("\x89\x01!", 3) +
               std::string("\x80\x03") + "llo");  // in pieces, a ping between
    ASSERT_TRUE(eventually([&] { return heard.texts.size() == 1 && heard.pings == 1; }));
    EXPECT_EQ(heard.texts[0], "hello");
    const std::string pong = peer->read(7);
    EXPECT_EQ(pong.substr(0, 2), std::string("\x8a\x81"));  // masked, as a client's must be
    peer->reset();
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
}

TEST_F(WebSocketClientTest, AnAnswerToAnotherKeyIsRefused) {
    Listener listener;
    connect_to(listener.port());
    accept_upgrade(listener, "dGhlIHNhbXBsZSBub25jZQ==");
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    EXPECT_EQ(heard.opened, 0);
}

TEST_F(WebSocketClientTest, AMessagePastTheBoundEndsIt) {
    options.message_bytes_max = 1'000;
    connect_to(server.port());
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    say(std::string(1'001, 'x'));
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    EXPECT_TRUE(heard.texts.empty());
}

TEST_F(WebSocketClientTest, APeerThatTakesNothingIsWrittenToNoFurther) {
    Listener listener;
    options.waiting_frames_max = 3;
    connect_to(listener.port());
    auto peer = accept_upgrade(listener);
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    server.on_loop([&] {
        int taken = 0;
        while (taken < 100 && socket->send_text(std::string(1u << 22, 'x'))) ++taken;
        EXPECT_LT(taken, 100);
        socket->close(1000);  // its goodbye is not waited for either
    });
    EXPECT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
}

TEST_F(WebSocketClientTest, TlsIsVerified) {
    const TestCertificate certificate("localhost");
    ASSERT_TRUE(server.server().use_tls(certificate.certificate_file(), certificate.key_file()));
    const std::string rest = ":" + std::to_string(server.port()) + "/link/";

    connect("wss://localhost" + rest);  // signed by nobody we know
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 1; }));
    EXPECT_TRUE(heard.closed[0].starts_with("TLS: ")) << heard.closed[0];

    options.certificates_file = certificate.certificate_file();
    connect("wss://127.0.0.1" + rest);  // of another name
    ASSERT_TRUE(eventually([&] { return heard.closed.size() == 2; }));
    EXPECT_TRUE(heard.closed[1].starts_with("TLS: ")) << heard.closed[1];

    connect("wss://localhost" + rest);
    ASSERT_TRUE(eventually([&] { return heard.opened == 1; }));
    say("hello");
    ASSERT_TRUE(eventually([&] { return heard.texts.size() == 1; }));
}

}  // namespace
}  // namespace deskbell::net
