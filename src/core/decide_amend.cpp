// What customers change about what they said, and how the desk comes to show it. Facts: `known` (by
// its id), `files` (of it), `lane`, `lane_letters` (all of them); for an amendment that is claimed
// or refused `known`, `files` and `same_post`.
//
// Words that were never tried are changed where they wait; those that were tried and are surely not
// there, in their frozen post. What stands at the desk, or may stand there, is left to an amendment
// behind it in its lane: its turn comes when all before it is certain, and it shows the words as
// they are then. So of several changes the last one is shown, whatever happens on the way.

#include "base/text.hpp"
#include "core/draft.hpp"
#include "core/letter_codec.hpp"
#include "core/placed.hpp"
#include "core/render.hpp"
#include "core/split.hpp"

#include <algorithm>
#include <set>

namespace deskbell::core {
namespace {

constexpr std::int64_t busy_retry_ms = 5'000;

// A post that was tried and is surely not there.
struct Frozen {
    const Letter* letter = nullptr;
    Post post;
};

// Where the words of one message are on their way to the desk.
struct Whereabouts {
    std::vector<const Letter*> waiting;  // its own letters of words, never tried
    std::vector<Frozen> frozen;
    std::set<int> there;      // parts that stand at the desk, or may
    std::set<int> amended;    // parts for which an amendment waits already
    int parts = 0;            // how it was split; 0: the desk has no words of it
    bool introduces = false;  // the introduction is still to be written
};

void find_in_post(Whereabouts& found, const Letter& letter, const MessageId& id) {
    auto post = decode_post(letter.frozen_json);
    if (!post) return;
    const bool sure = letter.state == LetterState::queued && !post->doubtful;
    bool carries = false;
    for (const Line& line : post->lines) {
        if (line.message != id) continue;
        carries = true;
        found.parts = std::max(found.parts, line.parts);
        if (!sure) found.there.insert(line.part);
    }
    if (carries && sure) found.frozen.push_back({&letter, std::move(*post)});
}

Whereabouts whereabouts_of(const Draft& draft, const Message& message) {
    Whereabouts found;
    for (const Placed& placed : read_placed(message.desk_posts)) {
        found.there.insert(placed.part);
        found.parts = std::max(found.parts, placed.parts);
    }
    for (const Letter& letter : draft.facts.lane_letters) {
        const bool tried = !letter.frozen_json.empty();
        if (letter.kind == LetterKind::introduction && !tried) found.introduces = true;
        if (letter.kind == LetterKind::customer_message && tried)
            find_in_post(found, letter, message.id);
        if (letter.message != message.id) continue;
        if (letter.kind == LetterKind::customer_message && !tried) {
            found.waiting.push_back(&letter);
            found.parts = std::max(found.parts, letter.parts);
        }
        // Tried or not: whenever its turn comes, it shows the words as they are then.
        const bool amends = letter.kind == LetterKind::amendment && letter.text.empty();
        if (amends && letter.state == LetterState::queued) found.amended.insert(letter.part);
    }
    return found;
}

std::string part_of(const std::vector<std::string>& texts, int part) {
    const auto index = static_cast<std::size_t>(part - 1);
    return index < texts.size() ? texts[index] : std::string();
}

void add_amendments(Draft& draft, const Message& message, const Whereabouts& where) {
    for (const int part : where.there) {
        if (where.amended.contains(part)) continue;
        Letter letter;
        letter.kind = LetterKind::amendment;
        letter.message = message.id;
        letter.part = part;
        letter.parts = where.parts;
        draft.add_letter(std::move(letter));
    }
}

template <class Change>
void change_frozen(Draft& draft, Whereabouts& where, const MessageId& id, Change&& change) {
    for (Frozen& one : where.frozen) {
        for (Line& line : one.post.lines) {
            if (line.message == id) change(line);
        }
        Letter changed = *one.letter;
        changed.frozen_json = encode_post(one.post);
        draft.move_letter(*one.letter, std::move(changed));
    }
}

// Nothing of it was tried, and it is split otherwise now: its new letters stand where the old ones
// stood, and what waits behind them goes behind. New places are all behind the old ones.
void spell_anew(Draft& draft, const Message& message, const std::vector<std::string>& texts) {
    bool reached = false;
    const auto is_of_it = [&](const Letter& letter) {
        return letter.message == message.id &&
               (letter.kind == LetterKind::customer_message || letter.kind == LetterKind::file);
    };
    for (const Letter& letter : draft.facts.lane_letters) {
        if (!reached && is_of_it(letter)) {
            reached = true;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                Letter anew;
                anew.kind = LetterKind::customer_message;
                anew.message = message.id;
                anew.part = static_cast<int>(i + 1);
                anew.parts = static_cast<int>(texts.size());
                anew.text = texts[i];
                draft.add_letter(std::move(anew));
                draft.decision.letters_added.back().queued_at = letter.queued_at;
            }
        }
        if (!reached) continue;
        if (is_of_it(letter) && letter.kind == LetterKind::customer_message) {
            draft.settle(letter, LetterState::refused, "superseded");
            continue;
        }
        Letter behind = letter;
        behind.position = ++draft.session().lane_position;
        draft.move_letter(letter, std::move(behind));
    }
    draft.decision.lane_changed = true;
}

bool waits_whole(const Whereabouts& where) {
    return where.frozen.empty() && where.there.empty() &&
           static_cast<int>(where.waiting.size()) == where.parts;
}

// Words that agents know from the introduction, or from before posts were remembered.
bool must_be_told(const Draft& draft, const Message& message, const Whereabouts& where) {
    const SessionState state = draft.before().state;
    const bool agents_read = state == SessionState::waiting || state == SessionState::open;
    return agents_read && draft.has_thread() && !where.introduces && message.stage != Stage::failed;
}

constexpr std::string_view changed_words = "✏️ The customer changed an earlier message. It reads:\n";
constexpr std::string_view withdrawn_words =
    "🗑️ The customer deleted an earlier message. Please disregard what it said.";

void change_at_desk(Draft& draft, const Message& message) {
    Whereabouts where = whereabouts_of(draft, message);
    std::vector<std::string> texts = split_text(message.text, draft.moment.policy.post_weight_max);
    if (texts.size() == 1 && texts.front().empty()) texts.clear();  // files alone need no words
    const bool files_wait = std::ranges::any_of(draft.facts.lane_letters, [&](const Letter& one) {
        return one.message == message.id && one.kind == LetterKind::file &&
               one.state == LetterState::queued && one.frozen_json.empty() && one.part == 1;
    });
    if (where.parts == 0) {
        if (files_wait) return spell_anew(draft, message, texts);
        if (must_be_told(draft, message, where))
            draft.add_notice_letter(std::string(changed_words) + message.text);
        return;
    }
    const auto parts = static_cast<std::size_t>(where.parts);
    if (waits_whole(where) && texts.size() != parts) return spell_anew(draft, message, texts);
    for (const Letter* letter : where.waiting) {
        Letter changed = *letter;
        changed.text = part_of(texts, letter->part);
        draft.move_letter(*letter, std::move(changed));
    }
    change_frozen(draft, where, message.id,
                  [&](Line& line) { line.text = part_of(texts, line.part); });
    add_amendments(draft, message, where);
    if (texts.size() <= parts) return;
    std::string rest;
    for (std::size_t i = parts; i < texts.size(); ++i) rest += texts[i];
    draft.add_notice_letter("✏️ The changed message goes on:\n" + rest);
}

// Its files at the desk go, too; those that only wait are not sent.
void withdraw_files(Draft& draft, const Message& message) {
    for (const Letter& letter : draft.facts.lane_letters) {
        const bool waits = letter.message == message.id && letter.kind == LetterKind::file &&
                           letter.state == LetterState::queued && letter.frozen_json.empty();
        if (waits) draft.settle(letter, LetterState::refused, "withdrawn");
    }
    for (const File& file : draft.facts.files) {
        const bool on_its_way =
            std::ranges::any_of(draft.facts.lane_letters, [&](const Letter& letter) {
                return letter.kind == LetterKind::file && letter.text == file.id.value &&
                       !letter.frozen_json.empty();
            });
        if (file.desk_file.empty() && !on_its_way) continue;
        Letter letter;
        letter.kind = LetterKind::amendment;
        letter.message = message.id;
        letter.text = file.id.value;
        draft.add_letter(std::move(letter));
    }
}

void withdraw_at_desk(Draft& draft, const Message& message) {
    Whereabouts where = whereabouts_of(draft, message);
    if (where.parts == 0 && draft.facts.files.empty() && must_be_told(draft, message, where))
        draft.add_notice_letter(withdrawn_words);
    for (const Letter* letter : where.waiting)
        draft.settle(*letter, LetterState::refused, "withdrawn");
    change_frozen(draft, where, message.id, [](Line& line) {
        line.text.clear();
        line.deleted = true;
    });
    add_amendments(draft, message, where);
    withdraw_files(draft, message);
    if (!draft.decision.letters_moved.empty()) draft.decision.lane_changed = true;
}

std::optional<Error> refusal_to_change(const Draft& draft) {
    const auto refused = [](std::string code, std::string detail) {
        return Error{std::move(code), std::move(detail), std::nullopt};
    };
    if (!draft.facts.known) return refused("message_unknown", "There is no message of that id.");
    if (draft.facts.known->role != AuthorRole::customer)
        return refused("not_yours", "Only what the customer has said is theirs to change.");
    return std::nullopt;
}

std::optional<Error> refusal_of_time(const Draft& draft) {
    const Session& session = draft.before();
    const std::int64_t edit_ms_max = draft.moment.policy.edit_ms_max;
    if (session.blocked)
        return Error{"customer_blocked",
                     "The team has ended this conversation and takes no more messages.",
                     std::nullopt};
    if (edit_ms_max == 0)
        return Error{"edits_disabled", "Messages cannot be changed here.", std::nullopt};
    if (session.state == SessionState::closed)
        return Error{"session_closed", "What was said in a closed conversation stays as it is.",
                     std::nullopt};
    if (draft.moment.now - draft.facts.known->at > edit_ms_max)
        return Error{"edit_too_late", "This message is too old to be changed.", std::nullopt};
    return std::nullopt;
}

Decision finish_bounded(Draft draft) {
    const std::size_t letters = draft.facts.lane.queued + draft.decision.letters_added.size();
    if (letters > draft.moment.policy.letters_queued_max && !draft.decision.letters_added.empty()) {
        return draft.refuse(Error{"session_busy",
                                  "The team's desk is behind; too many messages are on their way.",
                                  busy_retry_ms});
    }
    return draft.finish();
}

}  // namespace

