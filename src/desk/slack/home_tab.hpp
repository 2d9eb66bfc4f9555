#pragma once
// The app's Home tab: who waits, what is mine, how the day goes, whether words get through.
//
// Who calls it: relay, when somebody opens it; the office, when figures change. It is published
// again for those who looked at it lately, when it says something else than before, and never
// faster than its budget. What it never does: show a conversation to somebody who is not in its
// channel. Threading: the office loop.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/paced_calls.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/staff.hpp"
#include "desk/slack/workspace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

struct HomeOptions {
    bool guests_may_answer = false;
    // When the team's day began; today's figures count from there.
    std::function<WallMs(WallMs now)> day_began;
};

// What one person sees. Pure.
struct HomeFacts {
    House house;
    std::optional<std::int64_t> online;
    std::string workspace_url;
    DeskAgentId self;
    bool takes_customers = true;
    std::function<bool(const HouseSession&)> may_see;
};
[[nodiscard]] json::object home_view(const HomeFacts& facts);

class HomeTab {
public:
    HomeTab(Loop& loop, SlackClient& client, DeskListener& listener, People& people, Staff& staff,
            Workspace& workspace, Random& random, HomeOptions options);
    ~HomeTab();

    void opened(const std::string& user);
    void changed();  // something may look different now

private:
    struct Viewer {
        SteadyMs seen_at = 0;
        std::string shown;  // what was published last
    };
    void refresh_in(std::int64_t delay_ms);
    void refresh();
    void publish(const House& house);
    void publish_to(const std::string& user, const House& house);

    Loop& loop_;
    DeskListener& listener_;
    People& people_;
    Staff& staff_;
    Workspace& workspace_;
    const HomeOptions options_;
    PacedCalls calls_;
    std::map<std::string, Viewer> viewers_;  // bounded; the one who looked longest ago goes
    std::size_t publishing_ = 0;
    bool reading_ = false;
    TimerId timer_ = 0;
    SteadyMs timer_due_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
