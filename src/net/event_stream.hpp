#pragma once
// A response that goes on: text/event-stream in chunks (to HTTP/1.0 peers: until the end).

#include "net/connection.hpp"
#include "net/http_server.hpp"

#include <memory>
#include <string_view>

namespace deskbell::net {

class HttpConnection;

class EventStream final : public ResponseStream {
public:
    EventStream(Connection& connection, HttpConnection& http, bool is_chunked, bool is_muted,
                std::unique_ptr<ResponseStreamHandler> handler);

    void open();   // from the loop: tells the handler
    void close();  // from the loop: tells the handler, once

    // Past the bound the connection is cut: the client comes back with Last-Event-ID.
    SendStatus write(std::string_view bytes) override;
    void finish() override;
    [[nodiscard]] bool is_over() const { return is_over_; }

private:
    Connection& connection_;
    HttpConnection& http_;
    std::unique_ptr<ResponseStreamHandler> handler_;
    bool is_chunked_;
    bool is_muted_;  // the answer to HEAD: a head and nothing else
    bool is_over_ = false;
};

}  // namespace deskbell::net
