#include "bot/words.hpp"

#include <algorithm>
#include <array>

namespace deskbell::bot {

namespace {

using Word = std::string_view;

constexpr auto stop_words = std::to_array<Word>({
    "a",      "about", "all",   "also",  "am",    "an",     "and",    "any",    "anything", "are",
    "as",     "at",    "be",    "been",  "but",   "by",     "can",    "cant",   "could",    "did",
    "do",     "does",  "doing", "dont",  "else",  "for",    "from",   "get",    "give",     "go",
    "going",  "got",   "had",   "has",   "have",  "having", "hello",  "help",   "hey",      "hi",
    "how",    "i",     "id",    "if",    "ill",   "im",     "in",     "into",   "is",       "isnt",
    "it",     "its",   "ive",   "just",  "know",  "let",    "like",   "made",   "make",     "many",
    "may",    "me",    "mine",  "my",    "need",  "no",     "not",    "now",    "of",       "off",
    "ok",     "okay",  "on",    "one",   "or",    "our",    "please", "really", "s",        "say",
    "should", "so",    "some",  "tell",  "than",  "thank",  "thanks", "that",   "thats",    "the",
    "their",  "them",  "then",  "there", "these", "they",   "thing",  "things", "this",     "those",
    "to",     "too",   "up",    "us",    "use",   "very",   "want",   "was",    "we",       "well",
    "were",   "what",  "whats", "which", "why",   "will",   "with",   "would",  "yes",      "you",
    "your",   "youre", "yours", "each",  "per",   "ur",     "u",      "r",      "pls",      "plz",
});

constexpr auto question_words = std::to_array<Word>({"when", "where", "who", "whose"});

// Groups of words that customers use for one another. Stemming handles endings.
constexpr auto synonym_groups = std::to_array<std::array<Word, 6>>({
    {"price", "cost", "much", "fee", "charge", "expensive"},
    {"ship", "shipping", "send", "mail", "post", "deliver"},
    {"turnaround", "long", "quick", "fast", "soon", "days"},
    {"refund", "money", "return", "unhappy", "happy", ""},
    {"picture", "photo", "photograph", "pic", "image", ""},
    {"open", "opening", "hours", "closed", "close", ""},
    {"pay", "payment", "paypal", "card", "invoice", ""},
    {"discount", "cheaper", "bulk", "deal", "", ""},
    {"safe", "lost", "insured", "insurance", "secure", ""},
    {"fix", "repair", "restore", "retouch", "retouching", ""},
    {"digitise", "digitize", "scan", "convert", "", ""},
    {"video", "tape", "vhs", "cassette", "camcorder", ""},
    {"express", "rush", "hurry", "urgent", "faster", ""},
    {"format", "resolution", "dpi", "quality", "jpeg", ""},
    {"located", "address", "where", "location", "street", ""},
    {"privacy", "private", "gdpr", "confidential", "", ""},
    {"gift", "present", "voucher", "", "", ""},
    {"track", "tracking", "status", "", "", ""},
});

constexpr auto greetings = std::to_array<Word>(
    {"hi", "hello", "hey", "hiya", "howdy", "greetings", "yo", "morning", "afternoon", "evening"});
constexpr auto around_greetings =
    std::to_array<Word>({"good", "there", "all", "everyone", "you", "bot", "how", "are", "today",
                         "doing", "team", "is", "it", "going", "to"});
constexpr auto thanks = std::to_array<Word>({"thanks", "thank", "thx", "cheers", "ty"});
constexpr auto around_thanks =
    std::to_array<Word>({"you",  "very",    "much", "so",   "a",     "lot",    "great", "ok",
                         "okay", "perfect", "many", "that", "helps", "helped", "for",   "your",
                         "the",  "help",    "all",  "is",   "thats", "cool",   "nice"});
constexpr auto goodbyes = std::to_array<Word>({"bye", "goodbye", "cya", "farewell"});

constexpr auto humans = std::to_array<Word>(
    {"human", "humans", "agent", "person", "people", "representative", "rep", "operator", "someone",
     "somebody", "staff", "employee", "manager", "advisor", "adviser"});
constexpr auto sure_humans =
    std::to_array<Word>({"human", "agent", "representative", "operator", "rep"});
constexpr auto wishes =
    std::to_array<Word>({"talk", "speak",    "chat", "connect", "want",   "need",    "get",
                         "give", "transfer", "call", "contact", "reach",  "bring",   "please",
                         "real", "live",     "like", "fetch",   "switch", "escalate"});

template <class Words>
bool has(const Words& words, std::string_view word) {
    return !word.empty() && std::ranges::find(words, word) != std::ranges::end(words);
}

template <class Words>
bool mentions(std::span<const std::string> said, const Words& words) {
    return std::ranges::any_of(said, [&](const std::string& word) { return has(words, word); });
}

// One of `core` is there, and nothing that is in neither list.
template <class Core, class Around>
bool is_only(std::span<const std::string> said, const Core& core, const Around& around) {
    return mentions(said, core) && std::ranges::all_of(said, [&](const std::string& word) {
               return has(core, word) || has(around, word);
           });
}

bool asks_what_we_are(std::span<const std::string> said) {
    const bool about_us =
        said.size() <= 7 && said.size() >= 3 &&
        ((said[0] == "are" && said[1] == "you") || (said[0] == "am" && said[1] == "i") ||
         (said[0] == "is" && said[1] == "this"));
    return about_us && mentions(said, std::to_array<Word>({"human", "bot", "robot", "person", "ai",
                                                           "real", "machine", "agent"}));
}

bool wants_human(std::span<const std::string> said) {
    if (!mentions(said, humans)) return false;
    if (said.size() <= 3 && mentions(said, sure_humans)) return true;
    return said.size() <= 20 && mentions(said, wishes);
}

}  // namespace

bool is_stop_word(std::string_view word) { return has(stop_words, word); }

bool is_question_word(std::string_view word) { return has(question_words, word); }

std::vector<std::string_view> synonyms_of(std::string_view word) {
    std::string_view singular = word;  // "pictures" stands in no group, "picture" does
    if (singular.size() > 3 && singular.ends_with('s')) singular.remove_suffix(1);
    std::vector<std::string_view> others;
    for (const auto& group : synonym_groups) {
        if (!has(group, word) && !has(group, singular)) continue;
        for (const std::string_view other : group)
            if (!other.empty() && other != word) others.push_back(other);
    }
    return others;
}

SmallTalk recognise(std::span<const std::string> words) {
    if (words.empty()) return SmallTalk::none;
    if (asks_what_we_are(words)) return SmallTalk::asks_what_we_are;
    if (wants_human(words)) return SmallTalk::wants_human;
    if (is_only(words, thanks, around_thanks)) return SmallTalk::thanks;
    if (is_only(words, goodbyes, around_greetings) || is_only(words, goodbyes, thanks))
        return SmallTalk::goodbye;
    if (is_only(words, greetings, around_greetings)) return SmallTalk::greeting;
    return SmallTalk::none;
}

}  // namespace deskbell::bot
