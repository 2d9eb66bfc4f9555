// What comes due. Facts: `timer`.

#include "core/draft.hpp"

namespace deskbell::core {

// Fired twice, or set anew since it was found due: then this one was another.
Decision decide_one(Draft draft, const TimerFired& command) {
    if (!draft.facts.timer || draft.facts.timer->due_at != command.due_at) return draft.replay();
    draft.cancel_timer(command.kind);
    return draft.finish();
}

}  // namespace deskbell::core
