#include "desk/slack/socket_mode.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t retry_ms = 500;
constexpr std::int64_t retry_ms_max = 60'000;
// A definite no: somebody must do something first.
constexpr std::int64_t refused_retry_ms = 30'000;
constexpr std::int64_t refused_retry_ms_max = 300'000;
// A connection that lived so long was a good one: the next is asked for at once.
constexpr std::int64_t good_life_ms = 30'000;
// The old one is read until Slack closes it, or for so long.
constexpr std::int64_t retire_ms = 20'000;
// A connection that is replaced for its silence is left alone for so long.
constexpr std::int64_t suspect_again_ms = 60'000;
// Slack waits so long for an acknowledgement before it sends an event again.
constexpr std::int64_t acknowledge_ms = 3'000;

bool is_final(std::string_view error) {
    constexpr std::array codes = std::to_array<std::string_view>(
        {"not_authed", "invalid_auth", "account_inactive", "user_removed_from_team",
         "team_disabled", "token_revoked", "token_expired", "not_allowed_token_type",
         "missing_scope", "forbidden_team", "socket_mode_not_enabled", "access_denied"});
    return std::ranges::find(codes, error) != codes.end();
}

std::string fix_for(std::string_view error) {
    if (error == "socket_mode_not_enabled")
        return "Switch Socket Mode on in the app's settings at Slack.";
    if (error == "not_allowed_token_type")
        return "slack.app_token must be the app-level token that begins with xapp-.";
    return "Make an app-level token with connections:write and put it into slack.app_token.";
}

}  // namespace

