#pragma once
// The Bot port. A bot is a participant like any other: it sees one conversation and proposes an
// answer.
//
// Threading: everything on the office loop; the callback comes later or inside the call, exactly
// once. What it never does: see another session, call tools, decide about the handoff. Too late is
// decided by the engine, which compares generations: a bot need not watch for a human taking over.

#include "core/session.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::bot {

struct Question {
    SessionId session;
    SiteId site;
    std::string locale;
    std::vector<core::Line> conversation;  // oldest first; the last line is what to answer
    MessageId message{};                   // which one that is
};

struct Answer {
    std::string name;  // as shown to the customer
    std::string text;  // Markdown, at most 4000 characters
    bool offers_human = false;
};

// What a bot says while it thinks, piece by piece: together a beginning of its answer.
using Saying = std::function<void(std::string_view piece)>;

class Bot {
public:
    virtual ~Bot() = default;
    virtual void answer(Question question, std::move_only_function<void(Answer)> done) = 0;
    // Aloud, for a bot that takes its time: `saying` before `done`. `done` may not come any more
    // after cancel().
    [[nodiscard]] virtual bool speaks() const { return false; }
    virtual void answer_aloud(Question question, Saying /*saying*/,
                              std::move_only_function<void(Answer)> done) {
        answer(std::move(question), std::move(done));
    }
    // Nobody needs the answer to that session's question any more.
    virtual void cancel(const SessionId& /*session*/) {}
};

}  // namespace deskbell::bot
