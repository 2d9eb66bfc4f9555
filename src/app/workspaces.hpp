#pragma once
// The workspaces that answer: a Slack office each, and one desk to the courier.
//
// What this is: whose a thread, a destination, a request of Slack's or an alert is, and the way
// there. Every thread and message of a desk says its team, destinations of all but the first
// workspace do too (see slack_ids.hpp), so nothing is kept here. One that is shut parks its own
// destinations and nobody else's; agents of one see no customer of another.
// Who makes it: OfficeWork. Threading: the office loop. With one workspace it is only the way
// through.

#include "desk/slack/slack_office.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::app {

class Workspaces {
public:
    // Threads to be looked at, of all workspaces.
    using Lister = desk::slack::ThreadLister;
    using Answer = std::move_only_function<void(net::HttpResponse)>;

    struct Surroundings {
        Loop& loop;
        net::HttpClient& http;
        desk::DeskListener& listener;
        Random& random;
        Lister lister;
        desk::slack::ReconcileLister all_threads;
    };
    // At least one. `has_first`: the first of them has destinations that say no team.
    Workspaces(const Surroundings& around, std::vector<desk::slack::OfficeOptions> options,
               bool has_first);
    ~Workspaces();
    Workspaces(const Workspaces&) = delete;
    Workspaces& operator=(const Workspaces&) = delete;

    void start();
    [[nodiscard]] desk::Desk& desk();

    // A request of Slack's.
    void receive(net::HttpRequest request, Answer answer);
    void take(desk::slack::SocketEnvelope envelope, desk::slack::SocketMode::Answer answer);
    // Whether that team's app belongs here; one whose team is not known yet may be any.
    [[nodiscard]] bool expects(std::string_view team) const;
    // Installed there, or its token was renewed.
    void use_token(std::string_view team, const std::string& token);

    void say_alert(core::Alert alert, desk::slack::Alerts::Done done);
    // An agent's file is to be fetched; `thread`: where it was said.
    void file_due(const DeskThreadId& thread, core::File file);
    // A customer was forgotten.
    void erase();
    // A customer types there, or has stopped.
    void show_typing(const DeskThreadId& thread, const std::string& name, bool on);
    void homes_changed();
    void sweep(const std::string& why);
    void on_missed(const desk::slack::SlackOffice::Missed& missed);

    [[nodiscard]] bool is_one() const { return branches_.size() == 1; }
    [[nodiscard]] std::int64_t destinations_parked() const;
    [[nodiscard]] std::uint64_t events_missed() const;
    // Why one of them cannot be reached; an empty code when all can.
    [[nodiscard]] Error trouble() const;
    // Of a check, that an event told.
    [[nodiscard]] std::string last_canary() const;

private:
    class Branch;
    class Switch;

    // Null: none of ours.
    [[nodiscard]] Branch* branch_of(std::string_view team) const;
    [[nodiscard]] Branch& branch_for(const net::HttpRequest& request) const;
    void agents_counted();
    void away_changed(const std::set<std::string>& before, const std::set<std::string>& now);
    void reconciled(core::ReconcileEnded ended,
                    std::move_only_function<void(std::optional<Error>)> done);

    Loop& loop_;
    desk::DeskListener& listener_;
    std::vector<std::unique_ptr<Branch>> branches_;
    std::unique_ptr<Switch> switch_;
    std::set<std::string> away_;  // agents of all workspaces who take no customers
    core::ReconcileEnded ended_;
    std::vector<std::move_only_function<void(std::optional<Error>)>> waiting_for_end_;
};

}  // namespace deskbell::app
