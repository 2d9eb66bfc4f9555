#include "event_loop.hpp"

#include "meters.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr int connections_waiting_max = 4096;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int open_socket() { return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

void send_at_once(int descriptor) {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Connection::~Connection() { close(); }

bool Connection::connect(std::uint16_t port) {
    descriptor_ = open_socket();
    if (descriptor_ < 0) return false;
    send_at_once(descriptor_);
    const sockaddr_in address = loopback(port);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS) {
        close();
        return false;
    }
    connecting_ = true;
    watch(EPOLL_CTL_ADD, EPOLLOUT);
    return true;
}

void Connection::adopt(int descriptor) {
    descriptor_ = descriptor;
    send_at_once(descriptor_);
    watch(EPOLL_CTL_ADD, EPOLLIN);
}

void Connection::watch(int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    epoll_ctl(loop_.epoll_, operation, descriptor_, &event);
}

void Connection::send(std::string_view bytes) {
    if (!is_open()) return;
    if (unsent_.empty()) {
        const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent == static_cast<ssize_t>(bytes.size())) return;
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    unsent_.append(bytes);
    watch(EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

void Connection::flush() {
    const ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent > 0) unsent_.erase(0, static_cast<std::size_t>(sent));
    if (unsent_.empty()) watch(EPOLL_CTL_MOD, EPOLLIN);
}

void Connection::close() {
    if (!is_open()) return;
    ::close(descriptor_);
    descriptor_ = -1;
    unread_.clear();
    unsent_.clear();
}

void Connection::lost() {
    close();
    on_closed();
}

void Connection::ready(std::uint32_t events, std::string& scratch) {
    if (!is_open()) return;
    if (connecting_) {
        connecting_ = false;
        if (events & (EPOLLERR | EPOLLHUP)) return lost();
        watch(EPOLL_CTL_MOD, EPOLLIN);
        on_connected();
        return;
    }
    if ((events & EPOLLOUT) && !unsent_.empty()) flush();
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read(scratch);
}

void Connection::read(std::string& scratch) {
    const ssize_t received = recv(descriptor_, scratch.data(), scratch.size(), 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return lost();
    std::string_view bytes(scratch.data(), static_cast<std::size_t>(received));
    if (!unread_.empty()) {
        unread_.append(bytes);
        const std::size_t used = on_bytes(unread_);
        unread_.erase(0, used);
        return;
    }
    const std::size_t used = on_bytes(bytes);
    if (is_open()) unread_.assign(bytes.substr(used));
}

EventLoop::EventLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)), scratch_(256 << 10, '\0') {}

EventLoop::~EventLoop() {
    if (listener_ >= 0) close(listener_);
    close(epoll_);
}

void EventLoop::listen(std::uint16_t port, std::function<void(int)> accept) {
    listener_ = open_socket();
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const sockaddr_in address = loopback(port);
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, connections_waiting_max) != 0) {
        std::perror("load: listen");
        std::exit(1);
    }
    accept_ = std::move(accept);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = nullptr;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
}

void EventLoop::turn(std::uint64_t until_ns) {
    const std::uint64_t now = now_ns();
    const std::uint64_t wait = until_ns > now ? until_ns - now : 0;
    const timespec timeout{static_cast<time_t>(wait / 1'000'000'000),
                           static_cast<long>(wait % 1'000'000'000)};
    std::array<epoll_event, 256> events;
    const int count =
        epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.ptr) {
            static_cast<Connection*>(event.data.ptr)->ready(event.events, scratch_);
            continue;
        }
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) accept_(descriptor);
    }
}

bool EventLoop::turn_until(const std::function<bool()>& done, std::uint64_t timeout_ns) {
    const std::uint64_t deadline = now_ns() + timeout_ns;
    while (!done()) {
        const std::uint64_t now = now_ns();
        if (now >= deadline) return false;
        turn(std::min(deadline, now + 10'000'000));
    }
    return true;
}

void EventLoop::rest(std::uint64_t duration_ns) {
    turn_until([] { return false; }, duration_ns);
}

}  // namespace bench
