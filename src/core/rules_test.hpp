#pragma once
// For tests of the rules: a session to set up, facts to fill in, and decisions made readable.

#include "base/json.hpp"
#include "core/decide.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace deskbell::core {

struct Rules {
    Rules() {
        policy.routes.emplace_back().destinations = {Destination("desk-a"), Destination("desk-b")};
        session.id = SessionId("session_1763800000_abcdefgh");
        session.site = SiteId("default");
        session.created_at = now - 60'000;
        session.customer.name = "John";
    }

    // As the session stands in this state; `routed`: with a destination and an open thread.
    void enter(SessionState state, bool routed) {
        session.state = state;
        if (!routed) return;
        session.destination = Destination("desk-a");
        session.thread = DeskThreadId("thread-1");
        session.asked_at = now - 1000;
        session.card_version = 1;
        session.card_shown_version = 1;
    }

    [[nodiscard]] Decision decide(const Command& command) {
        return core::decide(session, command, facts, {now, policy, random});
    }

    // A letter of the lane, in the facts.
    Letter& add_letter(LetterKind kind, LetterState state, const std::string& text = "") {
        Letter letter;
        letter.position = ++session.lane_position;
        letter.id = LetterId("letter-" + std::to_string(letter.position));
        letter.session = session.id;
        letter.kind = kind;
        letter.state = state;
        letter.queued_at = now - 5000 + letter.position;
        letter.text = text;
        if (kind == LetterKind::customer_message)
            letter.message = MessageId("msg_" + std::to_string(letter.position));
        return facts.lane_letters.emplace_back(std::move(letter));
    }

    WallMs now = 1'763'800'000'000;
    Policy policy;
    SeededRandom random{1};
    Session session;
    Facts facts;
};

inline std::string kinds_of(const Decision& decision) {
    std::string kinds;
    for (const Event& event : decision.events) {
        const auto object = parse_json_object(event.json);
        if (!kinds.empty()) kinds += ' ';
        kinds += object ? string_or_empty(*object, "kind") : "BROKEN";
    }
    return kinds;
}

inline std::string letters_of(const Decision& decision) {
    std::string letters;
    for (const Letter& letter : decision.letters_added) {
        constexpr const char* names[] = {"open",   "introduction", "words",
                                         "notice", "file",         "amendment"};
        if (!letters.empty()) letters += ' ';
        letters += names[static_cast<int>(letter.kind)];
    }
    return letters;
}

// "letter-1 queued>sending": every move, in order.
inline std::string moves_of(const Decision& decision) {
    constexpr const char* names[] = {"queued", "sending", "unknown", "sent", "refused", "folded"};
    std::string moves;
    for (const LetterMove& move : decision.letters_moved) {
        if (!moves.empty()) moves += ", ";
        moves += move.letter.id.value + " " + names[static_cast<int>(move.from)] + ">" +
                 names[static_cast<int>(move.letter.state)];
    }
    return moves;
}

}  // namespace deskbell::core
