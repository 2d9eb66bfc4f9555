#pragma once
// Requests and responses as the rooms see them; no Beast, no curl.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::net {

struct Header {
    std::string name;  // lower case
    std::string value;
};

// The first header of that (lower-case) name, or empty text.
[[nodiscard]] std::string_view find_header(const std::vector<Header>& headers,
                                           std::string_view name);

// Why a body is not taken.
struct BodyRefusal {
    int status = 503;
    std::string code;
    std::string detail;
};

// Where a body goes that is not to be held in memory.
class BodySink {
public:
    virtual ~BodySink() = default;
    // A refusal: it takes no more, and the request is answered with it.
    [[nodiscard]] virtual std::optional<BodyRefusal> take(std::string_view bytes) = 0;
};

struct HttpRequest {
    std::string method;  // upper case
    std::string path;    // as sent, before '?', still percent-encoded
    std::string query;   // as sent, after '?'
    std::vector<Header> headers;
    std::string body;  // raw bytes, as received
    std::shared_ptr<BodySink>
        sink{};                // took the body, when the server was told so; `body` is empty
    std::string peer_address;  // of the TCP peer, as text; proxies are the caller's matter

    [[nodiscard]] std::string_view header(std::string_view name) const {
        return find_header(headers, name);
    }
    // The decoded value of a query parameter; nullopt when absent or not decodable.
    [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
};

struct HttpResponse {
    int status = 200;
    std::vector<Header> headers{};  // content-length and date are the server's own
    std::string body{};
    std::string_view
        static_body{};  // bytes that outlive the process's connections; used when `body` is empty
    std::shared_ptr<const void> static_body_owner{};  // or that live as long as this does
};

[[nodiscard]] std::string percent_decode(std::string_view text, bool plus_is_space);
[[nodiscard]] std::string percent_encode(std::string_view text);
// Name/value pairs of application/x-www-form-urlencoded.
[[nodiscard]] std::vector<Header> parse_form(std::string_view body);
[[nodiscard]] std::string encode_form(const std::vector<Header>& fields);

}  // namespace deskbell::net
