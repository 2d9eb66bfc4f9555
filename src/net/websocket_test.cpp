#include "net/test_peer.hpp"
#include "net/websocket_frames.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace deskbell::net {
namespace {

using testing::client_frame;
using testing::Peer;
using testing::TestServer;
using testing::upgrade_request;

// What a server with WebSockets saw; the loop's thread only.
struct Room {
    std::vector<WebSocket*> sockets;
    std::vector<std::string> texts;
    std::vector<int> closed;
    int pongs = 0;
    bool is_inside_call = false;  // of a WebSocket: the handler must not be called
    std::function<void(WebSocket&, std::string_view)> on_text;
};

class RoomHandler final : public WebSocketHandler {
public:
    explicit RoomHandler(Room& room) : room_(room) {}
    void on_open(WebSocket& socket) override {
        socket_ = &socket;
        room_.sockets.push_back(&socket);
    }
    void on_text(std::string_view text) override {
        EXPECT_FALSE(room_.is_inside_call);
        room_.texts.emplace_back(text);
        room_.is_inside_call = true;
        if (room_.on_text) room_.on_text(*socket_, text);
        room_.is_inside_call = false;
    }
    void on_pong() override { ++room_.pongs; }
    void on_close(std::uint16_t code) override {
        EXPECT_FALSE(room_.is_inside_call);
        room_.closed.push_back(code);
        std::erase(room_.sockets, socket_);
    }

private:
    Room& room_;
    WebSocket* socket_ = nullptr;
};

Handler into(Room& room) {
    return [&room](const std::shared_ptr<Exchange>& exchange) {
        if (!exchange->wants_websocket()) return exchange->respond({.status = 404});
        exchange->accept_websocket("deskbell.v1", std::make_unique<RoomHandler>(room));
    };
}

// A server whose room echoes, and a peer past the upgrade.
class WebSocketTest : public ::testing::Test {
protected:
    void start(ServerLimits limits = {}) {
        room_.on_text = [](WebSocket& socket, std::string_view text) { socket.send_text(text); };
        server_ = std::make_unique<TestServer>(into(room_), std::move(limits));
    }
    std::unique_ptr<Peer> join(std::string_view with = {}, int receive_buffer_bytes = 0) {
        auto peer = std::make_unique<Peer>(server_->port(), receive_buffer_bytes);
        peer->send(upgrade_request() + std::string(with));
        const std::string head = peer->read_until("\r\n\r\n");
        EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
        EXPECT_NE(head.find("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
                  std::string::npos);
        EXPECT_NE(head.find("connection: Upgrade\r\n"), std::string::npos);
        EXPECT_NE(head.find("upgrade: websocket\r\n"), std::string::npos);
        EXPECT_NE(head.find("sec-websocket-protocol: deskbell.v1\r\n"), std::string::npos);
        EXPECT_EQ(head.find("extensions"), std::string::npos);
        return peer;
    }
    bool closed_with(std::vector<int> codes) {
        return server_->eventually([&] { return room_.closed == codes; });
    }

    Room room_;
    std::unique_ptr<TestServer> server_;
};

using Frame = std::pair<int, std::string>;

std::string close_payload(int code, std::string_view reason = {}) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 255)}.append(reason);
}

TEST_F(WebSocketTest, EchoesFromTheFirstByteBehindTheUpgrade) {
    start();
    const auto peer = join(client_frame(0x81, "early") + client_frame(0x81, "bird"));
    EXPECT_EQ(peer->read_frame(), Frame(1, "early"));
    EXPECT_EQ(peer->read_frame(), Frame(1, "bird"));
    for (const std::size_t size : {0u, 125u, 126u, 60'000u, 65'536u}) {
        const std::string text(size, 'x');
        peer->send(client_frame(0x81, text));
        EXPECT_EQ(peer->read_frame(), Frame(1, text));
    }
    for (const char c : client_frame(0x81, "byte by byte")) peer->send(std::string_view(&c, 1));
    EXPECT_EQ(peer->read_frame(), Frame(1, "byte by byte"));
}

TEST_F(WebSocketTest, AnswersPingsAndReportsPongs) {
    start();
    const auto peer = join();
    peer->send(client_frame(0x89, "are you there"));
    EXPECT_EQ(peer->read_frame(), Frame(10, "are you there"));
    ASSERT_TRUE(server_->eventually([&] { return !room_.sockets.empty(); }));
    server_->on_loop([&] { room_.sockets.front()->ping(); });
    EXPECT_EQ(peer->read_frame(), Frame(9, ""));
    peer->send(client_frame(0x8a, ""));
    EXPECT_TRUE(server_->eventually([&] { return room_.pongs == 1; }));
}

