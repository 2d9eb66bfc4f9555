#include "http_pool.hpp"

#include <strings.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace bench {
namespace {

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "\r\ncontent-length:";
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
         at = head.find("\r\n", at + 2)) {
        if (head.size() - at > name.size() &&
            strncasecmp(head.data() + at, name.data(), name.size()) == 0) {
            return std::strtoul(head.data() + at + name.size(), nullptr, 10);
        }
    }
    return 0;
}

}  // namespace

HttpMessage read_http(std::string_view bytes) {
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return {};
    HttpMessage message;
    message.head = bytes.substr(0, end + 2);
    message.first_line = bytes.substr(0, bytes.find("\r\n"));
    const std::size_t length = content_length(message.head);
    if (bytes.size() < end + 4 + length) return {};
    message.body = bytes.substr(end + 4, length);
    message.size = end + 4 + length;
    return message;
}

class HttpPool::Line : public Connection {
public:
    Line(HttpPool& pool, EventLoop& loop) : Connection(loop), pool_(pool) {}

    void begin(Job job) {
        job_ = std::move(job);
        busy_ = true;
        if (is_open()) return send(job_.text);
        if (!connect(pool_.port_)) finish(0, {});
    }

private:
    void on_connected() override { send(job_.text); }
    std::size_t on_bytes(std::string_view bytes) override {
        const HttpMessage message = read_http(bytes);
        if (message.size == 0) return 0;
        if (!busy_ || !message.first_line.starts_with("HTTP/1.1 ")) {
            std::fprintf(stderr, "load: not an answer: %.200s\n", std::string(bytes).c_str());
            std::exit(1);
        }
        const int status = std::atoi(message.first_line.data() + sizeof "HTTP/1.1");
        finish(status, message.body);
        return message.size;
    }
    void on_closed() override {
        if (busy_) finish(0, {});
    }
    void finish(int status, std::string_view body) {
        busy_ = false;
        const Answer answer = std::exchange(job_.answer, nullptr);
        answer(status, body);
        pool_.next(*this);
    }

    HttpPool& pool_;
    Job job_;
    bool busy_ = false;
};

HttpPool::HttpPool(EventLoop& loop, std::uint16_t port, std::size_t connections_max)
    : loop_(loop), port_(port), connections_max_(connections_max) {}

HttpPool::~HttpPool() = default;

void HttpPool::request(std::string text, Answer answer) {
    Job job{std::move(text), std::move(answer)};
    if (idle_.empty() && lines_.size() < connections_max_) {
        idle_.push_back(lines_.emplace_back(std::make_unique<Line>(*this, loop_)).get());
    }
    if (idle_.empty()) {
        queue_.push_back(std::move(job));
        return;
    }
    Line* line = idle_.back();
    idle_.pop_back();
    ++busy_;
    line->begin(std::move(job));
}

void HttpPool::next(Line& line) {
    if (queue_.empty()) {
        --busy_;
        idle_.push_back(&line);
        return;
    }
    Job job = std::move(queue_.front());
    queue_.pop_front();
    line.begin(std::move(job));
}

std::string http_post(std::string_view path, std::string_view headers, std::string_view body) {
    std::string text = "POST ";
    text.append(path).append(
        " HTTP/1.1\r\nHost: bench.example\r\nOrigin: https://bench.example\r\n"
        "Content-Type: application/json\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append("\r\n").append(headers).append("\r\n");
    return text.append(body);
}

}  // namespace bench
