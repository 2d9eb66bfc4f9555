#include "desk/slack/alerts.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "core/waiting.hpp"
#include "desk/slack/block_parts.hpp"
#include "desk/slack/blocks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/escape.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

constexpr std::string_view alert_type = "deskbell_alert";
constexpr std::int64_t margin_ms = 60'000;  // clocks differ, and may have been set since
constexpr std::size_t in_hand_max = 200;    // then it comes again later
constexpr std::size_t tellings_max = 20;

bool is_person(const std::string& place) { return is_slack_id(place, "UW"); }

std::string words_of(const core::Alert& alert, const std::string& workspace_url, WallMs now) {
    std::string name = escaped(cut(one_line(alert.customer_name), 80));
    if (name.empty()) name = "A customer";
    std::string words = "🔔 *" + name + "* has been waiting for " +
                        core::duration_words(now - alert.asked_at) + ", and nobody has taken it.";
    const std::string link = permalink(workspace_url, alert.thread);
    if (!link.empty()) words += " <" + link + "|Open the thread>";
    return words;
}

bool carries(const json::object& message, const LetterId& alert) {
    const json::object& metadata = object_at(message, "metadata");
    return text_at(metadata, "event_type") == alert_type &&
           text_at(object_at(metadata, "event_payload"), "alert") == alert.value;
}

Fields fields_of(const std::string& place, const std::string& markup_text) {
    const json::array blocks{section(markup(markup_text))};
    return {{"channel", place},
            {"text", markup_text},
            {"parse", "none"},
            {"link_names", "false"},
            {"unfurl_links", "false"},
            {"unfurl_media", "false"},
            {"blocks", json::serialize(blocks)}};
}

}  // namespace

Alerts::Alerts(Loop& loop, SlackClient& client, Workspace& workspace, const Channels& channels,
               Random& random)
    : loop_(loop),
      client_(client),
      workspace_(workspace),
      channels_(channels),
      calls_(loop, client, random) {}

std::string Alerts::place_of(const std::string& where) const {
    std::string_view id = parse_destination(where).name;
    if (id.starts_with('@')) id.remove_prefix(1);
    if (is_slack_id(id, "UW")) return std::string(id);
    const Channels::Channel* channel = channels_.find(Destination(where));
    return channel && channel->ready ? channel->id : std::string();
}

void Alerts::say(core::Alert alert, Done done) {
    const std::string place = workspace_.known() ? place_of(alert.to) : std::string();
    const bool taken =
        !place.empty() && in_hand_.size() < in_hand_max && in_hand_.insert(alert.id).second;
    if (!taken) {
        if (place.empty() && workspace_.known())
            log::warn("slack: an alert cannot be said in {}; it is tried again", alert.to);
        return loop_.post([done = std::move(done)]() mutable { done(false); });
    }
    auto finished = [this, alive = std::weak_ptr(alive_), id = alert.id,
                     done = std::move(done)](bool settled) mutable {
        if (alive.expired()) return;
        in_hand_.erase(id);
        done(settled);
    };
    if (alert.attempts <= 1) return post(alert, place, std::move(finished));
    look_for(std::move(alert), place, std::move(finished));
}

// Said by a former process, or by a request whose answer was lost?
void Alerts::look_for(core::Alert alert, std::string channel, Done done) {
    // What was said to a person we may not read back: it is said once at most.
    if (is_person(channel)) return done(true);
    const std::int64_t skew = std::min<std::int64_t>(0, client_.skew_ms().value_or(0));
    const std::string oldest = ts_of_ms(alert.first_attempt_at + skew - margin_ms);
    calls_.call("conversations.history",
                {{"channel", channel},
                 {"oldest", oldest},
                 {"limit", "200"},
                 {"include_all_metadata", "true"}},
                [this, alive = std::weak_ptr(alive_), alert = std::move(alert), channel,
                 done = std::move(done)](const SlackReply& reply) mutable {
                    if (alive.expired()) return;
                    if (!reply.ok()) return done(false);
                    const json::array& messages = array_at(reply.body, "messages");
                    const bool said = std::ranges::any_of(messages, [&](const json::value& one) {
                        return one.is_object() && carries(one.get_object(), alert.id);
                    });
                    if (said) {
                        log::info("slack: an alert was said in {} before, and is not said again",
                                  alert.to);
                        return done(true);
                    }
                    post(alert, channel, std::move(done));
                });
}

void Alerts::post(const core::Alert& alert, const std::string& channel, Done done) {
    Fields fields = fields_of(channel, words_of(alert, workspace_.url, loop_.clock().wall_ms()));
    const json::object metadata = {
        {"event_type", alert_type},
        {"event_payload", {{"alert", alert.id.value}, {"session", alert.session.value}}}};
    fields.push_back({"metadata", json::serialize(metadata)});
    DESKBELL_CRASH_POINT("slack.alert.before_call");
    calls_.call("chat.postMessage", std::move(fields),
                [this, alive = std::weak_ptr(alive_), to = alert.to, channel,
                 done = std::move(done)](const SlackReply& reply) mutable {
                    if (alive.expired()) return;
                    DESKBELL_CRASH_POINT("slack.alert.answered");
                    if (reply.ok()) {
                        workspace_.count("alert_said");
                        return done(true);
                    }
                    log::warn("slack: an alert could not be said in {}: {}", to, reply.error);
                    const bool maybe_said = reply.kind == SlackReply::Kind::unknown;
                    done(maybe_said && is_person(channel));
                });
}

void Alerts::tell(const std::string& where, const std::string& text) {
    const std::string place = workspace_.known() ? place_of(where) : std::string();
    if (place.empty() || tellings_ >= tellings_max) return;
    ++tellings_;
    calls_.call("chat.postMessage", fields_of(place, text),
                [this, alive = std::weak_ptr(alive_), where](const SlackReply& reply) {
                    if (alive.expired()) return;
                    --tellings_;
                    if (!reply.ok())
                        log::warn("slack: {} could not be told: {}", where, reply.error);
                });
}

}  // namespace deskbell::desk::slack
