// What peers may not make the server do: misread them, answer unreadably, hold too much, take every
// descriptor.

#include "net/descriptor_budget.hpp"
#include "net/held_bytes.hpp"
#include "net/http_server.hpp"
#include "net/request_reader.hpp"
#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <vector>

namespace deskbell::net {
namespace {

using testing::client_frame;
using testing::Peer;
using testing::TestServer;
using testing::upgrade_request;

void greet(const std::shared_ptr<Exchange>& exchange) { exchange->respond({.body = "hello"}); }

RequestReader::Step read(std::string_view bytes, RequestReader& reader) {
    RequestReader::Step step = RequestReader::Step::more;
    while (step == RequestReader::Step::more && !bytes.empty()) step = reader.feed(bytes);
    return step;
}

TEST(RequestReader, RefusesTargetsAndHostsThatCouldBeReadInTwoWays) {
    const ServerLimits limits;
    for (const std::string_view target :
         {"/%", "/%4", "/%zz", "/x?a=%", "/x?a=%4", "/x?%u0041=1", "/%4%31", "/x%"}) {
        RequestReader reader(limits);
        EXPECT_EQ(read("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n", reader),
                  RequestReader::Step::failed)
            << target;
    }
    for (const std::string_view host : {"a/b", "a b", "a@b", "a,b", "a\\b", "<a>", "a\tb", "h?x"}) {
        RequestReader reader(limits);
        EXPECT_EQ(read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n", reader),
                  RequestReader::Step::failed)
            << host;
    }
    for (const std::string_view host : {"", "h", "h:80", "[::1]:80", "xn--p1ai.example", "a_b"}) {
        RequestReader reader(limits);
        EXPECT_EQ(
            read("GET /%41?%20=%7e HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n", reader),
            RequestReader::Step::done)
            << host;
    }
}

TEST(RequestReader, DoesNotWaitForTheEndOfWhatHasNone) {
    const ServerLimits limits;
    for (const std::string_view start :
         {"GET / HTTP/1.1\n", "GET / HTTP/1.1\r\nHost: h\n", "SSH-2.0-x\r\n", "\x16\x03\x01",
          "get /", "EHLO mail\r\n"}) {
        RequestReader whole(limits);
        EXPECT_EQ(read(start, whole), RequestReader::Step::failed) << start;
        RequestReader cut(limits);
        RequestReader::Step step = RequestReader::Step::more;
        for (std::size_t at = 0; at < start.size() && step == RequestReader::Step::more; ++at) {
            std::string_view byte = start.substr(at, 1);
            step = cut.feed(byte);
        }
        EXPECT_EQ(step, RequestReader::Step::failed) << start;
    }
}

TEST(HttpServer, ItsOwnRefusalsCanBeReadByThePageThatAsked) {
    std::vector<std::string> dressed;  // the loop's thread only
    ServerLimits limits;
    limits.body_bytes_max = 64;
    limits.request_timeout_ms = 150;
    limits.dress_refusal = [&](const HttpRequest& request, HttpResponse& answer) {
        dressed.emplace_back(request.header("origin"));
        answer.headers.push_back({"x-dressed-for", std::string(request.header("origin"))});
    };
    TestServer server(
        [](const std::shared_ptr<Exchange>& exchange) {
            if (exchange->request().path == "/throws") throw std::runtime_error("a bug");
        },
        limits);
    const std::string head = " HTTP/1.1\r\nHost: h\r\nOrigin: http://shop\r\n";
    const std::vector<std::pair<int, std::string>> cases = {
        {413, "POST /" + head + "Content-Length: 65\r\n\r\n"},
        {413, "POST /" + head + "Transfer-Encoding: chunked\r\n\r\n50\r\n"},
        {400, "POST /" + head + "Transfer-Encoding: chunked\r\n\r\nz"},
        {400, "POST /" + head + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
        {408, "POST /" + head + "Content-Length: 5\r\n\r\n"},
        {417, "POST /" + head + "Expect: magic\r\n\r\n"},
        {426, "GET /" + head + "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"},
        {431, "POST /" + head + "X: " + std::string(20'000, 'x')},
        {500, "GET /throws" + head + "\r\n"},
        {500, "GET /forgotten" + head + "\r\n"},
    };
    for (const auto& [status, request] : cases) {
        Peer peer(server.port());
        peer.send(request);
        const std::string response = peer.read_response();
        EXPECT_TRUE(response.starts_with("HTTP/1.1 " + std::to_string(status))) << response;
        EXPECT_NE(response.find("x-dressed-for: http://shop\r\n"), std::string::npos) << response;
    }
    server.on_loop([&] { EXPECT_EQ(dressed.size(), cases.size()); });
}

// Lowers the mark for one test.
class HeldBytesTest : public ::testing::Test {
protected:
    HeldBytesTest() { EXPECT_EQ(HeldBytes::total(), 0u); }
    ~HeldBytesTest() override {
        HeldBytes::set_max(HeldBytes::bytes_max_default);
        EXPECT_EQ(HeldBytes::total(), 0u);  // everything that was counted was given back
    }
};

TEST_F(HeldBytesTest, PastTheMarkUnfinishedRequestsAreRefusedAndAcceptingPauses) {
    TestServer server(greet);
    Peer unfinished(server.port());
    unfinished.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" +
                    std::string(30'000, 'x'));
    ASSERT_TRUE(server.eventually([] { return HeldBytes::total() >= 30'000; }));
    Peer other(server.port());
    other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(other.read_response().ends_with("hello"));

    HeldBytes::set_max(20'000);
    Peer waits(server.port());
    waits.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(other.read_response().ends_with("hello"));  // whole requests are still taken
    EXPECT_EQ(server.server().connections(), 2u);
    unfinished.send("more");
    const std::string refused = unfinished.read_response();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
    EXPECT_NE(refused.find("\"code\":\"busy\""), std::string::npos);
    EXPECT_NE(refused.find("retry-after: 1\r\n"), std::string::npos);
    EXPECT_TRUE(waits.read_response().ends_with("hello"));  // accepted once there was room again
}

class Listening final : public WebSocketHandler {
public:
    explicit Listening(std::vector<WebSocket*>& sockets, std::vector<int>& closed)
        : sockets_(sockets), closed_(closed) {}
    void on_open(WebSocket& socket) override { sockets_.push_back(&socket); }
    void on_text(std::string_view) override {}
    void on_close(std::uint16_t code) override { closed_.push_back(code); }

private:
    std::vector<WebSocket*>& sockets_;
    std::vector<int>& closed_;
};

TEST_F(HeldBytesTest, PastTheMarkUnfinishedMessagesAndSlowReadersEnd) {
    std::vector<WebSocket*> sockets;  // both: the loop's thread only
    std::vector<int> closed;
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        exchange->accept_websocket("deskbell.v1", std::make_unique<Listening>(sockets, closed));
    });
    Peer talker(server.port());
    talker.send(upgrade_request());
    talker.read_until("\r\n\r\n");
    talker.send(client_frame(0x01, std::string(30'000, 'x')));  // a first fragment
    ASSERT_TRUE(server.eventually([] { return HeldBytes::total() >= 30'000; }));

    Peer slow(server.port(), 4096);
    slow.send(upgrade_request());
    slow.read_until("\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return sockets.size() == 2; }));
    server.on_loop([&] {
        while (sockets.back()->buffered_bytes() < 30'000)
            ASSERT_EQ(sockets.back()->send_text(std::string(10'000, 'x')), SendStatus::sent);
        HeldBytes::set_max(20'000);
        EXPECT_EQ(sockets.back()->send_text("one more"), SendStatus::overflow);
    });
    talker.send(client_frame(0x00, "more"));
    EXPECT_EQ(talker.read_frame(), std::make_pair(8, std::string("\x03\xf5") + "2000"));
    slow.close();
    EXPECT_TRUE(server.eventually([&] { return closed.size() == 2; }));
    server.on_loop([&] { EXPECT_EQ(closed, (std::vector<int>{1013, 4008})); });
}

TEST(DescriptorBudget, LeavesSomeForTheStoreAndTheDesk) {
    EXPECT_EQ(DescriptorBudget::share_of(20'000), 20'000u - 256);
    EXPECT_EQ(DescriptorBudget::share_of(1024), 1024u - 128);
    EXPECT_EQ(DescriptorBudget::share_of(64), 64u - 24);
    EXPECT_EQ(DescriptorBudget::share_of(10), 1u);
}

TEST(HttpServer, AtItsLimitTheLongestIdleConnectionMakesRoom) {
    ServerLimits limits;
    limits.connections_max = 2;
    limits.idle_timeout_ms = 60'000;
    TestServer server(greet, limits);
    const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    Peer oldest(server.port());
    Peer older(server.port());
    for (Peer* peer : {&oldest, &older}) {
        peer->send(request);
        EXPECT_TRUE(peer->read_response().ends_with("hello"));
    }
    Peer newest(server.port());
    newest.send(request);
    EXPECT_TRUE(newest.read_response().ends_with("hello"));  // after a second of idleness
    EXPECT_TRUE(oldest.has_ended());
    older.send(request);
    EXPECT_TRUE(older.read_response().ends_with("hello"));
}

}  // namespace
}  // namespace deskbell::net
