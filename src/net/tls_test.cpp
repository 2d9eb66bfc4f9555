#include "net/tls.hpp"
#include "net/curl_client.hpp"
#include "net/test_certificate.hpp"
#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <optional>

namespace deskbell::net {
namespace {

using testing::client_frame;
using testing::Peer;
using testing::TestCertificate;
using testing::TestServer;
using testing::upgrade_request;

// A blocking TLS client over a Peer's socket.
class TlsPeer {
public:
    explicit TlsPeer(std::uint16_t port) : peer_(port) {
        context_ = SSL_CTX_new(TLS_client_method());
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, peer_.handle());
        connected_ = SSL_connect(ssl_) == 1;
    }
    ~TlsPeer() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }
    TlsPeer(const TlsPeer&) = delete;
    TlsPeer& operator=(const TlsPeer&) = delete;
    [[nodiscard]] bool connected() const { return connected_; }
    void send(std::string_view bytes) {
        if (!bytes.empty()) SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    }
    std::string read(std::size_t bytes) {
        std::string all(bytes, '\0');
        std::size_t got = 0;
        while (got < bytes) {
            const int count = SSL_read(ssl_, all.data() + got, static_cast<int>(bytes - got));
            if (count <= 0) break;
            got += static_cast<std::size_t>(count);
        }
        all.resize(got);
        return all;
    }
    std::string read_until(std::string_view end) {
        std::string all;
        while (!all.ends_with(end)) {
            const std::string next = read(1);
            if (next.empty()) break;
            all += next;
        }
        return all;
    }
    [[nodiscard]] bool ended_properly() {
        char byte = 0;
        return SSL_get_error(ssl_, SSL_read(ssl_, &byte, 1)) == SSL_ERROR_ZERO_RETURN;
    }
    Peer& peer() { return peer_; }

private:
    Peer peer_;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
    bool connected_ = false;
};

class EchoHandler final : public WebSocketHandler {
public:
    void on_open(WebSocket& socket) override { socket_ = &socket; }
    void on_text(std::string_view text) override { socket_->send_text(text); }
    void on_close(std::uint16_t) override {}

private:
    WebSocket* socket_ = nullptr;
};

const std::string& large_body() {
    static const std::string body(8u << 20, 'T');
    return body;
}

void serve(const std::shared_ptr<Exchange>& exchange) {
    if (exchange->wants_websocket()) {
        return exchange->accept_websocket("", std::make_unique<EchoHandler>());
    }
    HttpResponse response;
    if (exchange->request().path == "/large") {
        response.static_body = large_body();
    } else {
        response.body = "secret " + exchange->request().body;
    }
    exchange->respond(std::move(response));
}

class TlsServerTest : public ::testing::Test {
protected:
    void start(ServerLimits limits = {}) {
        server_ = std::make_unique<TestServer>(serve, std::move(limits));
        ASSERT_TRUE(
            server_->server().use_tls(certificate_.certificate_file(), certificate_.key_file()));
    }
    TestCertificate certificate_;
    std::unique_ptr<TestServer> server_;
};

TEST_F(TlsServerTest, ServesRequestsAndWebSockets) {
    start();
    TlsPeer peer(server_->port());
    ASSERT_TRUE(peer.connected());
    peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_TRUE(peer.read_until("secret hi").starts_with("HTTP/1.1 200 OK\r\n"));
    peer.send(upgrade_request() + client_frame(0x81, "early"));
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
    EXPECT_EQ(peer.read(7),
              "\x81\x05"
              "early");
    const std::string text(60'000, 'x');
    peer.send(client_frame(0x81, text));
    EXPECT_EQ(peer.read(4 + text.size()).substr(4), text);
    for (const char c : client_frame(0x81, "cut")) peer.send(std::string_view(&c, 1));
    EXPECT_EQ(peer.read(5),
              "\x81\x03"
              "cut");
    peer.send(client_frame(0x88, ""));
    EXPECT_EQ(peer.read(2), std::string_view("\x88\x00", 2));
    EXPECT_TRUE(peer.ended_properly());
}

TEST_F(TlsServerTest, SendsLargeBodiesThroughAFullSocket) {
    start();
    TlsPeer peer(server_->port());
    peer.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(peer.read(large_body().size()), large_body());
    EXPECT_FALSE(peer.read_until("secret ").empty());
}

TEST_F(TlsServerTest, ReadsBodiesLargerThanARecord) {
    start({.body_bytes_max = 1u << 20});
    TlsPeer peer(server_->port());
    const std::string body(900'000, 'b');
    peer.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n" + body);
    peer.read_until("secret ");
    EXPECT_EQ(peer.read(body.size()), body);
}

TEST_F(TlsServerTest, PlainHttpAndSilenceEndTheConnection) {
    start({.request_timeout_ms = 60});
    Peer plain(server_->port());
    plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(plain.read_to_end().find("HTTP/1.1 200"), std::string::npos);
    Peer silent(server_->port());
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_TRUE(server_->eventually([&] { return server_->server().connections() == 0; }));
}

TEST_F(TlsServerTest, OurClientRefusesACertificateNobodyVouchesFor) {
    start();
    std::promise<ClientAnswer> promise;
    std::optional<CurlClient> client;
    server_->on_loop([&] {
        client.emplace(server_->loop(), CurlClient::Options{});
        ClientRequest request;
        request.url = "https://localhost:" + std::to_string(server_->port()) + "/";
        client->send(std::move(request),
                     [&](ClientAnswer answer) { promise.set_value(std::move(answer)); });
    });
    const ClientAnswer answer = promise.get_future().get();
    EXPECT_EQ(answer.kind, ClientAnswer::Kind::not_sent);
    EXPECT_NE(answer.detail.find("certificate"), std::string::npos) << answer.detail;
    server_->on_loop([&] { client.reset(); });
}

TEST_F(TlsServerTest, FilesThatCannotBeUsedAreNamed) {
    const auto missing = TlsContext::load("/nowhere/c.pem", certificate_.key_file());
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "tls_unusable");
    EXPECT_NE(missing.error().detail.find("/nowhere/c.pem"), std::string::npos);
    const TestCertificate other;
    const auto mixed = TlsContext::load(certificate_.certificate_file(), other.key_file());
    ASSERT_FALSE(mixed);
    EXPECT_NE(mixed.error().detail.find(other.key_file()), std::string::npos);
}

}  // namespace
}  // namespace deskbell::net
