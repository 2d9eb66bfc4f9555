#pragma once
// What is said elsewhere than in customers' threads: that somebody waits, and what the operator
// should know.
//
// Who calls it: the office, with the engine's alerts; channels, with their troubles. An alert that
// may have been said before is looked for by its mark before it is said again. What it never does:
// keep anything that matters (the engine's timers do); post faster than its own small budget.
// Threading: the office loop.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "core/alert.hpp"
#include "desk/slack/channels.hpp"
#include "desk/slack/paced_calls.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace deskbell::desk::slack {

class Alerts {
public:
    // `settled`: it was said, or never can be; else it should come again later.
    using Done = std::move_only_function<void(bool settled)>;

    Alerts(Loop& loop, SlackClient& client, Workspace& workspace, const Channels& channels,
           Random& random);

    void say(core::Alert alert, Done done);
    // For people who run this: `where` is a channel or a person. Best effort; bounded.
    void tell(const std::string& where, const std::string& text);

private:
    void look_for(core::Alert alert, std::string channel, Done done);
    void post(const core::Alert& alert, const std::string& channel, Done done);
    // A channel's id or a person's; empty when posts cannot go there now.
    [[nodiscard]] std::string place_of(const std::string& where) const;

    Loop& loop_;
    SlackClient& client_;
    Workspace& workspace_;
    const Channels& channels_;
    PacedCalls calls_;
    std::set<LetterId> in_hand_;
    std::size_t tellings_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
