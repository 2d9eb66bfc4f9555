#pragma once
// The content of a message as a small tree: what clients render without a parser (protocol,
// "rich").
//
// As JSON: {"t":"text","v":"…"}; {"t":"link","href":"…","c":[…]}; {"t":"br"}; every other kind
// {"t":kind,"c":[…]}. `code` and `pre` hold text nodes only. At the top stand blocks: p, pre,
// quote, ul, ol.

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::core {

struct RichNode {
    enum class Kind { p, b, i, s, code, pre, quote, ul, ol, li, link, br, text };
    Kind kind = Kind::text;
    std::string value;  // text: the characters; link: the href; else empty
    std::vector<RichNode> children;

    friend bool operator==(const RichNode&, const RichNode&) = default;
};

using RichTree = std::vector<RichNode>;

[[nodiscard]] std::string to_json(const RichTree& tree);
// The same content as Markdown (CommonMark); text that would read as markup is escaped.
[[nodiscard]] std::string to_markdown(const RichTree& tree);
// http, https, mailto and tel; anything else must not become a link.
[[nodiscard]] bool is_safe_link(std::string_view href);

}  // namespace deskbell::core
