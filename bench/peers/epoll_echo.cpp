// The floor: a WebSocket echo on bare epoll. One byte a connection, one shared buffer, nothing
// stored, no limits, no checks. What is left is the kernel's own cost of moving a message.
//
//   epoll_echo PORT
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr int descriptors_max = 65'536;
std::array<bool, descriptors_max> is_upgraded;
std::array<unsigned char, 64 << 10> input;
std::array<unsigned char, 64 << 10> output;

void watch(int epoll, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

void accept_one(int epoll, int listener) {
    const int descriptor = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (descriptor < 0 || descriptor >= descriptors_max) return;
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    is_upgraded[static_cast<std::size_t>(descriptor)] = false;
    watch(epoll, descriptor);
}

void answer_http(int descriptor, std::string_view request) {
    constexpr std::string_view name = "Sec-WebSocket-Key: ";
    const std::size_t at = request.find(name);
    if (at == std::string_view::npos || request.size() < at + name.size() + 24) {
        constexpr std::string_view ready = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        send(descriptor, ready.data(), ready.size(), MSG_NOSIGNAL);
        return;
    }
    std::string key(request.substr(at + name.size(), 24));
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    std::array<unsigned char, 32> encoded;
    SHA1(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    std::string upgrade =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: ";
    upgrade.append(reinterpret_cast<const char*>(encoded.data())).append("\r\n\r\n");
    send(descriptor, upgrade.data(), upgrade.size(), MSG_NOSIGNAL);
    is_upgraded[static_cast<std::size_t>(descriptor)] = true;
}

// Messages shorter than 126 bytes, whole: what the load generator sends.
void echo(int descriptor, std::size_t size) {
    std::size_t read = 0;
    std::size_t written = 0;
    while (read + 6 <= size) {
        const std::size_t length = input[read + 1] & 127U;
        const unsigned char* mask = input.data() + read + 2;
        const unsigned char* payload = mask + 4;
        output[written] = input[read];
        output[written + 1] = static_cast<unsigned char>(length);
        for (std::size_t i = 0; i < length; ++i) output[written + 2 + i] = payload[i] ^ mask[i & 3];
        read += 6 + length;
        written += 2 + length;
    }
    send(descriptor, output.data(), written, MSG_NOSIGNAL);
}

void receive(int descriptor) {
    const ssize_t received = recv(descriptor, input.data(), input.size(), 0);
    if (received <= 0) {
        close(descriptor);
    } else if (is_upgraded[static_cast<std::size_t>(descriptor)]) {
        echo(descriptor, static_cast<std::size_t>(received));
    } else {
        answer_http(descriptor, {reinterpret_cast<const char*>(input.data()),
                                 static_cast<std::size_t>(received)});
    }
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) return 2;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(words[1])));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener, 4096) != 0) {
        std::perror("epoll_echo");
        return 1;
    }
    const int epoll = epoll_create1(0);
    watch(epoll, listener);
    std::array<epoll_event, 512> events;
    for (;;) {
        const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
            if (descriptor == listener) {
                accept_one(epoll, listener);
            } else {
                receive(descriptor);
            }
        }
    }
}