TEST_F(WebSocketTest, ThePeersCloseIsAnsweredAndReported) {
    start();
    const auto peer = join();
    peer->send(client_frame(0x81, "last words") + client_frame(0x88, close_payload(4000, "bye")) +
               client_frame(0x81, "ghost"));
    EXPECT_EQ(peer->read_frame(), Frame(1, "last words"));
    EXPECT_EQ(peer->read_frame(), Frame(8, close_payload(4000)));
    EXPECT_TRUE(peer->has_ended());
    EXPECT_TRUE(closed_with({4000}));
    const auto silent = join();
    silent->send(client_frame(0x88, ""));
    EXPECT_EQ(silent->read_frame(), Frame(8, ""));
    EXPECT_TRUE(closed_with({4000, 1005}));
    EXPECT_EQ(room_.texts.size(), 1u);
}

TEST_F(WebSocketTest, IllegalFramesCloseWithTheirCode) {
    start();
    const std::vector<std::pair<std::string, int>> cases = {
        {"\xff", 1002},
        {client_frame(0x82, "binary"), 1003},
        {client_frame(0x81, "\xff"), 1007},
        {std::string("\x81\xff\x00\x00\x00\x00\x00\x01\x00\x01", 10), 1009},
        {client_frame(0x88, close_payload(1005)), 1002},
    };
    std::vector<int> codes;
    for (const auto& [bytes, code] : cases) {
        const auto peer = join();
        peer->send(bytes);
        EXPECT_EQ(peer->read_frame(), Frame(8, close_payload(code)));
        EXPECT_TRUE(peer->has_ended());
        codes.push_back(code);
        EXPECT_TRUE(closed_with(codes));
    }
}

TEST_F(WebSocketTest, PeersThatVanishAre1006) {
    start();
    join()->close();
    EXPECT_TRUE(closed_with({1006}));
    join()->reset();
    EXPECT_TRUE(closed_with({1006, 1006}));
    EXPECT_TRUE(server_->eventually([&] { return server_->server().connections() == 0; }));
}

