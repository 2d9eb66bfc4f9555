#pragma once
// As much of Slack as a bridge calls, answering at once, so that Slack's pace is not what is
// measured. It remembers which thread belongs to which session, and tells what is posted where. It
// sends no echoes: Agents (below) sends the events that the runs ask for.

#include "event_loop.hpp"
#include "http_pool.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

// Messages carry "say" or "reply" and six digits; -1 when there is none.
constexpr std::string_view customer_mark = "say";
constexpr std::string_view agent_mark = "reply";
[[nodiscard]] std::int64_t find_ordinal(std::string_view text, std::string_view mark);
// 128 bytes of text that begin with the mark.
[[nodiscard]] std::string marked_text(std::string_view mark, std::uint32_t ordinal);

class SlackStub {
public:
    SlackStub(EventLoop& loop, std::uint16_t port);
    ~SlackStub();

    // Called for each post in a thread that carries a customer's mark.
    std::function<void(std::int64_t ordinal, std::string_view thread)> on_customer_post;

    // Empty until the session's parent has been posted.
    [[nodiscard]] std::string thread_of(const std::string& session) const;
    [[nodiscard]] std::size_t threads() const { return threads_.size(); }
    [[nodiscard]] std::uint64_t posts() const { return posts_; }
    [[nodiscard]] std::string next_timestamp();

private:
    class Caller;
    [[nodiscard]] std::string answer(std::string_view method, std::string_view body);
    [[nodiscard]] std::string answer_post(std::string_view body);

    std::vector<std::unique_ptr<Caller>> callers_;
    std::unordered_map<std::string, std::string> threads_;  // session id → thread
    std::uint64_t posts_ = 0;
    std::uint64_t microseconds_ = 0;
};

// The people who answer in Slack: signed `message` events, 32 connections at most.
class Agents {
public:
    Agents(EventLoop& loop, std::uint16_t port, SlackStub& slack);
    // `acked(true)` when the server answered 200.
    void reply(std::uint32_t ordinal, const std::string& thread, std::function<void(bool)> acked);

private:
    HttpPool pool_;
    SlackStub& slack_;
};

}  // namespace bench
