// Splitting long texts and folding short ones: nothing is lost, nothing is added, every piece keeps
// its bound, and only a customer's untouched words travel together.

#include "base/text.hpp"
#include "core/fold.hpp"
#include "core/split.hpp"
#include "desk/slack/escape.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"

#include <string>
#include <vector>

namespace {

using namespace deskbell;

void check_split(std::string_view text, std::size_t weight_max) {
    std::string together;
    for (const std::string& part : core::split_text(text, weight_max)) {
        FUZZ_CHECK(core::weight_of(part) <= weight_max);
        FUZZ_CHECK(!part.empty() || text.empty());
        FUZZ_CHECK(!is_utf8(text) || is_utf8(part));
        together += part;
    }
    FUZZ_CHECK(together == text);
}

void check_pieces(std::string_view text, std::size_t units_max) {
    using namespace deskbell::desk::slack;
    const bool counts = is_utf8(text);  // of other bytes only the order is promised
    std::string together;
    for (const std::string& piece : in_pieces(text, units_max)) {
        FUZZ_CHECK(!piece.empty() || text.empty());
        FUZZ_CHECK(!counts || (utf16_units(piece) <= units_max && is_utf8(piece)));
        together += piece;
    }
    FUZZ_CHECK(together == text);
    const std::string shown = cut(text, units_max);
    FUZZ_CHECK(!counts || (utf16_units(shown) <= units_max && is_utf8(shown)));
    FUZZ_CHECK(utf16_units(text) > units_max || shown == text);
}

void check_fold(fuzz::Input& input) {
    core::Policy policy;
    policy.lines_folded_max = 1 + input.below(12);
    policy.post_weight_max = 100 + input.number(2) % 4000;
    std::vector<core::Letter> lane;
    for (std::size_t i = 1 + input.below(20); i > 0; --i) {
        core::Letter& letter = lane.emplace_back();
        letter.kind = static_cast<core::LetterKind>(input.below(8) == 0 ? input.below(4) : 2);
        letter.state = input.below(8) == 0 ? core::LetterState::sending : core::LetterState::queued;
        letter.text = input.text(400);
        if (input.below(10) == 0) letter.frozen_json = "{}";
    }
    const std::size_t count = core::letters_that_fold(lane, policy);
    FUZZ_CHECK(count >= 1 && count <= lane.size());
    if (count == 1) return;
    std::size_t weight = 0;
    for (std::size_t i = 0; i < count; ++i) {
        FUZZ_CHECK(lane[i].kind == core::LetterKind::customer_message);
        FUZZ_CHECK(lane[i].state == core::LetterState::queued && lane[i].frozen_json.empty());
        weight += core::weight_of(lane[i].text) + core::line_weight;
    }
    FUZZ_CHECK(count <= policy.lines_folded_max && weight <= policy.post_weight_max);
}

}  // namespace

DESKBELL_FUZZ(split_fold) {
    fuzz::Input bytes(input);
    const std::size_t how = bytes.below(3);
    if (how == 0) return check_fold(bytes);
    const std::size_t most = 8 + bytes.number(2) % 4000;
    const std::string_view text = bytes.rest();
    check_split(text, most);
    check_pieces(text, most);
}
