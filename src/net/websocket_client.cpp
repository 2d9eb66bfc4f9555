#include "net/websocket_client.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "net/asio_loop.hpp"
#include "net/guarded.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/url/parse.hpp>

#include <deque>
#include <optional>
#include <utility>

namespace deskbell::net {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using Failure = boost::system::error_code;
using Tcp = asio::ip::tcp;
using PlainStream = websocket::stream<Tcp::socket>;
using TlsClientStream = websocket::stream<asio::ssl::stream<Tcp::socket>>;

struct Address {
    bool tls = false;
    std::string host;  // without the brackets of an IPv6 address
    std::string host_header;
    std::string port;
    std::string target;
};

std::optional<Address> read_address(const std::string& text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->host_address().empty() || url->has_userinfo()) return std::nullopt;
    if (url->scheme() != "ws" && url->scheme() != "wss") return std::nullopt;
    Address address;
    address.tls = url->scheme() == "wss";
    address.host = url->host_address();
    address.host_header = std::string(url->encoded_host_and_port());
    address.port = url->has_port() ? std::string(url->port()) : address.tls ? "443" : "80";
    address.target = std::string(url->encoded_target());
    if (address.target.empty() || !address.target.starts_with('/'))
        address.target.insert(0, 1, '/');
    return address;
}

}  // namespace

class BeastWebSocketClient::Impl {
public:
    Impl(AsioLoop& loop, Options options)
        : loop_(loop), options_(std::move(options)), tls_(asio::ssl::context::tls_client) {
        SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_2_VERSION);
        tls_.set_verify_mode(asio::ssl::verify_peer);
        Failure failed;
        if (options_.certificates_file.empty())
            tls_.set_default_verify_paths(failed);
        else
            tls_.load_verify_file(options_.certificates_file, failed);
        // Without anybody to trust every handshake is refused, and says so.
        if (failed) log::error("net: certificates cannot be read: {}", failed.message());
    }

    AsioLoop& loop_;
    const Options options_;
    asio::ssl::context tls_;
};

namespace {

using Options = BeastWebSocketClient::Options;

// What the two kinds of stream have in common: who hears of it, and that it ends once.
class Link : public std::enable_shared_from_this<Link> {
public:
    Link(AsioLoop& loop, const Options& options, ClientSocketHandler& handler)
        : loop_(loop), options_(options), handler_(&handler), resolver_(loop.context()) {}
    virtual ~Link() = default;

    void start(Address address) {
        address_ = std::move(address);
        deadline_ = loop_.after(options_.connect_timeout_ms, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->end("no connection in time");
        });
        resolver_.async_resolve(
            address_.host, address_.port,
            [self = shared_from_this()](Failure failed, const Tcp::resolver::results_type& found) {
                if (self->has_ended()) return;
                if (failed) return self->end("name not found: " + failed.message());
                self->connect(found);
            });
    }
    // For a URL that cannot be used: told later, as everything.
    void refuse(std::string why) {
        asio::post(loop_.context(),
                   [self = shared_from_this(), why = std::move(why)] { self->end(why); });
    }
    bool send(std::string text) {
        if (!is_open_ || is_closing_ || waiting_.size() >= options_.waiting_frames_max)
            return false;
        waiting_.push_back(std::move(text));
        if (waiting_.size() == 1) write_next();
        return true;
    }
    virtual void ping() = 0;
    virtual void close(std::uint16_t code) = 0;

    // Nobody listens any more.
    void abandon() {
        handler_ = nullptr;
        end("");
    }

protected:
    virtual void connect(const Tcp::resolver::results_type& found) = 0;
    virtual void write_next() = 0;
    virtual void drop() = 0;

    [[nodiscard]] bool has_ended() const { return has_ended_; }

    void opened() {
        is_open_ = true;
        loop_.cancel(std::exchange(deadline_, 0));
        tell("on_open", [this] { handler_->on_open(); });
    }
    void end(const std::string& why) {
        if (std::exchange(has_ended_, true)) return;
        is_open_ = false;
        loop_.cancel(std::exchange(deadline_, 0));
        resolver_.cancel();
        drop();
        tell("on_closed", [this, &why] { std::exchange(handler_, nullptr)->on_closed(why); });
    }
    template <class Call>
    void tell(std::string_view what, Call call) {
        if (handler_ == nullptr) return;
        if (!guarded(what, call)) end("a handler failed");
    }

    AsioLoop& loop_;
    const Options& options_;
    ClientSocketHandler* handler_;  // null: nobody listens
    Tcp::resolver resolver_;
    Address address_;
    TimerId deadline_ = 0;             // of connecting, then of closing
    std::deque<std::string> waiting_;  // the first is being written
    bool is_open_ = false;
    bool is_closing_ = false;
    bool has_ended_ = false;
};

template <class Stream>
class LinkOver final : public Link {
public:
    template <class... More>
    LinkOver(AsioLoop& loop, const Options& options, ClientSocketHandler& handler, More&... more)
        : Link(loop, options, handler), stream_(loop.context(), more...) {}

    void ping() override {
        if (!is_open_ || is_closing_ || std::exchange(is_pinging_, true)) return;
        stream_.async_ping({}, [self = self()](Failure failed) {
            self->is_pinging_ = false;
            if (failed) self->end(failed.message());
        });
    }

    void close(std::uint16_t code) override {
        if (has_ended() || is_closing_) return;
        if (!is_open_) return end("closed before it was open");
        is_closing_ = true;
        deadline_ = loop_.after(options_.close_timeout_ms, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) static_cast<LinkOver&>(*self).end("closed");
        });
        stream_.async_close(websocket::close_reason(code),
                            [self = self()](Failure) { self->end("closed"); });
    }

