#include "gateway/long_poll.hpp"

#include "base/test_hooks.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/responses.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::gateway {

namespace {

// Who knows more than the log must hear of it soon, but a client that only asks again must not go
// round in circles.
constexpr std::int64_t ahead_wait_ms_max = 1000;

// What is said live comes in bursts; an answer for each piece would be a request for each piece.
constexpr std::int64_t live_gather_ms = 200;
constexpr std::size_t live_frames_max = 32;

std::int64_t wait_ms(const PollRequest& request, std::int64_t head) {
    return request.after > head ? std::min(request.wait_ms, ahead_wait_ms_max) : request.wait_ms;
}

}  // namespace

LongPoll::LongPoll(Context& context, std::shared_ptr<net::Exchange> exchange, PollRequest request,
                   const Reply& first)
    : context_(context),
      exchange_(std::move(exchange)),
      request_(request),
      session_(first.session.id.value),
      head_(first.session.head),
      from_(std::min(request.after, head_)),
      deadline_(request.asked_at + wait_ms(request, head_)),
      epoch_(context.next_epoch()) {
    handle_ = context_.hub.add(*this, deadline_);
    ++context_.commons.counters.polls_waiting;
}

LongPoll::~LongPoll() {
    context_.loop.cancel(live_timer_);
    context_.hub.unbind(handle_, session_);
    context_.hub.remove(handle_);
    --context_.commons.counters.polls_waiting;
}

void LongPoll::hold(Context& context, std::shared_ptr<net::Exchange> exchange, PollRequest request,
                    const Reply& first) {
    auto poll = std::make_unique<LongPoll>(context, std::move(exchange), request, first);
    LongPoll* const raw = poll.get();
    context.polls.emplace(raw, std::move(poll));
    raw->start();
}

void LongPoll::start() {
    context_.listen(handle_, session_);
    exchange_->on_abandoned([context = context_.weak_from_this(), handle = handle_] {
        const auto alive = context.lock();
        if (!alive) return;
        if (auto* poll = static_cast<LongPoll*>(alive->hub.find(handle))) poll->end();
    });
    if (context_.hub.may_have_missed(session_, head_, request_.asked_at)) read();
}

void LongPoll::pushed(const Push& push, const std::string&) {
    if (push.seq > from_) read();
}

void LongPoll::live(const std::string& frame) {
    // Their own typing is no news to them.
    if (frame.starts_with(R"({"type":"typing","role":"customer")")) return;
    if (live_.size() >= live_frames_max) live_.erase(live_.begin());
    live_.push_back(frame);
    if (live_timer_ != 0) return;
    live_timer_ = context_.loop.after(
        live_gather_ms, [context = context_.weak_from_this(), handle = handle_] {
            const auto alive = context.lock();
            if (!alive) return;
            if (auto* poll = static_cast<LongPoll*>(alive->hub.find(handle))) poll->answer_live();
        });
}

// A read under way brings more.
void LongPoll::answer_live() {
    live_timer_ = 0;
    if (!reading_) answer_nothing_new();
}

SteadyMs LongPoll::due(SteadyMs now) {
    if (now < deadline_) return deadline_;
    answer_nothing_new();
    return now;
}

// News comes in groups (a message, its receipt); one read fetches all of them.
void LongPoll::read() {
    if (reading_) return;
    reading_ = true;
    context_.backend.submit(
        core::ReadEvents{from_, request_.limit}, Address{SessionId(session_), {}},
        [context = context_.weak_from_this(), handle = handle_](const Reply& reply) {
            const auto alive = context.lock();
            if (!alive) return;
            auto* poll = static_cast<LongPoll*>(alive->hub.find(handle));
            if (!poll) return;
            poll->reading_ = false;
            if (reply.refusal || !reply.events.empty()) return poll->answer(reply);
            if (!poll->live_.empty() && poll->live_timer_ == 0) poll->answer_nothing_new();
        });
}

void LongPoll::answer(const Reply& reply) {
    DESKBELL_CRASH_POINT("gateway.poll.before_answer");
    const auto exchange = std::exchange(exchange_, nullptr);
    respond(*exchange, reply.refusal ? problem(*reply.refusal)
                                     : json_response(200, events_and_head(reply, live_)));
    end();
}

void LongPoll::shut_out() {
    Reply gone;
    gone.refusal = Error{"token_invalid", "This token opens no session.", {}};
    answer(gone);
}

void LongPoll::answer_nothing_new() {
    Reply reply;
    reply.session.head = head_;
    answer(reply);
}

void LongPoll::end() {
    const auto self = context_.polls.extract(this);  // destroyed at the end of this block
}

}  // namespace deskbell::gateway
