#pragma once
// What people see of the house in Slack: the command, the Home tab, who answers; and what the
// operator is told.
//
// Who makes it: slack_office. Threading: the office loop.

#include "desk/slack/alerts.hpp"
#include "desk/slack/home_tab.hpp"
#include "desk/slack/slash_command.hpp"
#include "desk/slack/staff.hpp"

#include <string>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

struct FrontOptions {
    std::vector<std::vector<Destination>> routes;  // the channels of each
    std::string operator_place;                    // empty: the next channel of the same route
    std::int64_t presence_interval_ms = 60'000;
    bool guests_may_answer = false;
    std::function<WallMs(WallMs now)> day_began{};
};

class FrontDesk {
public:
    FrontDesk(Loop& loop, SlackClient& client, People& people, Workspace& workspace,
              const Channels& channels, Alerts& alerts, DeskListener& listener, Random& random,
              FrontOptions options)
        : workspace_(workspace),
          channels_(channels),
          alerts_(alerts),
          options_(std::move(options)),
          staff_(loop, client, people, workspace, channels, listener, random,
                 {staff_places(options_), options_.presence_interval_ms}),
          command_(loop, listener, people, staff_, workspace, options_.guests_may_answer),
          home_(loop, client, listener, people, staff_, workspace, random,
                {options_.guests_may_answer, options_.day_began}) {}

    void start() { staff_.start(); }
    [[nodiscard]] Staff& staff() { return staff_; }
    [[nodiscard]] SlashCommand& command() { return command_; }
    [[nodiscard]] HomeTab& home() { return home_; }

    // A channel that worked does not any more: a person has to do something about it.
    void tell_trouble(const Destination& destination, const std::string& code,
                      const std::string& fix);

private:
    static std::set<Destination> staff_places(const FrontOptions& options) {
        std::set<Destination> places;
        for (const auto& route : options.routes) places.insert(route.begin(), route.end());
        return places;
    }

    Workspace& workspace_;
    const Channels& channels_;
    Alerts& alerts_;
    const FrontOptions options_;
    Staff staff_;
    SlashCommand command_;
    HomeTab home_;
};

// The form of a slash command, as Slack posts it; and its JSON of Socket Mode.
[[nodiscard]] Typed read_command(const std::vector<net::Header>& form);
[[nodiscard]] Typed read_command(const json::object& payload);

}  // namespace deskbell::desk::slack
