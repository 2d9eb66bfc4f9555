#pragma once
// One held request: GET …/events?wait=S. Answered by news, by its deadline, or when we go down.
//
// Threading: the loop's thread. Owned by the context's `polls`; ends itself when answered or when
// its client has gone.

#include "gateway/context.hpp"
#include "net/http_server.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::gateway {

struct PollRequest {
    std::int64_t after = 0;
    std::int64_t limit = 200;
    std::int64_t wait_ms = 0;
    SteadyMs asked_at = 0;
};

class LongPoll final : public Listener {
public:
    // Holds `exchange` after its first read found nothing new.
    static void hold(Context& context, std::shared_ptr<net::Exchange> exchange, PollRequest request,
                     const Reply& first);
    LongPoll(Context& context, std::shared_ptr<net::Exchange> exchange, PollRequest request,
             const Reply& first);
    ~LongPoll() override;

    void pushed(const Push& push, const std::string& frame) override;
    void live(const std::string& frame) override;
    [[nodiscard]] SteadyMs due(SteadyMs now) override;
    void evict() override { answer_nothing_new(); }
    void shut_out() override;
    void drain() override { answer_nothing_new(); }
    [[nodiscard]] std::uint64_t epoch() const override { return epoch_; }

private:
    void start();
    void read();
    void answer(const Reply& reply);
    void answer_nothing_new();
    void end();  // `this` is gone after it
    void answer_live();

    Context& context_;
    std::shared_ptr<net::Exchange> exchange_;
    const PollRequest request_;
    std::string session_;
    std::int64_t head_;
    // Where news begins. A client that knows more than the log (the store was restored) gets what
    // comes after the head, as over a socket; resyncing is its decision.
    std::int64_t from_;
    SteadyMs deadline_;
    std::uint64_t epoch_;
    ListenerHandle handle_;
    bool reading_ = false;
    std::vector<std::string> live_;  // what is said meanwhile in no log; bounded, the oldest goes
    TimerId live_timer_ = 0;
};

}  // namespace deskbell::gateway
