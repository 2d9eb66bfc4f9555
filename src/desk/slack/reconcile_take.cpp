// What was read becomes durable: parents first, then their threads, older ones first, each message
// in its turn.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/reconcile_round.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::size_t pages_max = 100;
constexpr std::int64_t overlap_ms = 600'000;  // agents' replies may have been read late
constexpr std::int64_t failed_wait_ms = 500;
constexpr std::int64_t made_margin_ms = 1'500;  // ids count whole seconds

}  // namespace

// ---- Parents. ----

void Reconcile::next_parent(RoundPtr round) {
    if (round->next_parent == round->parents.size()) return next_thread(std::move(round));
    const Parent parent = round->parents[round->next_parent++];
    if (parent.letter.empty()) return take_thread(std::move(round), parent);
    const auto [first, is_first] = round->kept.try_emplace(parent.letter, parent.place);
    if (!is_first) {
        workspace_.count("duplicate_deleted");
        log::warn("reconciling: a parent was there twice; one is deleted");
        desk_.take_back_stray(parent.place);
        return later(0, [this, round] { next_parent(round); });
    }
    // When the store has the letter that opens this thread, that letter has done its work.
    core::PostConfirmed settled{parent.letter, message_id(parent.place), thread_id(parent.place),
                                parent.place.ts, true};
    record(std::move(settled), [this, round, parent](const Refusal& refusal) {
        if (refusal) return take_thread(round, parent);
        DESKBELL_CRASH_POINT("reconcile.parent.settled");
        ++round->letters_settled;
        round->add_due(parent.place, "");
        next_parent(round);
    });
}

void Reconcile::take_thread(RoundPtr round, const Parent& parent) {
    core::ThreadFound found;
    found.session = parent.session;
    found.thread = thread_id(parent.place);
    found.order = parent.place.ts;
    for (const auto& [destination, channel] : desk_.channels().all()) {
        if (channel.id == parent.place.channel) found.destination = destination;
    }
    record(std::move(found), [this, round, parent](const Refusal& refusal) {
        DESKBELL_CRASH_POINT("reconcile.parent.taken");
        if (!refusal) {
            ++round->threads_taken;
            round->add_due(parent.place, "");
        } else if (refusal->code == "session_unknown") {
            // Made after the store's last word, or forgotten before it; agents hear of the former.
            WallMs made_at = session_made_at(parent.session);
            if (made_at == 0) made_at = ms_of_ts(parent.place.ts);
            const bool is_news = made_at + made_margin_ms >= options_.since;
            if (is_news && !options_.forgotten.contains(parent.session))
                round->untold.push_back(thread_id(parent.place));
        }
        next_parent(round);
    });
}

// ---- Threads. ----

