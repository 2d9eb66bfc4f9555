#pragma once
// Markdown as bots write it → the tree that clients render (core/rich.hpp). Pure.
//
// CommonMark through md4c, narrowed to what the protocol knows: a heading becomes a bold paragraph,
// an image a link, raw HTML is text, a link that must not be one is its label. Whatever the bytes,
// the tree holds allowed nodes only, valid UTF-8, and is at most a few levels deep.

#include "core/rich.hpp"

#include <string_view>

namespace deskbell::bot {

[[nodiscard]] core::RichTree markdown_to_rich(std::string_view markdown);

}  // namespace deskbell::bot
