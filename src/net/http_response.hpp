#pragma once
// Responses as bytes: heads, and the server's own answers to what it cannot pass on.

#include "net/http_types.hpp"

#include "base/clock.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::net {

struct HeadOptions {
    bool is_http_1_1 = true;
    bool keep_alive = true;
    bool is_chunked = false;
    std::optional<std::size_t> content_length;  // unset for streams and for answers without a body
    std::string_view date;                      // ready-made header value
};

// The status line and headers up to the empty line. Control characters in values are dropped, so
// that no value can start a header of its own.
[[nodiscard]] std::string to_head(const HttpResponse& response, const HeadOptions& options);

// application/problem+json, as everywhere in the public contract.
[[nodiscard]] HttpResponse problem_response(int status, std::string_view code,
                                            std::string_view detail);

// 1xx, 204 and 304 carry none.
[[nodiscard]] bool may_have_body(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string to_http_date(WallMs at);

// The value of Sec-WebSocket-Accept for this key.
[[nodiscard]] std::string websocket_accept(std::string_view key);

}  // namespace deskbell::net
