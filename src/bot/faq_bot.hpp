#pragma once
// Answers from a Markdown file: one `## Question` heading an entry.
//
// Who calls it: whoever runs the bots, on one loop; it answers inside the call. What it never does:
// make anything up. What it is not sure of it says so, and offers a human.

#include "base/result.hpp"
#include "bot/bot.hpp"
#include "bot/faq_index.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace deskbell::bot {

struct FaqBotOptions {
    std::string name = "Assistant";
};

class FaqBot final : public Bot {
public:
    // `faq_empty` when the file has no entry.
    [[nodiscard]] static Result<std::unique_ptr<FaqBot>> make(std::string_view markdown,
                                                              FaqBotOptions options = {});

    void answer(Question question, std::move_only_function<void(Answer)> done) override;

private:
    FaqBot(FaqIndex index, FaqBotOptions options);
    [[nodiscard]] Answer reply_to(const Question& question) const;
    [[nodiscard]] const FaqEntry* find_entry(const Question& question) const;

    const FaqIndex index_;
    const FaqBotOptions options_;
};

}  // namespace deskbell::bot
