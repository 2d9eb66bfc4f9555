#include "gateway/customer_link.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "core/render.hpp"
#include "gateway/responses.hpp"
#include "gateway/tokens.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace deskbell::gateway {

namespace {

// The session is not (or no longer) this customer's to use: final.
bool is_shut_out(const Error& refusal) {
    return refusal.code == "token_invalid" || refusal.code == "session_unknown";
}

}  // namespace

CustomerLink::CustomerLink(Context& context, LinkOrigin origin)
    : context_(context), greeting_(std::make_unique<Greeting>()) {
    greeting_->from = std::move(origin);
}

CustomerLink::~CustomerLink() {
    if (socket_) on_close(1006);
}

template <class Method>
Backend::Callback CustomerLink::when_answered(Method method) {
    return [method = std::move(method), context = context_.weak_from_this(),
            handle = handle_](Reply reply) {
        const auto alive = context.lock();
        if (!alive) return;
        auto* link = static_cast<CustomerLink*>(alive->hub.find(handle));
        if (link && !link->closing_) method(*link, std::move(reply));
    };
}

// ---- The socket's life ----

void CustomerLink::on_open(net::WebSocket& socket) {
    socket_ = &socket;
    last_heard_ = context_.now();
    handle_ = context_.hub.add(*this, last_heard_ + context_.options.hello_ms_max);
    ++context_.commons.counters.links_open;
}

void CustomerLink::on_close(std::uint16_t) {
    closing_ = true;
    leave_session();
    context_.hub.remove(handle_);
    socket_ = nullptr;
    --context_.commons.counters.links_open;
}

void CustomerLink::on_pong() { last_heard_ = context_.now(); }

SteadyMs CustomerLink::due(SteadyMs now) {
    const Options& options = context_.options;
    if (closing_) return now + options.silence_ms_max;
    if (greeting_ && !greeting_->hello_read) {
        close(close_code::heartbeat_missed, "no hello in time");
        return now + options.silence_ms_max;
    }
    if (now - last_heard_ >= options.silence_ms_max) {
        ++context_.commons.counters.links_silent;
        close(close_code::heartbeat_missed, "nothing heard");
        return now + options.silence_ms_max;
    }
    if (now >= next_ping_) {
        socket_->ping();
        next_ping_ = now + options.heartbeat_ms;
    }
    if (bound_ && feed_.is_behind() && !feed_.is_reading() && !stalled_) read_more();
    return std::min(next_ping_, last_heard_ + options.silence_ms_max);
}

void CustomerLink::on_text(std::string_view text) {
    if (closing_) return;
    last_heard_ = context_.now();
    if (greeting_)
        greet(text);
    else
        take(read_frame(text));
}

// ---- Hello and welcome ----

void CustomerLink::greet(std::string_view text) {
    if (greeting_->hello_read) {
        if (greeting_->early_frames.size() >= early_frames_max)
            return close(close_code::too_many_requests, "too much before the welcome");
        greeting_->early_frames.emplace_back(text);
        return;
    }
    const Frame frame = read_frame(text);
    if (frame.kind != Frame::Kind::hello || frame.error)
        return close(close_code::bad_frame, "the first frame must be a hello");
    ask_for_session(frame.hello);
}

void CustomerLink::ask_for_session(const Hello& hello) {
    RateLimits& limits = context_.commons.limits;
    const SteadyMs now = context_.now();
    if (!looks_like_token(hello.token)) return close(close_code::token_invalid, "token invalid");
    std::string hash = token_hash(hello.token);
    session_key_ = session_key(hash);
    if (limits.request(session_key_, now))
        return close(close_code::too_many_requests, "too many requests");
    greeting_->hello_read = true;
    greeting_->asked_at = now;
    greeting_->after = hello.after;
    greeting_->log = hello.log;
    instance_ = instance_key(hello.instance);
    // Spread, so that customers who came together are not pinged together for ever.
    const auto heartbeat = static_cast<std::uint64_t>(context_.options.heartbeat_ms);
    next_ping_ =
        now + static_cast<std::int64_t>(heartbeat / 2 + context_.random.below(heartbeat / 2 + 1));
    // The session and the first page of what was missed come with one reply.
    context_.backend.submit(
        core::ReadEvents{hello.after, page_events_max}, Address{{}, std::move(hash)},
        when_answered([](CustomerLink& link, Reply reply) { link.greeted(std::move(reply)); }));
}

void CustomerLink::greeted(Reply reply) {
    if (reply.refusal) {
        if (reply.refusal->code == "token_invalid")
            context_.commons.limits.token_failed(greeting_->from.network, context_.now());
        return close_for(*reply.refusal);
    }
    const LinkOrigin& from = greeting_->from;
    if (!context_.origins.site_allows(reply.session.site, from.origin, from.same_origin))
        return close(close_code::token_invalid, "not a page of the session's site");
    session_ = reply.session.id.value;
    epoch_ = context_.next_epoch();
    context_.hub.replaced(session_, instance_, epoch_);
    context_.listen(handle_, session_);
    bound_ = true;
    if (instance_ != 0 && context_.hooks.replaced)
        context_.hooks.replaced(reply.session.id, instance_, epoch_);
    welcome(reply);
}

