#include "core/decide.hpp"

#include "base/test_hooks.hpp"
#include "core/draft.hpp"
#include "core/waiting.hpp"

#include <variant>

namespace deskbell::core {

Decision decide(const Session& session, const Command& command, const Facts& facts,
                const Moment& moment) {
    return std::visit(
        [&](const auto& one) { return decide_one(Draft(session, facts, moment), one); }, command);
}

Card card_of(const Session& session) {
    return {
        .session = session.id,
        .version = session.card_version,
        .thread = session.thread,
        .state = session.state,
        .customer = session.customer,
        .page = session.page,
        .locale = session.locale,
        .topic = session.topic,
        .note = session.note,
        .agent = session.agent,
        .rating = session.rating,
        .asked_at = session.asked_at,
        .user = session.user,
        .verified = session.verified,
        .delayed = session.delayed,
        .blocked = session.blocked,
        .moved_from = session.moved ? session.previous_thread : DeskThreadId(),
    };
}

// Reading changes nothing; what was asked for the engine adds.
Decision decide_one(Draft draft, const ReadSession&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadEvents&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadTranscript&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadThreads&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadDoubts&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadConversation&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadReplies&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReactionsRead&) { return draft.finish(); }
Decision decide_one(Draft draft, const DestinationFound&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadDestinations&) { return draft.finish(); }
Decision decide_one(Draft draft, const AgentsOnline&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReconcileEnded&) { return draft.finish(); }
Decision decide_one(Draft draft, const ThreadTold&) { return draft.finish(); }
Decision decide_one(Draft draft, const CustomerForgot&) { return draft.finish(); }
Decision decide_one(Draft draft, const ReadErasures&) { return draft.finish(); }
Decision decide_one(Draft draft, const ErasureFound&) { return draft.finish(); }
Decision decide_one(Draft draft, const ErasureDone&) { return draft.finish(); }

Decision decide_one(Draft draft, const RefreshQueue&) {
    Session& session = draft.session();
    const std::int64_t first = DESKBELL_PLANTED("position_wrong") ? 0 : 1;
    const std::int64_t position = draft.facts.waiting_ahead + first;
    if (session.state != SessionState::waiting || session.queue_position == position)
        return draft.finish();
    session.queue_position = position;
    session.estimated_wait_s = estimate_wait_s(draft);
    draft.add_session_event();
    return draft.finish();
}

}  // namespace deskbell::core
