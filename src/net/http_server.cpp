#include "net/http_server.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "net/descriptor_budget.hpp"
#include "net/held_bytes.hpp"
#include "net/http_connection.hpp"
#include "net/http_response.hpp"
#include "net/server_state.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <mutex>
#include <set>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace deskbell::net {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// SO_REUSEPORT lets the loops of this process share a port, but it would let a second process of
// the same user share it too, and half the customers would land in either. So the first listener
// of a process on a port binds without it once, to learn whether the port is free.
class ListeningPorts {
public:
    Result<void> claim(const tcp::endpoint& wanted) {
        const std::lock_guard lock(mutex_);
        if (names_.contains(name_of(wanted))) return {};
        asio::io_context context(1);
        tcp::acceptor probe(context);
        boost::system::error_code failed;
        probe.open(wanted.protocol(), failed);
        if (!failed) probe.set_option(tcp::acceptor::reuse_address(true), failed);
        if (!failed) probe.bind(wanted, failed);
        if (failed) return fail("listen_failed", failed.message());
        return {};
    }
    std::string add(const tcp::endpoint& bound) {
        const std::lock_guard lock(mutex_);
        return *names_.insert(name_of(bound));
    }
    void remove(const std::string& name) {
        const std::lock_guard lock(mutex_);
        if (const auto found = names_.find(name); found != names_.end()) names_.erase(found);
    }

private:
    static std::string name_of(const tcp::endpoint& endpoint) {
        return endpoint.address().to_string() + " " + std::to_string(endpoint.port());
    }
    std::mutex mutex_;
    std::multiset<std::string> names_;  // guarded by mutex_
};

ListeningPorts& listening_ports() {
    static ListeningPorts ports;
    return ports;
}

// Accepted sockets inherit these, which saves calls for each of them.
void set_listener_options(tcp::acceptor& acceptor, boost::system::error_code& failed) {
    const int on = 1;
    const int unsent_bytes_max = 128 << 10;  // what a slow reader may hold of the kernel's memory
    const int handle = acceptor.native_handle();
    acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (failed) return;
    const bool ok = ::setsockopt(handle, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
                    ::setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                    ::setsockopt(handle, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) == 0 &&
                    ::setsockopt(handle, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max,
                                 sizeof unsent_bytes_max) == 0;
    if (!ok) failed = {errno, boost::system::system_category()};
}

std::int64_t choose_tick_ms(const ServerLimits& limits) {
    const std::int64_t shortest = std::min(
        {limits.request_timeout_ms, limits.idle_timeout_ms, limits.write_stall_timeout_ms});
    return std::clamp<std::int64_t>(shortest / 8, 5, 1000);
}

template <class Work>
auto run_on(AsioLoop& loop, Work work) {
    if (loop.on_this_thread()) return work();
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto outcome = task.get_future();
    loop.post([&task] { task(); });
    return outcome.get();
}

}  // namespace

HttpServer::Impl::Impl(AsioLoop& loop, ServerLimits limits, Handler handler)
    : loop_(loop),
      limits_(std::move(limits)),
      handler_(std::move(handler)),
      tick_ms_(choose_tick_ms(limits_)),
      read_buffer_(std::make_unique_for_overwrite<char[]>(read_buffer_bytes)) {}

HttpServer::Impl::~Impl() { DESKBELL_ASSERT(connections_.empty()); }

