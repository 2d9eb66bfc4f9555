#include "desk/slack/gap_repair.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr double calls_per_minute = 40;  // of the fifty and more that Slack allows a method
constexpr double calls_burst = 10;
constexpr std::int64_t after_failure_ms = 15'000;
constexpr std::int64_t not_yet_ms = 2'000;  // we do not know yet who we are
constexpr std::int64_t soon_ms = 1'500;     // a gap was noticed: let what is on its way arrive
constexpr std::int64_t between_rounds_ms_max = 5'000;
constexpr std::int64_t overlap_ms = 600'000;  // events may be late by minutes
constexpr std::size_t pages_max = 20;
constexpr std::size_t unseen_max = 20;  // threads whose parents a round did not see, read directly
constexpr unsigned tries_max = 5;
// Threads without news are read, too: often while they are lively, rarely later.
constexpr std::int64_t lively_ms = 1'800'000;
constexpr std::int64_t check_lively_ms = 300'000;
constexpr std::int64_t check_quiet_ms = 3'600'000;
constexpr std::size_t checks_max = 15;                // a round
constexpr std::int64_t check_overlap_ms = 7'200'000;  // how far back it compares
// Reads may be seconds old: what is not there must be missing twice.
constexpr std::int64_t absent_again_ms = 30'000;

}  // namespace

struct GapRepair::Thread {
    Place parent;
    std::string cursor;
    std::vector<json::object> messages;
    std::size_t next = 0;
    std::string newest;
    std::int64_t overlap_ms = deskbell::desk::slack::overlap_ms;
    std::string oldest;             // what was asked for
    std::set<std::string> present;  // ts and sender keys
    bool failed = false;
    bool whole = false;  // read to the end

    [[nodiscard]] std::string key() const { return parent.channel + "/" + parent.ts; }
};

struct GapRepair::Round {
    // By channel, then by the parent's ts.
    std::map<std::string, std::map<std::string, std::string>> cursors;
    std::map<std::string, std::map<std::string, std::string>> unseen;
    std::vector<std::shared_ptr<Thread>> due;
    std::size_t news = 0;  // of `due`, the first so many
    std::size_t next_due = 0;
};

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

template <class Callback>
auto GapRepair::guarded(Callback callback) {
    return [alive = std::weak_ptr(alive_),
            callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
        if (!alive.expired()) callback(std::forward<Args>(args)...);
    };
}

// ---- When. ----

void GapRepair::start() { schedule(0); }

void GapRepair::request(const std::string& why) {
    log::debug("slack: a sweep is asked for: {}", why);
    workspace_.count("sweep_requested");
    if (running_) {
        again_ = true;
        return;
    }
    const std::int64_t between_rounds_ms = std::min(between_rounds_ms_max, slow_round_ms_);
    const SteadyMs earliest = last_began_at_ == 0 ? 0 : last_began_at_ + between_rounds_ms;
    schedule(std::max(soon_ms, earliest - loop_.clock().steady_ms()));
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
    const std::int64_t pause_ms = std::exchange(in_doubt_, false)
                                      ? std::min(absent_again_ms + soon_ms, slow_round_ms_)
                                      : slow_round_ms_;
    schedule(std::exchange(failed_, false) ? after_failure_ms : pause_ms);
    if (std::exchange(again_, false)) request("asked for during the last one");
}

// ---- Parents: which thread has news? ----

void GapRepair::listed(std::vector<ThreadCursor> threads) {
    DESKBELL_CRASH_POINT("slack.sweep.listed");
    auto round = std::make_shared<Round>();
    for (const ThreadCursor& thread : threads) {
        const auto place = parse_thread(thread.thread);
        if (!place || place->team != workspace_.self.team) continue;
        round->cursors[place->channel][place->ts] = thread.cursor;
    }
    round->unseen = round->cursors;
    forget_watches(*round);
    checks_left_ = checks_max;
    next_channel(std::move(round));
}

void GapRepair::next_channel(std::shared_ptr<Round> round) {
    if (round->cursors.empty()) return next_thread(std::move(round));
    const std::string channel = round->cursors.begin()->first;
    read_parents(std::move(round), channel);
}

