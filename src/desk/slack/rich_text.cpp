// Blocks → tree: what Slack's own clients attach to everything people write.

#include "base/text.hpp"
#include "base/time.hpp"
#include "desk/slack/emoji.hpp"
#include "desk/slack/markup.hpp"
#include "desk/slack/rich_builder.hpp"
#include "desk/slack/slack_ids.hpp"

#include <algorithm>

namespace deskbell::desk::slack {
namespace {

using core::RichNode;
using core::RichTree;
using Kind = RichNode::Kind;

struct ListItem {
    std::int64_t indent = 0;
    bool ordered = false;
    RichTree words;
};

Style style_of(const json::object& element) {
    const json::object& style = object_at(element, "style");
    const auto is = [&style](const char* key) { return find_bool(style, key).value_or(false); };
    return Style{is("bold"), is("italic"), is("strike"), is("code")};
}

std::string emoji_of(const json::object& element) {
    const std::string name(text_at(element, "name"));
    const std::int64_t tone = find_int(element, "skin_tone").value_or(0);
    if (tone >= 2 && tone <= 6) {
        if (auto toned = emoji_characters(name + "::skin-tone-" + std::to_string(tone)))
            return *toned;
    }
    if (auto given = characters_of_code_points(text_at(element, "unicode"))) return *given;
    if (auto known = emoji_characters(name)) return *known;
    return name.empty() ? std::string() : ":" + name + ":";
}

std::string date_of(const json::object& element) {
    if (const auto fallback = text_at(element, "fallback"); !fallback.empty())
        return std::string(fallback);
    const std::int64_t seconds = find_int(element, "timestamp").value_or(0);
    if (seconds <= 0 || seconds > 99'999'999'999) return {};
    const std::string full = to_rfc3339(seconds * 1000);
    return full.substr(0, 10) + " " + full.substr(11, 5) + " UTC";
}

void add_inline(RichBuilder& builder, const json::object& element, const NameBook& names) {
    const std::string_view type = text_at(element, "type");
    const Style style = style_of(element);
    if (type == "text") return builder.text(text_at(element, "text"), style);
    if (type == "link")
        return builder.link(text_at(element, "url"), text_at(element, "text"), style);
    if (type == "emoji") return builder.text(emoji_of(element), style);
    if (type == "user")
        return builder.text(user_mention(text_at(element, "user_id"), {}, names), style);
    if (type == "channel")
        return builder.text(channel_mention(text_at(element, "channel_id"), {}, names), style);
    if (type == "date") return builder.text(date_of(element), style);
    if (type == "color") return builder.text(text_at(element, "value"), style);
    // Nobody of theirs is pinged from here, and groups have no name we could show.
    if (type == "broadcast" || type == "usergroup" || type == "team") return;
    const std::string_view words = text_at(element, "text");
    builder.text(words.empty() ? text_at(element, "fallback") : words, style);
}

void add_elements(RichBuilder& builder, const json::object& section, const NameBook& names) {
    for (const json::value& element : array_at(section, "elements")) {
        if (const json::object* object = element.if_object()) add_inline(builder, *object, names);
    }
}

// Lists arrive flat, each with its indent; nested ones hang on the item before them.
RichTree build_lists(std::vector<ListItem>& items, std::size_t& at, std::int64_t level) {
    RichTree lists;
    while (at < items.size() && items[at].indent >= level) {
        const Kind kind = items[at].ordered ? Kind::ol : Kind::ul;
        if (items[at].indent > level) {
            RichTree nested = build_lists(items, at, items[at].indent);
            RichTree* home = &lists;
            if (!lists.empty() && !lists.back().children.empty())
                home = &lists.back().children.back().children;
            for (RichNode& node : nested) home->push_back(std::move(node));
            continue;
        }
        if (lists.empty() || lists.back().kind != kind) {
            RichNode list;
            list.kind = kind;
            lists.push_back(std::move(list));
        }
        RichNode item;
        item.kind = Kind::li;
        item.children = std::move(items[at].words);
        lists.back().children.push_back(std::move(item));
        ++at;
    }
    return lists;
}

void flush_lists(RichBuilder& builder, std::vector<ListItem>& items) {
    std::size_t at = 0;
    for (RichNode& list : build_lists(items, at, 0)) builder.block(std::move(list));
    items.clear();
}

void collect_list(std::vector<ListItem>& items, const json::object& list, const NameBook& names) {
    for (const json::value& value : array_at(list, "elements")) {
        const json::object* section = value.if_object();
        if (!section) continue;
        RichBuilder words;
        add_elements(words, *section, names);
        ListItem item;
        item.indent = std::clamp<std::int64_t>(find_int(list, "indent").value_or(0), 0, 8);
        item.ordered = text_at(list, "style") == "ordered";
        item.words = words.take_inline();
        items.push_back(std::move(item));
    }
}

void add_preformatted(RichBuilder& builder, const json::object& element) {
    std::string text;
    for (const json::value& value : array_at(element, "elements")) {
        const json::object* piece = value.if_object();
        if (!piece) continue;
        const std::string_view words = text_at(*piece, "text");
        text += words.empty() ? text_at(*piece, "url") : words;
    }
    RichNode words;
    words.value = without_controls(text);
    if (words.value.empty()) return;
    RichNode pre;
    pre.kind = Kind::pre;
    pre.children.push_back(std::move(words));
    builder.block(std::move(pre));
}

void add_quote(RichBuilder& builder, const json::object& element, const NameBook& names) {
    RichBuilder inner;
    add_elements(inner, element, names);
    RichNode quote;
    quote.kind = Kind::quote;
    quote.children = inner.take();
    if (!quote.children.empty()) builder.block(std::move(quote));
}

void add_rich_text(RichBuilder& builder, const json::object& block, const NameBook& names) {
    std::vector<ListItem> items;
    for (const json::value& value : array_at(block, "elements")) {
        const json::object* element = value.if_object();
        if (!element) continue;
        const std::string_view type = text_at(*element, "type");
        if (type == "rich_text_list") {
            collect_list(items, *element, names);
            continue;
        }
        flush_lists(builder, items);
        if (type == "rich_text_preformatted") {
            add_preformatted(builder, *element);
        } else if (type == "rich_text_quote") {
            add_quote(builder, *element, names);
        } else if (element->if_contains("elements")) {
            add_elements(builder, *element, names);
        } else {
            add_inline(builder, *element, names);
        }
    }
    flush_lists(builder, items);
}

void collect_users(const json::value& value, std::vector<std::string>& users, std::size_t most,
                   int depth) {
    if (depth > 12 || users.size() >= most) return;
    if (const json::array* array = value.if_array()) {
        for (const json::value& item : *array) collect_users(item, users, most, depth + 1);
    } else if (const json::object* object = value.if_object()) {
        const std::string user(text_at(*object, "user_id"));
        if (text_at(*object, "type") == "user" && !user.empty() && users.size() < most &&
            std::find(users.begin(), users.end(), user) == users.end())
            users.push_back(user);
        for (const auto& [key, item] : *object) collect_users(item, users, most, depth + 1);
    }
}

void collect_users_of_text(std::string_view text, std::vector<std::string>& users,
                           std::size_t most) {
    for (std::size_t at = text.find("<@"); at != std::string_view::npos && users.size() < most;
         at = text.find("<@", at + 2)) {
        const std::size_t end = text.find_first_of("|>", at);
        if (end == std::string_view::npos) return;
        std::string user(text.substr(at + 2, end - at - 2));
        if (!user.empty() && std::find(users.begin(), users.end(), user) == users.end())
            users.push_back(std::move(user));
    }
}

bool is_rich_text(const json::value& block) {
    const json::object* object = block.if_object();
    return object && text_at(*object, "type") == "rich_text";
}

}  // namespace

RichTree tree_of_blocks(const json::array& blocks, const NameBook& names) {
    RichBuilder builder;
    for (const json::value& block : blocks) {
        if (is_rich_text(block)) {
            add_rich_text(builder, block.get_object(), names);
            builder.newline();
            builder.newline();
        }
    }
    return builder.take();
}

std::vector<std::string> mentioned_users(const json::object& message, std::size_t most) {
    std::vector<std::string> users;
    for (const json::value& block : array_at(message, "blocks"))
        collect_users(block, users, most, 0);
    if (users.empty()) collect_users_of_text(text_at(message, "text"), users, most);
    return users;
}

Rendered render_message(const json::object& message, const NameBook& names) {
    const json::array& blocks = array_at(message, "blocks");
    RichTree tree;
    if (std::any_of(blocks.begin(), blocks.end(), is_rich_text))
        tree = tree_of_blocks(blocks, names);
    if (tree.empty()) tree = tree_of_text(text_at(message, "text"), names);
    RichBuilder files;
    bool has_attachments = false;
    for (const json::value& value : array_at(message, "files")) {
        const json::object* file = value.if_object();
        if (!file) continue;
        // What can be fetched is an attachment of its own; only the others are named here.
        const bool attached =
            text_at(*file, "mode") != "external" && is_slack_id(text_at(*file, "id"), "F");
        has_attachments = has_attachments || attached;
        if (attached) continue;
        std::string_view name = text_at(*file, "name");
        if (name.empty()) name = text_at(*file, "title");
        const bool gone = text_at(*file, "mode") == "tombstone";
        files.text(gone ? "[file removed]"
                        : "[file" + (name.empty() ? std::string() : ": " + std::string(name)) + "]",
                   {});
        files.newline();
    }
    for (RichNode& node : files.take()) tree.push_back(std::move(node));
    if (tree.empty() && !has_attachments) {  // an agent did say something, so the customer must
                                             // know that it is there
        RichBuilder nothing;
        nothing.text("[unsupported message]", {});
        tree = nothing.take();
    }
    return Rendered{core::to_markdown(tree), core::to_json(tree)};
}

}  // namespace deskbell::desk::slack