void CustomerLink::welcome(const Reply& reply) {
    DESKBELL_CRASH_POINT("gateway.resume.before_welcome");
    const std::unique_ptr<Greeting> greeting = std::move(greeting_);
    // A head below what the client has: the sign to forget everything and to say hello anew.
    const bool begins_again = follows_another_run(reply.session, *greeting);
    const std::int64_t head = begins_again ? 0 : reply.session.head;
    feed_.start(begins_again ? 0 : greeting->after, reply.session.head);
    send(welcome_frame(reply.session, head, context_.options.heartbeat_ms,
                       context_.options.log_run));
    if (!begins_again) send_page(reply.events);
    if (context_.hub.may_have_missed(session_, reply.session.head, greeting->asked_at) ||
        (feed_.is_behind() && !stalled_))
        read_more();
    context_.hub.wake_at(handle_, next_ping_);
    for (const std::string& text : greeting->early_frames) {
        if (closing_) return;
        take(read_frame(text));
    }
}

// After a restore the same numbers say other things.
bool CustomerLink::follows_another_run(const core::Session& session,
                                       const Greeting& greeting) const {
    const Options& options = context_.options;
    return greeting.after > 0 && !options.log_run.empty() &&
           session.created_at < options.log_run_began && greeting.log != options.log_run;
}

// ---- What the customer asks ----

void CustomerLink::take(Frame frame) {
    if (is_flooding(frame)) return close(close_code::too_many_requests, "too many requests");
    if (frame.kind == Frame::Kind::hello)
        return close(close_code::bad_frame, "the hello was said before");
    if (frame.kind == Frame::Kind::pong) return;
    if (!frame.error) return take_request(frame);
    if (frame.id_json.empty()) return close(close_code::bad_frame, frame.error->code);
    send_error(frame.id_json, *frame.error);
}

// Single requests beyond the limits are refused; who goes on regardless, at five times the limit,
// is cut, for even refusals cost something.
bool CustomerLink::is_flooding(const Frame& frame) {
    const bool is_message =
        !frame.error && frame.kind == Frame::Kind::request &&
        (frame.request.kind == RequestKind::message || frame.request.kind == RequestKind::change);
    const RateLimits& limits = context_.commons.limits;
    if (is_message)
        return take_token(message_flood_us_, limits.message_flood_rate(), last_heard_) > 0;
    return take_token(request_flood_us_, limits.request_flood_rate(), last_heard_) > 0;
}

void CustomerLink::take_request(Frame& frame) {
    switch (frame.request.kind) {
        case RequestKind::ping:
            return send_ok(frame.id_json);
        case RequestKind::typing:
            relay_typing(frame.request.typing_on);
            return send_ok(frame.id_json);
        case RequestKind::message:
        case RequestKind::change:
            context_.limit_message(session_key_, frame.request.command);
            break;
        default:
            break;
    }
    submit(frame);
}

void CustomerLink::relay_typing(bool on) {
    const std::string frame = typing_frame("customer", "", on);
    context_.hub.live(session_, frame, instance_, handle_);
    if (context_.hooks.live) context_.hooks.live(SessionId(session_), frame, instance_);
    if (context_.hooks.typing) context_.hooks.typing(SessionId(session_), on);
}

void CustomerLink::submit(Frame& frame) {
    if (requests_in_flight_ >= requests_in_flight_max)
        return send_error(frame.id_json,
                          {"busy", "Too many requests are waiting for their answers.", {}});
    ++requests_in_flight_;
    const bool is_message = frame.request.kind == RequestKind::message;
    if (is_message && DESKBELL_PLANTED("ack_before_commit")) {
        const std::string seq = std::to_string(feed_.head() + 1);
        send("{\"type\":\"ok\",\"re\":" + std::exchange(frame.id_json, {}) + ",\"seq\":" + seq +
             "}");
    }
    DESKBELL_CRASH_POINT("gateway.request.before_submit");
    context_.backend.submit(
        std::move(frame.request.command), Address{SessionId(session_), {}},
        when_answered([id = std::move(frame.id_json), is_message](CustomerLink& link, Reply reply) {
            link.answered(id, is_message, reply);
        }));
}

