#include "desk/slack/typing_signs.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

// Slack allows 600 a minute; a fifth of it shows all that eyes can follow.
constexpr double turns_per_ms = 120.0 / 60'000;
constexpr double turns_max = 20;
constexpr std::int64_t refused_quiet_ms = 3'600'000;
constexpr const char* words = "is typing…";

bool is_about_the_thread(const SlackReply& reply) {
    return reply.error == "invalid_thread_ts" || reply.error == "channel_not_found" ||
           reply.error == "thread_not_found" || reply.error == "is_archived" ||
           reply.error == "not_in_channel";
}

}  // namespace

bool TypingSigns::has_turn() {
    const SteadyMs now = loop_.clock().steady_ms();
    if (now < quiet_until_) return false;
    turns_ = std::min(turns_max, turns_ + static_cast<double>(now - turns_at_) * turns_per_ms);
    turns_at_ = now;
    if (turns_ < 1) return false;
    turns_ -= 1;
    return true;
}

void TypingSigns::show(const DeskThreadId& thread, const std::string& name, bool on) {
    const auto place = parse_thread(thread);
    if (!place || !workspace_.known() || place->team != workspace_.self.team) return;
    if (workspace_.lost_threads.contains(thread.value)) return;
    if (!has_turn()) return workspace_.count("typing_not_shown");
    Fields fields = {
        {"channel_id", place->channel}, {"thread_ts", place->ts}, {"status", on ? words : ""}};
    if (on && !name.empty() && client_.has_scope("chat:write.customize"))
        fields.push_back({"username", name});
    client_.call("assistant.threads.setStatus", std::move(fields),
                 [this, alive = std::weak_ptr(alive_)](const SlackReply& reply) {
                     if (!alive.expired()) answered(reply);
                 });
}

void TypingSigns::answered(const SlackReply& reply) {
    const SteadyMs now = loop_.clock().steady_ms();
    if (reply.ok()) return workspace_.count("typing_shown");
    if (reply.kind == SlackReply::Kind::rate_limited) quiet_until_ = now + reply.retry_after_ms;
    if (reply.kind != SlackReply::Kind::refused || is_about_the_thread(reply)) return;
    quiet_until_ = now + refused_quiet_ms;
    workspace_.count("typing_refused");
    log::info("slack: customers' typing is not shown in this workspace: {}", reply.error);
}

}  // namespace deskbell::desk::slack
