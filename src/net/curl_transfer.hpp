#pragma once
// One request on its way through libcurl, and the judgement of what became of it.
//
// The judgement is what this client is for. A request whose outcome is not known must not be
// repeated blindly, so three things are made sure of:
//
// - Whether the request may have left: curl calls before_request() once a connection (with TLS and
//   proxy) stands and before the first byte. Never called: surely `not_sent`, whatever the error.
//   Called, but curl counts no byte as handed to the socket: `not_sent` too.
// - That curl does not send it twice. When a reused keep-alive connection dies before the first
//   byte of the answer, curl repeats the request on a fresh one by itself, and the first copy may
//   have been applied. There is no option against it, but the repetition passes before_request()
//   again, which then says no, unless no byte of the first attempt had left.
//   Forbidding reuse would be safe as well, at the price of a handshake for each request. Reuse
//   stays; curl looks before reusing whether the peer has closed, and connections that idled for
//   `idle_seconds_max` are not reused at all, so that the race is rare to begin with.
// - That a connection with an unknown outcome is not used again: HTTP/1.1 only, where curl closes
//   the connection of every transfer that fails. (In HTTP/2 a stream that timed out would leave the
//   connection, perhaps a dead one, to the next request.)

#include "net/http_client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct curl_slist;

namespace deskbell::net {

// Hosts that no proxy is asked for: those of the environment, and this machine (the sandbox).
[[nodiscard]] std::string no_proxy_hosts();

class CurlTransfer {
public:
    CurlTransfer(std::uint64_t id, ClientRequest request);
    ~CurlTransfer();
    CurlTransfer(const CurlTransfer&) = delete;
    CurlTransfer& operator=(const CurlTransfer&) = delete;

    [[nodiscard]] std::uint64_t id() const { return id_; }
    // Scheme and authority of the URL: what a connection can be shared by.
    [[nodiscard]] const std::string& host() const { return host_; }
    [[nodiscard]] std::int64_t time_left_ms() const;
    // A good answer's body goes there, piece by piece, instead of into the answer.
    void tell_pieces_to(std::function<void(std::string)> tell_piece) {
        tell_piece_ = std::move(tell_piece);
    }
    // `handle` is a CURL easy handle, freshly made or reset.
    void prepare(void* handle, const std::string& user_agent, const std::string& no_proxy);
    // `outcome` is a CURLcode; the handle still belongs to its multi handle.
    [[nodiscard]] ClientAnswer conclude(int outcome);

private:
    static constexpr long idle_seconds_max = 30;
    static constexpr std::size_t error_bytes = 256;  // CURL_ERROR_SIZE

    static int before_request(void* self, char*, char*, int, int);
    static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_upload(char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
    void set_method();
    void set_headers();
    [[nodiscard]] bool a_byte_may_have_left() const;
    [[nodiscard]] bool take(std::size_t bytes);
    void set_body();
    [[nodiscard]] bool keep(std::string_view bytes);

    const std::uint64_t id_;
    const ClientRequest request_;
    const std::string host_;
    const std::chrono::steady_clock::time_point deadline_;
    void* handle_ = nullptr;
    curl_slist* headers_ = nullptr;
    ClientAnswer answer_;
    std::size_t bytes_taken_ = 0;
    int attempts_ = 0;
    bool is_too_large_ = false;
    bool was_repetition_refused_ = false;
    std::string error_;
    std::FILE* upload_ = nullptr;
    std::FILE* kept_ = nullptr;
    bool is_not_kept_ = false;
    std::function<void(std::string)> tell_piece_;
};

}  // namespace deskbell::net
