// What is found at the desk by a server whose store is older than the world: threads it does not
// know, words it has forgotten. Facts: `thread_known`, `lane_letters`, `waiting_ahead`; `known`,
// `order_floor`.

#include "base/text.hpp"
#include "core/draft.hpp"
#include "core/order.hpp"
#include "core/render.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

bool is_unsettled(const Letter& letter) {
    return letter.state == LetterState::queued || letter.state == LetterState::sending ||
           letter.state == LetterState::unknown;
}

bool opens(const Letter& letter) {
    return letter.kind == LetterKind::open_thread || letter.kind == LetterKind::introduction;
}

WallMs time_of(const std::string& desk_order, WallMs now) {
    return order_us_of(agent_order_key(desk_order, {}, now)) / 1000;
}

void fail_words(Draft& draft, const Letter& letter) {
    for (const Delivery& delivery : draft.facts.carried) {
        if (delivery.message != letter.message || delivery.stage != Stage::stored) continue;
        const bool told = std::ranges::any_of(draft.decision.deliveries, [&](const Delivery& one) {
            return one.message == letter.message;
        });
        if (told) continue;
        Delivery failed = delivery;
        failed.stage = Stage::failed;
        draft.add_receipt(failed.message, Stage::failed, "missing_after_restore");
        draft.decision.deliveries.push_back(std::move(failed));
    }
}

}  // namespace

void pass_by(Draft& draft, const Letter& found) {
    for (const Letter& letter : draft.facts.lane_letters) {
        if (letter.position >= found.position || !is_unsettled(letter)) continue;
        draft.settle(letter, LetterState::refused, "missing_after_restore");
        // An earlier part of what was found is there in words that nobody can miss.
        const bool words =
            letter.kind == LetterKind::customer_message || letter.kind == LetterKind::file;
        if (words && letter.message != found.message) fail_words(draft, letter);
    }
}

// The conversation went on there after the store's last word; it goes on there now.
Decision decide_one(Draft draft, const ThreadFound& command) {
    if (draft.facts.thread_known) return draft.replay();
    Session& session = draft.session();
    if (!session.thread.empty()) {
        draft.decision.thread_lost = session.thread;
        session.previous_thread = session.thread;
    }
    draft.decision.thread_opened = command.thread;
    session.thread = command.thread;
    session.thread_cursor.clear();
    session.card_shown_version = 0;
    if (!command.destination.empty()) session.destination = command.destination;
    for (const Letter& letter : draft.facts.lane_letters) {
        if (opens(letter)) draft.settle(letter, LetterState::refused, "superseded");
    }
    const bool waits_already =
        session.state == SessionState::waiting || session.state == SessionState::open;
    if (waits_already) {
        draft.card_changes();
    } else {
        draft.begin_waiting();
        session.asked_at = std::min(draft.moment.now, time_of(command.order, draft.moment.now));
        draft.add_session_event();
    }
    draft.decision.lane_changed = true;
    return draft.finish();
}

namespace {

// The client has said it again before we had read that it is there: nobody posts it now.
Decision settle_said_again(Draft draft, const CustomerFound& command) {
    const Message& again = *draft.facts.known;
    for (const Letter& letter : draft.facts.lane_letters) {
        if (letter.message == again.id) draft.settle(letter, LetterState::sent);
    }
    // Without the desk's order: said later than it stands there, it must not push the replies that
    // came in between behind itself.
    draft.decision.deliveries.push_back({again.id, Stage::delivered, command.message, {}});
    draft.add_receipt(again.id, Stage::delivered);
    draft.decision.lane_changed = true;
    return draft.finish();
}

}  // namespace

Decision decide_one(Draft draft, const CustomerFound& command) {
    if (draft.facts.known) {
        const bool said_again =
            draft.facts.known->id != command.id && draft.facts.known->stage == Stage::stored;
        return said_again ? settle_said_again(std::move(draft), command) : draft.replay();
    }
    Session& session = draft.session();
    if (session.state == SessionState::bot || session.state == SessionState::closed) {
        draft.begin_waiting();
        draft.add_session_event();
    }
    const WallMs said_at = time_of(command.order, draft.moment.now);
    Message message;
    message.id = command.id;
    message.session = session.id;
    message.at = said_at;
    message.role = AuthorRole::customer;
    message.author_name = session.customer.name;
    message.text = without_controls(command.text);
    message.client_id = command.client_id;
    message.desk_message = command.message;
    message.desk_order = command.order;
    message.stage = Stage::delivered;
    message.seq = session.head + 1;
    // Among agents' replies it stands where it stands at the desk.
    message.order = agent_order_key(command.order, draft.facts.order_floor, draft.moment.now);
    session.last_order_us = std::max(session.last_order_us, order_us_of(message.order));
    draft.add_event([&](std::int64_t seq, WallMs) {
        return render_message_event({seq, said_at}, message, false);
    });
    draft.decision.messages_added.push_back(message);
    draft.add_receipt(message.id, Stage::delivered);
    return draft.finish();
}

}  // namespace deskbell::core