Decision decide_one(Draft draft, const CustomerEdited& command) {
    if (auto refusal = refusal_to_change(draft)) return draft.refuse(std::move(*refusal));
    Message message = *draft.facts.known;
    if (message.deleted)
        return draft.refuse("message_deleted", "That message was deleted; say it anew.");
    std::string text = without_controls(command.text);
    if (text == message.text) return draft.replay();
    if (auto refusal = refusal_of_time(draft)) return draft.refuse(std::move(*refusal));
    if (trim(text).empty() && draft.facts.files.empty())
        return draft.refuse("message_empty", "A message needs text or a file; or delete it.");
    const std::size_t characters_max = draft.moment.policy.message_characters_max;
    if (count_characters(text) > characters_max)
        return draft.refuse(
            "message_too_long",
            "A message may have at most " + std::to_string(characters_max) + " characters.");
    if (command.too_early_ms > 0) {
        return draft.refuse(Error{"too_many_messages",
                                  "Messages come faster than this session may send them.",
                                  command.too_early_ms});
    }
    message.text = std::move(text);
    ++message.edits;
    draft.add_event(
        [&](std::int64_t seq, WallMs at) { return render_edited_event({seq, at}, message); });
    change_at_desk(draft, message);
    Session& session = draft.session();
    if (session.bot_turn == message.id) {
        // The bot answers what it says now; an answer to what it said comes too late.
        ++session.generation;
        draft.decision.bot_due = draft.moment.policy.bot_answers;
    }
    draft.decision.messages_changed.push_back(std::move(message));
    if (!draft.decision.letters_moved.empty()) draft.decision.lane_changed = true;
    return finish_bounded(std::move(draft));
}

