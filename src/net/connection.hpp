#pragma once
// One accepted socket: bytes in, bytes out, one deadline, one end.
//
// What this is: the part of a connection that knows sockets and TLS and nothing of what is spoken;
// that is its Protocol's matter. Who uses it: the protocols and the server, on the loop's thread.
// What it never does: hold a read buffer while it waits (readiness first, then the loop's shared
// buffer); call its Protocol from inside a write; wait for a slow peer for ever.
//
// Memory counts here: an idle connection is this object, its protocol and what Asio keeps for a
// descriptor. Whatever is needed only while busy hangs on a pointer.

#include "base/clock.hpp"
#include "net/held_bytes.hpp"
#include "net/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace deskbell::net {

class TlsStream;

// What is spoken over a connection. All calls come from the loop, never from inside a call to the
// Connection, so a protocol may be ended or replaced whenever it is called.
class Protocol {
public:
    virtual ~Protocol() = default;
    virtual void on_start() = 0;
    virtual void on_bytes(std::span<char> bytes) = 0;  // may be changed in place
    virtual void on_peer_finished() = 0;               // the peer will send no more
    virtual void on_written() = 0;                     // the backlog has gone out
    virtual void on_deadline() = 0;
    virtual void on_end() = 0;  // exactly once after on_start; the socket is gone
    // The server is closing. `reason` is asked once for each WebSocket.
    virtual void on_drain(std::uint16_t code, const std::function<std::string()>& reason) = 0;
};

// Each kind has one length of time, so each has a list in which connections stand in due order.
enum class Deadline : std::uint8_t {
    none,
    request,  // a request must have arrived
    idle,     // something must happen
    stall,    // the peer must take some of what waits for it
    closing,  // the WebSocket close handshake must be over
    linger,   // the peer must have noticed that we are done
};
inline constexpr std::size_t deadline_kinds = 6;

enum class ReadMode : std::uint8_t {
    none,
    bytes,    // hand them to the protocol
    watch,    // only notice that the peer has gone; leave bytes in the kernel
    discard,  // read over what still comes, until the end
};

class Connection final
    : public boost::intrusive_ref_counter<Connection, boost::thread_safe_counter>,
      public boost::intrusive::list_base_hook<> {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;
    using Parts = std::initializer_list<std::string_view>;

    Connection(HttpServer::Impl& server, Socket socket, std::unique_ptr<TlsStream> tls);
    ~Connection();

    void start(std::unique_ptr<Protocol> protocol);

    // Sends the parts one after the other; what the kernel does not take is copied into the
    // backlog. Nothing is sent once the connection is broken, finishing or ended.
    void write(Parts parts);
    // The same without copying bodies: `body` is moved, `static_body` outlives the process's
    // connections. Nothing else may be written until it has gone out.
    // `owner`, when there is one, lives until it has gone out.
    void write_response(std::string head, std::string body, std::string_view static_body,
                        std::shared_ptr<const void> owner = nullptr);
    [[nodiscard]] std::size_t buffered_bytes() const;
    [[nodiscard]] bool has_backlog() const { return backlog_ != nullptr; }
    // Whether so many bytes more may wait for this peer. When all peers together let us hold too
    // much, slow ones have less room than usual.
    [[nodiscard]] bool has_room_for(std::size_t bytes) const;

    void read(ReadMode mode);
    void set_deadline(Deadline kind);
    [[nodiscard]] Deadline deadline() const { return deadline_; }

    // From the loop, soon: the next protocol takes over, with bytes the last one did not use.
    void replace_protocol(std::unique_ptr<Protocol> next, std::string unread);
    // From the loop, soon, unless another protocol has taken over or the connection has ended.
    void call_soon(std::move_only_function<void()> call);

    void finish();    // what was written goes out, then the socket closes in an orderly way
    void end();       // now; only from the loop, not from inside a write
    void end_soon();  // the same from anywhere on the thread
    void reset();     // the same, and the peer sees a reset instead of an end

    [[nodiscard]] bool has_ended() const { return !socket_; }
    [[nodiscard]] HttpServer::Impl& server() const { return server_; }
    [[nodiscard]] std::string peer_address() const;

private:
    friend class HttpServer::Impl;

    enum class Outcome : std::uint8_t { done, blocked, finished, failed };
    struct Transfer {
        Outcome outcome;
        std::size_t bytes = 0;
    };
    struct Backlog {
        std::string bytes;
        std::size_t bytes_sent = 0;
        std::string body;  // these two follow `bytes`
        std::string_view static_body;
        std::shared_ptr<const void> static_body_owner;
        std::size_t body_sent = 0;
        HeldBytes held;

        void count() { held.set(bytes.capacity() + body.capacity()); }
        [[nodiscard]] std::string_view rest_of_bytes() const;
        [[nodiscard]] std::string_view rest_of_body() const;
    };

    void arm_read();
    void arm_write();
    void on_readable();
    void on_writable();
    void handshake();
    void watch_peer();
    void dispatch_bytes(std::span<char> bytes);
    void flush_cork();
    void send_or_keep(std::span<const std::string_view> parts);
    void shut_down();
    [[nodiscard]] Transfer receive(std::span<char> bytes);
    [[nodiscard]] Transfer peek();
    [[nodiscard]] Transfer transmit(std::span<const std::string_view> parts);
    void note_backlog();

    HttpServer::Impl& server_;  // not to be touched once ended
    std::optional<Socket> socket_;
    std::unique_ptr<TlsStream> tls_;
    std::unique_ptr<Protocol> protocol_;
    std::unique_ptr<Backlog> backlog_;
    SteadyMs due_ms_ = 0;         // server's: set with deadline_
    std::uint32_t position_ = 0;  // server's: index in its list of connections
    Deadline deadline_ = Deadline::none;
    ReadMode read_mode_ = ReadMode::none;
    bool read_is_armed_ : 1 = false;
    bool write_is_armed_ : 1 = false;
    bool is_broken_ : 1 = false;     // a write failed; the end has been asked for
    bool is_finishing_ : 1 = false;  // finish() was called
    bool is_shut_down_ : 1 = false;
    bool is_handshaking_ : 1 = false;
};

using ConnectionPointer = boost::intrusive_ptr<Connection>;

}  // namespace deskbell::net
