// The thread of a session: lost, continued, read back, shown. Facts: `thread_lost`, `lane_letters`
// (all of them).

#include "base/test_hooks.hpp"
#include "core/draft.hpp"

#include <algorithm>

namespace deskbell::core {
namespace {

bool is_customers_word(const Letter& letter) {
    return letter.kind == LetterKind::customer_message || letter.kind == LetterKind::file;
}

}  // namespace

void replace_thread(Draft& draft, const DeskThreadId& thread, const LetterId& stray) {
    Session& session = draft.session();
    draft.decision.thread_lost = thread;
    session.previous_thread = thread;
    session.thread = DeskThreadId();
    session.thread_cursor.clear();
    session.card_shown_version = 0;
    draft.card_changes();
    // Nobody waits in a closed conversation: clearing old threads away must not make new ones. The
    // next word of the customer opens one.
    const bool goes_on = session.state != SessionState::closed ||
                         std::ranges::any_of(draft.facts.lane_letters, is_customers_word);
    if (goes_on && !DESKBELL_PLANTED("thread_loss_forgotten")) draft.add_opening();
    // New places are all behind the old ones, so no two letters ever share one on the way.
    for (const Letter& letter : draft.facts.lane_letters) {
        const bool in_the_air = letter.state != LetterState::queued && letter.id != stray;
        const bool told_again = letter.kind == LetterKind::introduction ||
                                letter.kind == LetterKind::open_thread || !goes_on;
        if (told_again && !in_the_air) {
            draft.settle(letter, LetterState::refused, "superseded");
            continue;
        }
        Letter moved = letter;
        moved.position = ++session.lane_position;
        if (letter.id == stray) moved.state = LetterState::queued;
        draft.move_letter(letter, std::move(moved));
    }
    draft.decision.lane_changed = true;
}

Decision decide_one(Draft draft, const ThreadLost& command) {
    if (draft.facts.thread_lost || command.thread != draft.session().thread) return draft.replay();
    draft.session().moved = false;
    replace_thread(draft, command.thread, LetterId());
    return draft.finish();
}

Decision decide_one(Draft draft, const ThreadSwept& command) {
    Session& session = draft.session();
    if (command.thread == session.thread && command.cursor > session.thread_cursor)
        session.thread_cursor = command.cursor;
    return draft.finish();
}

Decision decide_one(Draft draft, const ClaimCard&) {
    const Session& session = draft.session();
    if (!session.thread.empty() && session.card_version > session.card_shown_version)
        draft.decision.card = card_of(session);
    return draft.finish();
}

Decision decide_one(Draft draft, const CardShown& command) {
    Session& session = draft.session();
    const bool stale = DESKBELL_PLANTED("card_shows_stale");
    const std::int64_t shown = stale ? session.card_version : command.version;
    session.card_shown_version =
        std::max(session.card_shown_version, std::min(shown, session.card_version));
    if (!session.thread.empty() && command.version == session.card_version) session.moved = false;
    return draft.finish();
}

// An update that nobody answered may be applied after a newer one.
Decision decide_one(Draft draft, const CardSeen& command) {
    const Session& session = draft.session();
    if (command.thread != session.thread || command.version >= session.card_shown_version)
        return draft.replay();
    draft.card_changes();
    return draft.finish();
}

Decision decide_one(Draft draft, const DeskDelay& command) {
    Session& session = draft.session();
    if (session.delayed == command.delayed) return draft.replay();
    session.delayed = command.delayed;
    draft.card_changes();
    const bool somebody_waits =
        session.state == SessionState::waiting || session.state == SessionState::open;
    if (command.delayed && somebody_waits) {
        draft.decision.notices.push_back(
            {"desk_delayed",
             "Your messages are safe, but it takes a little longer to pass them on right now."});
    }
    return draft.finish();
}

}  // namespace deskbell::core
