#pragma once
// Builds paragraphs of styled words; shared by the two readers of markup.

#include "core/rich.hpp"
#include "desk/slack/markup.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace deskbell::desk::slack {

struct Style {
    bool bold = false;
    bool italic = false;
    bool strike = false;
    bool code = false;
};

// Words and line breaks; blank lines end a paragraph.
class RichBuilder {
public:
    void text(std::string_view words, const Style& style);
    void link(std::string_view url, std::string_view label, const Style& style);
    void newline() { ++newlines_; }
    void block(core::RichNode node);
    // All blocks so far; the builder is empty afterwards.
    [[nodiscard]] core::RichTree take();
    // The words alone, in one line of nodes, for list items: paragraphs become breaks.
    [[nodiscard]] core::RichTree take_inline();

private:
    void add(core::RichNode node, const Style& style);
    void end_paragraph();

    core::RichTree blocks_;
    core::RichTree line_;
    std::size_t newlines_ = 0;  // since the last word
};

// What mentions come to; empty: nothing is shown.
[[nodiscard]] std::string user_mention(std::string_view user, std::string_view label,
                                       const NameBook& names);
[[nodiscard]] std::string channel_mention(std::string_view channel, std::string_view label,
                                          const NameBook& names);

}  // namespace deskbell::desk::slack
