#pragma once
// Keep-alive HTTP connections to the server, one request in flight each; what does not fit waits.

#include "event_loop.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

// A whole HTTP/1.1 message at the front of the bytes, or nothing yet. Reads only what is read here:
// Content-Length, no chunks.
struct HttpMessage {
    std::string_view first_line;
    std::string_view head;
    std::string_view body;
    std::size_t size = 0;  // 0: not whole yet
};
[[nodiscard]] HttpMessage read_http(std::string_view bytes);

class HttpPool {
public:
    // status 0: the connection broke before an answer.
    using Answer = std::function<void(int status, std::string_view body)>;

    HttpPool(EventLoop& loop, std::uint16_t port, std::size_t connections_max);
    ~HttpPool();
    void request(std::string text, Answer answer);
    [[nodiscard]] std::size_t waiting() const { return queue_.size() + busy_; }

private:
    class Line;
    struct Job {
        std::string text;
        Answer answer;
    };
    void next(Line& line);

    EventLoop& loop_;
    std::uint16_t port_;
    std::size_t connections_max_;
    std::vector<std::unique_ptr<Line>> lines_;
    std::vector<Line*> idle_;
    std::deque<Job> queue_;
    std::size_t busy_ = 0;
};

// "POST /path HTTP/1.1" and what it needs; `headers` are whole lines.
[[nodiscard]] std::string http_post(std::string_view path, std::string_view headers,
                                    std::string_view body);

}  // namespace bench
