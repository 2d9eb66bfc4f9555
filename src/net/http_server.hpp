#pragma once
// The incoming side of the network: HTTP/1.1, event streams and WebSockets on one loop.
//
// What this is: a server that belongs to one AsioLoop, with a listening socket of its own
// (SO_REUSEPORT), so that several loops share a port and a connection never changes loops. Beast
// parses requests; WebSocket frames are ours (net/websocket_frames.hpp), because an idle connection
// must cost hundreds of bytes, not thousands. Who calls it: gateway and sandbox hand it a Handler
// and answer Exchanges. Everything runs on the loop's thread. What it never does: decide anything
// about sessions; wait for a slow reader (bounds end the connection instead).

#include "base/result.hpp"
#include "net/asio_loop.hpp"
#include "net/http_types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace deskbell::net {

struct ServerLimits {
    std::size_t header_bytes_max = 16u << 10;  // 431 headers_too_large
    std::size_t body_bytes_max = 64u << 10;    // 413 body_too_large
    // When set, asked for each request instead of body_bytes_max.
    std::function<std::size_t(std::string_view method, std::string_view path)> body_bytes_max_for{};
    // When set, asked once a request's head is read: where its body goes, instead of into memory.
    // Null: into memory. A refusal is answered before the body is read.
    std::function<std::expected<std::shared_ptr<BodySink>, BodyRefusal>(const HttpRequest& head)>
        body_sink_for{};
    std::size_t frame_bytes_max = 64u << 10;  // close 1009
    std::size_t send_buffer_bytes_max =
        256u << 10;                        // a slower reader is closed: 4008, or cut for streams
    std::size_t connections_max = 19'000;  // beyond: accepting pauses
    // When set, called for every answer that the server gives by itself (413, 431, 408, …), with
    // what is known of the request: a browser reads nothing without the right headers.
    std::function<void(const HttpRequest& request, HttpResponse& answer)> dress_refusal{};
    std::int64_t request_timeout_ms = 15'000;      // head and body must arrive in this time: 408
    std::int64_t idle_timeout_ms = 60'000;         // keep-alive connections with nothing to do
    std::int64_t write_stall_timeout_ms = 10'000;  // a peer that takes nothing for so long is cut
};

enum class SendStatus {
    sent,      // in the kernel or in our bounded buffer
    overflow,  // past the bound: the connection is closing; nothing more will be sent
};

// A WebSocket after its upgrade. Valid from WebSocketHandler::on_open until on_close returns.
class WebSocket {
public:
    virtual ~WebSocket() = default;
    virtual SendStatus send_text(std::string_view text) = 0;
    virtual void ping() = 0;  // a protocol-level ping; the pong comes to on_pong
    // Sends the close frame once what was sent before it has left, then ends. Idempotent.
    virtual void close(std::uint16_t code, std::string_view reason) = 0;
    [[nodiscard]] virtual std::size_t buffered_bytes() const = 0;
};

// Owned by the connection; destroyed after on_close. Calls come from the loop, never inside a call
// to WebSocket. A peer that vanishes before on_open leaves the handler destroyed without any call.
// A handler that throws loses its connection (1011), nothing else.
class WebSocketHandler {
public:
    virtual ~WebSocketHandler() = default;
    virtual void on_open(WebSocket& socket) = 0;
    virtual void on_text(std::string_view text) = 0;  // valid UTF-8; binary frames close with 1003
    virtual void on_pong() {}
    // Exactly once, whoever ended it. 1006 when the peer vanished without a close frame.
    virtual void on_close(std::uint16_t code) = 0;
};

// A response whose body goes on (text/event-stream, sent with chunked coding).
class ResponseStream {
public:
    virtual ~ResponseStream() = default;
    virtual SendStatus write(std::string_view bytes) = 0;
    virtual void finish() = 0;
};

class ResponseStreamHandler {
public:
    virtual ~ResponseStreamHandler() = default;
    virtual void on_open(ResponseStream& stream) = 0;
    virtual void on_close() = 0;  // exactly once; the stream is gone after it returns
};

// One request and its answer. Answered at most once, on the loop's thread, now or later; an
// Exchange that is destroyed unanswered answers 500 `internal_error` by itself.
class Exchange {
public:
    virtual ~Exchange() = default;
    [[nodiscard]] virtual HttpRequest& request() = 0;
    virtual void respond(HttpResponse response) = 0;
    virtual void stream(HttpResponse head, std::unique_ptr<ResponseStreamHandler> handler) = 0;
    // True for a well-formed WebSocket upgrade; `protocols` is the client's Sec-WebSocket-Protocol
    // list.
    [[nodiscard]] virtual bool wants_websocket() const = 0;
    virtual void accept_websocket(std::string_view protocol,
                                  std::unique_ptr<WebSocketHandler> handler) = 0;
    // Instead of an answer, for servers that play a broken network: the connection is reset, or
    // ends in order after a whole head and `body_bytes` of the body. Exchanges without a connection
    // of their own need not know how.
    virtual void drop() {}
    virtual void cut(HttpResponse response, std::size_t body_bytes) {
        static_cast<void>(response);
        static_cast<void>(body_bytes);
    }
    // Called when the peer goes away before the answer (a long poll nobody waits for any more).
    virtual void on_abandoned(std::function<void()> callback) = 0;
};

using Handler = std::function<void(std::shared_ptr<Exchange>)>;

class HttpServer {
public:
    HttpServer(AsioLoop& loop, ServerLimits limits, Handler handler);
    // On the loop's thread, or after the loop has ended. Ends every connection: handlers get their
    // on_close inside, so what they refer to must be destroyed after the server.
    ~HttpServer();

    // These and the next two may be called from any thread; from another than the loop's they wait
    // for it. Call use_tls before listen.
    // Binds and accepts; the port that was bound (port 0 asks for a free one). `listen_failed`
    // otherwise. TLS in process when both PEM files are named.
    [[nodiscard]] Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
    [[nodiscard]] Result<void> use_tls(const std::string& certificate_file,
                                       const std::string& key_file);

    void stop_accepting();
    // Ends every connection: WebSockets with this code and reason, idle ones at once, requests
    // after their answer. `done` once the last is gone; what is left after `deadline_ms` is cut.
    void close_all(std::uint16_t code, std::function<std::string()> reason,
                   std::int64_t deadline_ms, std::function<void()> done);
    [[nodiscard]] std::size_t connections() const;

    class Impl;

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace deskbell::net
