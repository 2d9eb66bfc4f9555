#pragma once
// The Exchange a handler gets for one request over an HttpConnection.

#include "net/held_bytes.hpp"
#include "net/http_connection.hpp"

#include <memory>
#include <string>

namespace deskbell::net {

class HttpExchange final : public Exchange {
public:
    HttpExchange(AsioLoop& loop, std::shared_ptr<HttpConnection::Ticket> ticket,
                 HttpRequest request, HeldBytes held, bool is_http_1_1);
    // The last holder may be another thread's (a command that was dropped): then the answer that
    // nobody gave is given on the loop.
    ~HttpExchange() override;

    HttpRequest& request() override { return request_; }
    void respond(HttpResponse response) override;
    void stream(HttpResponse head, std::unique_ptr<ResponseStreamHandler> handler) override;
    [[nodiscard]] bool wants_websocket() const override { return wants_websocket_; }
    void accept_websocket(std::string_view protocol,
                          std::unique_ptr<WebSocketHandler> handler) override;
    void drop() override;
    void cut(HttpResponse response, std::size_t body_bytes) override;
    void on_abandoned(std::function<void()> callback) override;

    // An upgrade to WebSocket in another version than ours (13), which gets 426.
    [[nodiscard]] bool wants_other_websocket() const { return wants_other_websocket_; }

private:
    void answer_once();

    AsioLoop& loop_;
    std::shared_ptr<HttpConnection::Ticket> ticket_;
    HttpRequest request_;
    const HeldBytes held_;  // what the request holds
    std::string websocket_key_;
    bool wants_websocket_ = false;
    bool wants_other_websocket_ = false;
    bool is_answered_ = false;
};

}  // namespace deskbell::net
