#include "core/fold.hpp"

#include "base/assert.hpp"
#include "core/split.hpp"

namespace deskbell::core {

std::size_t letters_that_fold(std::span<const Letter> lane, const Policy& policy) {
    DESKBELL_ASSERT(!lane.empty());
    std::size_t weight = 0;
    std::size_t count = 0;
    for (const Letter& letter : lane) {
        const bool foldable = letter.kind == LetterKind::customer_message &&
                              letter.state == LetterState::queued && letter.frozen_json.empty();
        if (!foldable || count == policy.lines_folded_max) break;
        weight += weight_of(letter.text) + line_weight;
        if (weight > policy.post_weight_max && count > 0) break;
        ++count;
    }
    return count > 0 ? count : 1;
}

}  // namespace deskbell::core
