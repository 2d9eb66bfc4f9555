#pragma once
// The forms that agents open over a conversation, as Slack's views. Pure: values in, JSON out, and
// what was filled in, out of Slack's state.
//
// Every view carries its thread in `private_metadata`; whoever sends one back is checked anew.

#include "desk/canned.hpp"
#include "desk/desk.hpp"
#include "desk/slack/slack_json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

// Names of controls; a button's value is never trusted.
namespace control {
inline constexpr std::string_view claim = "deskbell_claim";
inline constexpr std::string_view take_over = "deskbell_take_over";
inline constexpr std::string_view resolve = "deskbell_resolve";
inline constexpr std::string_view reopen = "deskbell_reopen";
inline constexpr std::string_view more = "deskbell_more";
inline constexpr std::string_view transfer = "deskbell_transfer";
inline constexpr std::string_view canned = "deskbell_canned";
inline constexpr std::string_view edit_canned = "deskbell_edit_canned";
inline constexpr std::string_view transcript = "deskbell_transcript";
inline constexpr std::string_view post_transcript = "deskbell_post_transcript";
inline constexpr std::string_view hand_back = "deskbell_hand_back";
inline constexpr std::string_view block = "deskbell_block";
inline constexpr std::string_view unblock = "deskbell_unblock";
// Inputs; their blocks have the same names.
inline constexpr std::string_view person = "person";
inline constexpr std::string_view channel = "channel";
inline constexpr std::string_view reply = "reply";
inline constexpr std::string_view name = "name";
inline constexpr std::string_view text = "text";
// Shortcuts on messages.
inline constexpr std::string_view note_shortcut = "deskbell_note";
}  // namespace control

// Who the customer is, and everything that can be done.
[[nodiscard]] json::object more_form(const Conversation& conversation, const DeskThreadId& thread);
[[nodiscard]] json::object transfer_form(const DeskThreadId& thread,
                                         const std::vector<std::string>& channels);
[[nodiscard]] json::object canned_form(const DeskThreadId& thread);
[[nodiscard]] json::object edit_canned_form(const DeskThreadId& thread);
[[nodiscard]] json::object transcript_view(const Conversation& conversation,
                                           const DeskThreadId& thread);
// One sentence, when something was done.
[[nodiscard]] json::object result_view(const DeskThreadId& thread, std::string_view words);
[[nodiscard]] json::array canned_options(const std::vector<CannedReplies::Reply>& replies);

// What was filled in or chosen; empty when nothing was.
[[nodiscard]] std::string filled_in(const json::object& view, std::string_view input);

}  // namespace deskbell::desk::slack
