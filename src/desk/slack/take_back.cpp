// What stands where it must not: strays, second copies, doubled parents.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/slack_desk.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr unsigned removals_max = 6;

std::string permalink_of(const std::string& workspace_url, const Place& message) {
    std::string digits = message.ts;
    std::erase(digits, '.');
    return workspace_url + "archives/" + message.channel + "/p" + digits;
}

bool is_agents(const json::object& message, const std::string& channel, const Self& self) {
    return std::holds_alternative<AgentWords>(read_message(message, channel, self));
}

// Our own line that shows the way, from an earlier time.
bool is_our_line(const json::object& message, const std::string& channel, const Self& self) {
    const Meaning meaning = read_message(message, channel, self);
    const auto* ignored = std::get_if<Ignored>(&meaning);
    return ignored && ignored->why == "own_unmarked";
}

}  // namespace

// `tried` after the first try, whatever came of it; further tries go on by themselves, and
// `removed` comes at their end.
void SlackDesk::remove(const Place& message, std::move_only_function<void()> tried, Removed removed,
                       unsigned failures) {
    removed_.add(message.channel + "/" + message.ts);
    DESKBELL_CRASH_POINT("slack.take_back.before");
    client_.call("chat.delete", {{"channel", message.channel}, {"ts", message.ts}},
                 [this, alive = std::weak_ptr(alive_), message, failures, tried = std::move(tried),
                  removed = std::move(removed)](const SlackReply& reply) mutable {
                     if (alive.expired()) return;
                     DESKBELL_CRASH_POINT("slack.take_back.answered");
                     if (tried) tried();
                     const bool gone = reply.ok() || reply.error == "message_not_found";
                     if (gone || !is_worth_repeating(reply) || failures + 1 >= removals_max) {
                         if (!gone) {
                             // Whoever sees it there later, an event or a sweep, begins anew.
                             if (!is_refused_for_good(reply))
                                 removed_.forget(message.channel + "/" + message.ts);
                             workspace_.count("stray_left");
                             log::error("slack: a message of ours could not be taken back: {}",
                                        reply.error);
                         }
                         if (removed) removed(gone);
                         return;
                     }
                     const std::int64_t wait =
                         std::max<std::int64_t>(reply.retry_after_ms, 1'000LL << failures);
                     later(wait, [this, message, failures, removed = std::move(removed)]() mutable {
                         remove(message, {}, std::move(removed), failures + 1);
                     });
                 });
}

void SlackDesk::take_back(Copy copy, std::move_only_function<void(TakenBack)> done) {
    const auto place = parse_message(copy.message);
    if (!place || !workspace_.known() || place->team != workspace_.self.team) {
        return loop_.post([done = std::move(done)]() mutable { done(TakenBack::failed); });
    }
    workspace_.count("duplicate_deleted");
    if (copy.opens_thread) return take_back_parent(*place, copy.goes_on_in, std::move(done));
    remove(*place, {}, [done = std::move(done)](bool gone) mutable {
        done(gone ? TakenBack::gone : TakenBack::failed);
    });
}

// Deleting a parent that was answered would hide the answers from those who gave them.
void SlackDesk::take_back_parent(const Place& parent, const DeskThreadId& goes_on_in,
                                 std::move_only_function<void(TakenBack)> done) {
    const Fields fields = {{"channel", parent.channel},
                           {"ts", parent.ts},
                           {"include_all_metadata", "true"},
                           {"limit", "200"}};
    client_.call("conversations.replies", fields,
                 [this, alive = std::weak_ptr(alive_), parent, goes_on_in,
                  done = std::move(done)](const SlackReply& reply) mutable {
                     if (alive.expired()) return;
                     if (!reply.ok()) {
                         const bool gone = class_of(reply.error) == ErrorClass::thread;
                         return done(gone ? TakenBack::gone : TakenBack::failed);
                     }
                     bool answered = false;
                     bool shown = false;
                     for (const json::value& value : array_at(reply.body, "messages")) {
                         const json::object* message = value.if_object();
                         if (!message || text_at(*message, "ts") == parent.ts) continue;
                         answered =
                             answered || is_agents(*message, parent.channel, workspace_.self);
                         shown = shown || is_our_line(*message, parent.channel, workspace_.self);
                     }
                     if (!answered) {
                         return remove(parent, {}, [done = std::move(done)](bool gone) mutable {
                             done(gone ? TakenBack::gone : TakenBack::failed);
                         });
                     }
                     workspace_.count("doubled_parent_answered");
                     if (answered_copy_) answered_copy_(parent);
                     if (shown) return done(TakenBack::stays);
                     show_the_way(parent, goes_on_in, std::move(done));
                 });
}

void SlackDesk::show_the_way(const Place& parent, const DeskThreadId& goes_on_in,
                             std::move_only_function<void(TakenBack)> done) {
    const auto thread = parse_thread(goes_on_in);
    const std::string link = thread ? permalink_of(workspace_.url, *thread) : std::string();
    const Fields fields = {
        {"channel", parent.channel},
        {"thread_ts", parent.ts},
        {"text",
         "This conversation was posted twice. What was said here has reached the customer; "
         "please go on in <" +
             link + "|the other thread>."},
        {"reply_broadcast", "false"},
        {"unfurl_links", "false"}};
    client_.call(
        "chat.postMessage", fields,
        [alive = std::weak_ptr(alive_), done = std::move(done)](const SlackReply& reply) mutable {
            // Not knowing whether it is there: the next look finds it, or says it again.
            if (!alive.expired()) done(reply.ok() ? TakenBack::stays : TakenBack::failed);
        },
        parent.channel);
}

}  // namespace deskbell::desk::slack
