#include "net/http_server.hpp"

#include "net/test_peer.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <stdexcept>
#include <vector>

namespace deskbell::net {
namespace {

using testing::Peer;
using testing::TestServer;

// Answers with what it understood.
void echo(const std::shared_ptr<Exchange>& exchange) {
    const HttpRequest& request = exchange->request();
    HttpResponse response;
    response.headers = {{"content-type", "text/plain"}};
    response.body = request.method + " " + request.path + " [" + request.query + "] " +
                    request.body + " from " + request.peer_address;
    exchange->respond(std::move(response));
}

std::string get(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
    TestServer server(echo);
    Peer peer(server.port());
    for (int i = 0; i < 3; ++i) {
        peer.send(get("/a%20b?x=1"));
        const std::string response = peer.read_response();
        EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\n")) << response;
        EXPECT_TRUE(response.ends_with("GET /a%20b [x=1]  from 127.0.0.1")) << response;
        EXPECT_NE(response.find("\r\ndate: "), std::string::npos);
        EXPECT_EQ(response.find("connection:"), std::string::npos);
    }
    EXPECT_EQ(server.server().connections(), 1u);
}

TEST(HttpServer, ReadsRequestsCutAnywhere) {
    TestServer server(echo);
    const std::string request =
        "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;ext=1\r\nabc\r\n0a\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
    Peer peer(server.port());
    for (const char c : request) peer.send(std::string_view(&c, 1));
    EXPECT_TRUE(peer.read_response().ends_with("POST /p [] abc0123456789 from 127.0.0.1"));
    for (std::size_t cut = 1; cut < request.size(); cut += 7) {
        peer.send(std::string_view(request).substr(0, cut));
        server.on_loop([] {});
        peer.send(std::string_view(request).substr(cut));
        EXPECT_TRUE(peer.read_response().ends_with("abc0123456789 from 127.0.0.1")) << cut;
    }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    std::vector<std::shared_ptr<Exchange>> held;  // the loop's thread only
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        if (exchange->request().path == "/later") {
            held.push_back(exchange);
        } else {
            echo(exchange);
        }
    });
    Peer peer(server.port());
    std::string requests = get("/1") + get("/2") + get("/later");
    for (int i = 4; i < 200; ++i) requests += get("/" + std::to_string(i));
    peer.send(requests);
    EXPECT_NE(peer.read_response().find("GET /1 "), std::string::npos);
    EXPECT_NE(peer.read_response().find("GET /2 "), std::string::npos);
    ASSERT_TRUE(server.eventually([&] { return held.size() == 1; }));
    server.on_loop([&] {
        echo(held.front());
        held.clear();
    });
    EXPECT_NE(peer.read_response().find("GET /later "), std::string::npos);
    for (int i = 4; i < 200; ++i) {
        EXPECT_NE(peer.read_response().find("GET /" + std::to_string(i) + " "), std::string::npos);
    }
}