Result<std::uint16_t> HttpServer::Impl::listen(const std::string& address, std::uint16_t port) {
    DESKBELL_ASSERT(!acceptor_);
    const std::string where = address + ":" + std::to_string(port);
    boost::system::error_code failed;
    const auto parsed = asio::ip::make_address(address, failed);
    if (failed) return fail("listen_failed", "not an IP address: " + address);
    const tcp::endpoint wanted(parsed, port);
    if (port != 0) {
        auto claimed = listening_ports().claim(wanted);
        if (!claimed) {
            return fail("listen_failed",
                        "cannot listen on " + where + ": " + claimed.error().detail);
        }
    }
    acceptor_.emplace(loop_.context());
    acceptor_->open(wanted.protocol(), failed);
    if (!failed) set_listener_options(*acceptor_, failed);
    if (!failed) acceptor_->bind(wanted, failed);
    if (!failed) acceptor_->listen(4096, failed);
    if (!failed) acceptor_->native_non_blocking(true, failed);
    if (failed) {
        acceptor_.reset();
        return fail("listen_failed", "cannot listen on " + where + ": " + failed.message());
    }
    const tcp::endpoint bound = acceptor_->local_endpoint();
    is_v6_ = bound.protocol() == tcp::v6();
    listening_on_ = listening_ports().add(bound);
    wait_to_accept();
    if (tick_timer_ == 0) schedule_tick();
    return bound.port();
}

Result<void> HttpServer::Impl::use_tls(const std::string& certificate_file,
                                       const std::string& key_file) {
    auto loaded = TlsContext::load(certificate_file, key_file);
    if (!loaded) return std::unexpected(loaded.error());
    tls_ = std::move(*loaded);
    return {};
}

// ---- accepting

void HttpServer::Impl::wait_to_accept() {
    if (!acceptor_ || accept_is_armed_ || accept_timer_ != 0) return;
    accept_is_armed_ = true;
    acceptor_->async_wait(tcp::acceptor::wait_read,
                          [weak = weak_from_this()](boost::system::error_code failed) {
                              const auto server = weak.lock();
                              if (!server) return;
                              server->accept_is_armed_ = false;
                              if (!failed && server->acceptor_) server->accept_ready();
                          });
}

void HttpServer::Impl::accept_ready() {
    constexpr int accepted_at_once_max = 64;  // then the connections there are get their turn
    for (int i = 0; i < accepted_at_once_max; ++i) {
        // Only the first is known to wait; for who might stand behind it nobody is sent away.
        const bool somebody_waits = i == 0;
        if (const auto reason = reserve_place(somebody_waits); !reason.empty()) {
            if (somebody_waits) pause_accepting(reason);
            break;
        }
        const std::size_t before = connections_.size();
        const bool may_be_more = accept_one();
        if (connections_.size() == before) DescriptorBudget::give_back();
        if (!may_be_more) break;
    }
    wait_to_accept();
}

// Takes a descriptor for one more connection; else says why there is none.
std::string_view HttpServer::Impl::reserve_place(bool may_make_room) {
    if (HeldBytes::are_too_many()) return "peers make us hold too much";
    const bool is_full = connections_.size() >= limits_.connections_max;
    if (is_full && !(may_make_room && make_room())) return "as many connections as there may be";
    if (DescriptorBudget::take()) return {};
    if (may_make_room && make_room() && DescriptorBudget::take()) return {};
    return "all descriptors for connections are taken";
}

// Whoever has nothing to do makes room for somebody who may: keep-alive is a kindness.
bool HttpServer::Impl::make_room() {
    constexpr std::int64_t idle_ms_min = 1'000;  // a new connection gets to say what it wants
    DeadlineList& idle = deadlines_[static_cast<std::size_t>(Deadline::idle)];
    if (idle.empty()) return false;
    const SteadyMs since = idle.front().due_ms_ - length_ms(Deadline::idle);
    if (loop_.clock().steady_ms() - since < idle_ms_min) return false;
    const ConnectionPointer connection(&idle.front());
    connection->end();
    return true;
}

