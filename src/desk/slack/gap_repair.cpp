#include "desk/slack/gap_repair.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/gap_round.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr double calls_per_minute = 40;  // of the fifty and more that Slack allows a method
constexpr double calls_burst = 10;
// Where Slack allows one call a minute, look-ups of unknown posts need the other half.
constexpr double scarce_calls_per_minute = 0.5;
constexpr std::int64_t scarce_round_ms = 600'000;
constexpr std::int64_t scarce_request_ms = 120'000;
constexpr std::int64_t after_failure_ms = 15'000;
constexpr std::int64_t not_yet_ms = 2'000;  // we do not know yet who we are
constexpr std::int64_t soon_ms = 1'500;     // a gap was noticed: let what is on its way arrive
constexpr std::int64_t between_rounds_ms_max = 5'000;
constexpr std::size_t pages_max = 20;
constexpr std::size_t unseen_max = 20;  // threads whose parents a round did not see, read directly
constexpr unsigned tries_max = 5;
constexpr std::size_t once_max = 100;
constexpr std::int64_t whole_active_ms = 5 * 60'000;
constexpr std::int64_t whole_idle_ms = 60 * 60'000;
constexpr std::int64_t whole_window_ms = 48 * 3'600'000LL;  // nobody mends what is older
constexpr std::size_t whole_max = 20;                       // in one round

// Events may be late by minutes.
std::string earlier(const std::string& ts) {
    constexpr std::int64_t overlap_ms = 600'000;
    return ts_of_ms(std::max<std::int64_t>(0, ms_of_ts(ts) - overlap_ms));
}

}  // namespace

GapRepair::GapRepair(Loop& loop, SlackClient& client, Relay& relay, Workspace& workspace,
                     DeskListener& listener, Random& random, ThreadLister lister,
                     std::int64_t slow_round_ms)
    : loop_(loop),
      client_(client),
      relay_(relay),
      workspace_(workspace),
      listener_(listener),
      random_(random),
      lister_(std::move(lister)),
      slow_round_ms_(slow_round_ms),
      budget_(calls_burst),
      budget_at_(loop.clock().steady_ms()) {}

GapRepair::~GapRepair() { loop_.cancel(timer_); }

// ---- When. ----

void GapRepair::start() { schedule(0); }

void GapRepair::request(const std::string& why) {
    log::debug("slack: a sweep is asked for: {}", why);
    workspace_.count("sweep_requested");
    if (running_) {
        again_ = true;
        return;
    }
    const std::int64_t between_rounds_ms = client_.reads_are_scarce()
                                               ? scarce_request_ms
                                               : std::min(between_rounds_ms_max, slow_round_ms_);
    const SteadyMs earliest = last_began_at_ == 0 ? 0 : last_began_at_ + between_rounds_ms;
    schedule(std::max(soon_ms, earliest - loop_.clock().steady_ms()));
}

void GapRepair::look_again(const DeskThreadId& thread) { seen_[thread.value].again = true; }

void GapRepair::read_once(const Place& parent) {
    if (once_.size() < once_max) once_.push_back(parent);
    request("a thread of its own");
}

// The sooner of what is scheduled and this.
void GapRepair::schedule(std::int64_t delay_ms) {
    const SteadyMs due = loop_.clock().steady_ms() + delay_ms;
    if (timer_ != 0 && due_at_ <= due) return;
    loop_.cancel(timer_);
    due_at_ = due;
    timer_ = loop_.after(delay_ms, guarded([this] {
                             timer_ = 0;
                             begin();
                         }));
}

void GapRepair::begin() {
    if (running_ || DESKBELL_PLANTED("no_gap_repair")) return;
    DESKBELL_CRASH_POINT("slack.sweep.begin");
    if (!workspace_.known()) return schedule(not_yet_ms);
    running_ = true;
    again_ = false;
    last_began_at_ = loop_.clock().steady_ms();
    lister_(guarded([this](std::vector<ThreadCursor> threads) { listed(std::move(threads)); }));
}

void GapRepair::finish() {
    DESKBELL_CRASH_POINT("slack.sweep.finished");
    running_ = false;
    ++rounds_;
    const std::int64_t slow_ms =
        client_.reads_are_scarce() ? std::max(scarce_round_ms, slow_round_ms_) : slow_round_ms_;
    schedule(std::exchange(failed_, false) ? after_failure_ms : slow_ms);
    if (std::exchange(again_, false)) request("asked for during the last one");
}

