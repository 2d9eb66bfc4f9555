#include "engine/forget.hpp"

#include "core/letter_codec.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <string>

namespace deskbell::engine {
namespace {

// A parent that was sent and of which nobody knows yet where it is.
void note_parent(store::Store& store, const core::Session& session, const core::Letter& letter,
                 WallMs now) {
    core::Erasure erasure;
    erasure.id = letter.id.value;
    erasure.letter = letter.id;
    erasure.session = session.id;
    erasure.destination = session.destination;
    if (const auto post = core::decode_post(letter.frozen_json))
        erasure.destination = post->destination;
    erasure.first_attempt_at = letter.first_attempt_at;
    erasure.due_at = now;
    store.keep_erasure(erasure);
}

}  // namespace

std::vector<FileId> forget_session(store::Store& store, const SessionId& id, WallMs now) {
    std::vector<FileId> files;
    for (const core::File& file : store.files(id)) files.push_back(file.id);
    if (const auto session = store.session(id)) {
        for (const core::Letter& letter : store.lane(id, INT64_MAX)) {
            if (letter.kind == core::LetterKind::open_thread && letter.attempts > 0)
                note_parent(store, *session, letter, now);
        }
    }
    for (DeskThreadId& thread : store.threads_of(id)) {
        core::Erasure erasure;
        erasure.id = thread.value;
        erasure.thread = std::move(thread);
        erasure.due_at = now;
        store.keep_erasure(erasure);
    }
    store.forget_session(id);
    store.set_note("forgot_at", std::to_string(now));
    return files;
}

}  // namespace deskbell::engine
