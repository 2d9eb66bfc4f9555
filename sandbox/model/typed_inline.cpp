#include "base/text.hpp"
#include "sandbox/model/emoji.hpp"
#include "sandbox/model/text.hpp"
#include "sandbox/model/typed_text.hpp"

#include <array>
#include <cctype>

namespace deskbell::sandbox {

namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           (static_cast<unsigned char>(c) & 0x80);
}

struct Style {
    bool bold = false;
    bool italic = false;
    bool strike = false;
    bool code = false;
};

class InlineParser {
public:
    InlineParser(const Workspace& workspace, json::array& elements, std::string& text)
        : workspace_(workspace), elements_(elements), text_(text) {}

    void parse(std::string_view typed, Style style) {
        char before = ' ';
        while (!typed.empty()) {
            std::size_t taken = take_styled(typed, before, style);
            if (taken == 0) taken = take_link(typed, before, style);
            if (taken == 0) taken = take_emoji(typed, style);
            if (taken == 0) taken = take_mention(typed, before, style);
            if (taken == 0) {
                plain_ += typed.front();
                taken = 1;
            }
            before = typed[taken - 1];
            typed.remove_prefix(taken);
        }
        flush(style);
    }

private:
    void add(json::object element, std::string_view text, Style style) {
        json::object wanted;
        if (style.bold) wanted["bold"] = true;
        if (style.italic) wanted["italic"] = true;
        if (style.strike) wanted["strike"] = true;
        if (style.code) wanted["code"] = true;
        if (!wanted.empty()) element["style"] = std::move(wanted);
        elements_.push_back(std::move(element));
        text_ += text;
    }

    void flush(Style style) {
        if (plain_.empty()) return;
        const std::string escaped = escape(plain_);
        add({{"type", "text"}, {"text", plain_}}, escaped, style);
        plain_.clear();
    }

    // *bold*, _italic_, ~strike~ and `code`: a mark counts at the edge of a word only.
    std::size_t take_styled(std::string_view typed, char before, Style style) {
        const char mark = typed.front();
        if (!std::string_view("*_~`").contains(mark) || is_word(before)) return 0;
        if (typed.size() < 3 || std::isspace(static_cast<unsigned char>(typed[1])) != 0) return 0;
        for (std::size_t end = typed.find(mark, 2); end != std::string_view::npos;
             end = typed.find(mark, end + 1)) {
            const std::string_view inside = typed.substr(1, end - 1);
            if (inside.contains('\n')) return 0;
            if (mark != '`' && std::isspace(static_cast<unsigned char>(inside.back())) != 0)
                continue;
            if (end + 1 < typed.size() && is_word(typed[end + 1])) continue;
            flush(style);
            emit_styled(mark, inside, style);
            return end + 1;
        }
        return 0;
    }

    void emit_styled(char mark, std::string_view inside, Style style) {
        text_ += mark;
        if (mark == '`') {
            style.code = true;
            add({{"type", "text"}, {"text", inside}}, escape(inside), style);
        } else {
            style.bold = style.bold || mark == '*';
            style.italic = style.italic || mark == '_';
            style.strike = style.strike || mark == '~';
            parse(inside, style);
        }
        text_ += mark;
    }

    void add_link(std::string_view url, std::string_view label, Style style) {
        flush(style);
        json::object element{{"type", "link"}, {"url", url}};
        std::string text = "<" + escape(url);
        if (!label.empty()) {
            element["text"] = label;
            text += "|" + escape(label);
        }
        add(std::move(element), text + ">", style);
    }