// ---- Parents: which thread has news? ----

void GapRepair::listed(std::vector<ThreadCursor> threads) {
    DESKBELL_CRASH_POINT("slack.sweep.listed");
    auto round = std::make_shared<Round>();
    std::map<std::string, Seen> listed;
    std::map<SessionId, std::vector<std::string>> lost_of;
    for (const ThreadCursor& thread : threads) {
        const auto place = parse_thread(thread.thread);
        if (!place || place->team != workspace_.self.team) continue;
        round->cursors[place->channel][place->ts] = thread.cursor;
        if (thread.lost)
            round->lost_unseen.insert(thread.thread.value);
        else
            round->unseen[place->channel][place->ts] = thread.cursor;
        Seen& seen = listed[thread.thread.value] = seen_[thread.thread.value];
        seen.active = thread.active || thread.lost;
        seen.lost = thread.lost;
        seen.session = thread.session;
        if (thread.lost) lost_of[thread.session].push_back(thread.thread.value);
    }
    seen_ = std::move(listed);
    lost_of_ = std::move(lost_of);
    for (const Place& parent : std::exchange(once_, {})) {
        auto thread = std::make_shared<Thread>();
        thread->parent = parent;
        thread->once = true;
        round->due.push_back(std::move(thread));
    }
    next_channel(std::move(round));
}

void GapRepair::next_channel(std::shared_ptr<Round> round) {
    if (round->cursors.empty()) {
        add_whole(*round);
        return next_thread(std::move(round));
    }
    const std::string channel = round->cursors.begin()->first;
    read_parents(std::move(round), channel);
}

void GapRepair::read_parents(std::shared_ptr<Round> round, const std::string& channel) {
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.history";
    read->items = "messages";
    read->pages_max = pages_max;
    read->fields = {{"channel", channel},
                    {"oldest", earlier(round->cursors[channel].begin()->first)},
                    {"inclusive", "true"},
                    {"include_all_metadata", "true"},
                    {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_), round, channel](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& value : items) {
            if (const json::object* message = value.if_object())
                see_parent(*round, channel, *message);
        }
        return true;
    };
    read->done = guarded([this, round, channel](const SlackReply& last) {
        DESKBELL_CRASH_POINT("slack.sweep.parents_read");
        parents_read(round, channel, last);
        round->cursors.erase(channel);
        next_channel(round);
    });
    const Caller caller =
        guarded([this](const std::string& method, Fields fields, SlackClient::Callback callback) {
            call(method, std::move(fields), std::move(callback));
        });
    read_pages(caller, std::move(read));
}

void GapRepair::see_parent(Round& round, const std::string& channel, const json::object& message) {
    const std::string ts(text_at(message, "ts"));
    const auto& cursors = round.cursors[channel];
    const auto tracked = cursors.find(ts);
    Meaning meaning = read_message(message, channel, workspace_.self);
    const bool gone = std::holds_alternative<ParentGone>(meaning);
    const Place parent{workspace_.self.team, channel, ts};
    const bool lost = tracked != cursors.end() && seen_[thread_id(parent).value].lost;
    // A parent of ours proves that its post is there, whether or not we were told.
    if (std::holds_alternative<OwnPost>(meaning) || (gone && !lost && tracked != cursors.end()))
        relay_.handle(std::move(meaning), [](Handled) {});
    if (tracked == cursors.end()) return;
    round.unseen[channel].erase(ts);
    Seen& seen = seen_[thread_id(parent).value];
    if (!lost) {
        see_reactions(parent, message, seen);
        see_card(parent, message, seen);
    }
    const std::int64_t replies = find_int(message, "reply_count").value_or(0);
    const std::string_view latest = text_at(message, "latest_reply");
    const bool news = is_ts(latest) && (lost ? seen.replies < 0 : latest > tracked->second);
    const bool differs = seen.replies >= 0 && replies != seen.replies;
    auto thread = std::make_shared<Thread>();
    thread->parent = parent;
    thread->cursor = tracked->second;
    thread->replies = replies;
    thread->lost = lost;
    thread->whole = differs || seen.again;
    if (lost) {
        round.lost_unseen.erase(thread_id(parent).value);
        if (news || thread->whole) seen.present.reset();
    }
    if (news || thread->whole) {
        // Lost ones first: the others are compared with what those say.
        round.due.insert(lost ? round.due.begin() : round.due.end(), std::move(thread));
    } else {
        seen.replies = replies;
        round.others.push_back(std::move(thread));
    }
}

