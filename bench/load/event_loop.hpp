#pragma once
// One thread, one epoll, loopback TCP: the load generator must cost less than what it measures.
// Connections are owned by whoever made them and must outlive the loop's current round; a closed
// one stays a valid object.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bench {

class EventLoop;

class Connection {
public:
    explicit Connection(EventLoop& loop) : loop_(loop) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection();

    [[nodiscard]] bool connect(std::uint16_t port);
    void adopt(int descriptor);  // an accepted socket
    void send(std::string_view bytes);
    void close();
    [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

protected:
    virtual void on_connected() {}
    // Returns how many of these bytes are dealt with; the rest comes again with more behind it.
    virtual std::size_t on_bytes(std::string_view bytes) = 0;
    virtual void on_closed() {}  // by the other side

private:
    friend class EventLoop;
    void ready(std::uint32_t events, std::string& scratch);
    void read(std::string& scratch);
    void flush();
    void watch(int operation, std::uint32_t events);
    void lost();

    EventLoop& loop_;
    int descriptor_ = -1;
    bool connecting_ = false;
    std::string unread_;  // the part of a message whose rest has not come
    std::string unsent_;
};

class EventLoop {
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // `accept` is given each new socket; it must adopt or close it. Exits when the port is taken.
    void listen(std::uint16_t port, std::function<void(int descriptor)> accept);
    // Waits until `until_ns` at most and handles what is ready.
    void turn(std::uint64_t until_ns);
    // Turns until `done()` or the time is over; says whether it was done.
    bool turn_until(const std::function<bool()>& done, std::uint64_t timeout_ns);
    void rest(std::uint64_t duration_ns);

private:
    friend class Connection;
    int epoll_ = -1;
    int listener_ = -1;
    std::function<void(int)> accept_;
    std::string scratch_;  // one read buffer for everyone
};

}  // namespace bench
