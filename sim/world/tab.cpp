// One tab's socket: hello, catching up, live; silence; reconnecting.

#include "base/json.hpp"
#include "sim/world/customer.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace deskbell::sim {
namespace {

constexpr std::string_view event_head = R"({"type":"event","event":)";
constexpr std::int64_t silence_ms_max = 45'000;
constexpr std::int64_t watch_ms = 5'000;

std::int64_t number_of(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && value->is_int64() ? value->get_int64() : 0;
}

std::int64_t milliseconds_of(std::string_view reason) {
    std::int64_t value = 0;
    std::from_chars(reason.data(), reason.data() + reason.size(), value);
    return std::clamp<std::int64_t>(value, 0, 60'000);
}

}  // namespace

Tab::~Tab() {
    owner_.kernel_.world.cancel(retry_timer_);
    owner_.kernel_.world.cancel(watch_timer_);
}

void Tab::start() {
    connect();
    watch();
}

void Tab::connect() {
    if (dead_) return;
    welcomed_ = false;
    ++connects_;
    heard_at_ = owner_.kernel_.now();
    net::HttpRequest request;
    request.method = "GET";
    request.path = "/v1/socket";
    request.headers = {{"upgrade", "websocket"}, {"sec-websocket-protocol", "deskbell.v1"}};
    end_ = owner_.network_.connect(*this, std::move(request));
}

void Tab::connect_later(std::int64_t delay_ms) {
    welcomed_ = false;
    owner_.kernel_.world.cancel(retry_timer_);
    retry_timer_ = owner_.kernel_.world.after(delay_ms, [this] { connect(); });
}

void Tab::reconnect() {
    end_.reset();
    connect_later(owner_.kernel_.between(0, 2'000));
}

void Tab::watch() {
    watch_timer_ = owner_.kernel_.world.after(watch_ms, [this] {
        watch();
        if (dead_ || !end_) return;
        const std::int64_t silent = owner_.kernel_.now() - heard_at_;
        if (silent > silence_ms_max) {
            owner_.trace_.probe("W2 the tab noticed the silence");
            return reconnect();
        }
        if (welcomed_ && silent > 15'000) send(R"({"type":"ping","id":"ping"})");
    });
}

void Tab::opened() {
    heard_at_ = owner_.kernel_.now();
    send(R"({"type":"hello","token":")" + owner_.token_ + R"(","after":)" +
         std::to_string(last_seq_) + R"(,"instance":")" + instance_ + "\"}");
}

void Tab::received(std::string_view text) {
    heard_at_ = owner_.kernel_.now();
    owner_.trace_.note("tab <", instance_, text);
    owner_.check_words(text);
    if (text.starts_with(event_head))
        return take_event(text.substr(event_head.size(), text.size() - event_head.size() - 1));
    if (text.starts_with(R"({"type":"welcome")")) return take_welcome(text);
    owner_.frame_answered(text);
}

void Tab::take_welcome(std::string_view text) {
    const auto frame = parse_json_object(text);
    if (!frame) return owner_.trace_.violate("S4", "a welcome that is no JSON");
    const std::int64_t head = number_of(*frame, "head");
    if (head < last_seq_) {
        // The log is shorter than what was seen: begin anew. Legal after a restore, or when the
        // cursor was broken on our side.
        owner_.trace_.probe("W3 cursor beyond the head");
        last_seq_ = 0;
        return reconnect();
    }
    welcomed_ = true;
    failures_ = 0;
    for (Outgoing& message : owner_.outbox_) message.asked_at = 0;
    owner_.flush();
    owner_.ask();
}

void Tab::take_event(std::string_view event) {
    const TrueSession* truth = owner_.truth_.find(owner_.session_);
    if (!truth) return owner_.trace_.violate("S9", "an event of a session without any commit");
    if (restores_known_ != owner_.truth_.restores()) {
        // Numbers of another run of the log: begin anew.
        restores_known_ = owner_.truth_.restores();
        last_seq_ = 0;
        return reconnect();
    }
    const auto next = static_cast<std::size_t>(last_seq_);
    if (next < truth->log.size() && truth->log[next] == event) {
        ++last_seq_;
        return;
    }
    const auto known = std::find(truth->log.begin(), truth->log.end(), event);
    if (known == truth->log.end())
        return owner_.trace_.violate(
            "S9", instance_ + " received what was never committed: " + std::string(event));
    const auto seq = known - truth->log.begin() + 1;
    owner_.trace_.violate("S4", instance_ + " has seen up to " + std::to_string(last_seq_) +
                                    " and received " + std::to_string(seq));
    last_seq_ = seq;
}

void Tab::closed(std::uint16_t code, std::string_view reason) {
    owner_.trace_.note("tab closed", instance_, std::to_string(code), reason);
    end_.reset();
    welcomed_ = false;
    switch (code) {
        case 4001:
            dead_ = true;
            return owner_.trace_.probe("W4 replaced by a newer socket");
        case 4003:
            return owner_.token_refused();
        case 4010:
        case 4002:
            dead_ = true;
            return owner_.trace_.violate("L2",
                                         instance_ + " was closed with " + std::to_string(code));
        case 1012:
        case 1013:
            return connect_later(milliseconds_of(reason) + owner_.kernel_.between(0, 500));
        default:
            break;
    }
    const std::int64_t most = std::min<std::int64_t>(30'000, 500LL << std::min(failures_++, 6u));
    connect_later(owner_.kernel_.between(most / 4, most));
}

}  // namespace deskbell::sim
