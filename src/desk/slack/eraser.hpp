#pragma once
// What is left in Slack of customers who were forgotten: our own posts and uploads go, and the
// parent of the thread says so; when nobody else wrote there, it goes, too.
//
// What this is: a worker that reads the store's erasures and takes them one after the other,
// slowly, and each once more after a while, for what was still in the air. Who calls it:
// slack_office, which starts it; the app, when somebody was forgotten. Threading: the office loop.
// What it never does: delete what an agent wrote (Slack lets nobody but them); keep in memory what
// matters.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/event_parser.hpp"
#include "desk/slack/paced_calls.hpp"
#include "desk/slack/pager.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

class Eraser {
public:
    Eraser(Loop& loop, SlackClient& client, Workspace& workspace, Desk& desk,
           DeskListener& listener, Random& random)
        : loop_(loop),
          workspace_(workspace),
          desk_(desk),
          listener_(listener),
          calls_(loop, client, random) {}
    ~Eraser() { loop_.cancel(timer_); }

    void start();
    // Somebody was forgotten.
    void due();

private:
    // A thread that is being cleared.
    struct Round {
        core::Erasure erasure;
        Place parent;
        std::deque<std::string> files;
        std::deque<std::string> posts;  // ours, by ts
        bool others = false;            // somebody else wrote there
        bool there = false;             // its parent is
    };
    using RoundPtr = std::shared_ptr<Round>;

    void look();
    void take(std::vector<core::Erasure> erasures);
    void next();
    void find_parent(const core::Erasure& erasure);
    void parent_found(const core::Erasure& erasure, const LookUpOutcome& outcome);
    void read_thread(const core::Erasure& erasure, const Place& parent);
    void note(Round& round, const json::array& messages) const;
    void remove_next(RoundPtr round);
    void removed(const RoundPtr& round, const SlackReply& reply);
    void settle_parent(RoundPtr round);
    void passed(const core::Erasure& erasure);
    void done_with(const core::Erasure& erasure, WallMs due_at);
    void record(core::Command command, std::move_only_function<void()> then);
    // Something was refused or unanswered: from the store again, a little later.
    void give_up();
    void look_again(std::int64_t delay_ms);
    template <class Callback>
    auto guarded(Callback callback) {
        return [alive = std::weak_ptr(alive_),
                callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
            if (!alive.expired()) callback(std::forward<Args>(args)...);
        };
    }

    Loop& loop_;
    Workspace& workspace_;
    Desk& desk_;
    DeskListener& listener_;
    PacedCalls calls_;
    std::deque<core::Erasure> waiting_;
    bool started_ = false;
    bool busy_ = false;
    TimerId timer_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