TEST_F(WebSocketTest, OurCloseFollowsWhatWasSentAndIsReportedOnce) {
    start();
    room_.on_text = [](WebSocket& socket, std::string_view) {
        socket.send_text(std::string(100'000, 'a'));
        socket.close(4001, "replaced");
        socket.close(4002, "again");
        EXPECT_EQ(socket.send_text("never"), SendStatus::overflow);
    };
    const auto peer = join();
    peer->send(client_frame(0x81, "go") + client_frame(0x81, "ignored"));
    EXPECT_EQ(peer->read_frame().second.size(), 100'000u);
    EXPECT_EQ(peer->read_frame(), Frame(8, close_payload(4001, "replaced")));
    EXPECT_TRUE(room_.closed.empty());  // the handshake is not over
    peer->send(client_frame(0x88, close_payload(4001)));
    EXPECT_TRUE(closed_with({4001}));
    EXPECT_TRUE(peer->has_ended());
    EXPECT_EQ(room_.texts.size(), 1u);
}

TEST_F(WebSocketTest, ACloseThatNobodyAnswersEndsAtItsDeadline) {
    start({.write_stall_timeout_ms = 50});
    const auto peer = join();
    ASSERT_TRUE(server_->eventually([&] { return !room_.sockets.empty(); }));
    server_->on_loop([&] { room_.sockets.front()->close(4009, ""); });
    EXPECT_TRUE(closed_with({4009}));
}

TEST_F(WebSocketTest, ASlowReaderOverflowsAndOthersDoNotNotice) {
    start({.send_buffer_bytes_max = 50'000, .write_stall_timeout_ms = 200});
    const auto slow = join({}, 4096);
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 1; }));
    const auto quick = join();
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 2; }));
    server_->on_loop([&] {
        WebSocket& socket = *room_.sockets.front();
        const std::string text(10'000, 'x');
        int sent = 0;
        while (socket.send_text(text) == SendStatus::sent) ASSERT_LT(++sent, 10'000);
        EXPECT_LE(socket.buffered_bytes(), 50'000u + 200);
        EXPECT_EQ(socket.send_text("x"), SendStatus::overflow);
        EXPECT_TRUE(room_.closed.empty());  // not inside the call
    });
    quick->send(client_frame(0x81, "hello"));
    EXPECT_EQ(quick->read_frame(), Frame(1, "hello"));
    EXPECT_TRUE(closed_with({4008}));
}

TEST_F(WebSocketTest, ASlowReaderThatCatchesUpGetsEverythingAndThe4008) {
    start({.send_buffer_bytes_max = 50'000});
    const auto slow = join({}, 4096);
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 1; }));
    int sent = 0;
    server_->on_loop([&] {
        while (room_.sockets.front()->send_text(std::string(10'000, 'x')) == SendStatus::sent) {
            ASSERT_LT(++sent, 10'000);
        }
    });
    for (int i = 0; i < sent; ++i) EXPECT_EQ(slow->read_frame().second.size(), 10'000u);
    EXPECT_EQ(slow->read_frame(), Frame(8, close_payload(4008, "too slow a reader")));
    slow->send(client_frame(0x88, close_payload(4008)));
    EXPECT_TRUE(closed_with({4008}));
}

TEST_F(WebSocketTest, WhoTakesNothingAtAllIsToldAndCut) {
    start({.send_buffer_bytes_max = 8u << 20, .write_stall_timeout_ms = 60});
    const auto stalled = join({}, 4096);
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 1; }));
    server_->on_loop([&] { room_.sockets.front()->send_text(std::string(4u << 20, 'x')); });
    EXPECT_TRUE(closed_with({4008}));
}

TEST_F(WebSocketTest, APingFloodFromWhoNeverReadsIsBounded) {
    start({.send_buffer_bytes_max = 20'000, .write_stall_timeout_ms = 100});
    const auto peer = join({}, 4096);
    std::string pings;
    for (int i = 0; i < 500; ++i) pings += client_frame(0x89, std::string(125, 'p'));
    for (int i = 0; i < 200 && peer->send(pings); ++i) {
    }
    EXPECT_TRUE(closed_with({4008}));
}

TEST_F(WebSocketTest, AHandlerThatThrowsLosesItsOwnConnectionOnly) {
    start();
    room_.on_text = [](WebSocket& socket, std::string_view text) {
        if (text == "boom") throw std::runtime_error("on purpose");
        socket.send_text(text);
    };
    const auto other = join();
    const auto peer = join();
    peer->send(client_frame(0x81, "boom"));
    EXPECT_EQ(peer->read_frame(), Frame(8, close_payload(1011)));
    room_.is_inside_call = false;
    peer->close();
    EXPECT_TRUE(closed_with({1011}));
    other->send(client_frame(0x81, "still here"));
    EXPECT_EQ(other->read_frame(), Frame(1, "still here"));
}

TEST_F(WebSocketTest, CloseAllSaysWhyAndWaitsForTheLast) {
    start();
    const auto first = join();
    const auto second = join();
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 2; }));
    int wait_ms = 100;
    std::promise<void> done;
    server_->server().close_all(
        1012, [&] { return std::to_string(wait_ms += 50); }, 5'000, [&] { done.set_value(); });
    std::vector<std::string> reasons;
    for (Peer* peer : {first.get(), second.get()}) {
        const Frame frame = peer->read_frame();
        EXPECT_EQ(frame.first, 8);
        reasons.push_back(frame.second.substr(2));
        peer->send(client_frame(0x88, frame.second));
        EXPECT_TRUE(peer->has_ended());
        peer->close();
    }
    EXPECT_EQ(reasons, (std::vector<std::string>{"150", "200"}));
    done.get_future().wait();
    EXPECT_EQ(room_.closed, (std::vector<int>{1012, 1012}));
}

TEST_F(WebSocketTest, DestroyingTheServerTellsEveryHandler) {
    start();
    const auto peer = join();
    ASSERT_TRUE(server_->eventually([&] { return room_.sockets.size() == 1; }));
    server_.reset();
    EXPECT_EQ(room_.closed, (std::vector<int>{1006}));
}

TEST_F(WebSocketTest, MalformedUpgradesAreNoUpgrades) {
    start();
    const auto answer_to = [&](std::string request) {
        Peer peer(server_->port());
        peer.send(request);
        return peer.read_response();
    };
    const auto replaced = [](std::string_view what, std::string_view by) {
        std::string request = upgrade_request();
        return request.replace(request.find(what), what.size(), by);
    };
    EXPECT_TRUE(
        answer_to(replaced("dGhlIHNhbXBsZSBub25jZQ==", "short")).starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(answer_to(replaced("dGhlIHNhbXBsZSBub25jZQ==", "!!hlIHNhbXBsZSBub25jZQ=="))
                    .starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(answer_to(replaced("GET", "PUT")).starts_with("HTTP/1.1 404"));
    EXPECT_TRUE(
        answer_to(replaced("Upgrade: websocket", "Upgrade: h2c")).starts_with("HTTP/1.1 404"));
    const std::string other = answer_to(replaced("Version: 13", "Version: 8"));
    EXPECT_TRUE(other.starts_with("HTTP/1.1 426 ")) << other;
    EXPECT_NE(other.find("sec-websocket-version: 13\r\n"), std::string::npos);
}

// ---- event streams

struct StreamRoom {
    ResponseStream* stream = nullptr;
    int closed = 0;
};

class StreamRoomHandler final : public ResponseStreamHandler {
public:
    explicit StreamRoomHandler(StreamRoom& room) : room_(room) {}
    void on_open(ResponseStream& stream) override { room_.stream = &stream; }
    void on_close() override {
        room_.stream = nullptr;
        ++room_.closed;
    }

private:
    StreamRoom& room_;
};

Handler streaming_into(StreamRoom& room) {
    return [&room](const std::shared_ptr<Exchange>& exchange) {
        if (exchange->request().path != "/stream") return exchange->respond({.status = 204});
        HttpResponse head;
        head.headers = {{"content-type", "text/event-stream"}};
        exchange->stream(std::move(head), std::make_unique<StreamRoomHandler>(room));
    };
}

constexpr std::string_view stream_request = "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(EventStream, SendsChunksAndGoesOnAfterItsEnd) {
    StreamRoom room;
    TestServer server(streaming_into(room));
    Peer peer(server.port());
    peer.send(stream_request);
    const std::string head = peer.read_until("\r\n\r\n");
    EXPECT_NE(head.find("transfer-encoding: chunked\r\n"), std::string::npos) << head;
    EXPECT_EQ(head.find("content-length"), std::string::npos);
    ASSERT_TRUE(server.eventually([&] { return room.stream != nullptr; }));
    server.on_loop([&] {
        EXPECT_EQ(room.stream->write("id: 1\n\n"), SendStatus::sent);
        EXPECT_EQ(room.stream->write(""), SendStatus::sent);
        room.stream->write("data: 2\n\n");
        room.stream->finish();
        EXPECT_EQ(room.closed, 0);
    });
    EXPECT_EQ(peer.read_until("0\r\n\r\n"), "7\r\nid: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n");
    EXPECT_TRUE(server.eventually([&] { return room.closed == 1; }));
    peer.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(peer.read_until("\r\n\r\n").starts_with("HTTP/1.1 204 "));
}

TEST(EventStream, OldClientsReadUntilTheEnd) {
    StreamRoom room;
    TestServer server(streaming_into(room));
    Peer peer(server.port());
    peer.send("GET /stream HTTP/1.0\r\n\r\n");
    ASSERT_TRUE(server.eventually([&] { return room.stream != nullptr; }));
    server.on_loop([&] {
        room.stream->write("data: 1\n\n");
        room.stream->finish();
    });
    EXPECT_TRUE(peer.read_to_end().ends_with("\r\n\r\ndata: 1\n\n"));
    Peer head(server.port());
    head.send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_FALSE(head.read_until("\r\n\r\n").empty());
    EXPECT_TRUE(server.eventually([&] { return room.closed == 2; }));
}

TEST(EventStream, NoticesThatTheReaderHasGone) {
    StreamRoom room;
    TestServer server(streaming_into(room));
    auto peer = std::make_unique<Peer>(server.port());
    peer->send(stream_request);
    EXPECT_FALSE(peer->read_until("\r\n\r\n").empty());
    peer.reset();
    EXPECT_TRUE(server.eventually([&] { return room.closed == 1; }));
}

TEST(EventStream, CutsSlowReadersPastTheBound) {
    StreamRoom room;
    TestServer server(streaming_into(room), {.send_buffer_bytes_max = 50'000});
    Peer peer(server.port(), 4096);
    peer.send(stream_request);
    ASSERT_TRUE(server.eventually([&] { return room.stream != nullptr; }));
    server.on_loop([&] {
        int sent = 0;
        while (room.stream->write(std::string(5'000, 'x')) == SendStatus::sent) {
            ASSERT_LT(++sent, 10'000);
        }
        EXPECT_EQ(room.closed, 0);  // not inside the call
    });
    EXPECT_TRUE(server.eventually([&] { return room.closed == 1; }));
    EXPECT_EQ(server.server().connections(), 0u);
}

TEST(EventStream, CloseAllEndsStreamsProperly) {
    StreamRoom room;
    TestServer server(streaming_into(room));
    Peer peer(server.port());
    peer.send(stream_request);
    ASSERT_TRUE(server.eventually([&] { return room.stream != nullptr; }));
    std::promise<void> done;
    server.server().close_all(1012, nullptr, 5'000, [&] { done.set_value(); });
    EXPECT_TRUE(peer.read_to_end().ends_with("0\r\n\r\n"));
    peer.close();
    done.get_future().wait();
    EXPECT_EQ(room.closed, 1);
}

}  // namespace
}  // namespace deskbell::net
