// A letter's way. Each move names the states it moves from; from any other it is refused as
// `letter_moved` and nothing changes. Facts: `letter`, `folded`, `carried`, `lane_letters`; for
// ClaimPost `lane`, `lane_letters` (the first few), `conversation`.

#include "base/test_hooks.hpp"
#include "core/draft.hpp"
#include "core/fold.hpp"
#include "core/letter_codec.hpp"
#include "core/placed.hpp"
#include "core/waiting.hpp"

#include <algorithm>
#include <span>

namespace deskbell::core {
namespace {

bool is_in_the_air(const Letter& letter) {
    return letter.state == LetterState::sending || letter.state == LetterState::unknown;
}

Decision moved_already(const Draft& draft) {
    return draft.refuse("letter_moved", "That letter is not in a state this could follow.");
}

Line line_of(const Letter& letter, const Session& session) {
    return {.at = letter.queued_at,
            .role = AuthorRole::customer,
            .name = session.customer.name,
            .text = letter.text,
            .part = letter.part,
            .parts = letter.parts,
            .letter = letter.id,
            .message = letter.message};
}

Post build_post(const Draft& draft, const Session& session, std::span<const Letter> letters) {
    const Letter& head = letters.front();
    Post post;
    post.id = head.id;
    post.session = session.id;
    post.kind = head.kind;
    if (head.kind == LetterKind::open_thread || head.kind == LetterKind::introduction) {
        post.card = card_of(session);
        post.previous_thread = session.previous_thread;
    }
    if (head.kind == LetterKind::introduction) post.lines = draft.facts.conversation;
    if (head.kind == LetterKind::notice) post.notice = words_of_notice(head.text);
    if (head.kind == LetterKind::file) {
        post.file = draft.facts.files.front();
        post.card = card_of(session);  // whose it is
    }
    if (head.kind == LetterKind::customer_message) {
        for (const Letter& letter : letters) {
            post.lines.push_back(line_of(letter, session));
            const auto known = draft.facts.client_ids.find(letter.message);
            if (known != draft.facts.client_ids.end()) post.lines.back().client_id = known->second;
        }
    }
    return post;
}

// Where a post goes is not what it says: after a thread was lost the same words go to the new one.
bool aim(Post& post, const Session& session) {
    const DeskThreadId thread =
        post.kind == LetterKind::open_thread ? DeskThreadId() : session.thread;
    const bool moves = post.destination != session.destination || post.thread != thread;
    post.destination = session.destination;
    post.thread = thread;
    return moves;
}

// Every message of this post: where its words are now, and that it is there when this was the last
// of it.
void deliver(Draft& draft, const PostConfirmed& command) {
    const Letter& carrier = *draft.facts.letter;
    for (const Delivery& known : draft.facts.carried) {
        Delivery delivery = known;
        bool complete = false;
        const auto take = [&](const Letter& letter) {
            if (letter.message != delivery.message) return;
            const bool file = letter.kind == LetterKind::file;
            complete = complete || (letter.part == letter.parts && file == delivery.has_files);
            if (file) return;
            delivery.desk_posts = with_placed(
                delivery.desk_posts, {letter.part, letter.parts, carrier.id, command.message});
        };
        take(carrier);
        for (const Letter& folded : draft.facts.folded) take(folded);
        if (complete) {
            delivery.desk_message = command.message;
            delivery.desk_order = command.order;
        }
        if (complete && delivery.stage == Stage::stored) {
            delivery.stage = Stage::delivered;
            draft.add_receipt(delivery.message, Stage::delivered);
        }
        if (complete || delivery.desk_posts != known.desk_posts)
            draft.decision.deliveries.push_back(std::move(delivery));
    }
}

void fail_message(Draft& draft, const Delivery& delivery, const std::string& code) {
    if (delivery.stage != Stage::stored) return;
    Delivery failed = delivery;
    failed.stage = Stage::failed;
    draft.add_receipt(failed.message, Stage::failed, code);
    draft.decision.deliveries.push_back(std::move(failed));
}

// Each file goes by itself: one that the desk does not take keeps nothing else back.
void refuse_file(Draft& draft, const std::string& code) {
    const Letter& letter = *draft.facts.letter;
    const auto post = decode_post(letter.frozen_json);
    draft.settle(letter, LetterState::refused, code);
    const bool withdrawn =
        !draft.facts.files.empty() && draft.facts.files.front().state == FileState::gone;
    if (withdrawn) return;
    for (const Delivery& delivery : draft.facts.carried) fail_message(draft, delivery, code);
    if (post && draft.has_thread()) {
        draft.add_notice_letter("The customer sent the file \"" + post->file.name +
                                "\", which could not be posted here (" + code + ").");
    }
}

void refuse_words(Draft& draft, const std::string& code) {
    const Letter& letter = *draft.facts.letter;
    draft.settle(letter, LetterState::refused, code);
    for (const Letter& folded : draft.facts.folded)
        draft.settle(folded, LetterState::refused, code);
    for (const Delivery& delivery : draft.facts.carried) {
        fail_message(draft, delivery, code);
        // The customer is told that the message failed, so its later parts must not arrive alone.
        for (const Letter& later : draft.facts.lane_letters) {
            if (later.message == delivery.message && later.state == LetterState::queued)
                draft.settle(later, LetterState::refused, "earlier_part_refused");
        }
    }
}

// Never as it was frozen: what a post shows is what is true now, and repeating it harms nobody.
Decision claim_amendment(Draft draft, const Letter& head) {
    draft.decision.lane_changed = true;
    auto post = amended_post(draft, head);
    if (!post) {  // never posted, or told anew in another thread
        draft.settle(head, LetterState::refused, "superseded");
        return draft.finish();
    }
    Letter claimed = head;
    claimed.state = LetterState::sending;
    ++claimed.attempts;
    if (claimed.first_attempt_at == 0) claimed.first_attempt_at = draft.moment.now;
    (void)aim(*post, draft.session());
    post->attempts = claimed.attempts;
    post->first_attempt_at = claimed.first_attempt_at;
    claimed.frozen_json = encode_post(*post);
    draft.move_letter(head, std::move(claimed));
    draft.decision.post = std::move(*post);
    draft.decision.lane_changed = false;
    return draft.finish();
}

}  // namespace

Decision decide_one(Draft draft, const ClaimPost& command) {
    const Session& session = draft.session();
    const Facts& facts = draft.facts;
    if (facts.lane.in_the_air > 0 || facts.lane_letters.empty()) return draft.finish();
    const Letter& head = facts.lane_letters.front();
    if (head.kind != LetterKind::open_thread && session.thread.empty()) return draft.finish();
    if (head.kind == LetterKind::file && facts.files.empty()) {
        // Expired, or withdrawn, before its turn came: there is nothing to send.
        draft.settle(head, LetterState::refused, "file_gone");
        for (const Delivery& delivery : facts.carried) fail_message(draft, delivery, "file_gone");
        draft.decision.lane_changed = true;
        return draft.finish();
    }
    const bool came_too_late = session.state != SessionState::waiting && head.attempts == 0 &&
                               head.kind == LetterKind::notice && only_while_waiting(head.text);
    if (came_too_late) {
        draft.settle(head, LetterState::refused, "superseded");
        draft.decision.lane_changed = true;
        return draft.finish();
    }
    if (head.kind == LetterKind::amendment) return claim_amendment(std::move(draft), head);

    Letter claimed = head;
    claimed.state = LetterState::sending;
    ++claimed.attempts;
    if (claimed.first_attempt_at == 0) claimed.first_attempt_at = draft.moment.now;
    Result<Post> frozen = fail("not_frozen", "");
    const bool thaws = DESKBELL_PLANTED("fold_after_attempt");
    if (!head.frozen_json.empty() && !thaws) frozen = decode_post(head.frozen_json);
    Post post;
    if (frozen) {
        post = std::move(*frozen);
        if (aim(post, session)) claimed.frozen_json = encode_post(post);
    } else {
        const std::size_t count =
            command.fold ? letters_that_fold(facts.lane_letters, draft.moment.policy) : 1;
        const std::span letters(facts.lane_letters.data(), count);
        post = build_post(draft, session, letters);
        (void)aim(post, session);
        post.first_attempt_at = claimed.first_attempt_at;
        claimed.frozen_json = encode_post(post);
        for (const Letter& letter : letters.subspan(1)) {
            Letter folded = letter;
            folded.state = LetterState::folded;
            folded.carrier = head.id;
            draft.move_letter(letter, std::move(folded));
        }
    }
    post.attempts = claimed.attempts;
    post.first_attempt_at = claimed.first_attempt_at;
    draft.move_letter(head, std::move(claimed));
    draft.decision.post = std::move(post);
    return draft.finish();
}

Decision decide_one(Draft draft, const PostConfirmed& command) {
    Session& session = draft.session();
    const Letter& letter = *draft.facts.letter;
    // An echo may also prove a post that we had given up for absent: then it is there all the same,
    // and must not be sent again.
    const bool was_attempted =
        letter.state == LetterState::queued && (!letter.frozen_json.empty() || command.read_back);
    if (!is_in_the_air(letter) && !was_attempted) return moved_already(draft);

    if (letter.kind == LetterKind::open_thread) {
        session.thread = command.thread;
        session.thread_cursor.clear();
        draft.decision.thread_opened = command.thread;
        const auto post = decode_post(letter.frozen_json);
        session.card_shown_version = post ? post->card.version : 0;
        if (session.moved) draft.card_changes();  // with it, the thread before shows the way
    }
    if (letter.kind == LetterKind::amendment) {
        draft.settle(letter, LetterState::sent);
        draft.decision.lane_changed = true;
        return draft.finish();
    }
    deliver(draft, command);
    // A file that is sent again is deleted first: no copy of it can appear.
    const bool file = letter.kind == LetterKind::file;
    if (const auto post = decode_post(letter.frozen_json); post && post->doubtful && !file) {
        draft.decision.doubt = Doubt{.letter = letter.id,
                                     .session = session.id,
                                     .kind = letter.kind,
                                     .destination = post->destination,
                                     .message = command.message,
                                     .thread = command.thread,
                                     .first_attempt_at = letter.first_attempt_at,
                                     .settled_at = draft.moment.now};
    }
    if (const auto post = decode_post(letter.frozen_json);
        post && letter.kind == LetterKind::file && !draft.facts.files.empty()) {
        File shown = draft.facts.files.front();
        shown.desk_file = post->file.desk_file;
        draft.decision.files_changed.push_back(std::move(shown));
    }
    draft.settle(letter, LetterState::sent);
    draft.decision.letters_moved.back().letter.desk_message = command.message;
    for (const Letter& folded : draft.facts.folded) draft.settle(folded, LetterState::sent);
    if (command.read_back) pass_by(draft, letter);
    draft.decision.lane_changed = true;
    return draft.finish();
}

Decision decide_one(Draft draft, const PostUnknown&) {
    const Letter& letter = *draft.facts.letter;
    if (letter.state != LetterState::sending) return moved_already(draft);
    if (DESKBELL_PLANTED("tick_on_unknown")) {
        for (Delivery delivery : draft.facts.carried) {
            if (delivery.stage != Stage::stored) continue;
            delivery.stage = Stage::delivered;
            draft.add_receipt(delivery.message, Stage::delivered);
            draft.decision.deliveries.push_back(std::move(delivery));
        }
    }
    Letter unknown = letter;
    unknown.state = LetterState::unknown;
    draft.move_letter(letter, std::move(unknown));
    return draft.finish();
}

Decision decide_one(Draft draft, const PostReleased& command) {
    const Letter& letter = *draft.facts.letter;
    if (!is_in_the_air(letter)) return moved_already(draft);
    // Its thread was lost while it was in the air; the new one has an introduction of its own.
    auto post = decode_post(letter.frozen_json);
    if (letter.kind == LetterKind::introduction && post && post->thread != draft.session().thread) {
        draft.settle(letter, LetterState::refused, "superseded");
        draft.decision.lane_changed = true;
        return draft.finish();
    }
    Letter released = letter;
    released.state = LetterState::queued;
    // What was looked for in vain may come out later all the same.
    if (post && (command.may_arrive || letter.state == LetterState::unknown)) {
        post->doubtful = true;
        released.frozen_json = encode_post(*post);
    }
    if (DESKBELL_PLANTED("released_goes_behind"))
        released.position = ++draft.session().lane_position;
    draft.move_letter(letter, std::move(released));
    return draft.finish();
}

Decision decide_one(Draft draft, const PostRefused& command) {
    const Letter& letter = *draft.facts.letter;
    const bool dead_letter = DESKBELL_PLANTED("dead_letter_unknown") && is_in_the_air(letter);
    if (letter.state != LetterState::sending && !dead_letter) return moved_already(draft);
    switch (letter.kind) {
        case LetterKind::open_thread: {
            // Without its thread a lane has nowhere to go, so this letter is never given up. It is
            // made anew for the next attempt, which something must prompt: the customer's next
            // word, the destination opening again, a restart. The courier is not told, lest it
            // tries at once for ever.
            Letter waiting = letter;
            waiting.state = LetterState::queued;
            waiting.frozen_json.clear();
            waiting.refusal = command.code;
            draft.move_letter(letter, std::move(waiting));
            draft.decision.notices.push_back(
                {"desk_unavailable",
                 "The team cannot be reached right now. Your messages are safe "
                 "and will be passed on."});
            return draft.finish();
        }
        case LetterKind::introduction:
        case LetterKind::notice:
            draft.settle(letter, LetterState::refused, command.code);
            break;
        case LetterKind::customer_message:
            refuse_words(draft, command.code);
            break;
        case LetterKind::file:
            refuse_file(draft, command.code);
            break;
        case LetterKind::amendment:
            draft.settle(letter, LetterState::refused, command.code);
            tell_amendment(draft, letter);
            break;
    }
    draft.decision.lane_changed = true;
    return draft.finish();
}

Decision decide_one(Draft draft, const PostStrayed& command) {
    const Letter& letter = *draft.facts.letter;
    if (!is_in_the_air(letter)) return moved_already(draft);
    const Session& session = draft.session();
    draft.decision.lane_changed = true;
    if (!session.thread.empty() && command.thread == session.thread && !draft.facts.thread_lost) {
        draft.session().moved = false;
        replace_thread(draft, command.thread, letter.id);
        return draft.finish();
    }
    // The loss is known already, or a parent itself came out elsewhere: it waits again.
    if (letter.kind == LetterKind::introduction) {
        draft.settle(letter, LetterState::refused, "superseded");
        return draft.finish();
    }
    Letter waiting = letter;
    waiting.state = LetterState::queued;
    draft.move_letter(letter, std::move(waiting));
    return draft.finish();
}

}  // namespace deskbell::core