    std::size_t take_link(std::string_view typed, char before, Style style) {
        if (typed.front() == '[') {
            const std::size_t middle = typed.find("](");
            const std::size_t end = typed.find(')', middle == std::string_view::npos ? 0 : middle);
            if (middle == std::string_view::npos || end == std::string_view::npos) return 0;
            const std::string_view url = typed.substr(middle + 2, end - middle - 2);
            if (match_url(url) != url.size() || middle < 2) return 0;
            add_link(url, typed.substr(1, middle - 1), style);
            return end + 1;
        }
        if (typed.front() == '<') {
            const std::size_t end = typed.find('>');
            if (end == std::string_view::npos) return 0;
            const std::string_view inside = typed.substr(1, end - 1);
            const std::size_t bar = inside.find('|');
            const std::string_view url = inside.substr(0, bar);
            if (url.empty() || match_url(url) != url.size()) return 0;
            add_link(url, bar == std::string_view::npos ? "" : inside.substr(bar + 1), style);
            return end + 1;
        }
        if (is_word(before)) return 0;
        if (const std::size_t url = match_url(typed); url != 0) {
            add_link(typed.substr(0, url), {}, style);
            return url;
        }
        const std::size_t mail = match_email(typed);
        if (mail != 0) {
            const std::string address(typed.substr(0, mail));
            add_link("mailto:" + address, address, style);
        }
        return mail;
    }

    void add_emoji(std::string_view name, std::string_view unicode, Style style) {
        flush(style);
        json::object element{{"type", "emoji"}, {"name", name.substr(0, name.find("::"))}};
        if (const std::size_t tone = name.find("::"); tone != std::string_view::npos)
            element["skin_tone"] = name.back() - '0';
        element["unicode"] = unicode;
        add(std::move(element), ":" + std::string(name) + ":", style);
    }

    std::size_t take_emoji(std::string_view typed, Style style) {
        if (typed.front() == ':') {
            const std::size_t end = typed.find(':', 1);
            if (end == std::string_view::npos || end == 1 || end > 60) return 0;
            std::string_view name = typed.substr(1, end - 1);
            if (typed.substr(end).starts_with("::skin-tone-") && typed.size() > end + 13 &&
                typed[end + 13] == ':')
                name = typed.substr(1, end + 12);
            const std::string unicode = emoji_unicode(name);
            if (unicode.empty()) return 0;
            add_emoji(name, unicode, style);
            return name.size() + 2;
        }
        const EmojiMatch match = match_emoji(typed);
        if (match.bytes != 0) add_emoji(match.name, match.unicode, style);
        return match.bytes;
    }

    static bool names(std::string_view typed, std::string_view name) {
        return !name.empty() && typed.size() >= name.size() &&
               to_lower_ascii(typed.substr(0, name.size())) == to_lower_ascii(name) &&
               (typed.size() == name.size() || !is_word(typed[name.size()]));
    }

    std::size_t take_mention(std::string_view typed, char before, Style style) {
        if (is_word(before)) return 0;
        if (typed.front() == '#') return take_channel(typed, style);
        if (typed.front() != '@') return 0;
        const std::string_view rest = typed.substr(1);
        for (const std::string_view range : {"here", "channel", "everyone"}) {
            if (!names(rest, range)) continue;
            flush(style);
            add({{"type", "broadcast"}, {"range", range}}, "<!" + std::string(range) + ">", style);
            return range.size() + 1;
        }
        const User* found = nullptr;
        std::size_t longest = 0;
        for (const User& user : workspace_.users) {
            const std::array<std::string_view, 3> known = {user.display_name, user.real_name,
                                                           user.name};
            for (const std::string_view name : known) {
                if (name.size() <= longest || !names(rest, name)) continue;
                found = &user;
                longest = name.size();
            }
        }
        if (!found) return 0;
        flush(style);
        add({{"type", "user"}, {"user_id", found->id}}, "<@" + found->id + ">", style);
        return longest + 1;
    }

    std::size_t take_channel(std::string_view typed, Style style) {
        const Channel* found = nullptr;
        for (const Channel& channel : workspace_.channels)
            if (names(typed.substr(1), channel.name) &&
                (!found || channel.name.size() > found->name.size()))
                found = &channel;
        if (!found) return 0;
        flush(style);
        add({{"type", "channel"}, {"channel_id", found->id}},
            "<#" + found->id + "|" + found->name + ">", style);
        return found->name.size() + 1;
    }

    const Workspace& workspace_;
    json::array& elements_;
    std::string& text_;
    std::string plain_;
};

}  // namespace

void parse_typed_inline(const Workspace& workspace, std::string_view typed, json::array& elements,
                        std::string& text) {
    InlineParser(workspace, elements, text).parse(typed, {});
}

}  // namespace deskbell::sandbox
