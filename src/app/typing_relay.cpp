#include "app/typing_relay.hpp"

#include <iterator>
#include <utility>

namespace deskbell::app {
namespace {

constexpr std::size_t signs_max = 1'000;  // more type at once: they are not shown
constexpr std::int64_t show_again_ms = 60'000;
// Widgets say it every three seconds; who is silent for so long has stopped or gone.
constexpr std::int64_t silence_ms_max = 10'000;

}  // namespace

void TypingRelay::typed(const SessionId& session, bool on) {
    const SteadyMs now = loop_.clock().steady_ms();
    const auto found = signs_.find(session);
    if (!on) {
        if (found != signs_.end()) end(found);
        return;
    }
    if (found == signs_.end()) {
        if (signs_.size() >= signs_max) return;
        signs_.emplace(session, Sign{{}, now, now});
        look_up(session);
        return plan();
    }
    found->second.heard_at = now;
    if (now - found->second.shown_at < show_again_ms) return;
    found->second.shown_at = now;
    look_up(session);
}

void TypingRelay::look_up(const SessionId& session) {
    house_.read_place(session, [this, alive = std::weak_ptr(alive_),
                                session](const std::optional<HouseReader::ThreadPlace>& place) {
        if (alive.expired() || !place || !place->is_live || place->thread.empty()) return;
        const auto sign = signs_.find(session);
        if (sign == signs_.end()) return;  // stopped meanwhile
        sign->second.thread = place->thread;
        show_(place->thread, place->customer_name, true);
    });
}

void TypingRelay::end(std::map<SessionId, Sign>::iterator sign) {
    if (!sign->second.thread.empty()) show_(sign->second.thread, "", false);
    signs_.erase(sign);
}

void TypingRelay::expire() {
    const SteadyMs now = loop_.clock().steady_ms();
    for (auto sign = signs_.begin(); sign != signs_.end();) {
        const auto next = std::next(sign);
        if (now - sign->second.heard_at >= silence_ms_max) end(sign);
        sign = next;
    }
    plan();
}

void TypingRelay::plan() {
    if (timer_ != 0 || signs_.empty()) return;
    timer_ = loop_.after(silence_ms_max / 2, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        timer_ = 0;
        expire();
    });
}

}  // namespace deskbell::app
