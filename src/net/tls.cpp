#include "net/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <limits>

namespace deskbell::net {
namespace {

std::string last_openssl_error() {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return text.data();
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* offered, unsigned int offered_length, void*) {
    static constexpr std::array<unsigned char, 9> ours = {8,   'h', 't', 't', 'p',
                                                          '/', '1', '.', '1'};
    unsigned char* match = nullptr;
    const int outcome = SSL_select_next_proto(&match, chosen_length, ours.data(), ours.size(),
                                              offered, offered_length);
    *chosen = match;
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

int clamp_length(std::size_t length) {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    return static_cast<int>(length < most ? length : most);
}

}  // namespace

TlsStream::~TlsStream() { SSL_free(ssl_); }

TlsStep TlsStream::to_step(int result) const {
    switch (SSL_get_error(ssl_, result)) {
        case SSL_ERROR_NONE:
            return TlsStep::done;
        case SSL_ERROR_WANT_READ:
            return TlsStep::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return TlsStep::wants_write;
        case SSL_ERROR_ZERO_RETURN:
            return TlsStep::finished;
        default:
            // OpenSSL's queue of errors belongs to the thread: left over, it would make the next
            // connection's "not yet" look like a failure.
            ERR_clear_error();
            return TlsStep::failed;
    }
}

TlsStep TlsStream::handshake() {
    ERR_clear_error();
    return to_step(SSL_do_handshake(ssl_));
}

TlsTransfer TlsStream::read(std::span<char> bytes) {
    ERR_clear_error();
    const int count = SSL_read(ssl_, bytes.data(), clamp_length(bytes.size()));
    if (count > 0) return {TlsStep::done, static_cast<std::size_t>(count)};
    return {to_step(count)};
}

TlsTransfer TlsStream::peek() {
    ERR_clear_error();
    char byte = 0;
    const int count = SSL_peek(ssl_, &byte, 1);
    if (count > 0) return {TlsStep::done, 1};
    return {to_step(count)};
}

TlsTransfer TlsStream::write(std::string_view bytes) {
    if (bytes.empty()) return {TlsStep::done};
    ERR_clear_error();
    const int count = SSL_write(ssl_, bytes.data(), clamp_length(bytes.size()));
    if (count > 0) return {TlsStep::done, static_cast<std::size_t>(count)};
    return {to_step(count)};
}

bool TlsStream::has_pending() const { return SSL_has_pending(ssl_) == 1; }

void TlsStream::send_close_notify() {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
    ERR_clear_error();
}

Result<std::unique_ptr<TlsContext>> TlsContext::load(const std::string& certificate_file,
                                                     const std::string& key_file) {
    ERR_clear_error();
    SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
    if (context == nullptr) return fail("tls_unusable", last_openssl_error());
    std::unique_ptr<TlsContext> made(new TlsContext(context));
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets resume, memory does not
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
        return fail("tls_unusable", "cannot read the certificate chain (PEM) in " +
                                        certificate_file + ": " + last_openssl_error());
    }
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
        return fail("tls_unusable",
                    "cannot read the private key (PEM) in " + key_file +
                        ", or it is not the certificate's: " + last_openssl_error());
    }
    return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

std::unique_ptr<TlsStream> TlsContext::open(int socket) const {
    SSL* const ssl = SSL_new(context_);
    if (ssl == nullptr) return nullptr;
    auto stream = std::make_unique<TlsStream>(ssl);
    if (SSL_set_fd(ssl, socket) != 1) return nullptr;
    SSL_set_accept_state(ssl);
    return stream;
}

}  // namespace deskbell::net
