// What agents do about a conversation rather than in it: hand it over, hand it back, block, note.
// Facts: `known` and `tombstone` (of the gesture); for AgentHandedOver `lane_letters` (all of them)
// and `waiting_ahead`; for AgentWantsTranscript `transcript`.

#include "base/text.hpp"
#include "base/time.hpp"
#include "core/draft.hpp"
#include "core/split.hpp"
#include "core/waiting.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

constexpr std::size_t transcript_posts_max = 8;  // each is one of the channel's posts

bool is_in_progress(const Session& session) {
    return session.state == SessionState::waiting || session.state == SessionState::open;
}

Decision closed_already(const Draft& draft) {
    return draft.refuse("conversation_closed", "This conversation is closed; reopen it first.");
}

Decision hand_to_colleague(Draft draft, const AgentHandedOver& command) {
    const Agent to = clean_agent(*command.to);
    const Session& session = draft.session();
    const bool has_it =
        session.state == SessionState::open && session.agent && session.agent->id == to.id;
    if (has_it) return draft.finish();
    draft.take_over(to);
    draft.add_notice_letter("➡️ " + clean_agent(command.agent).name +
                            " handed this conversation to " + calling(to.id) + ".");
    return draft.finish();
}

// A new thread over there continues this one; whoever reads this one is shown the way.
Decision hand_elsewhere(Draft draft, const AgentHandedOver& command) {
    Session& session = draft.session();
    if (!is_in_progress(session) && session.state != SessionState::bot)
        return closed_already(draft);
    if (command.destination == session.destination)
        return draft.refuse("already_there", "This conversation is in that channel already.");
    if (session.thread.empty())
        return draft.refuse("moving", "This conversation is on its way to a new thread.");
    session.destination = command.destination;
    session.moved = true;
    replace_thread(draft, session.thread, LetterId());
    // Nobody over there has it yet.
    if (session.state != SessionState::waiting) {
        draft.begin_waiting();
        draft.add_session_event();
    }
    draft.add_notice_letter("➡️ " + clean_agent(command.agent).name +
                            " handed this conversation over to you.");
    return draft.finish();
}

std::string author_of(const Message& message) {
    switch (message.role) {
        case AuthorRole::customer:
            return "👤 " + (message.author_name.empty() ? "Customer" : message.author_name);
        case AuthorRole::bot:
            return "🤖 " + (message.author_name.empty() ? "Bot" : message.author_name);
        case AuthorRole::agent:
            return "💬 " + message.author_name;
        case AuthorRole::system:
            break;
    }
    return "ℹ️";
}

// The newest that fit, oldest first.
std::string transcript_of(const Draft& draft) {
    const std::size_t weight_max = draft.moment.policy.post_weight_max * transcript_posts_max;
    const std::vector<Message>& all = draft.facts.transcript;
    std::string text;
    std::size_t weight = 0;
    std::size_t shown = 0;
    for (auto message = all.rbegin(); message != all.rend(); ++message, ++shown) {
        const std::string line = "[" + to_hours_minutes(message->at) + "] " + author_of(*message) +
                                 ": " + (message->deleted ? "(taken back)" : message->text) + "\n";
        weight += weight_of(line);
        if (weight > weight_max - 200) break;
        text.insert(0, line);
    }
    const std::size_t hidden = all.size() - shown;
    if (hidden > 0) text.insert(0, "… " + std::to_string(hidden) + " earlier messages\n");
    return text;
}

}  // namespace

Decision decide_one(Draft draft, const AgentReopened& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    if (draft.session().state == SessionState::closed) draft.take_over(clean_agent(command.agent));
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentNoted& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentHandedOver& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    if (command.to) return hand_to_colleague(std::move(draft), command);
    return hand_elsewhere(std::move(draft), command);
}

Decision decide_one(Draft draft, const AgentHandedBack& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    Session& session = draft.session();
    if (session.state == SessionState::bot) return draft.finish();
    if (!is_in_progress(session)) return closed_already(draft);
    if (!draft.moment.policy.bot_answers)
        return draft.refuse("no_bot", "There is no bot that could go on; see bot.kind.");
    session.state = SessionState::bot;
    end_ladder(draft);
    end_silence(draft);
    session.agent.reset();
    session.queue_position = 0;
    ++session.generation;
    draft.card_changes();
    draft.add_session_event();
    draft.add_notice_letter("🤖 " + clean_agent(command.agent).name +
                            " handed this conversation back to the bot. It returns here when the "
                            "customer asks for a human.");
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentBlocked& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    Session& session = draft.session();
    if (session.blocked == command.blocked) return draft.finish();
    session.blocked = command.blocked;
    draft.card_changes();
    if (command.blocked && session.state != SessionState::closed) draft.close();
    draft.add_notice_letter((command.blocked ? "🚫 " : "↩️ ") + clean_agent(command.agent).name +
                            (command.blocked
                                 ? " blocked this customer: nothing more is taken from them."
                                 : " lifted the block: the customer may write again."));
    return draft.finish();
}

Decision decide_one(Draft draft, const AgentWantsTranscript& command) {
    if (!draft.begins(command.gesture, command.agent)) return draft.replay();
    const std::string text = transcript_of(draft);
    draft.add_notice_letter("Transcript, times in UTC:\n" +
                            (text.empty() ? "Nothing was said yet." : text));
    return draft.finish();
}

}  // namespace deskbell::core
