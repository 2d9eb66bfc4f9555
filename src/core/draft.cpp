#include "core/draft.hpp"

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "core/details.hpp"
#include "core/identity.hpp"
#include "core/ids.hpp"
#include "core/order.hpp"
#include "core/render.hpp"
#include "core/split.hpp"
#include "core/waiting.hpp"

#include <algorithm>

namespace deskbell::core {

Decision Draft::refuse(Error error) const {
    Decision refused;
    refused.session = before_;
    refused.refusal = std::move(error);
    return refused;
}

Decision Draft::refuse(std::string code, std::string detail) const {
    return refuse(Error{std::move(code), std::move(detail), std::nullopt});
}

Decision Draft::replay() {
    decision.replayed = true;
    if (facts.known_event) decision.found.push_back(*facts.known_event);
    return finish();
}

Decision Draft::finish() {
    const Session& now = session();
    const bool waited = before_.state == SessionState::waiting;
    decision.queue_changed = waited != (now.state == SessionState::waiting);
    // Without a thread there is no parent yet: the first post will show the newest card anyway.
    decision.card_due = !now.thread.empty() && now.card_version > now.card_shown_version &&
                        (now.card_version != before_.card_version || now.thread != before_.thread ||
                         now.card_shown_version != before_.card_shown_version);
    return std::move(decision);
}

void Draft::add_message(Message message, bool offers_human) {
    Session& now = session();
    message.session = now.id;
    message.at = moment.now;
    message.seq = now.head + 1;
    if (message.order.empty()) {
        now.last_order_us = next_order_us(moment.now, now.last_order_us);
        message.order = order_key(now.last_order_us);
    } else {
        // What the customer writes after reading this sorts behind it, whatever the desk's clock.
        now.last_order_us = std::max(now.last_order_us, order_us_of(message.order));
    }
    // From the order, not from the clock, which may step back: ids of a session only grow.
    message.id = make_message_id(now.last_order_us / 1000, message.seq, moment.random);
    for (File& file : message.files) file.message = message.id;
    add_event([&](std::int64_t seq, WallMs at) {
        return render_message_event({seq, at}, message, offers_human);
    });
    decision.messages_added.push_back(std::move(message));
}

void Draft::add_session_event() {
    add_event(
        [&](std::int64_t seq, WallMs at) { return render_session_event({seq, at}, session()); });
}

void Draft::add_receipt(const MessageId& message, Stage stage, std::string_view reason) {
    add_event([&](std::int64_t seq, WallMs at) {
        return render_receipt_event({seq, at}, message, stage, reason);
    });
}

void Draft::add_letter(Letter letter) {
    letter.id = make_letter_id(moment.now, moment.random);
    letter.session = session().id;
    letter.position = ++session().lane_position;
    letter.queued_at = moment.now;
    decision.letters_added.push_back(std::move(letter));
    decision.lane_changed = true;
}

void Draft::add_notice_letter(std::string_view text) {
    // Nobody is there to be told, and what waits for a thread that nothing opens blocks the lane.
    if (!has_thread()) return;
    for (std::string& part : split_text(text, moment.policy.post_weight_max)) {
        Letter letter;
        letter.kind = LetterKind::notice;
        letter.text = std::move(part);
        add_letter(std::move(letter));
    }
}

void Draft::add_words(const Message& message) {
    std::vector<std::string> texts = split_text(message.text, moment.policy.post_weight_max);
    // Files alone need no words.
    if (!message.files.empty() && texts.size() == 1 && texts.front().empty()) texts.clear();
    const int parts = static_cast<int>(texts.size());
    for (int part = 1; part <= parts; ++part) {
        Letter letter;
        letter.kind = LetterKind::customer_message;
        letter.message = message.id;
        letter.part = part;
        letter.parts = parts;
        letter.text = std::move(texts[static_cast<std::size_t>(part - 1)]);
        add_letter(std::move(letter));
    }
    add_file_letters(message.files);
}

void Draft::add_file_letters(const std::vector<File>& files) {
    int part = 0;
    for (const File& file : files) {
        Letter letter;
        letter.kind = LetterKind::file;
        letter.message = file.message;
        letter.part = ++part;
        letter.parts = static_cast<int>(files.size());
        letter.text = file.id.value;
        add_letter(std::move(letter));
    }
}

void Draft::add_opening() {
    for (const LetterKind kind : {LetterKind::open_thread, LetterKind::introduction}) {
        Letter letter;
        letter.kind = kind;
        add_letter(std::move(letter));
    }
}

void Draft::move_letter(const Letter& from, Letter to) {
    decision.letters_moved.push_back({from.state, std::move(to)});
}

void Draft::settle(const Letter& letter, LetterState state, std::string refusal) {
    Letter settled = letter;
    settled.state = state;
    settled.refusal = std::move(refusal);
    // The words live in the message; a settled letter keeps no second copy of them.
    settled.text.clear();
    settled.frozen_json.clear();
    move_letter(letter, std::move(settled));
}

void Draft::card_changes() {
    if (!session().destination.empty()) ++session().card_version;
}

void Draft::begin_waiting() {
    Session& now = session();
    if (DESKBELL_PLANTED("reopen_loses_thread") && now.state == SessionState::closed &&
        !now.thread.empty()) {
        now.thread = DeskThreadId();
        add_opening();
    }
    now.state = SessionState::waiting;
    now.asked_at = moment.now;
    now.closed_at = 0;
    now.queue_position = facts.waiting_ahead + 1;
    now.agent.reset();
    now.bot_turn = MessageId();
    ++now.generation;
    decision.wait_begins = true;
    start_ladder(*this);
    card_changes();
}

void Draft::take_over(const Agent& agent) {
    Session& now = session();
    const bool joins = now.state != SessionState::open;
    if (!joins && now.agent == agent) return;
    // A new picture or name of the same person is shown, and is no takeover.
    const bool same_person = now.agent && now.agent->id == agent.id;
    if (joins || !same_person) ++now.generation;
    now.state = SessionState::open;
    now.agent = agent;
    now.queue_position = 0;
    now.closed_at = 0;
    now.bot_turn = MessageId();
    end_ladder(*this);
    card_changes();
    add_session_event();
}

void Draft::close() {
    Session& now = session();
    now.state = SessionState::closed;
    now.closed_at = moment.now;
    now.queue_position = 0;
    now.bot_turn = MessageId();
    end_ladder(*this);
    end_silence(*this);
    card_changes();
    add_session_event();
}

void Draft::mark_seen() {
    for (const Delivery& delivered : facts.unseen) {
        Delivery seen = delivered;
        seen.stage = Stage::seen;
        add_receipt(seen.message, Stage::seen);
        decision.deliveries.push_back(std::move(seen));
    }
}

void Draft::set_timer(TimerKind kind, WallMs due_at, std::string payload) {
    cancel_timer(kind);
    decision.timers_set.push_back({session().id, kind, due_at, std::move(payload)});
}

void Draft::cancel_timer(TimerKind kind) {
    std::erase_if(decision.timers_set, [kind](const Timer& timer) { return timer.kind == kind; });
    if (std::ranges::find(decision.timers_cancelled, kind) == decision.timers_cancelled.end())
        decision.timers_cancelled.push_back(kind);
}

void Draft::withdraw(Message message) {
    message.deleted = true;
    message.text.clear();
    message.rich_json.clear();
    add_event(
        [&](std::int64_t seq, WallMs at) { return render_deleted_event({seq, at}, message.id); });
    decision.messages_changed.push_back(std::move(message));
    drop_all_files(*this, "deleted");
}

bool Draft::begins(const Gesture& gesture, const Agent& agent) {
    if (gesture.id.empty()) return true;
    if (facts.tombstone) return false;
    if (facts.known) {
        // What was said to the customer stays said unless it was edited since: what counts as a
        // reply is the operator's to change, and must take nothing back.
        const Message& known = *facts.known;
        if (known.deleted || gesture.edit_key <= known.desk_edit_key) return false;
        withdraw(known);
        decision.remarks.emplace_back("withdrawn");
        if (has_thread()) {
            add_notice_letter("↩️ " + clean_agent(agent).name +
                              " changed a reply into something else. It was taken back from the "
                              "customer, who may have read it.");
        }
    }
    decision.tombstone = gesture.id;
    return true;
}

std::optional<Error> Draft::apply_details(const CustomerDetails& details) {
    Session& now = session();
    auto customer = merged(now.customer, details);
    if (!customer) return std::move(customer.error());
    if (details.page) now.page = clean_page(*details.page);
    const bool speaks_otherwise = details.locale && clean_locale(*details.locale) != now.locale;
    if (speaks_otherwise) now.locale = clean_locale(*details.locale);
    if (*customer != now.customer) {
        add_event([&](std::int64_t seq, WallMs at) {
            return render_customer_event({seq, at}, now.customer, *customer);
        });
        now.verified = still_verified(now.verified, now.customer, *customer);
        now.customer = std::move(*customer);
        card_changes();
    } else if (speaks_otherwise) {
        // A page alone does not redraw the parent: a visitor who browses would use up its pace. It
        // is shown with the next change.
        card_changes();
    }
    return std::nullopt;
}

bool Draft::has_thread() const {
    const auto opens = [](const Letter& letter) { return letter.kind == LetterKind::open_thread; };
    return !decision.session.thread.empty() || facts.lane.opening ||
           std::ranges::any_of(decision.letters_added, opens);
}

Agent clean_agent(const Agent& agent) {
    return {.id = agent.id,
            .name = without_controls(agent.name),
            .avatar = without_controls(agent.avatar)};
}

std::string calling(const std::string& whom) { return "\x01" + whom + "\x01"; }
std::string calling(const DeskAgentId& agent) { return calling(agent.value); }

}  // namespace deskbell::core
