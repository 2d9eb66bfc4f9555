// Servers that play a broken network: what the client's socket sees.

#include "net/http_server.hpp"

#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace deskbell::net {
namespace {

using testing::Peer;
using testing::TestServer;

constexpr std::string_view request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

HttpResponse text(std::string body) { return {200, {{"content-type", "text/plain"}}, body}; }

TEST(BrokenAnswers, ADroppedExchangeResetsItsConnection) {
    TestServer server([](const std::shared_ptr<Exchange>& exchange) { exchange->drop(); });
    Peer peer(server.port());
    peer.send(request);
    char byte = 0;
    EXPECT_EQ(::recv(peer.handle(), &byte, 1, 0), -1);
    EXPECT_EQ(errno, ECONNRESET);
    EXPECT_TRUE(server.eventually([&] { return server.server().connections() == 0; }));
}

TEST(BrokenAnswers, ACutOneEndsInTheMiddleOfItsBody) {
    TestServer server(
        [](const std::shared_ptr<Exchange>& exchange) { exchange->cut(text("0123456789"), 4); });
    Peer peer(server.port());
    peer.send(request);
    const std::string seen = peer.read_to_end();
    EXPECT_NE(seen.find("content-length: 10\r\n"), std::string::npos) << seen;
    EXPECT_TRUE(seen.ends_with("\r\n\r\n0123")) << seen;
}

TEST(BrokenAnswers, MayComeLaterAndAfterThePeerHasGone) {
    std::vector<std::shared_ptr<Exchange>> kept;
    int abandoned = 0;
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        exchange->on_abandoned([&] { ++abandoned; });
        kept.push_back(exchange);
    });
    Peer stays(server.port());
    Peer goes(server.port());
    stays.send(request);
    goes.send(request);
    ASSERT_TRUE(server.eventually([&] { return kept.size() == 2; }));
    goes.close();
    ASSERT_TRUE(server.eventually([&] { return abandoned == 1; }));
    server.on_loop([&] {
        for (const auto& exchange : kept) exchange->drop();
        kept.clear();
    });
    EXPECT_EQ(stays.read_to_end(), "");
    EXPECT_TRUE(server.eventually([&] { return server.server().connections() == 0; }));
}

TEST(BrokenAnswers, AnAnswerMayNameItsOwnDate) {
    TestServer server([](const std::shared_ptr<Exchange>& exchange) {
        HttpResponse response = text("x");
        response.headers.push_back({"date", "Sun, 06 Nov 1994 08:49:37 GMT"});
        exchange->respond(std::move(response));
    });
    Peer peer(server.port());
    peer.send(request);
    const std::string seen = peer.read_response();
    EXPECT_NE(seen.find("\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("date:"), seen.rfind("date:"));
}

}  // namespace
}  // namespace deskbell::net
