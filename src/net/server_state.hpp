#pragma once
// What the connections of one HttpServer share: limits, the read buffer, deadlines, the cork.

#include "net/connection.hpp"
#include "net/http_server.hpp"
#include "net/tls.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::net {

class HttpServer::Impl final : public std::enable_shared_from_this<HttpServer::Impl> {
public:
    Impl(AsioLoop& loop, ServerLimits limits, Handler handler);
    ~Impl();

    [[nodiscard]] Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
    [[nodiscard]] Result<void> use_tls(const std::string& certificate_file,
                                       const std::string& key_file);
    void stop_accepting();
    void close_all(std::uint16_t code, std::function<std::string()> reason,
                   std::int64_t deadline_ms, std::function<void()> done);
    void shut_down();

    // For connections.
    [[nodiscard]] AsioLoop& loop() const { return loop_; }
    [[nodiscard]] const ServerLimits& limits() const { return limits_; }
    [[nodiscard]] const Handler& handler() const { return handler_; }
    [[nodiscard]] bool is_draining() const { return is_draining_; }
    [[nodiscard]] std::uint16_t drain_code() const { return drain_code_; }
    [[nodiscard]] const std::function<std::string()>& drain_reason() const { return drain_reason_; }
    [[nodiscard]] std::string_view date();
    [[nodiscard]] std::span<char> read_buffer() { return {read_buffer_.get(), read_buffer_bytes}; }
    void set_deadline(Connection& connection, Deadline kind);
    void remove(Connection& connection);

    // While a connection's bytes are handled, its small writes gather here and leave as one.
    Connection* corked = nullptr;
    std::string cork;
    static constexpr std::size_t cork_bytes_max = 16u << 10;

    std::atomic<std::size_t> connections_count = 0;

private:
    static constexpr std::size_t read_buffer_bytes = 64u << 10;
    static constexpr std::int64_t accept_retry_ms = 200;
    using DeadlineList =
        boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

    [[nodiscard]] std::int64_t length_ms(Deadline kind) const;
    void wait_to_accept();
    void accept_ready();
    bool accept_one();
    [[nodiscard]] std::string_view reserve_place(bool may_make_room);
    bool make_room();
    void pause_accepting(std::string_view reason);
    void tick();
    void give_memory_back();
    void schedule_tick();
    void check_drained();

    AsioLoop& loop_;
    const ServerLimits limits_;
    const Handler handler_;
    std::int64_t tick_ms_;
    std::unique_ptr<char[]> read_buffer_;
    std::optional<boost::asio::ip::tcp::acceptor> acceptor_;
    std::string listening_on_;  // its entry in the process's list of ports
    std::unique_ptr<TlsContext> tls_;
    std::vector<ConnectionPointer> connections_;
    std::array<DeadlineList, deadline_kinds> deadlines_;
    std::size_t held_bytes_peak_ = 0;
    TimerId tick_timer_ = 0;
    TimerId accept_timer_ = 0;
    TimerId drain_timer_ = 0;
    bool is_v6_ = false;
    bool accept_is_armed_ = false;
    bool accept_trouble_is_logged_ = false;
    bool is_draining_ = false;
    std::uint16_t drain_code_ = 0;
    std::function<std::string()> drain_reason_;
    std::vector<std::function<void()>> drained_;  // called once the last connection is gone
    std::string date_;
    WallMs date_second_ = -1;
};

}  // namespace deskbell::net
