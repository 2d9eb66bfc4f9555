#pragma once
// For tests only: a blocking raw socket for one side, and a server on a loop for the other.

#include "net/http_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <poll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace deskbell::net::testing {

// A blocking client socket. Reads give up after some seconds so that a failing test ends.
class Peer {
public:
    explicit Peer(std::uint16_t port, int receive_buffer_bytes = 0) {
        handle_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (receive_buffer_bytes > 0) {
            ::setsockopt(handle_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes,
                         sizeof receive_buffer_bytes);
        }
        const timeval patience{5, 0};
        ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(handle_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    struct Accepted {
        int handle;
    };
    explicit Peer(Accepted accepted) : handle_(accepted.handle), connected_(true) {
        const timeval patience{5, 0};
        ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() { close(); }

    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] int handle() const { return handle_; }

    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    void finish_sending() { ::shutdown(handle_, SHUT_WR); }
    void reset() {
        const linger now{1, 0};
        ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void close() {
        if (handle_ >= 0) ::close(handle_);
        handle_ = -1;
    }

    // Exactly this many bytes, or fewer when the server ends.
    std::string read(std::size_t bytes) {
        while (held_.size() < bytes && receive()) {
        }
        return take(bytes);
    }
    std::string read_until(std::string_view end) {
        std::size_t at = 0;
        while ((at = held_.find(end)) == std::string::npos && receive()) {
        }
        return take(at == std::string::npos ? held_.size() : at + end.size());
    }
    std::string read_to_end() {
        while (receive()) {
        }
        return take(held_.size());
    }
    // One response whose length its head tells.
    std::string read_response() {
        std::string response = read_until("\r\n\r\n");
        const std::size_t at = response.find("content-length: ");
        if (at != std::string::npos) response += read(std::stoul(response.substr(at + 16)));
        return response;
    }
    // The server's next frame: opcode and payload; opcode -1 at the end.
    std::pair<int, std::string> read_frame() {
        const std::string start = read(2);
        if (start.size() < 2) return {-1, {}};
        std::size_t length = static_cast<unsigned char>(start[1]);
        if (length >= 126) {
            const std::string extended = read(length == 126 ? 2 : 8);
            length = 0;
            for (const char c : extended) length = length << 8 | static_cast<unsigned char>(c);
        }
        return {start[0] & 15, read(length)};
    }
    [[nodiscard]] bool has_ended() {
        char byte = 0;
        return held_.empty() && ::recv(handle_, &byte, 1, MSG_PEEK) == 0;
    }

private:
    bool receive() {
        char buffer[16384];
        const ssize_t count = ::recv(handle_, buffer, sizeof buffer, 0);
        if (count <= 0) return false;
        held_.append(buffer, static_cast<std::size_t>(count));
        return true;
    }
    std::string take(std::size_t bytes) {
        std::string taken = held_.substr(0, bytes);
        held_.erase(0, taken.size());
        return taken;
    }
    int handle_ = -1;
    bool connected_ = false;
    std::string held_;
};

// The other way round: a raw server whose every byte the test decides.
class Listener {
public:
    Listener() {
        handle_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(handle_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(handle_, 64);
        socklen_t length = sizeof address;
        ::getsockname(handle_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
    }
    ~Listener() { close(); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    void close() {
        if (handle_ >= 0) ::close(handle_);
        handle_ = -1;
    }
    // The next connection; null when none comes within `patience_ms`.
    std::unique_ptr<Peer> accept(int patience_ms = 5'000) {
        pollfd ready{handle_, POLLIN, 0};
        if (::poll(&ready, 1, patience_ms) != 1) return nullptr;
        return std::make_unique<Peer>(Peer::Accepted{::accept(handle_, nullptr, nullptr)});
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    int handle_ = -1;
    std::uint16_t port_ = 0;
};

// A client's frame, masked.
inline std::string client_frame(std::uint8_t first_byte, std::string_view payload) {
    const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
    std::string frame(1, static_cast<char>(first_byte));
    const std::size_t length = payload.size();
    if (length < 126) {
        frame += static_cast<char>(0x80 | length);
    } else {
        const int extended = length < 0x10000 ? 2 : 8;
        frame += static_cast<char>(0x80 | (extended == 2 ? 126 : 127));
        for (int i = extended - 1; i >= 0; --i) frame += static_cast<char>(length >> (8 * i));
    }
    frame.append(reinterpret_cast<const char*>(mask), 4);
    for (std::size_t i = 0; i < length; ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    return frame;
}

inline std::string upgrade_request(std::string_view extra = {}) {
    return "GET /v1/socket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, "
           "Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
           "dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(extra) + "\r\n";
}

// A server on a loop of its own.
class TestServer {
public:
    explicit TestServer(Handler handler, ServerLimits limits = {}) {
        loop_.start();
        on_loop([&] {
            server_ = std::make_unique<HttpServer>(loop_, std::move(limits), std::move(handler));
        });
        port_ = server_->listen("127.0.0.1", 0).value();
    }
    ~TestServer() {
        on_loop([&] { server_.reset(); });
        loop_.stop_and_join();
    }

    void on_loop(std::function<void()> work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
    // Waits, by turns of the loop, until `condition` holds there; false after five seconds.
    bool eventually(const std::function<bool()>& condition) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        bool holds = false;
        while (!holds && std::chrono::steady_clock::now() < patience) {
            std::promise<void> turn;
            loop_.post([&] {
                holds = condition();
                loop_.after(1, [&] { turn.set_value(); });
            });
            turn.get_future().wait();
        }
        return holds;
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] HttpServer& server() { return *server_; }
    [[nodiscard]] AsioLoop& loop() { return loop_; }

private:
    SystemClock clock_;
    AsioLoop loop_{"test-server", clock_};
    std::unique_ptr<HttpServer> server_;
    std::uint16_t port_ = 0;
};

}  // namespace deskbell::net::testing