private:
    std::shared_ptr<LinkOver> self() {
        return std::static_pointer_cast<LinkOver>(shared_from_this());
    }

    void connect(const Tcp::resolver::results_type& found) override {
        asio::async_connect(boost::beast::get_lowest_layer(stream_), found,
                            [self = self()](Failure failed, const Tcp::endpoint&) {
                                if (self->has_ended()) return;
                                if (failed) return self->end(failed.message());
                                Failure ignored;
                                boost::beast::get_lowest_layer(self->stream_)
                                    .set_option(Tcp::no_delay(true), ignored);
                                self->secure();
                            });
    }

    void secure() {
        if constexpr (std::is_same_v<Stream, TlsClientStream>) {
            auto& tls = stream_.next_layer();
            Failure is_name;  // an address has no name to ask for
            asio::ip::make_address(address_.host, is_name);
            if (is_name) SSL_set_tlsext_host_name(tls.native_handle(), address_.host.c_str());
            tls.set_verify_callback(asio::ssl::host_name_verification(address_.host));
            tls.async_handshake(asio::ssl::stream_base::client, [self = self()](Failure refused) {
                if (self->has_ended()) return;
                if (refused) return self->end("TLS: " + refused.message());
                self->upgrade();
            });
        } else {
            upgrade();
        }
    }

    void upgrade() {
        // Deadlines are the owner's matter: Slack's pings tell more than a timer of ours here.
        stream_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                           websocket::stream_base::none(), false});
        stream_.set_option(websocket::stream_base::decorator(
            [agent = options_.user_agent](websocket::request_type& request) {
                request.set(boost::beast::http::field::user_agent, agent);
            }));
        stream_.read_message_max(options_.message_bytes_max);
        stream_.control_callback([weak = std::weak_ptr(self())](websocket::frame_type kind, auto) {
            if (const auto self = weak.lock()) self->heard(kind);
        });
        stream_.async_handshake(response_, address_.host_header, address_.target,
                                [self = self()](Failure refused) {
                                    if (self->has_ended()) return;
                                    if (refused) return self->end(self->why_not(refused));
                                    self->opened();
                                    self->read_next();
                                });
    }

    [[nodiscard]] std::string why_not(Failure refused) const {
        if (refused != websocket::error::upgrade_declined) return refused.message();
        return "the upgrade was answered with HTTP " + std::to_string(response_.result_int());
    }

    // Inside Beast's own reading: what a handler does then must wait for the next turn.
    void heard(websocket::frame_type kind) {
        if (kind == websocket::frame_type::close) return;
        asio::post(loop_.context(), [self = self(), is_ping = kind == websocket::frame_type::ping] {
            self->tell(is_ping ? "on_ping" : "on_pong", [&self, is_ping] {
                is_ping ? self->handler_->on_ping() : self->handler_->on_pong();
            });
        });
    }

    void read_next() {
        if (has_ended()) return;
        stream_.async_read(buffer_, [self = self()](Failure failed, std::size_t) {
            if (self->has_ended()) return;
            if (failed) return self->end(self->why_closed(failed));
            if (self->stream_.got_text()) {
                const auto bytes = self->buffer_.cdata();
                self->tell("on_text", [&] {
                    self->handler_->on_text({static_cast<const char*>(bytes.data()), bytes.size()});
                });
            }
            self->buffer_.consume(self->buffer_.size());
            self->read_next();
        });
    }

    [[nodiscard]] std::string why_closed(Failure failed) const {
        if (failed != websocket::error::closed) return failed.message();
        const websocket::close_reason& reason = stream_.reason();
        return "the peer closed it, " + std::to_string(reason.code) + " " +
               std::string(reason.reason.data(), reason.reason.size());
    }

    void write_next() override {
        stream_.text(true);
        stream_.async_write(asio::buffer(waiting_.front()),
                            [self = self()](Failure failed, std::size_t) {
                                if (self->has_ended()) return;
                                if (failed) return self->end(failed.message());
                                self->waiting_.pop_front();
                                if (!self->waiting_.empty()) self->write_next();
                            });
    }

    void drop() override {
        Failure ignored;
        boost::beast::get_lowest_layer(stream_).close(ignored);
    }

    Stream stream_;
    websocket::response_type response_;
    boost::beast::flat_buffer buffer_;
    bool is_pinging_ = false;
};

// The owner's end of it.
class Socket final : public ClientSocket {
public:
    explicit Socket(std::shared_ptr<Link> link) : link_(std::move(link)) {}
    ~Socket() override { link_->abandon(); }
    bool send_text(std::string text) override { return link_->send(std::move(text)); }
    void ping() override { link_->ping(); }
    void close(std::uint16_t code) override { link_->close(code); }

private:
    std::shared_ptr<Link> link_;
};

}  // namespace

BeastWebSocketClient::BeastWebSocketClient(AsioLoop& loop, Options options)
    : impl_(std::make_unique<Impl>(loop, std::move(options))) {}
BeastWebSocketClient::~BeastWebSocketClient() = default;

std::unique_ptr<ClientSocket> BeastWebSocketClient::connect(const std::string& url,
                                                            ClientSocketHandler& handler) {
    AsioLoop& loop = impl_->loop_;
    DESKBELL_ASSERT(loop.on_this_thread());
    auto address = read_address(url);
    std::shared_ptr<Link> link;
    if (address && address->tls)
        link = std::make_shared<LinkOver<TlsClientStream>>(loop, impl_->options_, handler,
                                                           impl_->tls_);
    else
        link = std::make_shared<LinkOver<PlainStream>>(loop, impl_->options_, handler);
    if (address)
        link->start(std::move(*address));
    else
        link->refuse("not a ws:// or wss:// address");
    return std::make_unique<Socket>(std::move(link));
}

}  // namespace deskbell::net
