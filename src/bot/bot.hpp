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
#include <vector>

namespace deskbell::bot {

struct Question {
    SessionId session;
    SiteId site;
    std::string locale;
    std::vector<core::Line> conversation;  // oldest first; the last line is what to answer
};

struct Answer {
    std::string name;  // as shown to the customer
    std::string text;  // Markdown, at most 4000 characters
    bool offers_human = false;
};

class Bot {
public:
    virtual ~Bot() = default;
    virtual void answer(Question question, std::move_only_function<void(Answer)> done) = 0;
};

}  // namespace deskbell::bot
