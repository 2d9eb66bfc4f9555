#include "net/connection.hpp"

#include "base/assert.hpp"
#include "net/server_state.hpp"
#include "net/tls.hpp"

#include <boost/asio/post.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace deskbell::net {
namespace {

constexpr std::size_t parts_max = 8;

template <class Parts>
std::size_t total_size(const Parts& parts) {
    std::size_t bytes = 0;
    for (const std::string_view part : parts) bytes += part.size();
    return bytes;
}

}  // namespace

std::string_view Connection::Backlog::rest_of_bytes() const {
    return std::string_view(bytes).substr(bytes_sent);
}

std::string_view Connection::Backlog::rest_of_body() const {
    return (body.empty() ? static_body : std::string_view(body)).substr(body_sent);
}

Connection::Connection(HttpServer::Impl& server, Socket socket, std::unique_ptr<TlsStream> tls)
    : server_(server), socket_(std::move(socket)), tls_(std::move(tls)) {
    is_handshaking_ = tls_ != nullptr;
}

Connection::~Connection() { DESKBELL_ASSERT(!socket_); }

void Connection::start(std::unique_ptr<Protocol> protocol) {
    protocol_ = std::move(protocol);
    if (!is_handshaking_) return protocol_->on_start();
    set_deadline(Deadline::request);
    handshake();
}

// ---- reading

void Connection::read(ReadMode mode) {
    if (has_ended()) return;
    read_mode_ = mode;
    if (mode != ReadMode::none) arm_read();
}

void Connection::arm_read() {
    if (read_is_armed_ || has_ended()) return;
    read_is_armed_ = true;
    const auto ready = [self = ConnectionPointer(this)](boost::system::error_code failed) {
        self->read_is_armed_ = false;
        if (!failed && !self->has_ended()) self->on_readable();
    };
    if (tls_ && !is_handshaking_ && tls_->has_pending()) {
        boost::asio::post(socket_->get_executor(), [ready] { ready({}); });
    } else {
        socket_->async_wait(Socket::wait_read, ready);
    }
}

void Connection::on_readable() {
    if (is_handshaking_) return handshake();
    switch (read_mode_) {
        case ReadMode::none:
            return;
        case ReadMode::watch:
            return watch_peer();
        case ReadMode::bytes:
        case ReadMode::discard:
            break;
    }
    const std::span<char> buffer = server_.read_buffer();
    const Transfer received = receive(buffer);
    switch (received.outcome) {
        case Outcome::done:
            if (read_mode_ == ReadMode::bytes) dispatch_bytes(buffer.first(received.bytes));
            break;
        case Outcome::blocked:
            break;
        case Outcome::finished:
            if (read_mode_ == ReadMode::discard) return end();
            read_mode_ = ReadMode::none;
            protocol_->on_peer_finished();
            return;
        case Outcome::failed:
            return end();
    }
    if (read_mode_ != ReadMode::none) arm_read();
}

void Connection::dispatch_bytes(std::span<char> bytes) {
    server_.corked = this;
    protocol_->on_bytes(bytes);
    flush_cork();
}

void Connection::watch_peer() {
    switch (peek().outcome) {
        case Outcome::done:
            return;  // a pipelined request: it waits in the kernel until read() asks again
        case Outcome::blocked:
            return arm_read();
        case Outcome::finished:
            read_mode_ = ReadMode::none;
            return protocol_->on_peer_finished();
        case Outcome::failed:
            return end();
    }
}

Connection::Transfer Connection::receive(std::span<char> bytes) {
    if (tls_) {
        const TlsTransfer read = tls_->read(bytes);
        switch (read.step) {
            case TlsStep::done:
                return {Outcome::done, read.bytes};
            case TlsStep::wants_read:
            case TlsStep::wants_write:
                return {Outcome::blocked};
            case TlsStep::finished:
                return {Outcome::finished};
            case TlsStep::failed:
                return {Outcome::failed};
        }
    }
    for (;;) {
        const ssize_t count = ::recv(socket_->native_handle(), bytes.data(), bytes.size(), 0);
        if (count > 0) return {Outcome::done, static_cast<std::size_t>(count)};
        if (count == 0) return {Outcome::finished};
        if (errno == EINTR) continue;
        return {errno == EAGAIN || errno == EWOULDBLOCK ? Outcome::blocked : Outcome::failed};
    }
}

Connection::Transfer Connection::peek() {
    if (tls_) {
        switch (tls_->peek().step) {
            case TlsStep::done:
                return {Outcome::done};
            case TlsStep::wants_read:
            case TlsStep::wants_write:
                return {Outcome::blocked};
            case TlsStep::finished:
                return {Outcome::finished};
            case TlsStep::failed:
                return {Outcome::failed};
        }
    }
    char byte = 0;
    const ssize_t count = ::recv(socket_->native_handle(), &byte, 1, MSG_PEEK);
    if (count > 0) return {Outcome::done};
    if (count == 0) return {Outcome::finished};
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {again ? Outcome::blocked : Outcome::failed};
}