// Edits and reactions leave no trace in the parent: once in a while each thread is read whole,
// those in use first, a few each round.
void GapRepair::add_whole(Round& round) {
    const SteadyMs now = loop_.clock().steady_ms();
    const auto seen_of = [this](const std::shared_ptr<Thread>& thread) -> const Seen& {
        return seen_[thread_id(thread->parent).value];
    };
    std::erase_if(round.others, [&](const std::shared_ptr<Thread>& thread) {
        const Seen& seen = seen_of(thread);
        const std::int64_t period = seen.active ? whole_active_ms : whole_idle_ms;
        return seen.whole_at != 0 && now - seen.whole_at < period;
    });
    std::ranges::sort(round.others, {}, [&](const std::shared_ptr<Thread>& thread) {
        const Seen& seen = seen_of(thread);
        return std::tuple(!seen.active, seen.whole_at, thread->parent.ts);
    });
    if (round.others.size() > whole_max) round.others.resize(whole_max);
    for (std::shared_ptr<Thread>& thread : round.others) {
        thread->whole = true;
        round.due.push_back(std::move(thread));
    }
    round.others.clear();
}

// Threads whose parents were not among them are asked for by name: gone, or beyond the pages.
void GapRepair::parents_read(const std::shared_ptr<Round>& round, const std::string& channel,
                             const SlackReply& last) {
    if (!last.ok() && last.error != "too_many_pages") {
        log::info("slack: a channel could not be swept: {}", last.error);
        failed_ = true;
        return;
    }
    // A lost one that is not among the parents is gone for good.
    for (const std::string& lost : round->lost_unseen) {
        const auto place = parse_thread(DeskThreadId(lost));
        if (last.ok() && place && place->channel == channel) seen_[lost].present.emplace();
    }
    auto& unseen = round->unseen[channel];
    // Another few each round, so that all have their turn.
    const std::size_t count = std::min(unseen.size(), unseen_max);
    if (count == 0) return;
    auto at = unseen.begin();
    if (unseen.size() > count)
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(unseen.size() - count + 1)));
    for (std::size_t i = 0; i < count; ++i, ++at) {
        auto thread = std::make_shared<Thread>();
        thread->parent = Place{workspace_.self.team, channel, at->first};
        thread->cursor = at->second;
        round->due.push_back(std::move(thread));
    }
}

// ---- Threads. ----

void GapRepair::next_thread(std::shared_ptr<Round> round) {
    if (round->next_due == round->due.size()) return finish();
    auto thread = round->due[round->next_due++];
    read_thread(std::move(round), std::move(thread));
}

void GapRepair::read_thread(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread) {
    std::string& oldest = thread->oldest;
    oldest = thread->parent.ts;
    if (thread->whole) {
        oldest = std::max(oldest, ts_of_ms(slack_now_ms() - whole_window_ms));
    } else if (is_ts(thread->cursor)) {
        oldest = std::max(oldest, earlier(thread->cursor));
        thread->whole = oldest == thread->parent.ts;
    }
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.replies";
    read->items = "messages";
    read->pages_max = pages_max;
    read->fields = {{"channel", thread->parent.channel},
                    {"ts", thread->parent.ts},
                    {"oldest", oldest},
                    {"inclusive", "true"},
                    {"include_all_metadata", "true"},
                    {"limit", "200"}};
    read->page = [thread](const json::array& items) {
        for (const json::value& value : items) {
            const json::object* message = value.if_object();
            if (message && is_ts(text_at(*message, "ts"))) thread->messages.push_back(*message);
        }
        return true;
    };
    read->done = guarded([this, round, thread](const SlackReply& last) {
        DESKBELL_CRASH_POINT("slack.sweep.thread_read");
        const bool gone =
            last.kind == SlackReply::Kind::refused && class_of(last.error) == ErrorClass::thread;
        if (gone) {
            if (thread->lost) return next_thread(round);
            relay_.handle(ParentGone{thread->parent},
                          guarded([this, round](Handled) { next_thread(round); }));
            return;
        }
        // What was read before it broke off is good; replies come oldest first.
        thread->failed = !last.ok() && last.error != "too_many_pages";
        thread->complete = last.ok();
        std::sort(thread->messages.begin(), thread->messages.end(),
                  [](const json::object& a, const json::object& b) {
                      return text_at(a, "ts") < text_at(b, "ts");
                  });
        take_stock(*thread);
        relay_next(round, thread);
    });
    const Caller caller =
        guarded([this](const std::string& method, Fields fields, SlackClient::Callback callback) {
            call(method, std::move(fields), std::move(callback));
        });
    read_pages(caller, std::move(read));
}

