#pragma once
// A Post as the text a letter's row keeps: frozen before the first attempt, read back for every
// later one.

#include "base/result.hpp"
#include "core/session.hpp"

#include <string>
#include <string_view>

namespace deskbell::core {

[[nodiscard]] std::string encode_post(const Post& post);
// `post_unreadable` when the text is none of ours.
[[nodiscard]] Result<Post> decode_post(std::string_view text);

}  // namespace deskbell::core
