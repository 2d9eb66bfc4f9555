#pragma once
// What agents see: the parent of a thread, its introduction, customers' words, notices.
//
// What this is: pure functions. Slack's limits hold by construction, whatever a customer typed; no
// customer's text is ever markup, so that no mention can fire and no link can hide where it goes.

#include "core/session.hpp"
#include "desk/slack/mentions.hpp"
#include "desk/slack/slack_json.hpp"

#include <string>

namespace deskbell::desk::slack {

struct Look {
    std::string workspace_url;    // "https://acme.slack.com/", for links to earlier threads
    bool customer_names = false;  // a post may carry its customer's name instead of the bot's
    Callees callees{};            // whom notices may call
};

struct Message {
    std::string text;  // notifications and screen readers; says all that the blocks say
    json::array blocks;
    std::string username;    // empty: the bot's own
    std::string icon_emoji;  // empty: the bot's own
};

[[nodiscard]] Message message_of(const core::Post& post, const Look& look);
[[nodiscard]] Message message_of(const core::Card& card);
// The parent that this one continues, once agents handed the conversation over.
[[nodiscard]] Message moved_message_of(const core::Card& card, const Look& look);
// "https://acme.slack.com/archives/C0…/p1763800000000100"; empty when the thread is none of ours.
[[nodiscard]] std::string permalink(const std::string& workspace_url, const DeskThreadId& thread);

}  // namespace deskbell::desk::slack
