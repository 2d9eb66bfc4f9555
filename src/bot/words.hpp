#pragma once
// What the FAQ bot knows of English: little words, synonyms, greetings, and wishes for a human.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::bot {

// Words that say nothing about what is asked.
[[nodiscard]] bool is_stop_word(std::string_view word);
// "where", "when", "who": they say a little.
[[nodiscard]] bool is_question_word(std::string_view word);
// Other words for the same thing, the word itself left out.
[[nodiscard]] std::vector<std::string_view> synonyms_of(std::string_view word);

enum class SmallTalk { none, greeting, thanks, goodbye, wants_human, asks_what_we_are };

// What a message is when it is no question of the FAQ's.
[[nodiscard]] SmallTalk recognise(std::span<const std::string> words);

}  // namespace deskbell::bot
