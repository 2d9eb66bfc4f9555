#pragma once
// /deskbell, as agents type it: how things stand, whether they take customers, where words were
// said. Answers are for their eyes only.
//
// Who calls it: slack_inbound, with requests that are verified, and Socket Mode. What it never
// does: show a conversation to somebody who is not in its channel; change anything but the asker's
// own availability. Threading: the office loop.

#include "base/loop.hpp"
#include "desk/desk.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/staff.hpp"
#include "desk/slack/workspace.hpp"

#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

// What Slack says of a command.
struct Typed {
    std::string team;
    std::string user;
    std::string command;  // "/deskbell"
    std::string text;
    std::string thread_ts;
};

// The JSON of an ephemeral answer in markup.
[[nodiscard]] std::string ephemeral_answer(const std::string& text);

class SlashCommand {
public:
    using Done = std::move_only_function<void(std::string answer_json)>;

    SlashCommand(Loop& loop, DeskListener& listener, People& people, Staff& staff,
                 Workspace& workspace, bool guests_may_answer);

    void run(Typed typed, Done done);

private:
    void obey(const Typed& typed, Done done);
    void status(const Typed& typed, Done done);
    void list(const Typed& typed, bool mine, Done done);
    void search(const Typed& typed, const std::string& words, Done done);
    [[nodiscard]] bool may_see(const std::string& user, const HouseSession& session) const;

    Loop& loop_;
    DeskListener& listener_;
    People& people_;
    Staff& staff_;
    Workspace& workspace_;
    const bool guests_may_answer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