void Connection::handshake() {
    switch (tls_->handshake()) {
        case TlsStep::done:
            is_handshaking_ = false;
            set_deadline(Deadline::none);
            protocol_->on_start();
            return;
        case TlsStep::wants_read:
            return arm_read();
        case TlsStep::wants_write:
            return arm_write();
        case TlsStep::finished:
        case TlsStep::failed:
            return end_soon();
    }
}

// ---- writing

void Connection::write(Parts parts) {
    if (has_ended() || is_broken_ || is_finishing_) return;
    if (backlog_) {
        DESKBELL_ASSERT(backlog_->rest_of_body().empty());
        for (const std::string_view part : parts) backlog_->bytes += part;
        return backlog_->count();
    }
    if (server_.corked == this) {
        const std::size_t gathered = server_.cork.size() + total_size(parts);
        if (gathered <= HttpServer::Impl::cork_bytes_max) {
            for (const std::string_view part : parts) server_.cork += part;
            return;
        }
        // One gathered write, in order: what was corked, then the parts.
        std::array<std::string_view, parts_max> all;
        DESKBELL_ASSERT(parts.size() < all.size());
        const std::string corked = std::exchange(server_.cork, {});
        all[0] = corked;
        std::ranges::copy(parts, all.begin() + 1);
        return send_or_keep(std::span(all).first(parts.size() + 1));
    }
    send_or_keep(std::span(parts.begin(), parts.size()));
}

void Connection::flush_cork() {
    server_.corked = nullptr;
    if (server_.cork.empty()) return;
    // end() empties the cork, so what is in it belongs to a living connection: this one.
    const std::array<std::string_view, 1> parts = {server_.cork};
    send_or_keep(parts);
    server_.cork.clear();
    if (server_.cork.capacity() > 2 * HttpServer::Impl::cork_bytes_max) server_.cork = {};
}

void Connection::send_or_keep(std::span<const std::string_view> parts) {
    if (has_ended() || is_broken_) return;
    const Transfer sent = transmit(parts);
    if (sent.outcome == Outcome::failed) {
        is_broken_ = true;
        return end_soon();
    }
    std::size_t skip = sent.bytes;
    if (skip == total_size(parts)) return;
    backlog_ = std::make_unique<Backlog>();
    for (const std::string_view part : parts) {
        const std::size_t gone = std::min(skip, part.size());
        backlog_->bytes += part.substr(gone);
        skip -= gone;
    }
    note_backlog();
}

void Connection::write_response(std::string head, std::string body, std::string_view static_body,
                                std::shared_ptr<const void> owner) {
    if (has_ended() || is_broken_ || is_finishing_) return;
    const std::string_view rest = body.empty() ? static_body : std::string_view(body);
    const bool is_small = head.size() + rest.size() <= HttpServer::Impl::cork_bytes_max / 2;
    if (backlog_ || (server_.corked == this && is_small)) return write({head, rest});
    if (server_.corked == this) head.insert(0, std::exchange(server_.cork, {}));

    const std::array<std::string_view, 2> parts = {head, rest};
    const Transfer sent = transmit(parts);
    if (sent.outcome == Outcome::failed) {
        is_broken_ = true;
        return end_soon();
    }
    if (sent.bytes == head.size() + rest.size()) return;
    backlog_ = std::make_unique<Backlog>();
    backlog_->bytes_sent = std::min(sent.bytes, head.size());
    backlog_->body_sent = sent.bytes - backlog_->bytes_sent;
    backlog_->bytes = std::move(head);
    backlog_->body = std::move(body);
    backlog_->static_body = static_body;
    backlog_->static_body_owner = std::move(owner);
    note_backlog();
}

void Connection::note_backlog() {
    backlog_->count();
    arm_write();
    if (deadline_ == Deadline::none || deadline_ == Deadline::idle) set_deadline(Deadline::stall);
}

std::size_t Connection::buffered_bytes() const {
    if (has_ended()) return 0;
    const std::size_t corked = server_.corked == this ? server_.cork.size() : 0;
    if (!backlog_) return corked;
    return corked + backlog_->rest_of_bytes().size() + backlog_->rest_of_body().size();
}

bool Connection::has_room_for(std::size_t bytes) const {
    constexpr std::size_t tight_bytes_max = 16u << 10;
    const std::size_t buffered = buffered_bytes();
    if (buffered > tight_bytes_max && HeldBytes::are_too_many()) return false;
    return buffered + bytes <= server_.limits().send_buffer_bytes_max;
}

