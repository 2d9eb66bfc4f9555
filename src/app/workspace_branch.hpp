#pragma once
// One workspace among several: its Slack office, and what it hears and tells of its own only.
// For workspaces.cpp.

#include "app/workspaces.hpp"
#include "desk/slack/slack_ids.hpp"
#include "desk/slack/slack_json.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::app {

// Which team an event, a command or an interaction is about; empty: it does not say.
[[nodiscard]] inline std::string team_named_in(const json::object& payload) {
    const std::string_view id = desk::slack::text_at(payload, "team_id");
    if (!id.empty()) return std::string(id);
    return std::string(desk::slack::text_at(desk::slack::object_at(payload, "team"), "id"));
}

// While there is only one it listens to nothing: the office speaks to the app itself.
class Workspaces::Branch final : public desk::DeskListener {
public:
    struct Place {
        bool is_only = true;
        bool is_named = false;  // its destinations say its team
    };

    Branch(Workspaces& all, Place place, const Surroundings& around,
           desk::slack::OfficeOptions options)
        : all_(all),
          is_only_(place.is_only),
          is_named_(place.is_named),
          expected_(options.expected_team),
          office_(around.loop, around.http,
                  is_only_ ? around.listener : static_cast<desk::DeskListener&>(*this),
                  around.random, own_threads(around.lister),
                  with_lister(std::move(options), around.all_threads)) {}

    [[nodiscard]] desk::slack::SlackOffice& office() { return office_; }
    [[nodiscard]] bool is_named() const { return is_named_; }
    // Empty: not known yet.
    [[nodiscard]] const std::string& team() const {
        const std::string& told = office_.workspace().self.team;
        return told.empty() ? expected_ : told;
    }
    // How many are there; -1: not known.
    [[nodiscard]] std::int64_t agents() const { return agents_; }

    void happened(core::Command command,
                  std::move_only_function<void(std::optional<Error>)> done) override {
        if (auto* ended = std::get_if<core::ReconcileEnded>(&command))
            return all_.reconciled(std::move(*ended), std::move(done));
        all_.listener_.happened(std::move(command), std::move(done));
    }
    void asked(core::Command command, std::move_only_function<void(desk::Heard)> done) override {
        all_.listener_.asked(std::move(command), std::move(done));
    }
    void read_conversation(
        const DeskThreadId& thread,
        std::move_only_function<void(Result<desk::Conversation>)> done) override {
        all_.listener_.read_conversation(thread, std::move(done));
    }
    void read_replies(const DeskThreadId& thread, std::string from,
                      std::move_only_function<void(std::vector<core::KnownReply>)> done) override {
        all_.listener_.read_replies(thread, std::move(from), std::move(done));
    }
    void read_destinations(
        std::move_only_function<void(std::map<Destination, std::string>)> done) override {
        all_.listener_.read_destinations(std::move(done));
    }
    void destination_found(const Destination& destination, std::string place) override {
        all_.listener_.destination_found(destination, std::move(place));
    }
    void read_erasures(std::move_only_function<void(std::vector<core::Erasure>)> done) override {
        all_.listener_.read_erasures(
            [this, done = std::move(done)](std::vector<core::Erasure> erasures) mutable {
                std::erase_if(erasures, [this](const core::Erasure& one) { return !is_own(one); });
                done(std::move(erasures));
            });
    }
    void agents_online(std::int64_t count) override {
        agents_ = count;
        all_.agents_counted();
    }
    void read_away(std::move_only_function<void(std::vector<std::string>)> done) override {
        all_.listener_.read_away(
            [this, done = std::move(done)](std::vector<std::string> away) mutable {
                away_ = {away.begin(), away.end()};
                all_.away_.insert(away_.begin(), away_.end());
                done(std::move(away));
            });
    }
    void keep_away(std::vector<std::string> agents) override {
        std::set<std::string> now(agents.begin(), agents.end());
        all_.away_changed(std::exchange(away_, now), now);
    }
    void read_house(WallMs day_began_at,
                    std::move_only_function<void(std::optional<desk::House>)> done) override {
        all_.listener_.read_house(
            day_began_at, [this, done = std::move(done)](std::optional<desk::House> house) mutable {
                if (house) keep_own(*house);
                done(std::move(house));
            });
    }
    void search(
        std::string text,
        std::move_only_function<void(std::optional<std::vector<desk::Found>>)> done) override {
        all_.listener_.search(
            std::move(text),
            [this, done = std::move(done)](std::optional<std::vector<desk::Found>> found) mutable {
                if (found)
                    std::erase_if(*found,
                                  [this](const desk::Found& one) { return !is_own(one.session); });
                done(std::move(found));
            });
    }
    void post_echoed(const LetterId& post, const DeskMessageId& message, const DeskThreadId& thread,
                     std::string order) override {
        all_.listener_.post_echoed(post, message, thread, std::move(order));
    }
    void destination_open(const Destination& destination) override {
        all_.listener_.destination_open(destination);
    }
    void desk_open() override { all_.listener_.desk_open(); }

private:
    using Threads = std::vector<desk::slack::ThreadCursor>;

    [[nodiscard]] bool is_own(const DeskThreadId& thread) const {
        const auto place = desk::slack::parse_thread(thread);
        return place && place->team == team();
    }
    // Before a thread is open, where it will be says whose it is.
    [[nodiscard]] bool is_own(const Destination& destination) const {
        const std::string_view named = desk::slack::parse_destination(destination.value).team;
        return named.empty() ? !is_named_ : named == team();
    }
    [[nodiscard]] bool is_own(const desk::HouseSession& session) const {
        return session.thread.empty() ? is_own(session.destination) : is_own(session.thread);
    }
    [[nodiscard]] bool is_own(const core::Erasure& erasure) const {
        return erasure.thread.empty() ? is_own(erasure.destination) : is_own(erasure.thread);
    }
    void keep_own(desk::House& house) const {
        std::erase_if(house.active,
                      [this](const desk::HouseSession& session) { return !is_own(session); });
        house.waiting = std::ranges::count(house.active, core::SessionState::waiting,
                                           &desk::HouseSession::state);
        house.open =
            std::ranges::count(house.active, core::SessionState::open, &desk::HouseSession::state);
    }

    [[nodiscard]] std::move_only_function<void(Threads)> only_own(
        std::move_only_function<void(Threads)> done) {
        return [this, done = std::move(done)](Threads threads) mutable {
            std::erase_if(threads, [this](const desk::slack::ThreadCursor& one) {
                return !is_own(one.thread);
            });
            done(std::move(threads));
        };
    }
    [[nodiscard]] Lister own_threads(const Lister& lister) {
        if (is_only_) return lister;
        return [this, lister](auto done) { lister(only_own(std::move(done))); };
    }
    [[nodiscard]] desk::slack::OfficeOptions with_lister(
        desk::slack::OfficeOptions options, const desk::slack::ReconcileLister& all_threads) {
        options.all_threads = all_threads;
        if (!is_only_) {
            options.all_threads = [this, all_threads](WallMs closed_after, auto done) {
                all_threads(closed_after, only_own(std::move(done)));
            };
        }
        return options;
    }

    Workspaces& all_;
    const bool is_only_;
    const bool is_named_;
    const std::string expected_;
    std::int64_t agents_ = -1;
    std::set<std::string> away_;
    desk::slack::SlackOffice office_;
};

}  // namespace deskbell::app
