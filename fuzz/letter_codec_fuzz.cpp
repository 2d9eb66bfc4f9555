// A frozen post as its row keeps it: any post comes back as it was, and any bytes come to a post or
// to a refusal, never to a crash; what was read once reads the same for ever.

#include "base/text.hpp"
#include "core/letter_codec.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"

#include <string>

namespace {

using namespace deskbell;

std::string words(fuzz::Input& input) { return without_controls(input.text(200)); }

core::Post post_from(fuzz::Input& input) {
    core::Post post;
    post.kind = static_cast<core::LetterKind>(input.below(5));
    post.id = LetterId(words(input));
    post.session = SessionId(words(input));
    post.destination = Destination(words(input));
    post.thread = DeskThreadId(words(input));
    post.previous_thread = DeskThreadId(words(input));
    post.notice = words(input);
    post.attempts = static_cast<int>(input.number(2));
    post.first_attempt_at = static_cast<std::int64_t>(input.number() >> 1);
    if (post.kind == core::LetterKind::file) {
        post.file.id = FileId(words(input));
        post.file.name = words(input);
        post.file.size = static_cast<std::int64_t>(input.number() >> 1);
        post.file.desk_file = DeskFileId(words(input));
    }
    if (post.kind == core::LetterKind::open_thread || post.kind == core::LetterKind::introduction) {
        core::Card& card = post.card;
        card.session = SessionId(words(input));
        card.version = static_cast<std::int64_t>(input.number() >> 1);
        card.thread = DeskThreadId(words(input));
        card.state = static_cast<core::SessionState>(input.below(4));
        card.customer = {words(input), words(input), words(input), words(input)};
        card.page = {words(input), words(input), words(input)};
        card.locale = words(input);
        card.topic = words(input);
        card.note = words(input);
        if (input.flag())
            card.agent = core::Agent{DeskAgentId(words(input)), words(input), words(input)};
        if (input.flag())
            card.rating = core::Rating{static_cast<int>(input.below(6)), words(input)};
        card.delayed = input.flag();
    }
    for (std::size_t i = input.below(6); i > 0; --i)
        post.lines.push_back({static_cast<std::int64_t>(input.number() >> 1),
                              static_cast<core::AuthorRole>(input.below(4)), words(input),
                              words(input), static_cast<int>(input.byte()),
                              static_cast<int>(input.byte())});
    return post;
}

bool same(const core::Card& a, const core::Card& b) {
    return a.session == b.session && a.version == b.version && a.thread == b.thread &&
           a.state == b.state && a.customer == b.customer && a.page == b.page &&
           a.locale == b.locale && a.topic == b.topic && a.note == b.note && a.agent == b.agent &&
           a.rating == b.rating && a.asked_at == b.asked_at && a.delayed == b.delayed;
}

bool same(const core::Post& a, const core::Post& b) {
    return a.id == b.id && a.session == b.session && a.kind == b.kind &&
           a.destination == b.destination && a.thread == b.thread &&
           a.previous_thread == b.previous_thread && same(a.card, b.card) && a.lines == b.lines &&
           a.notice == b.notice && a.attempts == b.attempts &&
           a.first_attempt_at == b.first_attempt_at && a.file == b.file;
}

}  // namespace

DESKBELL_FUZZ(letter_codec) {
    fuzz::Input bytes(input);
    if (bytes.flag()) {
        const core::Post post = post_from(bytes);
        const auto read = core::decode_post(core::encode_post(post));
        FUZZ_CHECK(read && same(*read, post));
        return;
    }
    const auto read = core::decode_post(bytes.rest());
    if (!read) {
        FUZZ_CHECK(read.error().code == "post_unreadable");
        return;
    }
    const std::string once = core::encode_post(*read);
    const auto again = core::decode_post(once);
    FUZZ_CHECK(again && core::encode_post(*again) == once);
}
