#pragma once
// The outgoing HTTP port. net/curl_client has the one over libcurl; a simulation has its own.
//
// What this is: one request, one answer, no retries of any kind: the caller knows what a repeat may
// cost. Threading: send() and the callback run on the loop that owns the client.

#include "net/http_types.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::net {

struct ClientRequest {
    std::string method = "GET";
    std::string url;
    std::vector<Header> headers;
    std::string body;
    std::string body_file{};    // instead of `body`: the bytes of this file
    std::string answer_file{};  // the answer's body goes there instead, when its status is 200
    // Told the pieces of a good answer's body as they come, before the answer is; on the loop. They
    // are not in the answer's body then.
    std::function<void(std::string piece)> on_piece{};
    // Set to true by whoever needs the answer no more: it ends at its next byte, as `unknown`.
    std::shared_ptr<const std::atomic<bool>> given_up{};
    std::int64_t timeout_ms = 10'000;           // whole exchange
    std::size_t response_bytes_max = 8u << 20;  // beyond: `unknown`, the body is not readable
};

struct ClientAnswer {
    enum class Kind {
        not_sent,  // surely no byte of the request left (refused, DNS, TLS): repeating is safe
        unknown,   // it may have been applied: timeout, reset after the first byte, unreadable body
        answered,  // a whole response was read
    };
    Kind kind = Kind::not_sent;
    int status = 0;
    std::vector<Header> headers;  // names in lower case
    std::string body;
    std::string detail;  // for people: why it is not `answered`
};

class HttpClient {
public:
    using Callback = std::move_only_function<void(ClientAnswer)>;

    virtual ~HttpClient() = default;
    // The callback is called exactly once, later, never inside send(). Destroying the client drops
    // callbacks uncalled.
    virtual void send(ClientRequest request, Callback callback) = 0;
};

}  // namespace deskbell::net
