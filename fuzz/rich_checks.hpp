#pragma once
// What every tree that customers' clients render must keep, whoever wrote its words.

#include "base/json.hpp"
#include "base/text.hpp"
#include "core/rich.hpp"
#include "fuzz/target.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace deskbell::fuzz {

using core::RichNode;

inline bool is_block(RichNode::Kind kind) {
    return kind == RichNode::Kind::p || kind == RichNode::Kind::pre ||
           kind == RichNode::Kind::quote || kind == RichNode::Kind::ul ||
           kind == RichNode::Kind::ol;
}

inline bool is_code(RichNode::Kind kind) {
    return kind == RichNode::Kind::code || kind == RichNode::Kind::pre;
}

inline void check_node(const RichNode& node, std::size_t depth_left) {
    FUZZ_CHECK(depth_left > 0);
    FUZZ_CHECK(is_utf8(node.value));
    switch (node.kind) {
        case RichNode::Kind::text:
            FUZZ_CHECK(!node.value.empty() && node.children.empty());
            FUZZ_CHECK(without_controls(node.value) == node.value);
            break;
        case RichNode::Kind::br:
            FUZZ_CHECK(node.value.empty() && node.children.empty());
            break;
        case RichNode::Kind::link:
            FUZZ_CHECK(core::is_safe_link(node.value) && !node.children.empty());
            break;
        default:
            FUZZ_CHECK(node.value.empty());
    }
    for (const RichNode& child : node.children) {
        FUZZ_CHECK(!is_code(node.kind) || child.kind == RichNode::Kind::text);
        check_node(child, depth_left - 1);
    }
}

// A node's JSON as the protocol describes it; anything else would make a client guess.
inline void check_json(const boost::json::value& value, std::size_t depth_left) {
    FUZZ_CHECK(depth_left > 0 && value.is_array());
    for (const auto& item : value.get_array()) {
        FUZZ_CHECK(item.is_object());
        const boost::json::object& node = item.get_object();
        const std::string kind = string_or_empty(node, "t");
        constexpr std::string_view kinds[] = {"p",  "b",  "i",  "s",    "code", "pre", "quote",
                                              "ul", "ol", "li", "link", "br",   "text"};
        FUZZ_CHECK(std::ranges::find(kinds, kind) != std::end(kinds));
        if (kind == "text") FUZZ_CHECK(node.size() == 2 && node.contains("v"));
        if (kind == "br") FUZZ_CHECK(node.size() == 1);
        if (kind == "link") FUZZ_CHECK(core::is_safe_link(string_or_empty(node, "href")));
        if (const auto* children = node.if_contains("c")) check_json(*children, depth_left - 1);
    }
}

inline void check_tree(const core::RichTree& tree, std::size_t depth_max) {
    for (const RichNode& node : tree) {
        FUZZ_CHECK(is_block(node.kind));
        check_node(node, depth_max);
    }
    boost::json::parse_options options;
    options.max_depth = 4 * depth_max + 4;
    boost::system::error_code failed;
    const auto parsed = boost::json::parse(core::to_json(tree), failed, {}, options);
    FUZZ_CHECK(!failed);
    check_json(parsed, depth_max + 1);
    FUZZ_CHECK(is_utf8(core::to_markdown(tree)));
}

// What a reader sees of it, without blanks: those may move between forms.
inline std::string letters_of(const core::RichTree& tree) {
    std::string letters;
    for (const RichNode& node : tree) {
        if (node.kind == RichNode::Kind::text)
            std::ranges::copy_if(node.value, std::back_inserter(letters), [](char c) {
                return std::string_view(" \t\n").find(c) == std::string_view::npos;
            });
        letters += letters_of(node.children);
    }
    return letters;
}

}  // namespace deskbell::fuzz