void GapRepair::read_parents(std::shared_ptr<Round> round, const std::string& channel) {
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.history";
    read->items = "messages";
    read->pages_max = pages_max;
    read->fields = {{"channel", channel},
                    {"oldest", round->cursors[channel].begin()->first},
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
    // A parent of ours proves that its post is there, whether or not we were told.
    if (std::holds_alternative<OwnPost>(meaning) || (gone && tracked != cursors.end()))
        relay_.handle(std::move(meaning), [](Handled) {});
    if (tracked == cursors.end()) return;
    round.unseen[channel].erase(ts);
    const std::string_view latest = text_at(message, "latest_reply");
    const bool has_news = is_ts(latest) && latest > tracked->second;
    if (!wants_checking(channel + "/" + ts, latest) && !has_news) return;
    auto thread = std::make_shared<Thread>();
    thread->parent = Place{workspace_.self.team, channel, ts};
    thread->cursor = tracked->second;
    if (!has_news) thread->overlap_ms = check_overlap_ms;
    // News first.
    round.due.insert(
        has_news ? round.due.begin() + static_cast<std::ptrdiff_t>(round.news++) : round.due.end(),
        std::move(thread));
}

// Threads whose parents were not among them are asked for by name: gone, or beyond the pages.
void GapRepair::parents_read(const std::shared_ptr<Round>& round, const std::string& channel,
                             const SlackReply& last) {
    if (!last.ok() && last.error != "too_many_pages") {
        log::info("slack: a channel could not be swept: {}", last.error);
        failed_ = true;
        return;
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
    std::string oldest = thread->parent.ts;
    if (is_ts(thread->cursor))
        oldest = std::max(oldest, ts_of_ms(ms_of_ts(thread->cursor) - thread->overlap_ms));
    thread->oldest = oldest;
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
            if (!message || !is_ts(text_at(*message, "ts"))) continue;
            const Place place{thread->parent.team, thread->parent.channel,
                              std::string(text_at(*message, "ts"))};
            thread->present.insert(place.ts);
            thread->present.insert(
                sender_key(place, text_at(*message, "user"), text_at(*message, "client_msg_id")));
            thread->messages.push_back(*message);
        }
        return true;
    };
    read->done = guarded([this, round, thread](const SlackReply& last) {
        DESKBELL_CRASH_POINT("slack.sweep.thread_read");
        const bool gone =
            last.kind == SlackReply::Kind::refused && class_of(last.error) == ErrorClass::thread;
        if (gone) {
            relay_.handle(ParentGone{thread->parent},
                          guarded([this, round](Handled) { next_thread(round); }));
            return;
        }
        // What was read before it broke off is good; replies come oldest first.
        thread->failed = !last.ok() && last.error != "too_many_pages";
        thread->whole = last.ok();
        std::sort(thread->messages.begin(), thread->messages.end(),
                  [](const json::object& a, const json::object& b) {
                      return text_at(a, "ts") < text_at(b, "ts");
                  });
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
    if (thread->next == thread->messages.size()) return thread_done(std::move(round), thread);
    const json::object message = std::move(thread->messages[thread->next++]);
    const std::string ts(text_at(message, "ts"));
    Meaning meaning = read_message(message, thread->parent.channel, workspace_.self);
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
    if (thread->failed) return next_thread(std::move(round));
    if (thread->newest <= thread->cursor) return compare(std::move(round), thread);
    DESKBELL_CRASH_POINT("slack.sweep.before_cursor");
    listener_.happened(core::ThreadSwept{thread_id(thread->parent), thread->newest},
                       guarded([this, round, thread](const std::optional<Error>&) {
                           DESKBELL_CRASH_POINT("slack.sweep.after_cursor");
                           compare(round, thread);
                       }));
}

// ---- What is known and not there any more. ----

bool GapRepair::wants_checking(const std::string& thread, std::string_view latest) {
    const SteadyMs now = loop_.clock().steady_ms();
    const auto [watch, is_new] = watches_.try_emplace(thread);
    if (is_new) {
        // Spread over the interval, so that a start does not read everything at once.
        watch->second.read_at = now - static_cast<SteadyMs>(random_.below(check_lively_ms));
        watch->second.news_at = now;
        watch->second.latest = latest;
    }
    if (watch->second.latest != latest) {
        watch->second.latest = latest;
        watch->second.news_at = now;
    }
    std::int64_t interval_ms =
        now - watch->second.news_at < lively_ms ? check_lively_ms : check_quiet_ms;
    if (!watch->second.absent.empty()) interval_ms = absent_again_ms;
    if (now - watch->second.read_at < interval_ms || checks_left_ == 0) return false;
    --checks_left_;
    return true;
}

void GapRepair::forget_watches(const Round& round) {
    std::erase_if(watches_, [&round](const auto& watch) {
        const std::size_t slash = watch.first.find('/');
        const auto channel = round.cursors.find(watch.first.substr(0, slash));
        return channel == round.cursors.end() ||
               !channel->second.contains(watch.first.substr(slash + 1));
    });
}

void GapRepair::compare(std::shared_ptr<Round> round, const std::shared_ptr<Thread>& thread) {
    if (thread->whole) watches_[thread->key()].read_at = loop_.clock().steady_ms();
    if (!thread->whole || !message_lister_ || DESKBELL_PLANTED("deletions_not_compared"))
        return next_thread(std::move(round));
    DESKBELL_CRASH_POINT("slack.sweep.before_compare");
    message_lister_(thread_id(thread->parent),
                    guarded([this, round, thread](const std::vector<KnownMessage>& known) {
                        compared(*thread, known);
                        next_thread(round);
                    }));
}

void GapRepair::compared(const Thread& thread, const std::vector<KnownMessage>& known) {
    const SteadyMs now = loop_.clock().steady_ms();
    Watch& watch = watches_[thread.key()];
    std::map<std::string, SteadyMs> absent;
    for (const KnownMessage& one : known) {
        const auto place = parse_message(one.message);
        // Of another thread of the session, or older than what was read.
        if (!place || place->channel != thread.parent.channel || place->ts <= thread.parent.ts ||
            place->ts < thread.oldest)
            continue;
        if (thread.present.contains(place->ts) || watch.elsewhere.contains(place->ts)) continue;
        if (!one.sender_key.empty() && thread.present.contains(one.sender_key)) continue;
        const auto before = watch.absent.find(place->ts);
        if (before == watch.absent.end()) {
            absent.emplace(place->ts, now);
        } else if (now - before->second < absent_again_ms) {
            absent.insert(*before);
        } else {
            absent.insert(*before);  // until it is settled
            ask_after(thread.parent, *place);
        }
    }
    in_doubt_ = in_doubt_ || !absent.empty();
    watch.absent = std::move(absent);
}

// By name: it may stand in another thread of the same session.
void GapRepair::ask_after(const Place& parent, const Place& message) {
    call("conversations.replies",
         {{"channel", message.channel}, {"ts", message.ts}, {"limit", "1"}},
         guarded([this, parent, message](const SlackReply& reply) {
             const bool refused = reply.kind == SlackReply::Kind::refused &&
                                  class_of(reply.error) == ErrorClass::thread;
             if (!reply.ok() && !refused) return;  // another round asks again
             for (const json::value& value : array_at(reply.body, "messages")) {
                 const json::object* found = value.if_object();
                 if (!found || text_at(*found, "ts") != message.ts) continue;
                 watches_[parent.channel + "/" + parent.ts].elsewhere.insert(message.ts);
                 return;
             }
             DESKBELL_CRASH_POINT("slack.sweep.found_deleted");
             workspace_.count("gap_deleted");
             relay_.handle(AgentRemoved{parent, message}, [](Handled) {});
         }));
}

// ---- Calls, within the budget. ----

std::int64_t GapRepair::wait_for_budget() {
    const SteadyMs now = loop_.clock().steady_ms();
    constexpr double per_ms = calls_per_minute / 60'000.0;
    budget_ = std::min(calls_burst, budget_ + static_cast<double>(now - budget_at_) * per_ms);
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
