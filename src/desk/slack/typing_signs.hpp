#pragma once
// "… is typing" in a customer's thread, where Slack lets us show it.
//
// Who calls it: the office, for customers who type now. assistant.threads.setStatus needs
// chat:write only; where a workspace does not have it, it is left alone for an hour. What it never
// does: wait, repeat, or take a post's turn: a sign that comes late is worth nothing. Threading:
// the office loop.

#include "base/loop.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <memory>
#include <string>

namespace deskbell::desk::slack {

class TypingSigns {
public:
    TypingSigns(Loop& loop, SlackClient& client, Workspace& workspace)
        : loop_(loop), client_(client), workspace_(workspace) {}

    // Slack takes the sign away by itself after two minutes, or when we post.
    void show(const DeskThreadId& thread, const std::string& name, bool on);

private:
    [[nodiscard]] bool has_turn();
    void answered(const SlackReply& reply);

    Loop& loop_;
    SlackClient& client_;
    Workspace& workspace_;
    double turns_ = 20;
    SteadyMs turns_at_ = 0;
    SteadyMs quiet_until_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
