// What a thread says against what is known of it: deletions, reactions and phantoms that no event
// told, or that an event told wrongly.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/gap_round.hpp"
#include "desk/slack/marker.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t settled_ms = 60'000;  // a read may be behind what was written by seconds
constexpr std::size_t missing_max = 20;      // of one thread, in one round

bool shows(const json::object& body, const std::string& ts) {
    return std::ranges::any_of(array_at(body, "messages"), [&](const json::value& value) {
        const json::object* message = value.if_object();
        return message && text_at(*message, "ts") == ts &&
               text_at(*message, "subtype") != "tombstone";
    });
}

// It is shown as a reply in that very thread: a read that is behind, when the thread itself has it
// no more.
bool shows_in(const json::object& body, const std::string& ts, const std::string& parent_ts) {
    return std::ranges::any_of(array_at(body, "messages"), [&](const json::value& value) {
        const json::object* message = value.if_object();
        return message && text_at(*message, "ts") == ts &&
               text_at(*message, "thread_ts") == parent_ts;
    });
}

// Where it was said: a conversation may have moved here from another channel.
std::string channel_of(const core::KnownReply& reply, const std::string& here) {
    const auto place = parse_message(reply.message);
    return place ? place->channel : here;
}

}  // namespace

std::int64_t GapRepair::slack_now_ms() const {
    return loop_.clock().wall_ms() + client_.skew_ms().value_or(0);
}

// ---- Reactions. ----

// On a parent they close and claim, once: what was told is remembered, here for this process and by
// the engine for ever.
void GapRepair::see_reactions(const Place& parent, const json::object& message, Seen& seen) {
    if (DESKBELL_PLANTED("reactions_not_read")) return;
    std::set<std::string> present;
    for (Reacted& reacted :
         reactions_of(message, parent, workspace_.self, ts_of_ms(slack_now_ms()))) {
        if (!closes(reacted.name, workspace_.habits) && !claims(reacted.name, workspace_.habits))
            continue;
        const std::string key = reaction_key(reacted);
        present.insert(key);
        if (seen.reactions.contains(key)) continue;
        relay_.handle(std::move(reacted),
                      guarded([this, key, thread = thread_id(parent).value](Handled handled) {
                          const auto known = seen_.find(thread);
                          if (handled != Handled::failed && known != seen_.end())
                              known->second.reactions.insert(key);
                      }));
    }
    const bool same = seen.reactions_known && std::ranges::includes(present, seen.reactions);
    seen.reactions_known = true;
    if (same) return;
    std::erase_if(seen.reactions, [&](const std::string& key) { return !present.contains(key); });
    core::ReactionsRead read;
    read.thread = thread_id(parent);
    read.keys.assign(present.begin(), present.end());
    read.before = ts_of_ms(slack_now_ms() - settled_ms);
    listener_.happened(std::move(read), [](const std::optional<Error>&) {});
}

// Which version of its card a parent shows; seen twice, because a read may be old by seconds.
void GapRepair::see_card(const Place& parent, const json::object& message, Seen& seen) {
    const std::int64_t version = card_version_of(message);
    const bool again = version != 0 && seen.card_version == version;
    if (!again) seen.card_told = false;
    seen.card_version = version;
    if (!again || std::exchange(seen.card_told, true)) return;
    const DeskThreadId thread = thread_id(parent);
    listener_.happened(core::CardSeen{thread, version},
                       guarded([this, thread](const std::optional<Error>& refusal) {
                           const auto known = seen_.find(thread.value);
                           if (refusal && known != seen_.end()) known->second.card_told = false;
                       }));
}

void GapRepair::take_stock(Thread& thread) {
    for (const json::object& message : thread.messages) {
        const std::string ts(text_at(message, "ts"));
        const Place place{workspace_.self.team, thread.parent.channel, ts};
        if (text_at(message, "subtype") == "tombstone") continue;
        const Meaning meaning = read_message(message, place.channel, workspace_.self);
        const auto* words = std::get_if<AgentWords>(&meaning);
        thread.present[ts] = words ? sender_key_of(*words) : std::string();
        auto reacted = reactions_of(message, place, workspace_.self, ts_of_ms(slack_now_ms()));
        if (ts == thread.parent.ts) {
            // A parent that the channel's pages did not show.
            if (thread.replies < 0 && !thread.once)
                see_reactions(place, message, seen_[thread_id(thread.parent).value]);
        } else if (!reacted.empty()) {
            thread.reacted = std::move(reacted.front());
        }
    }
    if (thread.lost && thread.complete)
        seen_[thread_id(thread.parent).value].present = thread.present;
}

