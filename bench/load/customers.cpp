#include "customers.hpp"

#include "slack_stub.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr std::size_t session_requests_in_flight = 32;
constexpr std::size_t sockets_opening_max = 64;
constexpr std::uint64_t opening_timeout_ns = 60'000'000'000;
constexpr std::size_t mask_bytes = 4;  // all zero: legal, and the server unmasks all the same

std::string_view json_text(std::string_view json, std::string_view key) {
    const std::string marker = fmt::format("\"{}\":\"", key);
    const std::size_t at = json.find(marker);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = json.substr(at + marker.size());
    return rest.substr(0, rest.find('"'));
}

struct ServerFrame {
    unsigned opcode = 0;
    std::string_view payload;
    std::size_t size = 0;  // 0: not whole yet
};

// Servers do not mask.
ServerFrame read_frame(std::string_view bytes) {
    if (bytes.size() < 2) return {};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    std::size_t length = byte(1) & 127;
    std::size_t head = 2;
    if (length == 126) {
        if (bytes.size() < 4) return {};
        length = static_cast<std::size_t>(byte(2)) << 8 | byte(3);
        head = 4;
    }
    if (length == 127) give_up("a frame over 64 KiB from the server");
    if (bytes.size() < head + length) return {};
    return {byte(0) & 15U, bytes.substr(head, length), head + length};
}

}  // namespace

void give_up(const std::string& why) {
    std::fprintf(stderr, "load: %s\n", why.c_str());
    std::exit(1);
}

Customer::Customer(EventLoop& loop, Hearing& hearing, Peer peer, std::uint32_t index)
    : Connection(loop), hearing_(hearing), peer_(peer), index_(index) {}

void Customer::arrive(std::string session, std::string token) {
    session_ = std::move(session);
    token_ = std::move(token);
}

bool Customer::open_socket(std::uint16_t port) { return connect(port); }

void Customer::on_connected() {
    const std::string path = peer_ == Peer::bridge ? "/v1/socket" : fmt::format("/sub/{}", index_);
    const std::string_view protocol =
        peer_ == Peer::bridge ? "Sec-WebSocket-Protocol: deskbell.v1\r\n" : "";
    send(
        fmt::format("GET {} HTTP/1.1\r\nHost: bench.example\r\nOrigin: https://bench.example\r\n"
                    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}\r\n",
                    path, protocol));
}

std::size_t Customer::on_bytes(std::string_view bytes) {
    if (stage_ == Stage::upgrading) return read_upgrade(bytes);
    std::size_t used = 0;
    for (ServerFrame frame = read_frame(bytes); frame.size != 0 && is_open();
         frame = read_frame(bytes.substr(used))) {
        used += frame.size;
        if (frame.opcode == 1) hear(frame.payload);
        if (frame.opcode == 9) send_frame(frame.payload, 10);
        if (frame.opcode == 8) give_up("the server closed a customer's socket");
    }
    return used;
}

void Customer::on_closed() { give_up("a customer's connection was lost"); }

std::size_t Customer::read_upgrade(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (!bytes.starts_with("HTTP/1.1 101")) give_up("upgrade refused: " + std::string(bytes));
    if (peer_ == Peer::bridge) {
        stage_ = Stage::greeting;
        send_frame(fmt::format(R"({{"type":"hello","token":"{}","after":0,)"
                               R"("instance":"00000000-0000-4000-8000-{:012}"}})",
                               token_, index_));
    } else {
        stage_ = Stage::welcome;
    }
    return end + 4;
}

void Customer::hear(std::string_view frame) {
    if (peer_ != Peer::bridge) {
        if (hearing_.on_ok) hearing_.on_ok(*this);
        return;
    }
    const std::string_view type = json_text(frame.substr(0, 64), "type");
    if (type == "ok") {
        if (hearing_.on_ok) hearing_.on_ok(*this);
    } else if (type == "event") {
        const std::string_view stage = json_text(frame, "stage");
        if (stage == "failed") give_up("a message failed: " + std::string(frame));
        if (stage == "delivered" && hearing_.on_delivered) hearing_.on_delivered(*this);
        const std::int64_t ordinal = find_ordinal(frame, agent_mark);
        if (ordinal >= 0 && hearing_.on_reply) hearing_.on_reply(*this, ordinal);
    } else if (type == "welcome") {
        stage_ = Stage::welcome;
    } else if (type == "error") {
        give_up("the server refused a request: " + std::string(frame));
    }
}

void Customer::send_frame(std::string_view payload, unsigned opcode) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        frame += static_cast<char>(0x80 | payload.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size());
    }
    frame.append(mask_bytes, '\0');
    send(frame.append(payload));
}

void Customer::say(std::uint32_t ordinal) {
    send_frame(
        fmt::format(R"({{"type":"message","id":{0},"client_id":"00000000-0000-4000-9000-{0:012}",)"
                    R"("text":"{1}"}})",
                    ordinal, marked_text(customer_mark, ordinal)));
}

void Customer::ask_for_human() {
    send_frame(R"({"type":"handoff","id":"human","topic":"prices"})");
}

void Customer::ping(std::uint32_t ordinal) {
    send_frame(fmt::format(R"({{"type":"ping","id":{}}})", ordinal));
}

Customers::Customers(EventLoop& loop, Peer peer, std::uint16_t port)
    : loop_(loop), peer_(peer), port_(port), pool_(loop, port, session_requests_in_flight) {}

void Customers::create_session(Customer& customer) {
    const std::string body = fmt::format(
        R"({{"site":"default","customer":{{"name":"Customer {0}","email":"customer{0}@example.com"}},)"
        R"("page":{{"url":"https://bench.example/shop","title":"Shop"}},"locale":"en"}})",
        customer.index());
    pool_.request(http_post("/v1/sessions", "", body),
                  [&customer](int status, std::string_view answer) {
                      if (status != 201) {
                          give_up(fmt::format("POST /v1/sessions: {} {}", status, answer));
                      }
                      customer.arrive(std::string(json_text(answer, "id")),
                                      std::string(json_text(answer, "token")));
                  });
}

void Customers::arrive(std::size_t count) {
    const std::size_t from = all_.size();
    for (std::size_t i = from; i < from + count; ++i) {
        all_.push_back(
            std::make_unique<Customer>(loop_, hearing, peer_, static_cast<std::uint32_t>(i)));
        if (peer_ == Peer::bridge) create_session(*all_.back());
    }
    if (!loop_.turn_until([&] { return pool_.waiting() == 0; }, opening_timeout_ns)) {
        give_up("the sessions took too long");
    }
}

void Customers::open_sockets() {
    std::size_t asked = welcomed_;
    const auto done = [&] {
        while (welcomed_ < asked && all_[welcomed_]->is_welcome()) ++welcomed_;
        while (asked < all_.size() && asked - welcomed_ < sockets_opening_max) {
            if (!all_[asked++]->open_socket(port_)) give_up("no socket to be had (ulimit -n?)");
        }
        return welcomed_ == all_.size();
    };
    if (!loop_.turn_until(done, opening_timeout_ns)) give_up("the sockets took too long");
}

void Customers::keep_only(std::size_t count) {
    for (std::size_t i = count; i < all_.size(); ++i) all_[i]->close();
}

}  // namespace bench
