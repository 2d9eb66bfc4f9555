// What the bot says. Facts: `known` (by the message answered).

#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "core/draft.hpp"

namespace deskbell::core {

Decision decide_one(Draft draft, const BotAnswered& command) {
    Session& session = draft.session();
    if (draft.facts.known) return draft.replay();
    // One voice: once a human was asked for, or the customer said something newer, it is too late.
    const bool too_late = session.state != SessionState::bot ||
                          session.generation != command.generation || session.bot_turn.empty() ||
                          session.bot_turn != command.in_reply_to;
    if (too_late && !DESKBELL_PLANTED("generation_ignored"))
        return draft.refuse("too_late", "The conversation has moved on.");
    Message message;
    message.role = AuthorRole::bot;
    message.author_name = without_controls(command.name);
    message.text = without_controls(command.text);
    message.markdown = true;
    message.rich_json = command.rich_json;
    message.in_reply_to = command.in_reply_to.value;
    if (trim(message.text).empty()) return draft.refuse("message_empty", "An answer needs text.");
    draft.add_message(std::move(message), command.offers_human);
    session.bot_turn = MessageId();
    return draft.finish();
}

}  // namespace deskbell::core
