#pragma once
// Who answers: the people of the routed channels, whether they are at their desks, and whether they
// take customers.
//
// Who calls it: the office starts it; commands, home and mentions ask it. Slack tells presence to
// nobody by itself, so it is asked for one person after the other, slowly; what is not known says
// nothing. What it never does: count bots, guests and outsiders; watch more people than that pace
// allows. Threading: the office loop.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/channels.hpp"
#include "desk/slack/paced_calls.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct StaffOptions {
    std::set<Destination> destinations;       // whose members answer; the routes'
    std::int64_t round_interval_ms = 60'000;  // everybody is asked about once in it; 0: nobody
};

class Staff {
public:
    Staff(Loop& loop, SlackClient& client, People& people, Workspace& workspace,
          const Channels& channels, DeskListener& listener, Random& random, StaffOptions options);
    ~Staff();

    void start();
    // Somebody asks: where nobody's presence is, members are read only then.
    void need() {
        if (members_.empty() && read_timer_ == 0) changed();
    }
    // Somebody joined or left one of the channels, or it opened: they are read again soon.
    void changed();

    // How many are there and take customers; nothing while that is not known.
    [[nodiscard]] std::optional<std::int64_t> online() const;
    [[nodiscard]] std::size_t size() const { return agents_.size(); }
    // Whether that person reads the channel; not before it was read.
    [[nodiscard]] bool is_in(const std::string& user, const std::string& channel) const;
    [[nodiscard]] bool is_agent(const std::string& user) const;
    [[nodiscard]] bool takes_customers(const std::string& user) const {
        return !workspace_.callees.away.contains(user);
    }
    void set_takes_customers(const std::string& user, bool takes);

private:
    enum class Presence { unknown, active, away };
    struct Agent {
        Presence presence = Presence::unknown;
        bool counts = false;  // neither bot nor guest nor stranger, as far as known
    };

    void read_channels();
    void read_members(std::vector<std::string> channels);
    void members_read(bool complete);
    void read_groups();
    void next_person();
    void ask(const std::string& user);
    void tell();
    void later(std::int64_t delay_ms, TimerId& timer, void (Staff::*work)());

    Loop& loop_;
    People& people_;
    Workspace& workspace_;
    const Channels& channels_;
    DeskListener& listener_;
    const StaffOptions options_;
    PacedCalls calls_;
    std::map<std::string, std::set<std::string>> members_;  // by channel
    std::map<std::string, std::set<std::string>> reading_;
    std::map<std::string, Agent> agents_;
    std::string asked_last_;
    bool reading_members_ = false;
    std::optional<std::int64_t> told_;
    SteadyMs told_at_ = 0;
    TimerId read_timer_ = 0;
    TimerId ask_timer_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
