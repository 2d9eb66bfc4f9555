#include "desk/slack/manners.hpp"

#include "desk/slack/blocks.hpp"
#include "desk/slack/escape.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr const char* sent_mark = "heavy_check_mark";
constexpr const char* done_mark = "white_check_mark";
constexpr const char* note_mark = "memo";
constexpr const char* failed_mark = "warning";

bool has(const std::vector<std::string>& remarks, std::string_view remark) {
    return std::ranges::find(remarks, remark) != remarks.end();
}

Handled handled_of(const Answer& answer) {
    if (answer.refusal && is_passing(*answer.refusal)) return Handled::failed;
    if (answer.refusal && answer.refusal->code == "thread_unknown") return Handled::unknown_thread;
    return Handled::done;
}

}  // namespace

void Manners::mark(const Place& message, const char* name) {
    if (workspace_.habits.receipts) whispers_.mark(message, name);
}

void Manners::act(const Act& act, Spoken spoken, Relay::Done done) {
    Asker asker;
    asker.thread = thread_id(spoken.parent);
    asker.user = spoken.user;
    asker.agent = spoken.agent;
    asker.gesture = {message_id(spoken.message), spoken.edit_key};
    asker.order = spoken.message.ts;
    asker.sender_key = sender_key(spoken.message, spoken.user, spoken.client_msg_id);
    // Unmarked words are quiet notes; a note that was meant as one is shown to be one.
    const bool is_quiet = act.kind == Act::Kind::note && act.word.empty();
    workplace_.perform(
        act, std::move(asker),
        [this, alive = std::weak_ptr(alive_), kind = act.kind, is_quiet, spoken = std::move(spoken),
         done = std::move(done)](const Answer& answer) mutable {
            const Handled handled = handled_of(answer);
            if (!alive.expired() && handled == Handled::done && !answer.replayed && !is_quiet)
                acted(kind, spoken, answer);
            done(handled);
        });
}

void Manners::acted(Act::Kind kind, const Spoken& spoken, const Answer& answer) {
    if (answer.refusal) {
        workspace_.count("act_refused_" + answer.refusal->code);
        return whispers_.tell(spoken.parent, spoken.user, "⚠️ " + escaped(answer.refusal->detail));
    }
    if (has(answer.remarks, "withdrawn") && workspace_.habits.receipts)
        whispers_.unmark(spoken.message, sent_mark);
    if (!answer.words.empty()) whispers_.tell(spoken.parent, spoken.user, answer.words);
    if (kind == Act::Kind::note) return mark(spoken.message, note_mark);
    const bool says_it_all = kind == Act::Kind::help || kind == Act::Kind::unknown;
    if (!says_it_all) mark(spoken.message, done_mark);
}

void Manners::said(const Spoken& spoken, const Heard& heard) {
    if (heard.refusal) {
        if (is_passing(*heard.refusal) || heard.refusal->code == "thread_unknown") return;
        mark(spoken.message, failed_mark);
        return whispers_.hint(
            "refused_" + spoken.message.ts, spoken.parent, spoken.user,
            "⚠️ This did not reach the customer: " + escaped(heard.refusal->detail));
    }
    if (heard.replayed) return;
    if (spoken.edit_key.empty()) mark(spoken.message, sent_mark);
    if (has(heard.remarks, "reopened")) {
        whispers_.hint("reopened", spoken.parent, spoken.user,
                       "This conversation was closed. Your reply reached the customer and opened "
                       "it again.");
    }
    if (has(heard.remarks, "moved")) {
        const std::string link = permalink(workspace_.url, heard.session.thread);
        whispers_.hint(
            "moved", spoken.parent, spoken.user,
            "Your reply reached the customer, but this conversation goes on in " +
                (link.empty() ? std::string("another thread.") : "<" + link + "|another thread>."));
    }
    if (spoken.is_broadcast) {
        whispers_.hint("broadcast", spoken.parent, spoken.user,
                       "You also sent this to the channel. The customer got it from the thread; "
                       "there is no need to.");
    }
}

void Manners::misplaced(const Misplaced& misplaced) {
    const std::vector<std::string> ours = channels_.ids();
    if (std::ranges::find(ours, misplaced.message.channel) == ours.end()) return;
    Place channel = misplaced.message;
    channel.ts.clear();
    const bool calls_us = misplaced.text.starts_with("<@" + workspace_.self.user_id);
    if (calls_us) {
        return whispers_.tell(channel, misplaced.user,
                              help_text(workspace_.habits.replies_are_marked));
    }
    whispers_.hint("misplaced", channel, misplaced.user,
                   "What is written here, outside of the threads, reaches no customer. To answer "
                   "one write in their thread.");
}

void Manners::turned_away(const Spoken& spoken, const Person& person) {
    if (person.is_bot) return;
    whispers_.hint("turned_away", spoken.parent, spoken.user,
                   person.is_guest
                       ? "Your message stays in Slack: guests of this workspace do not answer "
                         "customers here."
                       : "Your message stays in Slack: only members of this workspace answer "
                         "customers here.");
}

}  // namespace deskbell::desk::slack
