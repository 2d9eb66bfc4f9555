#pragma once
// One HTTP/1.1 request out of a stream of bytes. Sans-I/O: the connection feeds it.
//
// The head is collected up to its bound and parsed by Beast in one piece; the body is read by
// length or by chunks. Shapes that two servers might read differently (request smuggling) are
// refused, never repaired. Lives only while a request is arriving.

#include "net/chunked_body.hpp"
#include "net/held_bytes.hpp"
#include "net/http_server.hpp"
#include "net/http_types.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::net {

struct RequestFailure {
    int status = 400;
    std::string_view code = "bad_request";
    std::string_view detail;
};

class RequestReader {
public:
    enum class Step { more, done, failed };

    // `limits` outlives the reader.
    explicit RequestReader(const ServerLimits& limits) : limits_(limits), chunked_body_(0) {}

    // Takes bytes from the front of `bytes`; what lies behind the request stays there.
    Step feed(std::string_view& bytes);

    [[nodiscard]] const RequestFailure& failure() const { return failure_; }
    // The client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool awaits_continue() const { return head_is_done_ && awaits_continue_; }
    [[nodiscard]] bool head_is_done() const { return head_is_done_; }
    [[nodiscard]] std::size_t bytes_fed() const { return bytes_fed_; }

    // After `done`; after `failed` what was understood of it, perhaps nothing but its origin.
    [[nodiscard]] HttpRequest& request() { return request_; }
    // After `done`: the account of what the request holds, to travel with it.
    [[nodiscard]] HeldBytes take_held() { return std::move(held_); }
    [[nodiscard]] bool keep_alive() const { return keep_alive_; }
    [[nodiscard]] bool is_http_1_1() const { return is_http_1_1_; }

private:
    enum class BodyKind { none, sized, chunked };

    Step feed_head(std::string_view& bytes);
    Step feed_body(std::string_view& bytes);
    Step parse_head(std::string_view head);
    Step take_target(std::string_view target);
    Step check_framing(bool has_length, std::uint64_t length);
    Step read_head(std::string_view head);
    Step ask_for_sink();
    Step pass_to_sink(Step step);
    Step fail_with(BodyRefusal refusal);
    void salvage_origin(std::string_view head);
    Step fail(int status, std::string_view code, std::string_view detail);
    Step bad_request(std::string_view detail) { return fail(400, "bad_request", detail); }

    const ServerLimits& limits_;
    std::string head_;  // while it is not whole
    std::size_t bytes_fed_ = 0;
    HttpRequest request_;
    ChunkedBody chunked_body_;
    std::uint64_t body_left_ = 0;
    BodyKind body_kind_ = BodyKind::none;
    bool head_is_done_ = false;
    bool awaits_continue_ = false;
    bool keep_alive_ = false;
    bool is_http_1_1_ = false;
    RequestFailure failure_;
    BodyRefusal refusal_;  // what `failure_` refers to, when the body was refused
    HeldBytes held_;
};

}  // namespace deskbell::net
