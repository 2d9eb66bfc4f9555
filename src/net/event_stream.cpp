#include "net/event_stream.hpp"

#include "net/guarded.hpp"
#include "net/http_connection.hpp"
#include "net/server_state.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace deskbell::net {

EventStream::EventStream(Connection& connection, HttpConnection& http, bool is_chunked,
                         bool is_muted, std::unique_ptr<ResponseStreamHandler> handler)
    : connection_(connection),
      http_(http),
      handler_(std::move(handler)),
      is_chunked_(is_chunked),
      is_muted_(is_muted) {}

void EventStream::open() {
    if (!handler_) return;
    if (!guarded("stream on_open", [this] { handler_->on_open(*this); })) connection_.end_soon();
    if (is_muted_) finish();
}

void EventStream::close() {
    is_over_ = true;
    const auto handler = std::exchange(handler_, nullptr);
    if (handler) guarded("stream on_close", [&] { handler->on_close(); });
}

SendStatus EventStream::write(std::string_view bytes) {
    if (is_over_ || connection_.has_ended()) return SendStatus::overflow;
    if (bytes.empty() || is_muted_) return SendStatus::sent;
    if (!connection_.has_room_for(bytes.size())) {
        is_over_ = true;
        connection_.end_soon();
        return SendStatus::overflow;
    }
    if (!is_chunked_) {
        connection_.write({bytes});
        return SendStatus::sent;
    }
    std::array<char, 24> size{};
    const int length = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    connection_.write({{size.data(), static_cast<std::size_t>(length)}, bytes, "\r\n"});
    return SendStatus::sent;
}

void EventStream::finish() {
    if (std::exchange(is_over_, true) || connection_.has_ended()) return;
    if (is_chunked_ && !is_muted_) connection_.write({"0\r\n\r\n"});
    connection_.call_soon([this] { http_.stream_has_finished(); });
}

}  // namespace deskbell::net
