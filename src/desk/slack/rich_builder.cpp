#include "desk/slack/rich_builder.hpp"

#include "base/text.hpp"

namespace deskbell::desk::slack {
namespace {

using core::RichNode;
using core::RichTree;
using Kind = RichNode::Kind;

// Neighbours of one kind become one: "**a****b**" would not read as it should.
void append_merged(RichTree& tree, RichNode node) {
    if (!tree.empty() && tree.back().kind == node.kind) {
        RichNode& last = tree.back();
        if (node.kind == Kind::text) {
            last.value += node.value;
            return;
        }
        if (node.kind == Kind::b || node.kind == Kind::i || node.kind == Kind::s ||
            node.kind == Kind::code) {
            for (RichNode& child : node.children) append_merged(last.children, std::move(child));
            return;
        }
    }
    tree.push_back(std::move(node));
}

RichNode wrapped(Kind kind, RichNode inner) {
    RichNode node;
    node.kind = kind;
    node.children.push_back(std::move(inner));
    return node;
}

RichNode text_node(std::string_view text) {
    RichNode node;
    node.value = without_controls(text);
    return node;
}

}  // namespace

void RichBuilder::add(RichNode node, const Style& style) {
    if (newlines_ > 1) {
        end_paragraph();
    } else if (newlines_ == 1 && !line_.empty()) {
        RichNode br;
        br.kind = Kind::br;
        line_.push_back(std::move(br));
    }
    newlines_ = 0;
    if (style.code && node.kind == Kind::text) node = wrapped(Kind::code, std::move(node));
    if (style.strike) node = wrapped(Kind::s, std::move(node));
    if (style.italic) node = wrapped(Kind::i, std::move(node));
    if (style.bold) node = wrapped(Kind::b, std::move(node));
    append_merged(line_, std::move(node));
}

void RichBuilder::text(std::string_view words, const Style& style) {
    while (!words.empty()) {
        const std::size_t end = words.find('\n');
        const std::string_view line = words.substr(0, end);
        RichNode node = text_node(line);  // nothing is left of a line of controls
        if (!node.value.empty()) add(std::move(node), style);
        if (end == std::string_view::npos) return;
        newline();
        words.remove_prefix(end + 1);
    }
}

void RichBuilder::link(std::string_view url, std::string_view label, const Style& style) {
    const std::string clean_label = without_controls(label);
    std::string_view shown = clean_label;
    if (trim(shown).empty()) {
        shown = url;
        for (const std::string_view scheme : {"mailto:", "tel:"})
            if (shown.starts_with(scheme)) shown.remove_prefix(scheme.size());
    }
    if (!core::is_safe_link(url)) return text(shown, style);
    RichNode words = text_node(shown);
    if (style.code) words = wrapped(Kind::code, std::move(words));
    RichNode node = wrapped(Kind::link, std::move(words));
    node.value = std::string(url);
    add(std::move(node), style);
}

void RichBuilder::end_paragraph() {
    newlines_ = 0;
    if (line_.empty()) return;
    RichNode paragraph;
    paragraph.kind = Kind::p;
    paragraph.children = std::exchange(line_, {});
    blocks_.push_back(std::move(paragraph));
}

void RichBuilder::block(RichNode node) {
    end_paragraph();
    blocks_.push_back(std::move(node));
}

RichTree RichBuilder::take() {
    end_paragraph();
    return std::exchange(blocks_, {});
}

RichTree RichBuilder::take_inline() {
    RichTree line;
    for (RichNode& block : take()) {
        if (!line.empty()) {
            RichNode br;
            br.kind = Kind::br;
            line.push_back(std::move(br));
        }
        for (RichNode& child : block.children) line.push_back(std::move(child));
    }
    return line;
}

std::string user_mention(std::string_view user, std::string_view label, const NameBook& names) {
    const auto found = names.users.find(user);
    if (found != names.users.end()) return "@" + found->second;
    if (label.starts_with('@')) label.remove_prefix(1);
    return "@" + (label.empty() ? std::string("someone") : std::string(label));
}

std::string channel_mention(std::string_view channel, std::string_view label,
                            const NameBook& names) {
    const auto found = names.channels.find(channel);
    if (label.starts_with('#')) label.remove_prefix(1);
    if (!label.empty()) return "#" + std::string(label);
    return found == names.channels.end() ? std::string() : "#" + found->second;
}

}  // namespace deskbell::desk::slack
