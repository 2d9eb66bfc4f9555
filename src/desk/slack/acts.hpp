#pragma once
// What an agent asks for instead of saying it to the customer: "!resolve", "@Deskbell help".
//
// What this is: pure. Who calls it: relay, with every message of an agent; interactivity names acts
// by their buttons. What it never does: let a word pass as a reply because nobody knows it.

#include "desk/slack/slack_json.hpp"
#include "desk/slack/workspace.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

struct Act {
    enum class Kind {
        reply,  // to the customer: `rest` is what is said
        note,
        claim,
        take_over,
        resolve,
        reopen,
        transfer,
        canned,
        hand_back,
        block,
        unblock,
        transcript,
        help,
        unknown,
    };
    Kind kind = Kind::unknown;
    std::string word;     // as it was typed
    std::string rest;     // what followed it, in Slack's markup
    std::string user;     // the first person named in it
    std::string channel;  // the first channel
};

// Nothing: ordinary words.
[[nodiscard]] std::optional<Act> act_of(std::string_view text, const Self& self);
// What `!help` answers; markup of our own.
[[nodiscard]] std::string help_text(bool replies_are_marked);
// Slack's markup as somebody would have typed it: links are their addresses, nothing is escaped.
[[nodiscard]] std::string as_typed(std::string_view markup);

}  // namespace deskbell::desk::slack