Decision decide_one(Draft draft, const CustomerWithdrew&) {
    if (auto refusal = refusal_to_change(draft)) return draft.refuse(std::move(*refusal));
    const Message message = *draft.facts.known;
    if (message.deleted) return draft.replay();
    if (auto refusal = refusal_of_time(draft)) return draft.refuse(std::move(*refusal));
    withdraw_at_desk(draft, message);
    draft.withdraw(message);
    if (draft.session().bot_turn == message.id) draft.session().bot_turn = MessageId();
    return draft.finish();  // never refused for what waits: it takes words away
}

std::optional<Post> amended_post(const Draft& draft, const Letter& letter) {
    const std::optional<Message>& known = draft.facts.known;
    if (!known) return std::nullopt;
    const Session& session = draft.before();
    Post post;
    post.id = letter.id;
    post.session = session.id;
    post.kind = LetterKind::amendment;
    if (!letter.text.empty()) {
        const auto file = std::ranges::find(draft.facts.files, FileId(letter.text), &File::id);
        if (file == draft.facts.files.end() || file->desk_file.empty()) return std::nullopt;
        post.file = *file;
        return post;
    }
    const std::vector<Placed> all = read_placed(known->desk_posts);
    const auto placed = std::ranges::find(all, letter.part, &Placed::part);
    if (placed == all.end()) return std::nullopt;
    post.amends = placed->message;
    post.amends_letter = placed->letter;
    for (const Message& message : draft.facts.same_post) {
        const auto texts = split_text(message.text, draft.moment.policy.post_weight_max);
        for (const Placed& here : read_placed(message.desk_posts)) {
            if (here.letter != placed->letter) continue;
            Line line;
            line.at = message.at;
            line.name = session.customer.name;
            line.text = message.deleted ? std::string() : part_of(texts, here.part);
            line.part = here.part;
            line.parts = here.parts;
            line.message = message.id;
            line.edited = message.edits > 0;
            line.deleted = message.deleted;
            post.lines.push_back(std::move(line));
        }
    }
    return post;
}

void tell_amendment(Draft& draft, const Letter& letter) {
    const std::optional<Message>& known = draft.facts.known;
    if (!known || !letter.text.empty() || letter.part != 1) return;
    draft.add_notice_letter(known->deleted ? std::string(withdrawn_words)
                                           : std::string(changed_words) + known->text);
}

}  // namespace deskbell::core
