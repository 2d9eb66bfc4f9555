#include "bot/faq_bot.hpp"

#include "base/text.hpp"
#include "bot/words.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace deskbell::bot {

namespace {

constexpr std::size_t answer_characters_max = 4000;
constexpr std::size_t question_bytes_max = 2000;
constexpr std::size_t follow_up_words_max = 6;  // "And for 500?" leans on what was asked before

std::vector<std::string> words_of_line(const core::Line& line) {
    return words_of(prefix_at_most(line.text, question_bytes_max));
}

bool is_number(const std::string& word) { return word.front() >= '0' && word.front() <= '9'; }

// At most so many characters, cut at the end of a paragraph or a sentence where possible.
std::string shortened(const std::string& text) {
    if (count_characters(text) <= answer_characters_max) return text;
    std::string_view head = text;
    while (count_characters(head) > answer_characters_max - 1)
        head = prefix_at_most(head,
                              head.size() - (count_characters(head) - answer_characters_max + 1));
    const std::size_t paragraph = head.rfind("\n\n");
    const std::size_t sentence = head.rfind(". ");
    if (paragraph != std::string_view::npos && paragraph > head.size() / 2)
        return std::string(head.substr(0, paragraph));
    if (sentence != std::string_view::npos && sentence > head.size() / 2)
        return std::string(head.substr(0, sentence + 1));
    return std::string(head) + "…";
}

// An answer that itself says "talk to a human" should come with the way to do so.
bool mentions_human(std::string_view answer) {
    const std::string lower = to_lower_ascii(answer);
    return lower.find("a human") != std::string::npos ||
           lower.find("our team") != std::string::npos ||
           lower.find("contact us") != std::string::npos;
}

}  // namespace

Result<std::unique_ptr<FaqBot>> FaqBot::make(std::string_view markdown, FaqBotOptions options) {
    if (!is_utf8(markdown)) return fail("faq_not_utf8", "The FAQ must be UTF-8.");
    auto index = FaqIndex::make(parse_faq(markdown));
    if (!index) return std::unexpected(index.error());
    return std::unique_ptr<FaqBot>(new FaqBot(std::move(*index), std::move(options)));
}

FaqBot::FaqBot(FaqIndex index, FaqBotOptions options)
    : index_(std::move(index)), options_(std::move(options)) {}

void FaqBot::answer(Question question, std::move_only_function<void(Answer)> done) {
    done(reply_to(question));
}

Answer FaqBot::reply_to(const Question& question) const {
    Answer answer{options_.name, {}, false};
    const auto words = question.conversation.empty() ? std::vector<std::string>{}
                                                     : words_of_line(question.conversation.back());
    switch (recognise(words)) {
        case SmallTalk::wants_human:
            answer.text = "Of course. Press **Talk to a human** and somebody will join us here.";
            answer.offers_human = true;
            return answer;
        case SmallTalk::asks_what_we_are:
            answer.text =
                "I am a program that answers common questions. Would you like to talk to a human?";
            answer.offers_human = true;
            return answer;
        case SmallTalk::greeting:
            answer.text = "Hello! What can I help you with?";
            return answer;
        case SmallTalk::thanks:
            answer.text = "You're welcome! Anything else?";
            return answer;
        case SmallTalk::goodbye:
            answer.text = "Goodbye, and thanks for stopping by!";
            return answer;
        case SmallTalk::none:
            break;
    }
    if (const FaqEntry* entry = find_entry(question)) {
        answer.text = shortened(entry->answer);
        answer.offers_human = mentions_human(answer.text);
        return answer;
    }
    answer.text = "I'm not sure about that one. Shall I get a human?";
    answer.offers_human = true;
    return answer;
}

const FaqEntry* FaqBot::find_entry(const Question& question) const {
    const auto& conversation = question.conversation;
    if (conversation.empty()) return nullptr;
    std::vector<std::string> words = words_of_line(conversation.back());
    if (const auto match = index_.find(words); match.entry) return match.entry;
    if (words.size() > follow_up_words_max) return nullptr;
    const auto earlier = std::find_if(
        conversation.rbegin() + 1, conversation.rend(),
        [](const core::Line& line) { return line.role == core::AuthorRole::customer; });
    if (earlier == conversation.rend()) return nullptr;
    // Only a number or a word or two are new: the rest is as before. The new number replaces the
    // old.
    const bool has_number = std::ranges::any_of(words, is_number);
    const bool has_content =
        std::ranges::any_of(words, [](const std::string& word) { return !is_stop_word(word); });
    if (!has_content) return nullptr;
    for (const std::string& word : words_of_line(*earlier))
        if (!has_number || !is_number(word)) words.push_back(word);
    return index_.find(words).entry;
}

}  // namespace deskbell::bot