// One after the other, each durable before the next: the cursor may then stand behind the last.
void GapRepair::relay_next(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread) {
    if (thread->next == thread->messages.size())
        return relay_seen(std::move(round), std::move(thread));
    const json::object message = std::move(thread->messages[thread->next++]);
    const std::string ts(text_at(message, "ts"));
    Meaning meaning = read_message(message, thread->parent.channel, workspace_.self);
    if (const Place* place = message_of(meaning); place && found_) found_(*place);
    relay_.handle(std::move(meaning), guarded([this, round, thread, ts](Handled handled) {
                      DESKBELL_CRASH_POINT("slack.sweep.message_relayed");
                      const bool passed = DESKBELL_PLANTED("cursor_past_failure");
                      if (handled == Handled::failed && !passed) {
                          thread->failed = true;
                          return thread_done(round, thread);
                      }
                      thread->newest = std::max(thread->newest, ts);
                      // Not inside the call: a thousand messages must not become a deep stack.
                      loop_.post(guarded([this, round, thread] { relay_next(round, thread); }));
                  }));
}

void GapRepair::thread_done(std::shared_ptr<Round> round, const std::shared_ptr<Thread>& thread) {
    if (thread->failed) failed_ = true;
    if (!thread->failed && thread->complete) {
        Seen& seen = seen_[thread_id(thread->parent).value];
        seen.replies = thread->replies;
        seen.again = false;
        if (thread->whole) seen.whole_at = loop_.clock().steady_ms();
    }
    if (thread->failed && thread->once) once_.push_back(thread->parent);
    if (thread->newest <= thread->cursor || thread->failed || thread->once || thread->lost)
        return next_thread(std::move(round));
    DESKBELL_CRASH_POINT("slack.sweep.before_cursor");
    listener_.happened(core::ThreadSwept{thread_id(thread->parent), thread->newest},
                       guarded([this, round](const std::optional<Error>&) {
                           DESKBELL_CRASH_POINT("slack.sweep.after_cursor");
                           next_thread(round);
                       }));
}

// ---- Calls, within the budget. ----

std::int64_t GapRepair::wait_for_budget() {
    const SteadyMs now = loop_.clock().steady_ms();
    const bool scarce = client_.reads_are_scarce();
    const double per_ms = (scarce ? scarce_calls_per_minute : calls_per_minute) / 60'000.0;
    budget_ = std::min(scarce ? 1.0 : calls_burst,
                       budget_ + static_cast<double>(now - budget_at_) * per_ms);
    budget_at_ = now;
    budget_ -= 1;  // below zero: somebody who waits has taken it already
    return budget_ >= 0 ? 0 : static_cast<std::int64_t>(std::ceil(-budget_ / per_ms));
}

void GapRepair::call(const std::string& method, Fields fields, SlackClient::Callback callback,
                     unsigned tries) {
    auto begin = [this, method, fields = std::move(fields), callback = std::move(callback),
                  tries]() mutable {
        Fields copy = fields;
        client_.call(method, std::move(copy),
                     guarded([this, method, fields = std::move(fields),
                              callback = std::move(callback), tries](SlackReply reply) mutable {
                         const bool limited = reply.kind == SlackReply::Kind::rate_limited;
                         if (!limited || tries + 1 >= tries_max) return callback(std::move(reply));
                         const std::int64_t wait =
                             reply.retry_after_ms + static_cast<std::int64_t>(random_.below(500));
                         loop_.after(
                             wait, guarded([this, method, fields = std::move(fields),
                                            callback = std::move(callback), tries]() mutable {
                                 call(method, std::move(fields), std::move(callback), tries + 1);
                             }));
                     }));
    };
    const std::int64_t wait = wait_for_budget();
    if (wait == 0) return begin();
    loop_.after(wait, guarded(std::move(begin)));
}

}  // namespace deskbell::desk::slack
