#pragma once
// Who an agent is: name, picture, and whether they may speak for the team. users.info, remembered.
//
// One request a person however many ask; nobody waits longer than the deadline: then there is a
// plain name, and whoever must know more has to come again. Bounded: past the bound the oldest
// entry goes.

#include "base/loop.hpp"
#include "desk/slack/slack_client.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct Person {
    std::string name;
    std::string avatar;     // https, or empty
    std::string team;       // empty: not known
    bool is_guest = false;  // restricted to some channels
    bool is_stranger = false;
    bool is_bot = false;
    bool is_known = false;  // Slack said so; else it is the plain name
    // Nobody could say in time, and a later question may be answered: who may not speak for the
    // team is not known either.
    bool is_unclear = false;
};

class People {
public:
    using Callback = std::move_only_function<void(const Person&)>;

    People(Loop& loop, SlackClient& client) : loop_(loop), client_(client) {}

    void find(const std::string& user, Callback callback);
    // Several at once; the callback gets those in the order asked for.
    void find_all(const std::vector<std::string>& users,
                  std::move_only_function<void(std::map<std::string, Person>)> callback);

private:
    struct Entry {
        Person person;
        SteadyMs expires_at = 0;
    };
    struct Waiter {
        std::uint64_t id = 0;
        Callback callback;
        TimerId deadline = 0;
    };

    void answered(const std::string& user, const SlackReply& reply);
    void give_up(const std::string& user, std::uint64_t waiter);
    void keep(const std::string& user, Person person, std::int64_t ttl_ms);

    Loop& loop_;
    SlackClient& client_;
    std::map<std::string, Entry> known_;
    std::deque<std::string> order_;
    std::map<std::string, std::vector<Waiter>> waiting_;  // a key: its request is under way
    std::uint64_t waiter_last_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// The person in a users.info answer.
[[nodiscard]] Person read_person(const json::object& user);

}  // namespace deskbell::desk::slack
