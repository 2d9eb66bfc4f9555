#pragma once
// HTTP/1.1 over a Connection: requests in order, one at a time, keep-alive and pipelining.
//
// A request's reader exists while it arrives, its Exchange while somebody holds it; an idle
// keep-alive connection keeps neither. Requests that were pipelined wait, unread if possible, until
// the answer before them has left.

#include "net/connection.hpp"
#include "net/event_stream.hpp"
#include "net/held_bytes.hpp"
#include "net/http_types.hpp"
#include "net/request_reader.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace deskbell::net {

class HttpConnection final : public Protocol {
public:
    // What an Exchange and its connection know of each other, on the loop's thread. `http` is null
    // once the request is answered or nobody waits for it any more; that much may be asked from
    // any thread.
    struct Ticket {
        std::atomic<HttpConnection*> http = nullptr;
        std::function<void()> on_abandoned;
    };

    explicit HttpConnection(Connection& connection) : connection_(connection) {}
    ~HttpConnection() override;

    void on_start() override;
    void on_bytes(std::span<char> bytes) override;
    void on_peer_finished() override;
    void on_written() override;
    void on_deadline() override;
    void on_end() override;
    void on_drain(std::uint16_t code, const std::function<std::string()>& reason) override;

    // For the Exchange. Each answers the one request that is being handled.
    void respond(HttpResponse response);
    void stream(HttpResponse head, std::unique_ptr<ResponseStreamHandler> handler);
    void accept_websocket(std::string_view key, std::string_view protocol,
                          std::unique_ptr<WebSocketHandler> handler);
    void drop();
    void cut(HttpResponse response, std::size_t body_bytes);
    void watch_for_abandonment(std::function<void()> callback);
    // Makes an answer of the server's own readable for the page that asked.
    void dress(const HttpRequest& request, HttpResponse& answer) const;

    // For the EventStream: its last byte has been handed over.
    void stream_has_finished();

private:
    enum class State : std::uint8_t { idle, reading, handling, writing, streaming, ending };

    void take(std::string_view& bytes);
    void resume();
    void dispatch();
    void refuse(const RequestFailure& failure);
    void keep_unread(std::string_view bytes);
    void answer_has_left();
    void abandon();
    [[nodiscard]] bool may_keep_alive() const;

    Connection& connection_;
    std::unique_ptr<RequestReader> reader_;
    std::shared_ptr<Ticket> ticket_;  // while a request is being handled
    std::unique_ptr<EventStream> stream_;
    std::string unread_;  // pipelined bytes behind the request that is being handled
    HeldBytes unread_held_;
    std::size_t bytes_at_deadline_ = 0;
    State state_ = State::idle;
    bool keep_alive_ = false;
    bool is_http_1_1_ = true;
    bool is_head_ = false;
    bool is_taking_ = false;
    bool peer_has_finished_ = false;
};

}  // namespace deskbell::net