// Who reacts to a reply has seen everything up to it.
void GapRepair::relay_seen(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread) {
    if (!thread->reacted) return compare(std::move(round), std::move(thread));
    workspace_.places.remember(thread->reacted->message, thread->parent.ts);
    relay_.handle(*thread->reacted,
                  guarded([this, round, thread](Handled) { compare(round, thread); }));
}

// ---- What is known and not there. ----

void GapRepair::compare(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread) {
    if (thread->once || thread->lost || !thread->complete ||
        DESKBELL_PLANTED("deletions_not_compared"))
        return thread_done(std::move(round), thread);
    const std::string settled = ts_of_ms(slack_now_ms() - settled_ms);
    listener_.read_replies(
        thread_id(thread->parent), thread->oldest,
        guarded([this, round, thread, settled](const std::vector<core::KnownReply>& known) {
            const Seen& seen = seen_[thread_id(thread->parent).value];
            static const std::vector<std::string> none;
            const auto lost = lost_of_.find(seen.session);
            // What was said in a lost thread is not missing here.
            for (const std::string& one : lost == lost_of_.end() ? none : lost->second) {
                const auto& elsewhere = seen_[one].present;
                if (!elsewhere) return thread_done(round, thread);
                thread->present.insert(elsewhere->begin(), elsewhere->end());
            }
            for (const core::KnownReply& reply : known) {
                const bool there = thread->present.contains(reply.order);
                if (reply.deleted || there || reply.order > settled) continue;
                if (seen.elsewhere.contains(reply.order)) continue;
                if (thread->missing.size() < missing_max) thread->missing.push_back(reply);
            }
            compare_next(round, thread);
        }));
}

void GapRepair::compare_next(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread) {
    if (thread->next_missing == thread->missing.size())
        return thread_done(std::move(round), thread);
    core::KnownReply missing = thread->missing[thread->next_missing++];
    // The same words of the same person stand under another ts: an event named a wrong one.
    const auto twin = std::ranges::find_if(thread->present, [&](const auto& one) {
        return !one.second.empty() && one.second == missing.sender_key;
    });
    if (twin == thread->present.end())
        return ask_for_missing(std::move(round), std::move(thread), std::move(missing), true);
    workspace_.count("gap_moved");
    const Place place{workspace_.self.team, channel_of(missing, thread->parent.channel),
                      twin->first};
    core::AgentMoved moved{thread_id(thread->parent), missing.message, message_id(place),
                           twin->first};
    tell_then_compare(std::move(moved), std::move(round), std::move(thread));
}

// Twice, by other questions, before a customer's page is changed: in its thread, then by itself (an
// answer in another thread of this session is not gone).
void GapRepair::ask_for_missing(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread,
                                core::KnownReply missing, bool in_its_thread) {
    const std::string& channel = thread->parent.channel;
    const Fields fields = {{"channel", in_its_thread ? channel : channel_of(missing, channel)},
                           {"ts", in_its_thread ? thread->parent.ts : missing.order},
                           {"oldest", missing.order},
                           {"latest", missing.order},
                           {"inclusive", "true"},
                           {"limit", "2"}};
    call("conversations.replies", fields,
         guarded([this, round, thread, missing = std::move(missing),
                  in_its_thread](const SlackReply& reply) {
             const bool gone = reply.kind == SlackReply::Kind::refused &&
                               class_of(reply.error) == ErrorClass::thread;
             const bool absent = reply.ok() && !shows(reply.body, missing.order);
             // Remembered only when it stands in another thread; else it is asked for again.
             if (!in_its_thread && reply.ok() && !absent &&
                 !shows_in(reply.body, missing.order, thread->parent.ts))
                 seen_[thread_id(thread->parent).value].elsewhere.insert(missing.order);
             // A thread that is gone is another matter; what cannot be read says nothing.
             if (in_its_thread ? !absent : !absent && !gone) return compare_next(round, thread);
             if (in_its_thread) return ask_for_missing(round, thread, missing, false);
             DESKBELL_CRASH_POINT("slack.sweep.before_deletion");
             workspace_.count("gap_deleted");
             tell_then_compare(core::AgentDeleted{thread_id(thread->parent), missing.message},
                               round, thread);
         }));
}

void GapRepair::tell_then_compare(core::Command command, std::shared_ptr<Round> round,
                                  std::shared_ptr<Thread> thread) {
    listener_.happened(std::move(command),
                       guarded([this, round, thread](const std::optional<Error>& refusal) {
                           if (refusal && refusal->retry_after_ms) thread->failed = true;
                           compare_next(round, thread);
                       }));
}

}  // namespace deskbell::desk::slack
