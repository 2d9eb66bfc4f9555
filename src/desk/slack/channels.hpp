#pragma once
// The channels that routes name: found, joined, and watched.
//
// Who calls it: slack_desk. It tells the listener when a destination takes posts. What it never
// does: run a customer's thread in a channel that another company can read.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

class Channels {
public:
    struct Channel {
        std::string id;  // empty until found
        bool ready = false;
        Error why{"channel_unresolved", "The channel has not been looked up yet."};
    };

    Channels(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
             Random& random, const std::vector<Destination>& destinations,
             bool private_only = false);
    ~Channels();

    // Where they were found by a former process: a channel that was renamed is still the same. One
    // that bears the configured name now comes first.
    void remember(std::map<Destination, std::string> places);
    // Looks all of them up; again, as often as it takes.
    void open_all();
    // An event said so, or a post was refused.
    void changed(const std::string& channel_id, bool open, const std::string& why);

    // A channel that worked takes no posts any more.
    void on_trouble(
        std::function<void(const Destination&, const std::string& code, const std::string& fix)>
            trouble) {
        trouble_ = std::move(trouble);
    }
    // Nothing for destinations that no route names.
    [[nodiscard]] const Channel* find(const Destination& destination) const;
    // Why a post into that channel must not be tried; nothing when it may.
    [[nodiscard]] std::optional<Error> forbidden(const std::string& channel_id) const;
    [[nodiscard]] std::vector<std::string> ids() const;
    [[nodiscard]] const std::map<Destination, Channel>& all() const { return channels_; }

private:
    void list(bool with_private);
    void listed(const SlackReply& last, bool with_private);
    void examine(const Destination& destination, const json::object* found);
    void ask(const Destination& destination, const std::string& id);
    void join(const Destination& destination);
    void ready(const Destination& destination);
    void park(const Destination& destination, const std::string& code, const std::string& fix);
    // False: nothing is parked.
    bool again_later(std::int64_t first_ms, std::int64_t most_ms);
    void look_in(std::int64_t delay_ms);

    Loop& loop_;
    SlackClient& client_;
    Workspace& workspace_;
    DeskListener& listener_;
    Random& random_;
    std::map<Destination, Channel> channels_;
    const bool private_only_;
    std::map<Destination, std::string> places_;  // ids, as far as they were ever found
    std::map<std::string, json::object> found_;  // by id, while listing
    std::function<void(const Destination&, const std::string&, const std::string&)> trouble_;
    bool listing_ = false;
    unsigned failures_ = 0;
    TimerId timer_ = 0;
    SteadyMs due_at_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// What speaks against customers' threads in a channel, by its own description; empty: nothing.
struct Objection {
    std::string code;
    std::string fix;
};
[[nodiscard]] Objection objection_to(const json::object& channel, bool private_only);

}  // namespace deskbell::desk::slack
