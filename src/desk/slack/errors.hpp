#pragma once
// Slack's error codes, sorted by what to do about them.

#include "desk/desk.hpp"
#include "desk/slack/slack_client.hpp"

#include <string_view>

namespace deskbell::desk::slack {

enum class ErrorClass {
    transient,     // surely not done; again later
    ambiguous,     // part of it may have been done
    auth,          // the whole desk refuses us
    config,        // a scope or a permission is missing; repeating does not help
    destination,   // this channel does not take it
    thread,        // the parent is gone or locked
    content,       // what we say is refused; never again as it is
    benign,        // it is as we wanted it already
    edit_refused,  // the message cannot be changed
    unknown,       // a code we do not know
};

[[nodiscard]] ErrorClass class_of(std::string_view code);

// What came of a post, from anything but "ok".
[[nodiscard]] PostOutcome outcome_of_post(const SlackReply& reply);
[[nodiscard]] CardOutcome outcome_of_card(const SlackReply& reply);
// Updating, deleting and reading may simply be repeated after this.
[[nodiscard]] bool is_worth_repeating(const SlackReply& reply);
// Neither time nor anything that somebody does to the channel or the app will change this answer.
[[nodiscard]] bool is_refused_for_good(const SlackReply& reply);

}  // namespace deskbell::desk::slack
