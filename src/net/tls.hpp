#pragma once
// TLS in process: OpenSSL on the socket itself (SSL_set_fd, SSL_MODE_RELEASE_BUFFERS). Asio's TLS
// stream keeps four 17 KB buffers a connection; this keeps OpenSSL's own state only.

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

typedef struct ssl_ctx_st SSL_CTX;  // OpenSSL's names, so that its headers stay in tls.cpp
typedef struct ssl_st SSL;

namespace deskbell::net {

enum class TlsStep : std::uint8_t { done, wants_read, wants_write, finished, failed };

struct TlsTransfer {
    TlsStep step;
    std::size_t bytes = 0;
};

class TlsStream {
public:
    explicit TlsStream(SSL* ssl) : ssl_(ssl) {}
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    [[nodiscard]] TlsStep handshake();
    [[nodiscard]] TlsTransfer read(std::span<char> bytes);
    [[nodiscard]] TlsTransfer peek();
    // After wants_write the same bytes must be offered again first.
    [[nodiscard]] TlsTransfer write(std::string_view bytes);
    // Bytes that were taken from the socket already: readiness will not announce them.
    [[nodiscard]] bool has_pending() const;
    void send_close_notify();

private:
    [[nodiscard]] TlsStep to_step(int result) const;
    SSL* ssl_;
};

class TlsContext {
public:
    // `tls_unusable` with what to do, when the files cannot be read or do not belong together.
    [[nodiscard]] static Result<std::unique_ptr<TlsContext>> load(
        const std::string& certificate_file, const std::string& key_file);
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;

    [[nodiscard]] std::unique_ptr<TlsStream> open(int socket) const;

private:
    explicit TlsContext(SSL_CTX* context) : context_(context) {}
    SSL_CTX* context_;
};

}  // namespace deskbell::net
