#include "app/slack_line.hpp"

#include <chrono>
#include <future>
#include <utility>

namespace deskbell::app {
namespace {

using desk::slack::SlackReply;

constexpr std::int64_t limits_waited_ms_max = 65'000;
constexpr int limits_waited_max = 3;
constexpr std::int64_t ask_again_ms = 250;

// Runs `work` on the loop and waits for it.
template <class Work>
void on_loop(net::AsioLoop& loop, Work work) {
    std::promise<void> done;
    loop.post([&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

}  // namespace

SlackLine::SlackLine(net::AsioLoop& loop, net::HttpClient& http,
                     desk::slack::SlackClient::Options options)
    : loop_(loop) {
    on_loop(loop_, [&] {
        client_ = std::make_unique<desk::slack::SlackClient>(loop_, http, std::move(options));
    });
}

SlackLine::~SlackLine() {
    on_loop(loop_, [&] { client_.reset(); });
}

SlackReply SlackLine::call(const std::string& method, const desk::slack::Fields& fields,
                           bool waits_out_limits) {
    for (int tries = 0;; ++tries) {
        std::promise<SlackReply> promise;
        loop_.post([&] {
            client_->call(method, fields,
                          [&promise](SlackReply reply) { promise.set_value(std::move(reply)); });
        });
        SlackReply reply = promise.get_future().get();  // the client's own time limit ends it
        const bool limited = reply.kind == SlackReply::Kind::rate_limited;
        if (!limited || !waits_out_limits || tries >= limits_waited_max ||
            reply.retry_after_ms > limits_waited_ms_max)
            return reply;
        pause(reply.retry_after_ms);
    }
}

bool SlackLine::has_scope(std::string_view scope) {
    bool has = false;
    on_loop(loop_, [&] { has = client_->has_scope(scope); });
    return has;
}

std::int64_t SlackLine::wait_until(const std::function<bool()>& holds, std::int64_t patience_ms) {
    const SteadyMs began = clock().steady_ms();
    for (;;) {
        const std::int64_t took = clock().steady_ms() - began;
        if (holds()) return took;
        if (took >= patience_ms) return -1;
        pause(ask_again_ms);
    }
}

void SlackLine::pause(std::int64_t ms) {
    std::promise<void> over;
    loop_.post([&] { loop_.after(ms, [&] { over.set_value(); }); });
    over.get_future().wait();
}

}  // namespace deskbell::app
