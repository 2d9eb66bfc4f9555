#include "desk/slack/acts.hpp"

#include "base/text.hpp"
#include "desk/slack/markup.hpp"
#include "desk/slack/slack_ids.hpp"

#include <algorithm>
#include <array>

namespace deskbell::desk::slack {
namespace {

using Kind = Act::Kind;

struct Word {
    std::string_view name;
    Kind kind;
};

constexpr std::array words = std::to_array<Word>({
    {"reply", Kind::reply},
    {"r", Kind::reply},
    {"say", Kind::reply},
    {"note", Kind::note},
    {"n", Kind::note},
    {"claim", Kind::claim},
    {"take", Kind::take_over},
    {"resolve", Kind::resolve},
    {"close", Kind::resolve},
    {"done", Kind::resolve},
    {"reopen", Kind::reopen},
    {"transfer", Kind::transfer},
    {"assign", Kind::transfer},
    {"canned", Kind::canned},
    {"c", Kind::canned},
    {"bot", Kind::hand_back},
    {"block", Kind::block},
    {"unblock", Kind::unblock},
    {"transcript", Kind::transcript},
    {"help", Kind::help},
});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string_view without_leading(std::string_view text, std::string_view characters) {
    const std::size_t at = text.find_first_not_of(characters);
    return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

// "<@U0AGENT001|ana>" → "U0AGENT001": the first of that kind.
std::string first_mention(std::string_view text, std::string_view opening,
                          std::string_view prefixes) {
    for (std::size_t at = text.find(opening); at != std::string_view::npos;
         at = text.find(opening, at + 1)) {
        const std::string_view inside = text.substr(at + opening.size());
        const std::string_view id = inside.substr(0, inside.find_first_of("|>"));
        if (is_slack_id(id, prefixes)) return std::string(id);
    }
    return {};
}

Act read_act(std::string_view text) {
    const auto end =
        std::ranges::find_if_not(text, [](char c) { return is_letter(c) || c == '-'; });
    Act act;
    act.word = std::string(text.begin(), end);
    std::string_view rest(end, text.end());
    if (rest.starts_with(':')) rest.remove_prefix(1);
    act.rest = trim(rest);
    act.user = first_mention(rest, "<@", "UW");
    act.channel = first_mention(rest, "<#", "CG");
    const std::string name = to_lower_ascii(act.word);
    const auto* const known = std::ranges::find(words, name, &Word::name);
    if (known != words.end()) act.kind = known->kind;
    return act;
}

}  // namespace

std::optional<Act> act_of(std::string_view text, const Self& self) {
    text = without_leading(text, " \t\r\n");
    // Named first, the bot is spoken to, not the customer.
    if (const std::string call = "<@" + self.user_id;
        !self.user_id.empty() && text.starts_with(call)) {
        const std::size_t end = text.find('>');
        if (end == std::string_view::npos) return std::nullopt;
        std::string_view said = without_leading(text.substr(end + 1), " \t\r\n,:!");
        Act act = read_act(said);
        if (said.empty()) act.kind = Kind::help;
        return act;
    }
    // A word in bold is that word all the same.
    const std::string_view plain = without_leading(text, "*_~");
    if (!plain.starts_with('!') || plain.size() < 2 || !is_letter(plain[1])) return std::nullopt;
    Act act = read_act(plain.substr(1));
    if (plain.size() != text.size() && !act.rest.empty() && act.rest.back() == text.front())
        act.rest.pop_back();
    return act;
}

std::string help_text(bool replies_are_marked) {
    std::string text = replies_are_marked
                           ? "*In this thread only what you mark reaches the customer:* "
                             "`!reply …`. All else stays among colleagues.\n"
                           : "*What you write in this thread reaches the customer*, except:\n";
    return text +
           "`!note …` a note among colleagues\n"
           "`!claim` · `!resolve` · `!reopen` this conversation\n"
           "`!transfer @colleague` · `!transfer #channel` hand it over\n"
           "`!canned name` send a canned reply · `!canned` list them\n"
           "`!bot` hand it back to the bot\n"
           "`!block` · `!unblock` this customer\n"
           "`!transcript` all that was said, here in the thread\n"
           "Nothing that begins with `!` and a word ever reaches the customer. The buttons on the "
           "first message do the same.";
}

std::string as_typed(std::string_view markup) {
    std::string out;
    while (!markup.empty()) {
        const std::size_t open = markup.find('<');
        out += unescaped(markup.substr(0, open));
        if (open == std::string_view::npos) break;
        const std::size_t close = markup.find('>', open);
        if (close == std::string_view::npos) break;
        std::string_view inside = markup.substr(open + 1, close - open - 1);
        const std::size_t bar = inside.find('|');
        const bool is_link =
            !inside.starts_with('@') && !inside.starts_with('#') && !inside.starts_with('!');
        if (is_link) {
            inside = inside.substr(0, bar);
            if (inside.starts_with("mailto:")) inside.remove_prefix(7);
            out += unescaped(inside);
        } else if (bar != std::string_view::npos) {
            out += unescaped(inside.substr(bar + 1));
        }
        markup.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace deskbell::desk::slack
