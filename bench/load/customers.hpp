#pragma once
// The customers: a session each over HTTP, then a WebSocket that speaks `deskbell.v1`. The same
// class opens the sockets of the transport peers, which know no sessions (an echo, a
// publish-subscribe server).

#include "event_loop.hpp"
#include "http_pool.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Peer : std::uint8_t { bridge, echo, subscriber };

class Customer;

// What a customer hears. Set by the run that is on.
struct Hearing {
    std::function<void(Customer&)> on_ok;         // the server answered the last request
    std::function<void(Customer&)> on_delivered;  // a receipt: Slack has the message
    std::function<void(Customer&, std::int64_t ordinal)> on_reply;
};

class Customer : public Connection {
public:
    Customer(EventLoop& loop, Hearing& hearing, Peer peer, std::uint32_t index);

    void arrive(std::string session, std::string token);  // what POST /v1/sessions said
    [[nodiscard]] bool open_socket(std::uint16_t port);
    void say(std::uint32_t ordinal);
    void ask_for_human();
    void ping(std::uint32_t ordinal);

    [[nodiscard]] const std::string& session() const { return session_; }
    [[nodiscard]] std::uint32_t index() const { return index_; }
    [[nodiscard]] bool is_welcome() const { return is_open() && stage_ == Stage::welcome; }

    std::int64_t errand = -1;  // the run's: which of its messages this customer waits for
    std::string thread;        // in Slack, once there is one

private:
    enum class Stage : std::uint8_t { upgrading, greeting, welcome };

    void on_connected() override;
    std::size_t on_bytes(std::string_view bytes) override;
    void on_closed() override;
    std::size_t read_upgrade(std::string_view bytes);
    void hear(std::string_view frame);
    void send_frame(std::string_view payload, unsigned opcode = 1);

    Hearing& hearing_;
    Peer peer_;
    std::uint32_t index_;
    Stage stage_ = Stage::upgrading;
    std::string session_;
    std::string token_;
};

class Customers {
public:
    Customers(EventLoop& loop, Peer peer, std::uint16_t port);

    // So many more sessions; then a socket for each that has none, up to the last welcome. Both
    // exit with a message when one is refused.
    void arrive(std::size_t count);
    void open_sockets();
    void keep_only(std::size_t count);  // the others hang up
    [[nodiscard]] std::vector<std::unique_ptr<Customer>>& all() { return all_; }

    Hearing hearing;

private:
    void create_session(Customer& customer);

    EventLoop& loop_;
    Peer peer_;
    std::uint16_t port_;
    HttpPool pool_;
    std::vector<std::unique_ptr<Customer>> all_;
    std::size_t welcomed_ = 0;  // the first so many have their sockets
};

[[noreturn]] void give_up(const std::string& why);

}  // namespace bench
