#include "sandbox/model/text.hpp"

#include "base/text.hpp"
#include "sandbox/model/emoji.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace deskbell::sandbox {

namespace {

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool looks_like_id(std::string_view text, std::string_view first) {
    const std::string_view id = text.substr(0, text.find('|'));
    return id.size() >= 2 && first.contains(id.front()) && std::ranges::all_of(id, [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
           });
}

// What stands between '<' and '>' of a control sequence.
bool is_control_sequence(std::string_view inside) {
    if (inside.empty() || inside.find('<') != std::string_view::npos) return false;
    if (inside.front() == '@') return looks_like_id(inside.substr(1), "UW");
    if (inside.front() == '#') return looks_like_id(inside.substr(1), "CG");
    if (inside.front() == '!') return inside.size() > 1;
    const std::string_view target = inside.substr(0, inside.find('|'));
    if (target.find_first_of(" \n\t") != std::string_view::npos) return false;
    const std::array<std::string_view, 4> schemes = {"http://", "https://", "mailto:", "tel:"};
    return std::ranges::any_of(schemes, [target](std::string_view scheme) {
        return target.starts_with(scheme) && target.size() > scheme.size();
    });
}

// The length of the entity that begins at `text` and that Slack keeps, or 0.
std::size_t match_entity(std::string_view text) {
    for (const std::string_view entity : {"&amp;", "&lt;", "&gt;"})
        if (text.starts_with(entity)) return entity.size();
    return 0;
}

// The length of a span of code that begins at `text`, or 0.
std::size_t match_code(std::string_view text) {
    if (text.starts_with("```")) {
        const std::size_t end = text.find("```", 3);
        return end == std::string_view::npos ? 0 : end + 3;
    }
    if (!text.starts_with('`')) return 0;
    const std::size_t end = text.find_first_of("`\n", 1);
    return end == std::string_view::npos || text[end] == '\n' || end == 1 ? 0 : end + 1;
}

void append_escaped(std::string& out, char c) {
    if (c == '&')
        out += "&amp;";
    else if (c == '<')
        out += "&lt;";
    else if (c == '>')
        out += "&gt;";
    else
        out += c;
}

// Copies one entity, control sequence or character; the bytes that were taken.
std::size_t copy_markup(std::string_view text, std::string& out) {
    if (const std::size_t entity = match_entity(text); entity != 0) {
        out += text.substr(0, entity);
        return entity;
    }
    if (text.front() == '<') {
        const std::size_t end = text.find('>');
        if (end != std::string_view::npos && is_control_sequence(text.substr(1, end - 1))) {
            out += text.substr(0, end + 1);
            return end + 1;
        }
    }
    append_escaped(out, text.front());
    return 1;
}

}  // namespace

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) append_escaped(out, c);
    return out;
}

std::size_t match_url(std::string_view text) {
    std::size_t scheme = 0;
    if (text.starts_with("https://"))
        scheme = 8;
    else if (text.starts_with("http://"))
        scheme = 7;
    if (scheme == 0 || text.size() == scheme || !is_alnum(text[scheme])) return 0;
    std::size_t end = text.find_first_of(" \t\r\n<>\"|`", scheme);
    if (end == std::string_view::npos) end = text.size();
    while (end > scheme && std::string_view(".,;:!?'*_~").contains(text[end - 1])) --end;
    if (end > scheme && text[end - 1] == ')' &&
        text.substr(0, end).find('(') == std::string_view::npos)
        --end;
    return end;
}

std::size_t match_email(std::string_view text) {
    const auto is_local = [](char c) {
        return is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+';
    };
    std::size_t at = 0;
    while (at < text.size() && at < 64 && is_local(text[at])) ++at;
    if (at == 0 || at >= text.size() || text[at] != '@') return 0;
    std::size_t end = at + 1;
    while (end < text.size() && (is_alnum(text[end]) || text[end] == '-' || text[end] == '.'))
        ++end;
    while (end > at + 1 && !is_alnum(text[end - 1])) --end;
    const std::string_view domain = text.substr(at + 1, end - at - 1);
    const std::size_t dot = domain.rfind('.');
    return dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3 ? 0 : end;
}

std::string normalize_mrkdwn(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    char before = ' ';
    while (!text.empty()) {
        std::size_t taken = 0;
        if (const std::size_t code = match_code(text); code != 0) {
            std::string_view span = text.substr(0, code);
            while (!span.empty()) span.remove_prefix(copy_markup(span, out));
            taken = code;
        } else if (const std::size_t url = is_alnum(before) ? 0 : match_url(text); url != 0) {
            out += "<" + std::string(text.substr(0, url)) + ">";
            taken = url;
        } else if (const std::size_t mail = is_alnum(before) ? 0 : match_email(text); mail != 0) {
            const std::string address(text.substr(0, mail));
            out += "<mailto:" + address + "|" + address + ">";
            taken = mail;
        } else if (const EmojiMatch emoji = match_emoji(text); emoji.bytes != 0) {
            out += ":" + emoji.name + ":";
            taken = emoji.bytes;
        } else {
            taken = copy_markup(text, out);
        }
        before = text[taken - 1];
        text.remove_prefix(taken);
    }
    return out;
}

std::string normalize_plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const EmojiMatch emoji = match_emoji(text);
        if (emoji.bytes != 0) {
            out += ":" + emoji.name + ":";
            text.remove_prefix(emoji.bytes);
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

std::string percent_encode_form(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size() * 2);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80 && (is_alnum(c) || std::string_view("-_.*").contains(c))) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return out;
}

std::string_view prefix_of_characters(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    while (at < text.size()) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (begins && characters-- == 0) break;
        ++at;
    }
    return text.substr(0, at);
}

}  // namespace deskbell::sandbox
