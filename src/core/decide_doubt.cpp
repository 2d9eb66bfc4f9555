// What may be there twice, or not at all although the desk said so. Facts: `doubt`, `letter`,
// `thread_known`, `carried`.

#include "core/draft.hpp"
#include "core/letter_codec.hpp"

namespace deskbell::core {

// The copy goes, the confirmed one stays: customers' words, receipts and answers hang on that. A
// copy of a parent may have been answered before it was noticed: its thread leads to the session,
// too.
Decision decide_one(Draft draft, const CopySeen& command) {
    Doubt doubt = draft.facts.doubt.value_or(command.doubt);
    doubt.audits = 0;  // looked for again, should the process die before it is gone
    const bool parent = doubt.kind == LetterKind::open_thread;
    if (parent && !draft.facts.thread_known) draft.decision.thread_alias = command.copy_thread;
    draft.decision.doubt = std::move(doubt);
    return draft.finish();
}

Decision decide_one(Draft draft, const PostAudited&) {
    if (!draft.facts.doubt) return draft.replay();
    Doubt doubt = *draft.facts.doubt;
    ++doubt.audits;
    draft.decision.doubt = std::move(doubt);
    return draft.finish();
}

// Confirmed and not there: the desk said "ok" and dropped it. It is said again at the end of the
// lane, as late as it is; what came behind it cannot be taken back.
Decision decide_one(Draft draft, const PostMissing& command) {
    Session& session = draft.session();
    const Post& missing = command.missing;
    // Not once more when its thread was lost meanwhile: the new one was introduced with it.
    const bool lost = missing.thread.empty() || missing.thread != session.thread;
    // A file's place was seen before it was called sent.
    const bool file = missing.kind == LetterKind::file;
    if (draft.facts.letter || lost || file) return draft.replay();
    Letter letter;
    letter.id = missing.id;
    letter.session = session.id;
    letter.position = ++session.lane_position;
    letter.kind = missing.kind;
    letter.queued_at = draft.moment.now;
    if (letter.kind == LetterKind::customer_message) {
        if (missing.lines.empty() || missing.lines.front().message.empty()) return draft.replay();
        letter.message = missing.lines.front().message;
        letter.part = missing.lines.front().part;
        letter.parts = missing.lines.front().parts;
    }
    Post again = missing;
    again.doubtful = true;
    again.confirmed = DeskMessageId();
    letter.frozen_json = encode_post(again);
    letter.attempts = missing.attempts;
    letter.first_attempt_at = missing.first_attempt_at;
    draft.decision.letters_added.push_back(std::move(letter));
    draft.decision.lane_changed = true;
    return draft.finish();
}

}  // namespace deskbell::core
