#include "core/rich.hpp"

#include "base/text.hpp"
#include "core/json_text.hpp"

#include <algorithm>
#include <array>

namespace deskbell::core {
namespace {

using Kind = RichNode::Kind;

std::string_view name_of(Kind kind) {
    constexpr std::array<std::string_view, 13> names = {
        "p", "b", "i", "s", "code", "pre", "quote", "ul", "ol", "li", "link", "br", "text"};
    return names[static_cast<std::size_t>(kind)];
}

void append_json(std::string& out, const RichTree& tree);

void append_json(std::string& out, const RichNode& node) {
    out += "{\"t\":\"";
    out += name_of(node.kind);
    out += '"';
    if (node.kind == Kind::text) {
        out += ",\"v\":";
        append_json_string(out, node.value);
    } else if (node.kind == Kind::link) {
        out += ",\"href\":";
        append_json_string(out, node.value);
    }
    if (node.kind != Kind::text && node.kind != Kind::br) {
        out += ",\"c\":";
        append_json(out, node.children);
    }
    out += '}';
}

void append_json(std::string& out, const RichTree& tree) {
    out += '[';
    for (std::size_t i = 0; i < tree.size(); ++i) {
        if (i > 0) out += ',';
        append_json(out, tree[i]);
    }
    out += ']';
}

std::string plain_text(const RichTree& tree) {
    std::string text;
    for (const RichNode& node : tree) {
        text += node.kind == Kind::br ? "\n" : node.value;
        text += plain_text(node.children);
    }
    return text;
}

// A run of backticks longer than any inside fences code, as CommonMark wants it.
std::size_t longest_backtick_run(std::string_view text) {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (const char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

// `line_start`: what begins a line may read as a heading, a list or a quote.
std::string escaped(std::string_view text, bool line_start) {
    std::string out;
    bool fresh = line_start;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool always = std::string_view("\\`*_[]<~&").find(c) != std::string_view::npos;
        const bool at_start = fresh && std::string_view("#>+-=").find(c) != std::string_view::npos;
        if (always || at_start) out += '\\';
        if (fresh && c >= '0' && c <= '9') {
            std::size_t end = i;
            while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
            out += text.substr(i, end - i);
            if (end < text.size() && (text[end] == '.' || text[end] == ')')) {
                out += '\\';
                out += text[end++];
            }
            i = end - 1;
            fresh = false;
            continue;
        }
        out += c;
        fresh = c == '\n' || (fresh && (c == ' ' || c == '\t'));
    }
    return out;
}

std::string inline_markdown(const RichTree& tree, bool line_start);

std::string code_span(const RichNode& node) {
    const std::string text = plain_text(node.children);
    const std::string fence(longest_backtick_run(text) + 1, '`');
    const bool padded = text.starts_with('`') || text.ends_with('`');
    return fence + (padded ? " " : "") + text + (padded ? " " : "") + fence;
}

// Emphasis must touch its words: blanks at its ends move outside.
std::string emphasised(const RichNode& node, std::string_view mark) {
    const std::string inner = inline_markdown(node.children, false);
    const std::string_view core = trim(inner);
    if (core.empty()) return inner;
    const auto lead = static_cast<std::size_t>(core.data() - inner.data());
    return inner.substr(0, lead) + std::string(mark) + std::string(core) + std::string(mark) +
           inner.substr(lead + core.size());
}

std::string link_target(std::string_view href) {
    std::string out;
    for (const char c : href) {
        if (c == ' ') {
            out += "%20";
        } else if (c == '(' || c == ')' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) > 0x20 && c != '<' && c != '>') {
            out += c;
        }
    }
    return out;
}

std::string inline_markdown(const RichTree& tree, bool line_start) {
    std::string out;
    for (const RichNode& node : tree) {
        const bool fresh = out.empty() ? line_start : out.back() == '\n';
        switch (node.kind) {
            case Kind::text:
                out += escaped(node.value, fresh);
                break;
            case Kind::br:
                out += "\\\n";
                break;
            case Kind::b:
                out += emphasised(node, "**");
                break;
            case Kind::i:
                out += emphasised(node, "*");
                break;
            case Kind::s:
                out += emphasised(node, "~~");
                break;
            case Kind::code:
                out += code_span(node);
                break;
            case Kind::link:
                if (is_safe_link(node.value)) {
                    out += "[" + inline_markdown(node.children, false) + "](" +
                           link_target(node.value) + ")";
                } else {
                    out += inline_markdown(node.children, fresh);
                }
                break;
            default:
                out += inline_markdown(node.children, fresh);
        }
    }
    return out;
}

std::string indented(std::string_view text, std::string_view first, std::string_view rest) {
    std::string out(first);
    for (const char c : text) {
        out += c;
        if (c == '\n') out += rest;
    }
    return out;
}

bool is_block(const RichNode& node) {
    return node.kind == Kind::p || node.kind == Kind::pre || node.kind == Kind::quote ||
           node.kind == Kind::ul || node.kind == Kind::ol;
}

std::string block_markdown(const RichNode& node);

// What stands in a quote or a list item: blocks, words, or words with a list behind them.
std::string flow_markdown(const RichTree& children, std::string_view separator) {
    std::string out;
    RichTree words;
    const auto add = [&](const std::string& piece) {
        if (!out.empty()) out += separator;
        out += piece;
    };
    for (const RichNode& child : children) {
        if (!is_block(child)) {
            words.push_back(child);
            continue;
        }
        if (!words.empty()) add(inline_markdown(words, true));
        words.clear();
        add(block_markdown(child));
    }
    if (!words.empty()) add(inline_markdown(words, true));
    return out;
}

std::string list_markdown(const RichNode& list) {
    std::string out;
    std::size_t number = 1;
    for (const RichNode& item : list.children) {
        const std::string mark =
            list.kind == Kind::ol ? std::to_string(number++) + ". " : std::string("- ");
        if (!out.empty()) out += '\n';
        out += indented(flow_markdown(item.children, "\n"), mark, std::string(mark.size(), ' '));
    }
    return out;
}

std::string block_markdown(const RichNode& node) {
    switch (node.kind) {
        case Kind::pre: {
            const std::string text = plain_text(node.children);
            const std::string fence(std::max<std::size_t>(3, longest_backtick_run(text) + 1), '`');
            return fence + "\n" + text + (text.ends_with('\n') ? "" : "\n") + fence;
        }
        case Kind::quote:
            return indented(flow_markdown(node.children, "\n\n"), "> ", "> ");
        case Kind::ul:
        case Kind::ol:
            return list_markdown(node);
        case Kind::p:
            return inline_markdown(node.children, true);
        default:
            return inline_markdown({node}, true);
    }
}

}  // namespace

std::string to_json(const RichTree& tree) {
    std::string out;
    append_json(out, tree);
    return out;
}

std::string to_markdown(const RichTree& tree) {
    std::string out;
    for (const RichNode& node : tree) {
        if (!out.empty()) out += "\n\n";
        out += block_markdown(node);
    }
    return out;
}

bool is_safe_link(std::string_view href) {
    // Browsers drop controls and blanks inside a scheme, so a link with any is not judged but
    // refused.
    for (const char c : href) {
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
    }
    const std::string lower = to_lower_ascii(href.substr(0, 8));
    return lower.starts_with("http://") || lower.starts_with("https://") ||
           (lower.starts_with("mailto:") && href.size() > 7) ||
           (lower.starts_with("tel:") && href.size() > 4);
}

}  // namespace deskbell::core