void Reconcile::next_thread(RoundPtr round) {
    if (round->due.empty()) return end_round(std::move(round));
    DESKBELL_CRASH_POINT("reconcile.thread.before_read");
    const ThreadPtr thread = round->due.begin()->second;
    thread->messages.clear();
    std::string oldest = from_ts();
    if (is_ts(thread->cursor))
        oldest = std::min(oldest, ts_of_ms(ms_of_ts(thread->cursor) - overlap_ms));
    else
        oldest = thread->parent.ts;
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.replies";
    read->items = "messages";
    read->pages_max = pages_max;
    read->fields = {{"channel", thread->parent.channel},
                    {"ts", thread->parent.ts},
                    {"oldest", std::max(oldest, thread->parent.ts)},
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
    read->done = guarded(
        [this, round, thread](const SlackReply& last) { thread_read(round, thread, last); });
    read_pages(caller(), std::move(read));
}

void Reconcile::thread_read(RoundPtr round, ThreadPtr thread, const SlackReply& last) {
    const auto kind =
        last.kind == SlackReply::Kind::refused ? class_of(last.error) : ErrorClass::unknown;
    if (kind == ErrorClass::thread) {
        relay_.handle(ParentGone{thread->parent}, guarded([this, round](Handled handled) {
                          if (handled == Handled::failed)
                              return later(failed_wait_ms, [this, round] { next_thread(round); });
                          round->due.erase(round->due.begin());
                          next_thread(round);
                      }));
        return;
    }
    if (kind == ErrorClass::destination || kind == ErrorClass::config) {
        log::error("reconciling: a thread cannot be read ({}); it is left out", last.error);
        round->due.erase(round->due.begin());
        return later(0, [this, round] { next_thread(round); });
    }
    if (!last.ok() && last.error != "too_many_pages") {
        log::warn("reconciling: a thread could not be read ({}); again soon", last.error);
        return later_again([this, round] { next_thread(round); });
    }
    failures_ = 0;
    std::ranges::sort(thread->messages, {},
                      [](const json::object& message) { return text_at(message, "ts"); });
    next_message(std::move(round), std::move(thread));
}

// One after the other, each durable before the next: in the log they stand as at the desk.
void Reconcile::next_message(RoundPtr round, ThreadPtr thread) {
    if (thread->next == thread->messages.size()) return thread_done(std::move(round), thread);
    const json::object message = thread->messages[thread->next];
    Meaning meaning = read_message(message, thread->parent.channel, workspace_.self);
    // A file's message bears no mark of ours: whose it was, nothing there says.
    if (const auto* own = std::get_if<OwnPost>(&meaning); own && !own->post.empty()) {
        ++thread->next;
        return own_post(std::move(round), std::move(thread), *own, message);
    }
    const std::string ts(text_at(message, "ts"));
    relay_.handle(std::move(meaning), guarded([this, round, thread, ts](Handled handled) {
                      if (handled == Handled::failed)
                          return later(failed_wait_ms,
                                       [this, round, thread] { next_message(round, thread); });
                      DESKBELL_CRASH_POINT("reconcile.reply.taken");
                      ++thread->next;
                      thread->newest = std::max(thread->newest, ts);
                      // Not inside the call: a thousand messages must not become a deep stack.
                      later(0, [this, round, thread] { next_message(round, thread); });
                  }));
}

// ---- Posts of ours. ----

void Reconcile::own_post(RoundPtr round, ThreadPtr thread, const OwnPost& own,
                         const json::object& message) {
    workspace_.places.remember(own.message, own.parent.ts);
    thread->newest = std::max(thread->newest, own.message.ts);
    const bool is_parent = own.message.ts == own.parent.ts;
    if (!is_parent && !thread->seen.insert(own.post).second) {
        workspace_.count("duplicate_deleted");
        log::warn("reconciling: a post was there twice; one is deleted");
        desk_.take_back_stray(own.message);
    } else if (!is_parent) {
        thread->place = own.message;
        thread->words = own_words_of(message);
        thread->letters = {own.post};
        for (const OwnLine& line : thread->words.lines) {
            if (line.letter != own.post) thread->letters.push_back(line.letter);
        }
        thread->next_letter = 0;
        return next_letter(std::move(round), std::move(thread));
    }
    later(0, [this, round, thread] { next_message(round, thread); });
}

// A post may have carried several letters; each that the store still has is settled.
void Reconcile::next_letter(RoundPtr round, ThreadPtr thread) {
    if (thread->next_letter == thread->letters.size())
        return take_words(std::move(round), std::move(thread));
    core::PostConfirmed settled{thread->letters[thread->next_letter++], message_id(thread->place),
                                thread_id(thread->parent), thread->place.ts, true};
    record(std::move(settled), [this, round, thread](const Refusal& refusal) {
        DESKBELL_CRASH_POINT("reconcile.letter.settled");
        round->letters_settled += refusal ? 0 : 1;
        next_letter(round, thread);
    });
}

void Reconcile::take_words(RoundPtr round, ThreadPtr thread) {
    for (OwnLine& line : thread->words.lines) {
        core::CustomerFound& found = thread->parts[line.message];
        found.session = thread->words.session;
        found.thread = thread_id(thread->parent);
        found.id = line.message;
        if (!line.client_id.empty()) found.client_id = line.client_id;
        found.text += line.text;
        found.message = message_id(thread->place);
        found.order = thread->place.ts;
        if (line.part < line.parts) continue;
        if (!found.text.empty()) thread->found.push_back(std::move(found));
        thread->parts.erase(line.message);
    }
    thread->words = {};
    if (thread->found.empty())
        return later(0, [this, round, thread] { next_message(round, thread); });
    core::CustomerFound found = std::move(thread->found.front());
    thread->found.pop_front();
    record(std::move(found), [this, round, thread](const Refusal& refusal) {
        DESKBELL_CRASH_POINT("reconcile.words.taken");
        round->words_taken += refusal ? 0 : 1;
        take_words(round, thread);
    });
}

void Reconcile::thread_done(RoundPtr round, const ThreadPtr& thread) {
    // A message whose last part never came: what there is of it.
    for (auto& [id, found] : thread->parts) {
        if (!found.text.empty()) thread->found.push_back(std::move(found));
    }
    thread->parts.clear();
    if (!thread->found.empty()) return take_words(std::move(round), thread);
    core::ThreadSwept swept{thread_id(thread->parent), thread->newest};
    record(std::move(swept), [this, round](const Refusal&) {
        DESKBELL_CRASH_POINT("reconcile.thread.swept");
        round->due.erase(round->due.begin());
        next_thread(round);
    });
}

}  // namespace deskbell::desk::slack
