#pragma once
// The moments around a commit where a test build may end the process or answer too early. Nothing
// of it is in production builds. For src/engine/engine.cpp only.

#include "base/test_hooks.hpp"
#include "engine/batch.hpp"

#include <span>
#include <string_view>
#include <variant>

namespace deskbell::engine {

#ifdef DESKBELL_TEST_HOOKS

// Crash points of the commits that carry a promise; the others share one.
inline std::string_view commit_point(const core::Command& command, bool committed) {
    struct Names {
        std::string_view before;
        std::string_view after;
    };
    Names names{"engine.other.before_commit", "engine.other.after_commit"};
    if (std::holds_alternative<core::CustomerArrived>(command))
        names = {"engine.arrival.before_commit", "engine.arrival.after_commit"};
    if (std::holds_alternative<core::CustomerSaid>(command))
        names = {"engine.customer_said.before_commit", "engine.customer_said.after_commit"};
    if (std::holds_alternative<core::HumanRequested>(command))
        names = {"engine.human_requested.before_commit", "engine.human_requested.after_commit"};
    if (std::holds_alternative<core::BotAnswered>(command))
        names = {"engine.bot_answered.before_commit", "engine.bot_answered.after_commit"};
    if (std::holds_alternative<core::AgentSaid>(command))
        names = {"engine.agent_said.before_commit", "engine.agent_said.after_commit"};
    if (std::holds_alternative<core::AgentEdited>(command))
        names = {"engine.agent_edited.before_commit", "engine.agent_edited.after_commit"};
    if (std::holds_alternative<core::AgentDeleted>(command))
        names = {"engine.agent_deleted.before_commit", "engine.agent_deleted.after_commit"};
    if (std::holds_alternative<core::ClaimPost>(command))
        names = {"engine.claim.before_commit", "engine.claim.after_commit"};
    if (std::holds_alternative<core::PostConfirmed>(command))
        names = {"engine.confirm.before_commit", "engine.confirm.after_commit"};
    if (std::holds_alternative<core::PostUnknown>(command))
        names = {"engine.unknown.before_commit", "engine.unknown.after_commit"};
    if (std::holds_alternative<core::PostStrayed>(command))
        names = {"engine.strayed.before_commit", "engine.strayed.after_commit"};
    if (std::holds_alternative<core::ThreadLost>(command))
        names = {"engine.thread_lost.before_commit", "engine.thread_lost.after_commit"};
    if (std::holds_alternative<core::CardShown>(command))
        names = {"engine.card_shown.before_commit", "engine.card_shown.after_commit"};
    if (std::holds_alternative<core::ThreadSwept>(command))
        names = {"engine.swept.before_commit", "engine.swept.after_commit"};
    if (std::holds_alternative<core::TimerFired>(command))
        names = {"engine.timer_fired.before_commit", "engine.timer_fired.after_commit"};
    return committed ? names.after : names.before;
}

inline void reach_commit(std::span<const Envelope> envelopes, bool committed) {
    DESKBELL_CRASH_POINT(committed ? "engine.batch.after_commit" : "engine.batch.before_commit");
    for (const Envelope& envelope : envelopes)
        DESKBELL_CRASH_POINT(commit_point(envelope.command, committed));
}

inline void reply_too_early(Batch& batch, std::span<Envelope> envelopes) {
    if (DESKBELL_PLANTED("claim_without_commit")) batch.reply_early(envelopes, true);
    if (DESKBELL_PLANTED("reply_before_commit")) batch.reply_early(envelopes, false);
}

#else

inline void reach_commit(std::span<const Envelope>, bool) {}
inline void reply_too_early(Batch&, std::span<Envelope>) {}

#endif

}  // namespace deskbell::engine