// False when there is nothing more to accept now.
bool HttpServer::Impl::accept_one() {
    const int handle =
        ::accept4(acceptor_->native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (handle < 0) {
        const int reason = errno;
        if (reason == EAGAIN || reason == EWOULDBLOCK) return false;
        if (reason == EMFILE || reason == ENFILE || reason == ENOBUFS || reason == ENOMEM) {
            pause_accepting(std::strerror(reason));
            return false;
        }
        return true;  // this one peer has gone again
    }
    accept_trouble_is_logged_ = false;
    Connection::Socket socket(loop_.context().get_executor());
    boost::system::error_code failed;
    socket.assign(is_v6_ ? tcp::v6() : tcp::v4(), handle, failed);
    if (failed) {
        ::close(handle);
        return true;
    }
    std::unique_ptr<TlsStream> tls;
    if (tls_) {
        tls = tls_->open(handle);
        if (!tls) return true;
    }
    const ConnectionPointer connection(new Connection(*this, std::move(socket), std::move(tls)));
    connection->position_ = static_cast<std::uint32_t>(connections_.size());
    connections_.push_back(connection);
    connections_count = connections_.size();
    connection->start(std::make_unique<HttpConnection>(*connection));
    return true;
}

// Readiness would be announced again at once and for ever: look again a little later instead.
void HttpServer::Impl::pause_accepting(std::string_view reason) {
    if (!std::exchange(accept_trouble_is_logged_, true)) {
        log::warn("net: accepting pauses: {}", reason);
    }
    if (accept_timer_ != 0) return;
    accept_timer_ = loop_.after(accept_retry_ms, [weak = weak_from_this()] {
        const auto server = weak.lock();
        if (!server) return;
        server->accept_timer_ = 0;
        server->wait_to_accept();
    });
}

void HttpServer::Impl::stop_accepting() {
    if (!acceptor_) return;
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    acceptor_.reset();
    listening_ports().remove(std::exchange(listening_on_, {}));
}

void HttpServer::Impl::remove(Connection& connection) {
    set_deadline(connection, Deadline::none);
    const std::uint32_t position = connection.position_;
    DESKBELL_ASSERT(position < connections_.size() && connections_[position].get() == &connection);
    const ConnectionPointer kept = std::move(connections_[position]);
    if (position + 1 < connections_.size()) {
        connections_[position] = std::move(connections_.back());
        connections_[position]->position_ = position;
    }
    connections_.pop_back();
    connections_count = connections_.size();
    DescriptorBudget::give_back();
    loop_.cancel(std::exchange(accept_timer_, 0));  // there is room again
    wait_to_accept();
    if (connections_.empty()) check_drained();
}

// ---- deadlines

std::int64_t HttpServer::Impl::length_ms(Deadline kind) const {
    switch (kind) {
        case Deadline::none:
            return 0;
        case Deadline::request:
            return limits_.request_timeout_ms;
        case Deadline::idle:
            return limits_.idle_timeout_ms;
        case Deadline::stall:
        case Deadline::closing:
            return limits_.write_stall_timeout_ms;
        case Deadline::linger:
            return std::min<std::int64_t>(limits_.write_stall_timeout_ms, 2'000);
    }
    return 0;
}

void HttpServer::Impl::set_deadline(Connection& connection, Deadline kind) {
    const auto list_of = [this](Deadline of) -> DeadlineList& {
        return deadlines_[static_cast<std::size_t>(of)];
    };
    if (connection.deadline_ != Deadline::none) {
        DeadlineList& list = list_of(connection.deadline_);
        list.erase(list.iterator_to(connection));
    }
    connection.deadline_ = kind;
    if (kind == Deadline::none) return;
    connection.due_ms_ = loop_.clock().steady_ms() + length_ms(kind);
    list_of(kind).push_back(connection);
}

void HttpServer::Impl::schedule_tick() {
    tick_timer_ = loop_.after(tick_ms_, [weak = weak_from_this()] {
        if (const auto server = weak.lock()) server->tick();
    });
}

void HttpServer::Impl::tick() {
    const SteadyMs now = loop_.clock().steady_ms();
    for (DeadlineList& list : deadlines_) {
        while (!list.empty() && list.front().due_ms_ <= now) {
            const ConnectionPointer connection(&list.front());
            const bool is_ours = connection->deadline_ == Deadline::linger ||
                                 connection->is_handshaking_ || connection->is_finishing_;
            set_deadline(*connection, Deadline::none);
            if (is_ours) {
                connection->end();
            } else {
                connection->protocol_->on_deadline();
            }
        }
    }
    give_memory_back();
    schedule_tick();
}

// The allocator keeps what was freed. After a flood of peers the machine gets it back.
void HttpServer::Impl::give_memory_back() {
    constexpr std::size_t worth_it_bytes = 64u << 20;
    const std::size_t held = HeldBytes::total();
    held_bytes_peak_ = std::max(held_bytes_peak_, held);
    if (held_bytes_peak_ < worth_it_bytes || held > held_bytes_peak_ / 4) return;
    held_bytes_peak_ = held;
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

// ---- ending

void HttpServer::Impl::close_all(std::uint16_t code, std::function<std::string()> reason,
                                 std::int64_t deadline_ms, std::function<void()> done) {
    stop_accepting();
    is_draining_ = true;
    drain_code_ = code;
    drain_reason_ = std::move(reason);
    drained_.push_back(std::move(done));
    // A copy: ending a connection takes it out of the list.
    const std::vector<ConnectionPointer> snapshot = connections_;
    for (const ConnectionPointer& connection : snapshot) {
        if (connection->has_ended()) continue;
        if (connection->is_handshaking_) {
            connection->end_soon();
        } else if (!connection->is_finishing_) {
            connection->protocol_->on_drain(drain_code_, drain_reason_);
        }
    }
    check_drained();
    if (connections_.empty() || drain_timer_ != 0) return;
    drain_timer_ = loop_.after(deadline_ms, [weak = weak_from_this()] {
        const auto server = weak.lock();
        if (!server) return;
        server->drain_timer_ = 0;
        const std::vector<ConnectionPointer> left = server->connections_;
        for (const ConnectionPointer& connection : left) connection->end();
    });
}

void HttpServer::Impl::check_drained() {
    if (!connections_.empty() || drained_.empty()) return;
    loop_.cancel(std::exchange(drain_timer_, 0));
    for (std::function<void()>& done : std::exchange(drained_, {})) {
        if (done) loop_.post(std::move(done));
    }
}

void HttpServer::Impl::shut_down() {
    stop_accepting();
    for (const TimerId timer : {tick_timer_, accept_timer_, drain_timer_}) loop_.cancel(timer);
    drained_.clear();
    const std::vector<ConnectionPointer> left = connections_;
    for (const ConnectionPointer& connection : left) connection->end();
}

std::string_view HttpServer::Impl::date() {
    const WallMs now = loop_.clock().wall_ms();
    if (now / 1000 != date_second_) {
        date_second_ = now / 1000;
        date_ = to_http_date(now);
    }
    return date_;
}

// ---- the public class

HttpServer::HttpServer(AsioLoop& loop, ServerLimits limits, Handler handler)
    : impl_(std::make_shared<Impl>(loop, std::move(limits), std::move(handler))) {}

HttpServer::~HttpServer() {
    DESKBELL_ASSERT(impl_->loop().on_this_thread());
    impl_->shut_down();
}

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
    return run_on(impl_->loop(), [&] { return impl_->listen(address, port); });
}

Result<void> HttpServer::use_tls(const std::string& certificate_file, const std::string& key_file) {
    return run_on(impl_->loop(), [&] { return impl_->use_tls(certificate_file, key_file); });
}

void HttpServer::stop_accepting() {
    run_on(impl_->loop(), [&] { impl_->stop_accepting(); });
}

void HttpServer::close_all(std::uint16_t code, std::function<std::string()> reason,
                           std::int64_t deadline_ms, std::function<void()> done) {
    run_on(impl_->loop(),
           [&] { impl_->close_all(code, std::move(reason), deadline_ms, std::move(done)); });
}

std::size_t HttpServer::connections() const { return impl_->connections_count; }

}  // namespace deskbell::net