SocketMode::SocketMode(Loop& loop, net::HttpClient& http, net::WebSocketClient& sockets,
                       Random& random, SocketOptions options, Deliver deliver)
    : loop_(loop),
      client_(loop, http, {options.api_url, options.app_token, 10'000}),
      sockets_(sockets),
      random_(random),
      options_(std::move(options)),
      deliver_(std::move(deliver)),
      slots_(std::clamp<std::size_t>(options_.connections, 1, connections_max)) {}

SocketMode::~SocketMode() {
    for (const Slot& slot : slots_) {
        loop_.cancel(slot.retry);
        loop_.cancel(slot.retirement);
    }
}

void SocketMode::start() {
    for (std::size_t index = 0; index < slots_.size(); ++index) fill(index);
}

void SocketMode::stop() {
    is_stopping_ = true;
    for (Slot& slot : slots_) {
        loop_.cancel(std::exchange(slot.retry, 0));
        for (const auto& link : {slot.current, slot.next, slot.retiring})
            if (link) link->say_goodbye();
    }
}

SocketMode::Figures SocketMode::figures() const {
    Figures figures = figures_;
    figures.wanted = slots_.size();
    figures.live = static_cast<std::size_t>(
        std::ranges::count_if(slots_, [](const Slot& slot) { return slot.current != nullptr; }));
    return figures;
}

Error SocketMode::trouble() const {
    const bool any = std::ranges::any_of(slots_, [](const Slot& slot) { return !!slot.current; });
    return any ? Error{} : trouble_;
}

// ---- Opening. ----

// Sees to it that a connection is on its way where one is missing.
void SocketMode::fill(std::size_t index) {
    const Slot& slot = slots_[index];
    const bool has_enough = slot.current && !slot.wants_next;
    if (is_stopping_ || has_enough || slot.next || slot.is_asking || slot.retry != 0) return;
    ask(index);
}

void SocketMode::ask(std::size_t index) {
    slots_[index].is_asking = true;
    client_.call("apps.connections.open", {}, guarded([this, index](const SlackReply& reply) {
                     slots_[index].is_asking = false;
                     if (!is_stopping_) answered(index, reply);
                 }));
}

void SocketMode::answered(std::size_t index, const SlackReply& reply) {
    if (reply.kind == SlackReply::Kind::rate_limited) {
        trouble_ = {"ratelimited", "Slack limits how often connections are opened.", std::nullopt};
        Slot& slot = slots_[index];
        const auto jitter = static_cast<std::int64_t>(random_.below(1'000));
        slot.retry = loop_.after(reply.retry_after_ms + jitter, guarded([this, index] {
                                     slots_[index].retry = 0;
                                     fill(index);
                                 }));
        return;
    }
    if (reply.ok()) return connect(index, std::string(text_at(reply.body, "url")));
    trouble_ = {reply.error, reply.detail, std::nullopt};
    if (!is_final(reply.error)) return try_later(index, retry_ms, retry_ms_max);
    trouble_.detail = fix_for(reply.error);
    log::error("slack: no socket may be opened: {}. {}", reply.error, trouble_.detail);
    try_later(index, refused_retry_ms, refused_retry_ms_max);
}

// What came over TLS must not go on in the clear.
bool SocketMode::may_use(const std::string& url) const {
    if (url.starts_with("wss://")) return true;
    return url.starts_with("ws://") && options_.api_url.starts_with("http://");
}

void SocketMode::connect(std::size_t index, const std::string& url) {
    if (!may_use(url)) {
        log::error("slack: the socket's address is not one we use");
        trouble_ = {"socket_address", "Slack named an address without TLS.", std::nullopt};
        return try_later(index, refused_retry_ms, refused_retry_ms_max);
    }
    // The link is known by its place, which it learns when it is made.
    const auto self = std::make_shared<std::weak_ptr<SocketLink>>();
    SocketLink::Hooks hooks;
    hooks.live =
        guarded([this, index, self](const SocketHello& hello) { went_live(index, *self, hello); });
    hooks.disconnect = guarded([this, index, self](const SocketDisconnect& said) {
        told_to_go(index, *self, said.reason);
    });
    hooks.envelope =
        guarded([this, self](SocketEnvelope envelope) { took(*self, std::move(envelope)); });
    hooks.ended =
        guarded([this, index, self](const std::string& why) { ended(index, *self, why); });
    const auto link = std::make_shared<SocketLink>(loop_, sockets_, url, std::move(hooks));
    *self = link;
    slots_[index].next = link;
}

void SocketMode::try_later(std::size_t index, std::int64_t first_ms, std::int64_t most_ms) {
    Slot& slot = slots_[index];
    if (slot.retry != 0 || is_stopping_) return;
    const std::int64_t wait = std::min(most_ms, first_ms << std::min(slot.failures++, 12u));
    const auto jitter = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(wait)));
    slot.retry = loop_.after(wait / 2 + jitter, guarded([this, index] {
                                 slots_[index].retry = 0;
                                 fill(index);
                             }));
}

// ---- A connection's life. ----

void SocketMode::went_live(std::size_t index, const std::weak_ptr<SocketLink>& weak,
                           const SocketHello& hello) {
    Slot& slot = slots_[index];
    const auto link = weak.lock();
    if (!link || slot.next != link) return;
    slot.next = nullptr;
    slot.wants_next = false;
    std::shared_ptr<SocketLink> old = std::exchange(slot.current, link);
    const std::size_t live = figures().live;
    log::info("slack: socket {} of {} is live; Slack counts {}", live, slots_.size(),
              hello.connections);
    if (old) return retire(index, std::move(old));
    // Nobody listened here: what was said meanwhile may be nowhere but in the channels.
    note_gap("a socket is live again");
}

void SocketMode::retire(std::size_t index, std::shared_ptr<SocketLink> link) {
    Slot& slot = slots_[index];
    ++figures_.replaced;
    if (loop_.clock().steady_ms() - link->live_since() >= good_life_ms) slot.failures = 0;
    loop_.cancel(std::exchange(slot.retirement, 0));
    if (slot.retiring) {
        slot.retiring->say_goodbye();
        let_go(std::move(slot.retiring));
    }
    slot.retiring = std::move(link);
    slot.retirement = loop_.after(retire_ms, guarded([this, index] {
                                      Slot& later = slots_[index];
                                      later.retirement = 0;
                                      if (later.retiring) later.retiring->say_goodbye();
                                  }));
}

void SocketMode::told_to_go(std::size_t index, const std::weak_ptr<SocketLink>& weak,
                            const std::string& reason) {
    Slot& slot = slots_[index];
    const auto link = weak.lock();
    if (!link) return;
    if (reason == "link_disabled" || reason == "too_many_websockets") {
        trouble_ = {reason,
                    reason == "link_disabled"
                        ? fix_for("socket_mode_not_enabled")
                        : "Slack counts ten connections of this app: another server runs with it.",
                    std::nullopt};
        log::error("slack: a socket was refused: {}. {}", reason, trouble_.detail);
        // Its end follows; the next try waits until then, and longer.
        if (slot.retry == 0) try_later(index, refused_retry_ms, refused_retry_ms_max);
        return link->say_goodbye();
    }
    if (link != slot.current) return;
    slot.wants_next = true;
    fill(index);
}

void SocketMode::ended(std::size_t index, const std::weak_ptr<SocketLink>& weak,
                       const std::string& why) {
    Slot& slot = slots_[index];
    const auto link = weak.lock();
    if (!link) return;
    if (link == slot.retiring) {
        loop_.cancel(std::exchange(slot.retirement, 0));
        return let_go(std::move(slot.retiring));
    }
    if (link != slot.current && link != slot.next) return;
    const bool was_current = link == slot.current;
    if (was_current) ++figures_.lost;
    let_go(std::move(was_current ? slot.current : slot.next));
    if (is_stopping_) return;
    log::warn("slack: a socket ended: {}", why);
    const SteadyMs now = loop_.clock().steady_ms();
    if (link->is_live() && now - link->live_since() >= good_life_ms) slot.failures = 0;
    if (trouble_.code.empty()) trouble_ = {"socket_ended", why, std::nullopt};
    // Slack may go on sending to what it does not know is gone.
    if (was_current) note_gap("a socket was lost");
    const bool is_on_its_way = slot.next || slot.is_asking;
    if (!is_on_its_way) try_later(index, retry_ms, retry_ms_max);
}

// Not inside its own call.
void SocketMode::let_go(std::shared_ptr<SocketLink> link) {
    loop_.post([link = std::move(link)] {});
}

void SocketMode::note_gap(const std::string& why) {
    if (gap_) gap_(why);
}

void SocketMode::suspect(SteadyMs at) {
    const SteadyMs now = loop_.clock().steady_ms();
    for (std::size_t index = 0; index < slots_.size(); ++index) {
        Slot& slot = slots_[index];
        if (!slot.current || slot.wants_next) continue;
        const bool was_there = slot.current->live_since() <= at;
        if (!was_there || slot.current->last_envelope_at() > at) continue;
        if (slot.suspected_at != 0 && now - slot.suspected_at < suspect_again_ms) continue;
        slot.suspected_at = now;
        ++figures_.suspected;
        log::warn("slack: a socket looks alive and brings nothing; it is replaced");
        slot.wants_next = true;
        fill(index);
    }
}

// ---- Envelopes. ----

void SocketMode::took(const std::weak_ptr<SocketLink>& link, SocketEnvelope envelope) {
    ++figures_.envelopes;
    if (is_stopping_ || under_way_ >= under_way_max) {
        ++figures_.unacknowledged;
        return;
    }
    const std::string event(text_at(envelope.payload, "event_id"));
    // Its first delivery went over one of our connections, and did not arrive.
    if (envelope.retry_attempt > 0 && envelope.retry_reason == "timeout" &&
        !events_.contains(event))
        suspect(loop_.clock().steady_ms() - acknowledge_ms);
    events_.add(event);
    ++under_way_;
    DESKBELL_CRASH_POINT("slack.socket.envelope_taken");
    auto answer = [this, link, id = envelope.id, takes_payload = envelope.takes_payload](
                      const std::optional<std::string>& payload) {
        --under_way_;
        const auto living = link.lock();
        if (!payload || !living) {
            ++figures_.unacknowledged;
            return;
        }
        DESKBELL_CRASH_POINT("slack.socket.before_acknowledge");
        if (!living->acknowledge(id, takes_payload ? *payload : "")) ++figures_.unacknowledged;
        DESKBELL_CRASH_POINT("slack.socket.after_acknowledge");
    };
    deliver_(std::move(envelope), guarded(std::move(answer)));
}

}  // namespace deskbell::desk::slack
