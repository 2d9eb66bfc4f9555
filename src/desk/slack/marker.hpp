#pragma once
// The two marks by which we know our own posts again: message metadata and a block's id.

#include "core/session.hpp"
#include "desk/slack/slack_json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

inline constexpr std::string_view metadata_type = "deskbell_post";

struct Marker {
    LetterId post;
    // True and false are said by the block's id; without it nobody knows.
    std::optional<bool> is_parent;
};

// What a check posts to see whether its event arrives: this word, and it tells which.
inline constexpr std::string_view canary_prefix = "canary-";
// Empty when the message is none.
[[nodiscard]] std::string canary_of(const json::object& message);

[[nodiscard]] std::optional<Marker> marker_of(const json::object& message);
[[nodiscard]] std::string metadata_json(const core::Post& post);
[[nodiscard]] std::string block_id_of(const core::Post& post);
// After an update of the parent; its metadata still names the post.
[[nodiscard]] std::string block_id_of(const core::Card& card);
// Which version of the card a parent shows; 0: none is said.
[[nodiscard]] std::int64_t card_version_of(const json::object& message);
// The session that a parent's block names, updated or not; empty: none.
[[nodiscard]] std::string_view session_of_block_id(std::string_view id);

}  // namespace deskbell::desk::slack