void CustomerLink::answered(const std::string& id_json, bool is_message, const Reply& reply) {
    --requests_in_flight_;
    DESKBELL_CRASH_POINT("gateway.request.before_ack");
    if (reply.refusal) {
        if (is_shut_out(*reply.refusal)) return close_for(*reply.refusal);
        return send_error(id_json, *reply.refusal);
    }
    if (!is_message || reply.events.empty()) return send_ok(id_json);
    if (!reply.replayed) ++context_.commons.counters.messages_accepted;
    if (id_json.empty()) return;
    send("{\"type\":\"ok\",\"re\":" + id_json +
         ",\"seq\":" + std::to_string(reply.events.front().seq) + "}");
    DESKBELL_CRASH_POINT("gateway.request.after_ack");
}

// ---- The log ----

void CustomerLink::pushed(const Push& push, const std::string& frame) {
    if (closing_) return;
    switch (feed_.offer(push.seq)) {
        case EventFeed::Verdict::send:
            ++context_.commons.counters.events_sent;
            return send(frame);
        case EventFeed::Verdict::read:
            if (!stalled_) read_more();
            return;
        case EventFeed::Verdict::drop:
            return;
    }
}

void CustomerLink::read_more() {
    if (closing_ || feed_.is_reading()) return;
    feed_.begin_read();
    ++context_.commons.counters.catch_up_reads;
    context_.backend.submit(
        core::ReadEvents{feed_.after(), page_events_max}, Address{SessionId(session_), {}},
        when_answered([](CustomerLink& link, const Reply& reply) { link.page_read(reply); }));
}

void CustomerLink::page_read(const Reply& reply) {
    if (reply.refusal) {
        feed_.end_read(feed_.head());
        if (is_shut_out(*reply.refusal)) return close_for(*reply.refusal);
        return context_.hub.wake_at(handle_, context_.now() + 1000);  // due() reads again
    }
    DESKBELL_CRASH_POINT("gateway.resume.before_page");
    const std::int64_t before = feed_.after();
    feed_.end_read(reply.session.head);
    send_page(reply.events);
    if (stalled_ || !feed_.is_behind()) return;
    if (feed_.after() > before) return read_more();
    context_.hub.wake_at(handle_, context_.now() + 1000);  // a head without its events: not now
}

void CustomerLink::send_page(const std::vector<core::Event>& events) {
    for (const core::Event& event : events) {
        if (closing_) return;
        if (socket_->buffered_bytes() > buffered_bytes_max) return wait_for_reader();
        if (!feed_.accept(event.seq)) continue;
        ++context_.commons.counters.events_sent;
        send(event_frame(event.json));
    }
}

// A long history and a slow line: the rest of the page is dropped and read again later, so that
// resuming never overflows the buffer that ends a live link.
void CustomerLink::wait_for_reader() {
    stalled_ = true;
    context_.hub.resume_soon(handle_);
}

void CustomerLink::resume() {
    if (closing_ || !stalled_) return;
    if (socket_->buffered_bytes() > buffered_bytes_max) return wait_for_reader();
    stalled_ = false;
    if (feed_.is_behind()) read_more();
}

// ---- Out ----

void CustomerLink::live(const std::string& frame) {
    // Nobody misses a typing notice that a slow line could not take.
    if (!closing_ && socket_->buffered_bytes() <= buffered_bytes_max) send(frame);
}

void CustomerLink::send(std::string_view frame) {
    if (closing_) return;
    if (socket_->send_text(frame) == net::SendStatus::sent) return;
    closing_ = true;  // the connection closes itself with 4008
    leave_session();
}

void CustomerLink::send_ok(const std::string& id_json) {
    if (!id_json.empty()) send("{\"type\":\"ok\",\"re\":" + id_json + "}");
}

void CustomerLink::send_error(const std::string& id_json, const Error& error) {
    send(error_frame(id_json, error));
}

void CustomerLink::replaced() {
    ++context_.commons.counters.links_replaced;
    close(close_code::replaced, "replaced by a newer socket");
}

void CustomerLink::shut_out() { close(close_code::token_invalid, "token invalid or revoked"); }

void CustomerLink::evict() {
    close(close_code::too_many_requests, "too many sockets of one session");
}

void CustomerLink::close_for(const Error& refusal) {
    if (is_shut_out(refusal)) return shut_out();
    const Error error = with_retry_hint(refusal);
    close(close_code::try_again_later, std::to_string(error.retry_after_ms.value_or(2000)));
}

void CustomerLink::close(std::uint16_t code, std::string_view reason) {
    if (closing_) return;
    closing_ = true;
    leave_session();
    socket_->close(code, reason);
}

void CustomerLink::leave_session() {
    if (!bound_) return;
    bound_ = false;
    context_.hub.unbind(handle_, session_);
}

std::uint64_t instance_key(std::string_view instance) {
    if (instance.empty()) return 0;
    const std::string digest = sha256_hex(instance);
    std::uint64_t key = 0;
    std::from_chars(digest.data(), digest.data() + 16, key, 16);
    return key == 0 ? 1 : key;
}

}  // namespace deskbell::gateway
