#include "bot/markdown_rich.hpp"

#include "base/text.hpp"

#include <md4c.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::bot {

namespace {

using core::RichNode;
using core::RichTree;
using Kind = core::RichNode::Kind;

constexpr std::size_t depth_max = 8;
constexpr std::size_t markdown_bytes_max = 64u << 10;
constexpr std::string_view replacement = "\xEF\xBF\xBD";

void append_utf8(std::string& out, std::uint32_t point) {
    if (point == 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        out += replacement;
    } else if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | (point >> 6));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | (point >> 12));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (point >> 18));
        out += static_cast<char>(0x80 | ((point >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((point >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    }
}

// Only entities that people type; an unknown one stays as it is written.
std::string decode_entity(std::string_view entity) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 12> named = {{
        {"&amp;", "&"},
        {"&lt;", "<"},
        {"&gt;", ">"},
        {"&quot;", "\""},
        {"&apos;", "'"},
        {"&nbsp;", "\xC2\xA0"},
        {"&euro;", "\xE2\x82\xAC"},
        {"&pound;", "\xC2\xA3"},
        {"&ndash;", "\xE2\x80\x93"},
        {"&mdash;", "\xE2\x80\x94"},
        {"&hellip;", "\xE2\x80\xA6"},
        {"&copy;", "\xC2\xA9"},
    }};
    for (const auto& [name, text] : named)
        if (name == entity) return std::string(text);
    if (!entity.starts_with("&#") || entity.size() < 4) return std::string(entity);
    const bool is_hex = entity[2] == 'x' || entity[2] == 'X';
    const std::string_view digits = entity.substr(is_hex ? 3 : 2, entity.size() - (is_hex ? 4 : 3));
    std::uint32_t point = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), point, is_hex ? 16 : 10);
    std::string out;
    append_utf8(out, error == std::errc{} && end == digits.data() + digits.size() ? point : 0);
    return without_controls(out);
}

std::string attribute_text(const MD_ATTRIBUTE& attribute) {
    std::string out;
    for (std::size_t i = 0; attribute.text && attribute.substr_offsets[i] < attribute.size; ++i) {
        const MD_OFFSET from = attribute.substr_offsets[i];
        const std::string_view part(attribute.text + from, attribute.substr_offsets[i + 1] - from);
        if (attribute.substr_types[i] == MD_TEXT_ENTITY)
            out += decode_entity(part);
        else if (attribute.substr_types[i] == MD_TEXT_NULLCHAR)
            out += replacement;
        else
            out += part;
    }
    return out;
}

// Valid UTF-8 without controls: what is not is replaced, byte by byte.
std::string clean(std::string_view markdown) {
    markdown = markdown.substr(0, markdown_bytes_max);
    std::string out;
    while (!markdown.empty() && !is_utf8(markdown)) {
        std::size_t length = 1;  // of the character at the front, if it is one
        while (length <= 4 && length <= markdown.size() && !is_utf8(markdown.substr(0, length)))
            ++length;
        const bool valid = length <= 4 && length <= markdown.size();
        out += valid ? markdown.substr(0, length) : replacement;
        markdown.remove_prefix(valid ? length : 1);
    }
    out += markdown;
    return without_controls(out);
}

// What is open, as md4c names it. Leaving is by name, for md4c does not always close its spans
// (an address inside an image's brackets): what is left open ends with its block.
using Mark = int;
constexpr Mark no_mark = -1;
constexpr Mark mark_of(MD_BLOCKTYPE type) { return 100 + static_cast<int>(type); }
constexpr Mark mark_of(MD_SPANTYPE type) { return static_cast<int>(type); }
constexpr bool is_block_mark(Mark mark) { return mark >= 100; }

class Builder {
public:
    void enter(Mark mark, Kind kind, std::string value = {}) {
        // Too deep, or in a place that holds text only: its content goes to whoever is open.
        if (open_.size() >= depth_max || in_code()) return enter_nothing(mark);
        open_.push_back({mark, false, {kind, std::move(value), {}}});
    }

    // As enter(), but the content goes to whoever is open.
    void enter_nothing(Mark mark) { open_.push_back({mark, true, {}}); }

    void leave(Mark mark) {
        std::size_t at = open_.size();
        while (at > 0 && open_[at - 1].mark != mark) {
            if (!is_block_mark(mark) && is_block_mark(open_[at - 1].mark)) return;
            --at;
        }
        if (at == 0) return;
        while (open_.size() >= at) close_last();
    }

    void text(std::string_view text) {
        if (text.empty()) return;
        RichTree& nodes = siblings();
        if (!nodes.empty() && nodes.back().kind == Kind::text)
            nodes.back().value += text;
        else
            nodes.push_back({Kind::text, std::string(text), {}});
    }

    void line_break() {
        if (in_code()) return text("\n");
        siblings().push_back({Kind::br, {}, {}});
    }

    [[nodiscard]] bool is_inside(Kind kind) const {
        for (const Open& open : open_)
            if (!open.transparent && open.node.kind == kind) return true;
        return false;
    }

