#pragma once
// What may still be done while the disk has no room, or takes no writes at all: reading always;
// without room also what the courier has to record, for which the store has set something aside.
// Customers, the desk and the bot are refused meanwhile and come again. For src/engine only.

#include "core/command.hpp"
#include "engine/engine.hpp"

#include <variant>

namespace deskbell::engine {

template <class... Kinds>
[[nodiscard]] bool is_one_of(const core::Command& command) {
    return (std::holds_alternative<Kinds>(command) || ...);
}

[[nodiscard]] inline bool may_run(const core::Command& command, StoreState state) {
    if (state == StoreState::serving) return true;
    if (is_one_of<core::ReadSession, core::ReadEvents, core::ReadThreads, core::ReadReplies,
                  core::ReadConversation, core::ReadDoubts, core::ReadDestinations, core::ReadFiles,
                  core::ReadFile, core::ReadTranscript, core::ReadErasures>(command))
        return true;
    return state == StoreState::full &&
           is_one_of<core::ClaimPost, core::PostConfirmed, core::PostUnknown, core::PostReleased,
                     core::PostRefused, core::PostStrayed, core::ClaimCard, core::CardShown,
                     core::ThreadTold, core::CopySeen, core::PostAudited, core::AlertSettled,
                     core::UploadBegun>(command);
}

// `failure`: a StoreFailure's code.
[[nodiscard]] inline StoreState state_after(const std::string& failure) {
    if (failure == "store_full") return StoreState::full;
    if (failure == "store_read_only") return StoreState::read_only;
    return StoreState::serving;
}

[[nodiscard]] inline const char* refusal_text(StoreState state) {
    switch (state) {
        case StoreState::full:
            return "The server's disk is full; nothing was changed.";
        case StoreState::read_only:
            return "The server's disk is read-only; nothing was changed.";
        case StoreState::serving:
            break;
    }
    return "The server cannot store anything right now; nothing was changed.";
}

}  // namespace deskbell::engine