TEST(HttpServer, HeadHasTheLengthAndNoBody) {
    TestServer server(echo);
    Peer peer(server.port());
    peer.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next"));
    const std::string head = peer.read_until("\r\n\r\n");
    EXPECT_NE(head.find("content-length: 25\r\n"), std::string::npos) << head;
    EXPECT_NE(peer.read_response().find("GET /next"), std::string::npos);
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
    TestServer server(echo);
    Peer peer(server.port());
    const std::string head =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
    peer.send(head);
    EXPECT_EQ(peer.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("abc");
    EXPECT_NE(peer.read_response().find("POST / [] abc"), std::string::npos);
    peer.send(head + "def");
    EXPECT_TRUE(peer.read_response().starts_with("HTTP/1.1 200 OK"));
}

TEST(HttpServer, ClosesWhenAskedTo) {
    TestServer server(echo);
    for (const std::string_view request :
         {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
        Peer peer(server.port());
        peer.send(request);
        EXPECT_NE(peer.read_to_end().find("connection: close\r\n"), std::string::npos);
    }
    Peer peer(server.port());
    peer.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(peer.read_response().find("connection: keep-alive\r\n"), std::string::npos);
    peer.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_NE(peer.read_to_end().find("connection: close\r\n"), std::string::npos);
}

struct Refusal {
    std::string name;
    std::string request;
    std::string status;
    std::string code;
};

// A server with small limits, and each of these sent whole and byte by byte.
void check_refusals(const std::vector<Refusal>& refusals) {
    ServerLimits limits;
    limits.header_bytes_max = 1024;
    limits.body_bytes_max_for = [](std::string_view, std::string_view path) -> std::size_t {
        return path == "/big" ? 1024 : 64;
    };
    TestServer server(echo, limits);
    for (const Refusal& refusal : refusals) {
        for (const bool byte_by_byte : {false, true}) {
            Peer peer(server.port());
            if (byte_by_byte && refusal.request.size() < 500) {
                for (const char c : refusal.request) peer.send(std::string_view(&c, 1));
            } else {
                peer.send(refusal.request);
            }
            const std::string response = peer.read_to_end();
            EXPECT_TRUE(response.starts_with("HTTP/1.1 " + refusal.status + " "))
                << refusal.name << ": " << response;
            EXPECT_NE(response.find("application/problem+json"), std::string::npos);
            EXPECT_NE(response.find("\"code\":\"" + refusal.code + "\""), std::string::npos)
                << refusal.name << ": " << response;
        }
    }
    EXPECT_TRUE(server.eventually([&] { return server.server().connections() == 0; }));
}

const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";

TEST(HttpServer, RefusesHeadsThatCouldBeReadInTwoWays) {
    check_refusals({
        {"both lengths", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400", "bad_request"},
        {"both, other order",
         post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400",
         "bad_request"},
        {"two lengths", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "400",
         "bad_request"},
        {"list of lengths", post + "Content-Length: 3, 3\r\n\r\nabc", "400", "bad_request"},
        {"signed length", post + "Content-Length: +3\r\n\r\nabc", "400", "bad_request"},
        {"negative length", post + "Content-Length: -3\r\n\r\nabc", "400", "bad_request"},
        {"length too large for a number", post + "Content-Length: 99999999999999999999\r\n\r\n",
         "400", "bad_request"},
        {"other coding", post + "Transfer-Encoding: gzip\r\n\r\n", "400", "bad_request"},
        {"list of codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400",
         "bad_request"},
        {"twice chunked",
         post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400",
         "bad_request"},
        {"misspelt coding", post + "Transfer-Encoding: xchunked\r\n\r\n", "400", "bad_request"},
        {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400",
         "bad_request"},
        {"blank before the colon", post + "Content-Length : 3\r\n\r\nabc", "400", "bad_request"},
        {"folded header", post + "X: a\r\n b\r\n\r\n", "400", "bad_request"},
        {"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", "400", "bad_request"},
        {"bare line feeds", "GET / HTTP/1.1\nHost: h\n\nxx\r\n\r\n", "400", "bad_request"},
        {"bare carriage return", post + "X: a\rb\r\n\r\n", "400", "bad_request"},
        {"zero byte", post + std::string("X: a\0b\r\n\r\n", 10), "400", "bad_request"},
        {"no host", "GET / HTTP/1.1\r\n\r\n", "400", "bad_request"},
        {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", "bad_request"},
        {"not a path", "GET x HTTP/1.1\r\nHost: h\r\n\r\n", "400", "bad_request"},
        {"fragment", "GET /#a HTTP/1.1\r\nHost: h\r\n\r\n", "400", "bad_request"},
        {"other version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "400", "bad_request"},
        {"small method", "get / HTTP/1.1\r\nHost: h\r\n\r\n", "400", "bad_request"},
        {"TLS on a plain port", std::string("\x16\x03\x01\x02\x00", 5), "400", "bad_request"},
    });
}

TEST(HttpServer, RefusesBrokenChunksAndWhatIsTooLarge) {
    check_refusals({
        {"no chunk size", chunked + "\r\nabc", "400", "bad_request"},
        {"bad chunk size", chunked + "zz\r\n", "400", "bad_request"},
        {"0x chunk size", chunked + "0x3\r\nabc\r\n", "400", "bad_request"},
        {"endless chunk size", chunked + "00000000000000003\r\nabc", "400", "bad_request"},
        {"chunk without its end", chunked + "3\r\nabcX", "400", "bad_request"},
        {"chunk size ended badly", chunked + "3\nabc\r\n", "400", "bad_request"},
        {"endless extension", chunked + "3;" + std::string(9000, 'x'), "400", "bad_request"},
        {"endless trailers", chunked + "0\r\nX: " + std::string(9000, 'x'), "400", "bad_request"},
        {"large chunk", chunked + "41\r\n", "413", "body_too_large"},
        {"huge chunk", chunked + "fffffffffffffff\r\n", "413", "body_too_large"},
        {"many chunks", chunked + "40\r\n" + std::string(64, 'x') + "\r\n1\r\n", "413",
         "body_too_large"},
        {"large body", post + "Content-Length: 65\r\n\r\n", "413", "body_too_large"},
        {"large body elsewhere", "POST /big HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n",
         "413", "body_too_large"},
        {"large head", post + "X: " + std::string(1024, 'x') + "\r\n\r\n", "431",
         "headers_too_large"},
        {"other expectation", post + "Expect: 200-maybe\r\nContent-Length: 1\r\n\r\n", "417",
         "expectation_failed"},
    });
}

TEST(HttpServer, TakesUnusualButCleanRequests) {
    ServerLimits limits;
    limits.body_bytes_max_for = [](std::string_view, std::string_view path) -> std::size_t {
        return path == "/big" ? 300'000 : 64;
    };
    TestServer server(echo, limits);
    Peer peer(server.port());
    peer.send("\r\nGET http://h/x?y HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_NE(peer.read_response().find("GET /x [y]"), std::string::npos);
    peer.send("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n");
    EXPECT_NE(peer.read_response().find("OPTIONS * []"), std::string::npos);
    const std::string body(300'000, 'z');
    peer.send("PUT /big HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body);
    EXPECT_NE(peer.read_response().find(body), std::string::npos);
}

TEST(HttpServer, AnswersForWhoeverDoesNot) {
    std::shared_ptr<Exchange> kept;  // the loop's thread only
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        if (exchange->request().path == "/throws") throw std::runtime_error("on purpose");
        if (exchange->request().path == "/keeps") kept = exchange;
    });
    Peer peer(server.port());
    for (const std::string_view path : {"/throws", "/forgets"}) {
        peer.send(get(path));
        const std::string response = peer.read_response();
        EXPECT_TRUE(response.starts_with("HTTP/1.1 500 ")) << response;
        EXPECT_NE(response.find("internal_error"), std::string::npos);
    }
    peer.send(get("/keeps"));
    ASSERT_TRUE(server.eventually([&] { return kept != nullptr; }));
    std::shared_ptr<Exchange> elsewhere;
    server.on_loop([&] { elsewhere = std::move(kept); });
    elsewhere.reset();  // on this thread: a command that was dropped
    EXPECT_TRUE(peer.read_response().starts_with("HTTP/1.1 500 "));
}

TEST(HttpServer, LongPollsLearnThatNobodyWaits) {
    std::vector<std::shared_ptr<Exchange>> held;
    int abandoned = 0;
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        exchange->on_abandoned([&] { ++abandoned; });
        held.push_back(exchange);
    });
    Peer gone(server.port());
    Peer reset(server.port());
    gone.send(get("/"));
    reset.send(get("/"));
    ASSERT_TRUE(server.eventually([&] { return held.size() == 2; }));
    gone.close();
    reset.reset();
    EXPECT_TRUE(server.eventually([&] { return abandoned == 2; }));
    server.on_loop([&] {
        for (const auto& exchange : held) exchange->respond({});  // into the void
        held.clear();
    });
    EXPECT_EQ(server.server().connections(), 0u);
}

TEST(HttpServer, ExchangesMayOutliveTheServer) {
    std::shared_ptr<Exchange> kept;
    {
        TestServer server([&](const std::shared_ptr<Exchange>& exchange) { kept = exchange; });
        Peer peer(server.port());
        peer.send(get("/"));
        ASSERT_TRUE(server.eventually([&] { return kept != nullptr; }));
        std::shared_ptr<Exchange> last;
        server.on_loop([&] {
            last = std::move(kept);
            last->on_abandoned([] {});
        });
        server.on_loop([&] { last->respond({}); });
    }
}

TEST(HttpServer, SlowRequestsGet408AndIdleConnectionsEnd) {
    ServerLimits limits;
    limits.request_timeout_ms = 60;
    limits.idle_timeout_ms = 60;
    TestServer server(echo, limits);
    Peer silent(server.port());
    Peer slow_head(server.port());
    Peer slow_body(server.port());
    slow_head.send("GET / HT");
    slow_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_NE(slow_head.read_to_end().find("\"code\":\"request_timeout\""), std::string::npos);
    EXPECT_TRUE(slow_body.read_to_end().starts_with("HTTP/1.1 408 "));
    Peer kept_alive(server.port());
    kept_alive.send(get("/"));
    EXPECT_TRUE(kept_alive.read_to_end().starts_with("HTTP/1.1 200 "));
}

TEST(HttpServer, SendsLargeBodiesAndCutsWhoTakesNothing) {
    static const std::string large(24u << 20, 'L');
    ServerLimits limits;
    limits.write_stall_timeout_ms = 700;
    TestServer server(
        [](const std::shared_ptr<Exchange>& exchange) {
            HttpResponse response;
            response.static_body = large;
            exchange->respond(std::move(response));
        },
        limits);
    Peer reader(server.port());
    reader.send(get("/") + get("/"));
    EXPECT_EQ(reader.read_response().size() > large.size(), true);
    EXPECT_TRUE(reader.read_response().ends_with("LLLL"));
    Peer stalled(server.port(), 4096);
    stalled.send(get("/"));
    EXPECT_TRUE(server.eventually([&] { return server.server().connections() == 2; }));
    EXPECT_TRUE(server.eventually([&] { return server.server().connections() == 1; }));
    EXPECT_LT(stalled.read_to_end().size(), large.size());
}

TEST(HttpServer, WhoSendsRequestsAndReadsNoAnswersIsNotBufferedFor) {
    int requests = 0;  // the loop's thread only
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        ++requests;
        HttpResponse response;
        response.body = std::string(1'000, 'r');
        exchange->respond(std::move(response));
    });
    Peer greedy(server.port(), 4096);
    const int send_buffer = 1 << 20;
    ::setsockopt(greedy.handle(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    std::string many;
    for (int i = 0; i < 500; ++i) many += get("/");
    ::timeval patience{0, 200'000};
    ::setsockopt(greedy.handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int sent = 0;
    while (sent < 400 && greedy.send(many)) ++sent;
    EXPECT_LT(sent, 400);  // the server has stopped reading
    server.on_loop([&] { EXPECT_LT(requests, 10'000); });
}

TEST(HttpServer, HeaderValuesCannotStartHeaders) {
    TestServer server([](const std::shared_ptr<Exchange>& exchange) {
        HttpResponse response;
        response.status = 204;
        response.headers = {{"x-name", "a\r\nset-cookie: b"}, {"content-length", "77"}};
        exchange->respond(std::move(response));
    });
    Peer peer(server.port());
    peer.send(get("/"));
    const std::string head = peer.read_until("\r\n\r\n");
    EXPECT_NE(head.find("x-name: aset-cookie: b\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("content-length"), std::string::npos);
}

TEST(HttpServer, AcceptingPausesAtTheLimitAndGoesOn) {
    ServerLimits limits;
    limits.connections_max = 2;
    TestServer server(echo, limits);
    auto first = std::make_unique<Peer>(server.port());
    Peer second(server.port());
    first->send(get("/"));
    second.send(get("/"));
    EXPECT_FALSE(first->read_response().empty());
    EXPECT_FALSE(second.read_response().empty());
    Peer third(server.port());
    third.send(get("/"));
    EXPECT_EQ(server.server().connections(), 2u);
    first.reset();
    EXPECT_FALSE(third.read_response().empty());
}

TEST(HttpServer, RunningOutOfDescriptorsPausesAccepting) {
    TestServer server(echo);
    Peer before(server.port());
    before.send(get("/"));
    EXPECT_FALSE(before.read_response().empty());
    Peer waiting(server.port());  // its descriptor exists before they run out
    server.on_loop([] {});
    rlimit old_limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old_limit), 0);
    Peer late(0);
    const rlimit none_left{0, old_limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(late.handle(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    before.send(get("/"));
    EXPECT_FALSE(before.read_response().empty());  // others are served meanwhile
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old_limit), 0);
    late.send(get("/"));
    EXPECT_FALSE(late.read_response().empty());
}

TEST(HttpServer, ASecondListenerOfTheProcessSharesThePortAndAForeignOneIsRefused) {
    TestServer server(echo);
    TestServer other(echo);
    std::unique_ptr<HttpServer> sibling;
    other.on_loop([&] {
        sibling = std::make_unique<HttpServer>(other.loop(), ServerLimits{}, echo);
        EXPECT_EQ(sibling->listen("127.0.0.1", server.port()).value(), server.port());
    });
    other.on_loop([&] { sibling.reset(); });

    const int foreign = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(foreign, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(foreign, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(foreign, 1), 0);
    ::socklen_t length = sizeof address;
    ::getsockname(foreign, reinterpret_cast<sockaddr*>(&address), &length);
    other.on_loop([&] {
        HttpServer refused(other.loop(), {}, echo);
        const auto listening = refused.listen("127.0.0.1", ntohs(address.sin_port));
        ASSERT_FALSE(listening);
        EXPECT_EQ(listening.error().code, "listen_failed");
        EXPECT_EQ(refused.listen("nowhere", 0).error().code, "listen_failed");
    });
    ::close(foreign);
}

TEST(HttpServer, CloseAllEndsIdleOnesAtOnceAndRequestsAfterTheirAnswer) {
    std::shared_ptr<Exchange> held;
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) {
        if (exchange->request().path == "/held") {
            held = exchange;
        } else {
            echo(exchange);
        }
    });
    Peer idle(server.port());
    Peer busy(server.port());
    idle.send(get("/"));
    EXPECT_FALSE(idle.read_response().empty());
    busy.send(get("/held"));
    ASSERT_TRUE(server.eventually([&] { return held != nullptr; }));
    std::promise<void> done;
    server.server().close_all(1012, [] { return "0"; }, 5'000, [&] { done.set_value(); });
    EXPECT_EQ(idle.read_to_end(), "");
    idle.close();
    server.on_loop([&] { echo(std::exchange(held, nullptr)); });
    EXPECT_NE(busy.read_to_end().find("connection: close"), std::string::npos);
    busy.close();
    done.get_future().wait();
    EXPECT_FALSE(Peer(server.port()).connected());
}

TEST(HttpServer, CloseAllCutsWhatIsLeftAtTheDeadline) {
    std::shared_ptr<Exchange> held;
    TestServer server([&](const std::shared_ptr<Exchange>& exchange) { held = exchange; });
    Peer busy(server.port());
    busy.send(get("/"));
    ASSERT_TRUE(server.eventually([&] { return held != nullptr; }));
    std::promise<void> done;
    server.server().close_all(1012, nullptr, 30, [&] { done.set_value(); });
    done.get_future().wait();
    EXPECT_EQ(busy.read_to_end(), "");
    server.on_loop([&] { held.reset(); });
}

}  // namespace
}  // namespace deskbell::net