    [[nodiscard]] RichTree take() {
        while (!open_.empty()) close_last();
        return std::move(top_);
    }

private:
    struct Open {
        Mark mark = no_mark;
        bool transparent = false;
        RichNode node;
    };

    [[nodiscard]] bool in_code() const { return is_inside(Kind::code) || is_inside(Kind::pre); }

    void close_last() {
        Open last = std::move(open_.back());
        open_.pop_back();
        if (last.transparent) return;
        if (last.node.children.empty() && last.node.kind != Kind::li) return;
        siblings().push_back(std::move(last.node));
    }

    RichTree& siblings() {
        for (auto open = open_.rbegin(); open != open_.rend(); ++open)
            if (!open->transparent) return open->node.children;
        return top_;
    }

    std::vector<Open> open_;
    RichTree top_;
};

Builder& builder_of(void* user) { return *static_cast<Builder*>(user); }

int enter_block(MD_BLOCKTYPE type, void*, void* user) {
    Builder& builder = builder_of(user);
    const Mark mark = mark_of(type);
    switch (type) {
        case MD_BLOCK_QUOTE:
            builder.enter(mark, Kind::quote);
            break;
        case MD_BLOCK_UL:
            builder.enter(mark, Kind::ul);
            break;
        case MD_BLOCK_OL:
            builder.enter(mark, Kind::ol);
            break;
        case MD_BLOCK_LI:
            builder.enter(mark, Kind::li);
            break;
        case MD_BLOCK_CODE:
            builder.enter(mark, Kind::pre);
            break;
        case MD_BLOCK_H:
            builder.enter(mark, Kind::p);
            builder.enter(no_mark, Kind::b);  // ends with its block
            break;
        case MD_BLOCK_P:
            builder.enter(mark, Kind::p);
            break;
        case MD_BLOCK_HR:
            builder.enter(mark, Kind::p);
            builder.text("\xE2\x80\x94");
            break;
        default:
            builder.enter_nothing(mark);
            break;
    }
    return 0;
}

int leave_block(MD_BLOCKTYPE type, void*, void* user) {
    builder_of(user).leave(mark_of(type));
    return 0;
}

void enter_link(Builder& builder, Mark mark, const std::string& href) {
    if (core::is_safe_link(href) && !builder.is_inside(Kind::link))
        builder.enter(mark, Kind::link, href);
    else
        builder.enter_nothing(mark);
}

int enter_span(MD_SPANTYPE type, void* detail, void* user) {
    Builder& builder = builder_of(user);
    const Mark mark = mark_of(type);
    switch (type) {
        case MD_SPAN_EM:
            builder.enter(mark, Kind::i);
            break;
        case MD_SPAN_STRONG:
            builder.enter(mark, Kind::b);
            break;
        case MD_SPAN_DEL:
            builder.enter(mark, Kind::s);
            break;
        case MD_SPAN_CODE:
            builder.enter(mark, Kind::code);
            break;
        case MD_SPAN_A:
            enter_link(builder, mark, attribute_text(static_cast<MD_SPAN_A_DETAIL*>(detail)->href));
            break;
        case MD_SPAN_IMG:
            enter_link(builder, mark,
                       attribute_text(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src));
            break;
        default:
            builder.enter_nothing(mark);
            break;
    }
    return 0;
}

int leave_span(MD_SPANTYPE type, void*, void* user) {
    builder_of(user).leave(mark_of(type));
    return 0;
}

int on_text(MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* user) {
    Builder& builder = builder_of(user);
    const std::string_view piece(text, size);
    switch (type) {
        case MD_TEXT_NULLCHAR:
            builder.text(replacement);
            break;
        case MD_TEXT_BR:
            builder.line_break();
            break;
        case MD_TEXT_SOFTBR:
            builder.text(" ");
            break;
        case MD_TEXT_ENTITY:
            builder.text(decode_entity(piece));
            break;
        default:
            builder.text(piece);
            break;
    }
    return 0;
}

bool is_block(const RichNode& node) {
    return node.kind == Kind::p || node.kind == Kind::pre || node.kind == Kind::quote ||
           node.kind == Kind::ul || node.kind == Kind::ol;
}

// At the top stand blocks: whatever else ended up there (very deep nesting) gets a paragraph.
RichTree with_blocks_at_the_top(RichTree nodes) {
    RichTree top;
    for (RichNode& node : nodes) {
        if (is_block(node))
            top.push_back(std::move(node));
        else
            top.push_back({Kind::p, {}, {std::move(node)}});
    }
    return top;
}

}  // namespace

core::RichTree markdown_to_rich(std::string_view markdown) {
    const std::string text = clean(markdown);
    Builder builder;
    const MD_PARSER parser{
        0,           MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH | MD_FLAG_PERMISSIVEURLAUTOLINKS,
        enter_block, leave_block,
        enter_span,  leave_span,
        on_text,     nullptr,
        nullptr,
    };
    if (md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &builder) != 0)
        return {{Kind::p, {}, {{Kind::text, text, {}}}}};
    return with_blocks_at_the_top(builder.take());
}

}  // namespace deskbell::bot