Connection::Transfer Connection::transmit(std::span<const std::string_view> parts) {
    if (tls_) {
        Transfer all{Outcome::done};
        for (std::string_view part : parts) {
            while (!part.empty()) {
                const TlsTransfer sent = tls_->write(part);
                if (sent.step == TlsStep::wants_read || sent.step == TlsStep::wants_write) {
                    all.outcome = Outcome::blocked;
                    return all;
                }
                if (sent.step != TlsStep::done) return {Outcome::failed};
                all.bytes += sent.bytes;
                part.remove_prefix(sent.bytes);
            }
        }
        return all;
    }
    std::array<iovec, parts_max> vectors{};
    DESKBELL_ASSERT(parts.size() <= vectors.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = parts.size();
    for (;;) {
        const ssize_t count = ::sendmsg(socket_->native_handle(), &message, MSG_NOSIGNAL);
        if (count >= 0) return {Outcome::done, static_cast<std::size_t>(count)};
        if (errno == EINTR) continue;
        const bool is_full = errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS;
        return {is_full ? Outcome::blocked : Outcome::failed};
    }
}

void Connection::arm_write() {
    if (write_is_armed_ || has_ended()) return;
    write_is_armed_ = true;
    socket_->async_wait(Socket::wait_write,
                        [self = ConnectionPointer(this)](boost::system::error_code failed) {
                            self->write_is_armed_ = false;
                            if (!failed && !self->has_ended()) self->on_writable();
                        });
}

void Connection::on_writable() {
    if (is_handshaking_) return handshake();
    if (!backlog_) return;
    const std::array<std::string_view, 2> parts = {backlog_->rest_of_bytes(),
                                                   backlog_->rest_of_body()};
    const Transfer sent = transmit(parts);
    if (sent.outcome == Outcome::failed) return end();
    const std::size_t from_bytes = std::min(sent.bytes, parts[0].size());
    backlog_->bytes_sent += from_bytes;
    backlog_->body_sent += sent.bytes - from_bytes;
    if (backlog_->rest_of_bytes().empty() && backlog_->rest_of_body().empty()) {
        backlog_.reset();
        if (deadline_ == Deadline::stall) set_deadline(Deadline::none);
        if (is_finishing_) return shut_down();
        protocol_->on_written();
        return;
    }
    // A backlog that is fed as fast as it drains must not keep what has gone for ever.
    if (backlog_->bytes_sent > backlog_->bytes.size() / 2 && backlog_->bytes_sent > 4096) {
        backlog_->bytes.erase(0, backlog_->bytes_sent);
        backlog_->bytes_sent = 0;
        if (backlog_->bytes.capacity() > 4 * backlog_->bytes.size())
            backlog_->bytes.shrink_to_fit();
        backlog_->count();
    }
    if (sent.bytes > 0 && deadline_ == Deadline::stall) set_deadline(Deadline::stall);
    arm_write();
}

// ---- ending

void Connection::set_deadline(Deadline kind) {
    if (!has_ended()) server_.set_deadline(*this, kind);
}

void Connection::finish() {
    if (has_ended() || is_finishing_) return;
    if (server_.corked == this) flush_cork();
    is_finishing_ = true;
    if (is_broken_) return;
    read(ReadMode::discard);
    if (backlog_) {
        if (deadline_ != Deadline::closing) set_deadline(Deadline::stall);
    } else {
        shut_down();
    }
}

// The peer gets to read what we said: closing outright, with bytes of its own unread, would reset
// the connection and could destroy our last words on their way.
void Connection::shut_down() {
    if (is_shut_down_) return;
    is_shut_down_ = true;
    if (tls_) tls_->send_close_notify();
    ::shutdown(socket_->native_handle(), SHUT_WR);
    set_deadline(Deadline::linger);
}

void Connection::end() {
    if (has_ended()) return;
    const ConnectionPointer self(this);
    if (server_.corked == this) {
        server_.corked = nullptr;
        server_.cork.clear();
    }
    server_.remove(*this);
    boost::system::error_code ignored;
    if (tls_ && !is_shut_down_ && !is_broken_) tls_->send_close_notify();
    tls_.reset();
    socket_->close(ignored);
    socket_.reset();
    backlog_.reset();
    protocol_->on_end();
}

void Connection::end_soon() {
    if (has_ended()) return;
    boost::asio::post(socket_->get_executor(), [self = ConnectionPointer(this)] { self->end(); });
}

void Connection::reset() {
    if (has_ended()) return;
    const linger at_once{1, 0};
    ::setsockopt(socket_->native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    is_broken_ = true;
    end_soon();
}

void Connection::replace_protocol(std::unique_ptr<Protocol> next, std::string unread) {
    if (has_ended()) return;
    auto take_over = [self = ConnectionPointer(this), next = std::move(next),
                      unread = std::move(unread)]() mutable {
        if (self->has_ended()) return;
        self->protocol_ = std::move(next);
        self->protocol_->on_start();
        if (!self->has_ended() && !unread.empty() && self->read_mode_ == ReadMode::bytes) {
            self->dispatch_bytes(unread);
        }
    };
    boost::asio::post(socket_->get_executor(), std::move(take_over));
}

void Connection::call_soon(std::move_only_function<void()> call) {
    if (has_ended()) return;
    boost::asio::post(socket_->get_executor(),
                      [self = ConnectionPointer(this), speaker = protocol_.get(),
                       call = std::move(call)]() mutable {
                          if (!self->has_ended() && self->protocol_.get() == speaker) call();
                      });
}

std::string Connection::peer_address() const {
    if (has_ended()) return {};
    boost::system::error_code failed;
    const auto peer = socket_->remote_endpoint(failed);
    if (failed) return {};
    const auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
    }
    return address.to_string();
}

}  // namespace deskbell::net
