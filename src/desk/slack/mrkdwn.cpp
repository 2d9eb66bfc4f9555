// Text → tree: Slack's own markup, for messages without blocks.

#include "base/text.hpp"
#include "desk/slack/emoji.hpp"
#include "desk/slack/markup.hpp"
#include "desk/slack/rich_builder.hpp"

#include <array>

namespace deskbell::desk::slack {
namespace {

using core::RichNode;
using core::RichTree;
constexpr std::size_t npos = std::string_view::npos;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_emoji_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+' ||
           c == '\'';
}

using Unclosed = std::array<bool, 128>;  // marks that close nowhere further on

// Reads one line's markup. Nesting is at most one of each kind, so it is bounded.
class LineReader {
public:
    LineReader(RichBuilder& builder, const NameBook& names) : builder_(builder), names_(names) {}

    void read(std::string_view text, const Style& style) {
        Unclosed unclosed{};
        std::size_t plain = 0;
        const auto flush = [&](std::size_t end) {
            builder_.text(unescaped(text.substr(plain, end - plain)), style);
        };
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t length = special_length(text, at, style, unclosed);
            if (length == 0) {
                ++at;
                continue;
            }
            flush(at);
            special(text.substr(at, length), style);
            at += length;
            plain = at;
        }
        flush(text.size());
    }

private:
    // How long the construct at `at` is; 0: it is an ordinary character.
    static std::size_t special_length(std::string_view text, std::size_t at, const Style& style,
                                      Unclosed& unclosed) {
        const char c = text[at];
        if (c == '<' || c == '`') {
            if (unclosed[static_cast<std::size_t>(c)]) return 0;
            const std::size_t end = text.find(c == '<' ? '>' : '`', at + 1);
            if (end == npos) unclosed[static_cast<std::size_t>(c)] = true;
            return end == npos || end == at + 1 ? 0 : end - at + 1;
        }
        if (c == ':') return emoji_length(text, at);
        if (c != '*' && c != '_' && c != '~') return 0;
        if ((c == '*' && style.bold) || (c == '_' && style.italic) || (c == '~' && style.strike))
            return 0;
        const bool opens = (at == 0 || !is_word(text[at - 1])) && at + 1 < text.size() &&
                           text[at + 1] != ' ' && text[at + 1] != c;
        if (!opens || unclosed[static_cast<std::size_t>(c)]) return 0;
        for (std::size_t end = text.find(c, at + 2); end != npos; end = text.find(c, end + 1)) {
            if (text[end - 1] != ' ' && (end + 1 == text.size() || !is_word(text[end + 1])))
                return end - at + 1;
        }
        unclosed[static_cast<std::size_t>(c)] = true;
        return 0;
    }

    static std::size_t emoji_length(std::string_view text, std::size_t at) {
        std::size_t end = at + 1;
        while (end < text.size() && end - at < 80 && is_emoji_name(text[end])) ++end;
        if (end == at + 1 || end >= text.size() || text[end] != ':') return 0;
        std::string_view rest = text.substr(end + 1);
        if (rest.starts_with(":skin-tone-") && rest.size() > 12 && rest[12] == ':')
            return end + 1 + 13 - at;
        return end + 1 - at;
    }

    void special(std::string_view piece, const Style& style) {
        const std::string_view inner = piece.substr(1, piece.size() - 2);
        Style inside = style;
        switch (piece.front()) {
            case '<':
                return token(inner, style);
            case '`':
                inside.code = true;
                return builder_.text(unescaped(inner), inside);
            case ':': {
                const auto characters = emoji_characters(inner);
                return builder_.text(characters ? *characters : std::string(piece), style);
            }
            case '*':
                inside.bold = true;
                break;
            case '_':
                inside.italic = true;
                break;
            default:
                inside.strike = true;
                break;
        }
        read(inner, inside);
    }

    // What stands between < and >: a mention, a date, or a link.
    void token(std::string_view inner, const Style& style) {
        const std::size_t bar = inner.find('|');
        const std::string_view target = inner.substr(0, bar);
        const std::string label =
            unescaped(bar == npos ? std::string_view{} : inner.substr(bar + 1));
        if (target.starts_with('@'))
            return builder_.text(user_mention(target.substr(1), label, names_), style);
        if (target.starts_with('#'))
            return builder_.text(channel_mention(target.substr(1), label, names_), style);
        if (target.starts_with('!')) {
            const std::string_view name = target.substr(1);
            if (name == "here" || name == "channel" || name == "everyone" || name == "group")
                return;
            return builder_.text(label, style);  // dates and groups bring words of their own
        }
        builder_.link(unescaped(target), label, style);
    }

    RichBuilder& builder_;
    const NameBook& names_;
};

void read_lines(RichBuilder& builder, std::string_view text, const NameBook& names) {
    LineReader reader(builder, names);
    RichBuilder quoted;
    bool in_quote = false;
    const auto end_quote = [&] {
        RichNode quote;
        quote.kind = RichNode::Kind::quote;
        quote.children = quoted.take();
        if (in_quote && !quote.children.empty()) builder.block(std::move(quote));
        in_quote = false;
    };
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.starts_with("&gt;")) {
            in_quote = true;
            line.remove_prefix(4);
            if (line.starts_with(' ')) line.remove_prefix(1);
            LineReader(quoted, names).read(line, {});
            quoted.newline();
        } else {
            if (in_quote) end_quote();
            reader.read(line, {});
            builder.newline();
        }
        text.remove_prefix(end == npos ? text.size() : end + 1);
    }
    if (in_quote) end_quote();
}

}  // namespace

std::string unescaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t amp = std::min(text.find('&'), text.size());
        out += text.substr(0, amp);
        text.remove_prefix(amp);
        if (text.empty()) break;
        const auto takes = [&](std::string_view entity, char c) {
            if (!text.starts_with(entity)) return false;
            out += c;
            text.remove_prefix(entity.size());
            return true;
        };
        if (takes("&lt;", '<') || takes("&gt;", '>') || takes("&amp;", '&')) continue;
        out += '&';
        text.remove_prefix(1);
    }
    return out;
}

RichTree tree_of_text(std::string_view mrkdwn, const NameBook& names) {
    RichBuilder builder;
    constexpr std::string_view fence = "```";
    while (!mrkdwn.empty()) {
        const std::size_t open = mrkdwn.find(fence);
        const std::size_t close = open == npos ? npos : mrkdwn.find(fence, open + fence.size());
        if (close == npos) {
            read_lines(builder, mrkdwn, names);
            break;
        }
        read_lines(builder, mrkdwn.substr(0, open), names);
        std::string_view code = mrkdwn.substr(open + 3, close - open - 3);
        if (code.starts_with('\n')) code.remove_prefix(1);
        RichNode words;
        words.value = without_controls(unescaped(code));
        RichNode pre;
        pre.kind = RichNode::Kind::pre;
        if (!words.value.empty()) {
            pre.children.push_back(std::move(words));
            builder.block(std::move(pre));
        }
        mrkdwn.remove_prefix(close + fence.size());
        if (mrkdwn.starts_with('\n')) mrkdwn.remove_prefix(1);
    }
    return builder.take();
}

}  // namespace deskbell::desk::slack
