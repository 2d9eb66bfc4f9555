#include "net/curl_client.hpp"

#include "net/asio_loop.hpp"
#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace deskbell::net {
namespace {

using Kind = ClientAnswer::Kind;
using testing::Listener;
using testing::Peer;

constexpr std::string_view ok_response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class CurlClientTest : public ::testing::Test {
protected:
    void SetUp() override {
        loop_.start();
        on_loop([&] { client_.emplace(loop_, CurlClient::Options{}); });
    }
    void TearDown() override {
        on_loop([&] { client_.reset(); });
        loop_.stop_and_join();
    }
    void on_loop(std::function<void()> work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    std::future<ClientAnswer> send(ClientRequest request) {
        auto promise = std::make_shared<std::promise<ClientAnswer>>();
        auto answer = promise->get_future();
        loop_.post([this, promise, request = std::move(request)]() mutable {
            const auto is_inside_send = std::make_shared<bool>(true);
            client_->send(std::move(request), [this, promise, is_inside_send](ClientAnswer got) {
                EXPECT_TRUE(loop_.on_this_thread());
                EXPECT_FALSE(*is_inside_send);
                promise->set_value(std::move(got));
            });
            *is_inside_send = false;
        });
        return answer;
    }
    std::future<ClientAnswer> post(std::string body = "payload", std::int64_t timeout_ms = 5'000) {
        ClientRequest request = to("POST");
        request.body = std::move(body);
        request.timeout_ms = timeout_ms;
        return send(std::move(request));
    }
    ClientRequest to(std::string method) {
        ClientRequest request;
        request.method = std::move(method);
        request.url = "http://127.0.0.1:" + std::to_string(listener_.port()) + "/api/chat?x=1";
        return request;
    }
    // One exchange on a connection that is then kept by both sides.
    std::unique_ptr<Peer> warm_connection() {
        auto answer = post();
        auto peer = listener_.accept();
        read_request(*peer);
        peer->send(ok_response);
        EXPECT_EQ(answer.get().kind, Kind::answered);
        return peer;
    }
    static std::string read_request(Peer& peer) {
        std::string request = peer.read_until("\r\n\r\n");
        const std::size_t at = request.find("Content-Length: ");
        if (at != std::string::npos) request += peer.read(std::stoul(request.substr(at + 16)));
        return request;
    }

    SystemClock clock_;
    AsioLoop loop_{"test-client", clock_};
    Listener listener_;
    std::optional<CurlClient> client_;
};

TEST_F(CurlClientTest, SendsWhatItIsToldAndReadsTheAnswer) {
    ClientRequest request = to("POST");
    request.headers = {{"authorization", "Bearer xoxb-1"},
                       {"content-type", "application/json"},
                       {"x-empty", ""},
                       {"x-evil", "a\r\nx-injected: b"}};
    request.body = "{\"a\":1}";
    auto answer = send(std::move(request));
    const auto peer = listener_.accept();
    const std::string seen = read_request(*peer);
    EXPECT_TRUE(seen.starts_with("POST /api/chat?x=1 HTTP/1.1\r\n")) << seen;
    EXPECT_NE(seen.find("\r\nauthorization: Bearer xoxb-1\r\n"), std::string::npos);
    EXPECT_NE(seen.find("\r\ncontent-type: application/json\r\n"), std::string::npos);
    EXPECT_NE(seen.find("\r\nx-empty:\r\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("\r\nUser-Agent: Deskbell\r\n"), std::string::npos);
    EXPECT_EQ(seen.find("x-injected"), std::string::npos);
    EXPECT_EQ(seen.find("Expect"), std::string::npos);
    EXPECT_TRUE(seen.ends_with("\r\n\r\n{\"a\":1}"));
    peer->send(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nX-Name:  b \r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    const ClientAnswer got = answer.get();
    EXPECT_EQ(got.kind, Kind::answered);
    EXPECT_EQ(got.status, 429);
    EXPECT_EQ(got.body, "abcde");
    EXPECT_EQ(find_header(got.headers, "retry-after"), "7");
    EXPECT_EQ(find_header(got.headers, "x-name"), "b");
    EXPECT_EQ(find_header(got.headers, "link"), "");
}

TEST_F(CurlClientTest, SpeaksEveryMethod) {
    struct Case {
        std::string method;
        std::string body;
    };
    for (const auto& [method, body] : std::vector<Case>{{"GET", ""},
                                                        {"DELETE", ""},
                                                        {"PUT", "x"},
                                                        {"PATCH", "x"},
                                                        {"POST", ""},
                                                        {"DELETE", "x"},
                                                        {"PUT", ""}}) {
        ClientRequest request = to(method);
        request.body = body;
        request.headers = {{"connection", "close"}};
        auto answer = send(std::move(request));
        const auto peer = listener_.accept();
        const std::string seen = read_request(*peer);
        EXPECT_TRUE(seen.starts_with(method + " /api/chat")) << seen;
        EXPECT_TRUE(seen.ends_with("\r\n\r\n" + body)) << seen;
        EXPECT_EQ(seen.find("Content-Type"), std::string::npos) << seen;
        peer->send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        const ClientAnswer got = answer.get();
        EXPECT_EQ(got.kind, Kind::answered);
        EXPECT_EQ(got.status, 204);
        EXPECT_EQ(got.body, "");
    }
    auto answer = send(to("HEAD"));
    const auto peer = listener_.accept();
    EXPECT_TRUE(read_request(*peer).starts_with("HEAD "));
    peer->send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
    EXPECT_EQ(answer.get().kind, Kind::answered);
}

TEST_F(CurlClientTest, DoesNotFollowRedirects) {
    auto answer = post();
    const auto peer = listener_.accept();
    read_request(*peer);
    peer->send("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(answer.get().status, 302);
}

TEST_F(CurlClientTest, NothingLeftWhenThereWasNoConnection) {
    listener_.close();
    const ClientAnswer refused = post().get();
    EXPECT_EQ(refused.kind, Kind::not_sent);
    EXPECT_FALSE(refused.detail.empty());
    for (const std::string_view url :
         {"http://does-not-exist.invalid/", "ftp://127.0.0.1/", "no url at all", "http://[::1"}) {
        ClientRequest request;
        request.url = std::string(url);
        request.timeout_ms = 3'000;
        EXPECT_EQ(send(std::move(request)).get().kind, Kind::not_sent) << url;
    }
}

TEST_F(CurlClientTest, NothingLeftWhenTlsFails) {
    ClientRequest request = to("POST");
    request.url.replace(0, 4, "https");
    auto answer = send(std::move(request));
    const auto peer = listener_.accept();
    EXPECT_EQ(peer->read(1), "\x16");  // the client's hello
    peer->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    EXPECT_EQ(answer.get().kind, Kind::not_sent);
}

TEST_F(CurlClientTest, NothingLeftWhenTheTimeEndsInTheHandshake) {
    ClientRequest request = to("POST");
    request.url.replace(0, 4, "https");
    request.timeout_ms = 100;
    auto answer = send(std::move(request));
    const auto peer = listener_.accept();
    EXPECT_EQ(answer.get().kind, Kind::not_sent);
}

TEST_F(CurlClientTest, ATimeoutAfterTheRequestIsUnknownAndTheConnectionIsClosed) {
    const auto warm = warm_connection();
    auto answer = post("payload", 100);
    EXPECT_TRUE(read_request(*warm).ends_with("payload"));
    EXPECT_EQ(answer.get().kind, Kind::unknown);
    EXPECT_TRUE(warm->has_ended());
    auto next = post();
    const auto fresh = listener_.accept();
    read_request(*fresh);
    fresh->send(ok_response);
    EXPECT_EQ(next.get().kind, Kind::answered);
}

TEST_F(CurlClientTest, ResetsAndEndsWithoutAWholeAnswerAreUnknown) {
    const std::vector<std::string> partial_answers = {
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "SSH-2.0-OpenSSH\r\n",
    };
    for (const std::string& partial : partial_answers) {
        for (const bool is_reset : {false, true}) {
            auto answer = post();
            const auto peer = listener_.accept();
            read_request(*peer);
            peer->send(partial);
            is_reset ? peer->reset() : peer->close();
            EXPECT_EQ(answer.get().kind, Kind::unknown) << partial;
        }
    }
    EXPECT_EQ(listener_.accept(0), nullptr);  // and nothing was sent again
}

TEST_F(CurlClientTest, AReusedConnectionThatDiesUnderARequestIsUnknownAndNothingIsRepeated) {
    for (const std::string method : {"POST", "GET", "DELETE"}) {
        for (const bool is_reset : {false, true}) {
            const auto warm = warm_connection();
            auto answer = send(to(method));
            EXPECT_TRUE(read_request(*warm).starts_with(method));
            is_reset ? warm->reset() : warm->close();
            const auto repeated = listener_.accept(50);
            const ClientAnswer got = answer.get();
            EXPECT_EQ(got.kind, Kind::unknown) << method;
            if (repeated) {
                EXPECT_EQ(repeated->read_to_end(), "") << "sent twice";
            }
        }
    }
}

TEST_F(CurlClientTest, AReusedConnectionThatWasClosedMeanwhileIsReplaced) {
    for (const bool is_reset : {false, true}) {
        const auto warm = warm_connection();
        is_reset ? warm->reset() : warm->close();
        auto answer = post();
        const auto fresh = listener_.accept();
        ASSERT_NE(fresh, nullptr);
        EXPECT_TRUE(read_request(*fresh).ends_with("payload"));
        fresh->send(ok_response);
        EXPECT_EQ(answer.get().kind, Kind::answered);
    }
}

TEST_F(CurlClientTest, KeepsConnections) {
    const auto warm = warm_connection();
    for (int i = 0; i < 20; ++i) {
        auto answer = post("payload " + std::to_string(i));
        EXPECT_TRUE(read_request(*warm).ends_with("payload " + std::to_string(i)));
        warm->send(ok_response);
        EXPECT_EQ(answer.get().body, "ok");
    }
    EXPECT_EQ(listener_.accept(0), nullptr);
}

TEST_F(CurlClientTest, AnswersPastTheBoundAreUnknown) {
    for (const std::string_view head :
         {"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n",
          "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"}) {
        ClientRequest request = to("GET");
        request.response_bytes_max = 4'000;
        auto answer = send(std::move(request));
        const auto peer = listener_.accept();
        read_request(*peer);
        peer->send(std::string(head) + std::string(5'000, 'x'));
        const ClientAnswer got = answer.get();
        EXPECT_EQ(got.kind, Kind::unknown);
        EXPECT_EQ(got.detail, "the answer is larger than allowed");
        EXPECT_EQ(got.body, "");
    }
    ClientRequest request = to("GET");
    request.response_bytes_max = 4'000;
    auto answer = send(std::move(request));
    const auto peer = listener_.accept();
    read_request(*peer);
    peer->send("HTTP/1.1 200 OK\r\nContent-Length: 3900\r\n\r\n" + std::string(3'900, 'x'));
    EXPECT_EQ(answer.get().body.size(), 3'900u);
}

TEST_F(CurlClientTest, LargeBodiesGoThrough) {
    const std::string body(3u << 20, 'b');
    auto answer = post(body);
    const auto peer = listener_.accept();
    EXPECT_TRUE(read_request(*peer).ends_with(body));
    peer->send(ok_response);
    EXPECT_EQ(answer.get().kind, Kind::answered);
}

TEST_F(CurlClientTest, PastTheBoundOfRequestsInFlightTheAnswerIsNotSent) {
    on_loop([&] {
        client_.reset();
        client_.emplace(loop_, CurlClient::Options{.in_flight_max = 2});
    });
    auto first = post();
    auto second = post();
    auto third = post();
    EXPECT_EQ(third.get().kind, Kind::not_sent);
    for (int i = 0; i < 2; ++i) {
        const auto peer = listener_.accept();
        read_request(*peer);
        peer->send(ok_response);
    }
    EXPECT_EQ(first.get().kind, Kind::answered);
    EXPECT_EQ(second.get().kind, Kind::answered);
}

TEST_F(CurlClientTest, WaitingForAConnectionIsNotSentWhenTheTimeEnds) {
    on_loop([&] {
        client_.reset();
        client_.emplace(loop_, CurlClient::Options{.connections_per_host_max = 1});
    });
    auto first = post();
    const auto peer = listener_.accept();
    read_request(*peer);
    auto waiting = post("payload", 100);
    EXPECT_EQ(waiting.get().kind, Kind::not_sent);
    peer->send(ok_response);
    EXPECT_EQ(first.get().kind, Kind::answered);
}

TEST_F(CurlClientTest, DestroyingTheClientDropsCallbacksUncalled) {
    const auto token = std::make_shared<int>(0);
    on_loop([&] { client_->send(to("GET"), [token](ClientAnswer) { FAIL(); }); });
    const auto peer = listener_.accept();
    EXPECT_FALSE(read_request(*peer).empty());
    on_loop([&] { client_.reset(); });
    EXPECT_EQ(token.use_count(), 1);
    EXPECT_TRUE(peer->has_ended());
}

TEST_F(CurlClientTest, ManyAtOnceAreAllAnswered) {
    std::vector<std::future<ClientAnswer>> answers;
    for (int i = 0; i < 60; ++i) answers.push_back(post("n" + std::to_string(i)));
    std::vector<std::thread> servers;
    for (int i = 0; i < 8; ++i) {
        std::shared_ptr<Peer> peer = listener_.accept();
        ASSERT_NE(peer, nullptr);
        servers.emplace_back([peer] {
            while (!read_request(*peer).empty()) peer->send(ok_response);
        });
    }
    for (auto& answer : answers) EXPECT_EQ(answer.get().kind, Kind::answered);
    EXPECT_EQ(listener_.accept(0), nullptr);  // no more than eight connections to a host
    on_loop([&] { client_.reset(); });
    for (std::thread& server : servers) server.join();
}

}  // namespace
}  // namespace deskbell::net
