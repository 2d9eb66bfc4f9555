#pragma once
// Finds the entry of a FAQ that a question asks for, or says that there is none.
//
// What this is: SQLite's full-text search (porter stemming, bm25) over a database in memory, and a
// rule on top: an entry counts only when it covers most of what was asked for, weighed by how rare
// the words are. A wrong answer costs more than none. Who calls it: FaqBot, on its loop's thread.
// What it never does: put a customer's words into a query other than as quoted terms.

#include "base/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::bot {

struct FaqEntry {
    std::string question;  // the heading
    std::string answer;    // Markdown
};

// One `## Question` heading an entry; what stands before the first one is for people.
[[nodiscard]] std::vector<FaqEntry> parse_faq(std::string_view markdown);

// Lower-case words; numbers in one piece ("1,000" → "1000", "0.50" → "0d50").
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

class FaqIndex {
public:
    // `faq_empty` without a single entry; `faq_unavailable` when SQLite cannot do full-text search.
    [[nodiscard]] static Result<FaqIndex> make(std::vector<FaqEntry> entries);
    FaqIndex(FaqIndex&&) noexcept;
    FaqIndex& operator=(FaqIndex&&) noexcept;
    ~FaqIndex();

    struct Match {
        const FaqEntry* entry = nullptr;
        double coverage = 0;  // 0 to 1: how much of the question the entry speaks of
        double rank = 0;      // bm25, larger is better
    };
    // The best entry that is good enough; `entry` is null when none is.
    [[nodiscard]] Match find(const std::vector<std::string>& words) const;
    // The best entry however bad, for tests and tuning.
    [[nodiscard]] Match best(const std::vector<std::string>& words) const;

private:
    class Impl;
    explicit FaqIndex(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::bot
