#pragma once
// From what Slack's words mean to a durable command: the one way in, for events and for what gap
// repair reads back.
//
// Who calls it: slack_inbound, gap_repair. It finds out who spoke, renders what they said, and
// hands it to the DeskListener. What it never does: decide whether a thread is ours (the engine
// does); remember what it delivered (the engine's keys do).

#include "base/loop.hpp"
#include "desk/desk.hpp"
#include "desk/slack/acts.hpp"
#include "desk/slack/event_parser.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::desk::slack {

enum class Handled {
    done,            // durable, or nothing to do
    unknown_thread,  // nobody knows that thread (yet)
    failed,          // not durable: the same must come again
};

// See core::Message::desk_sender_key.
[[nodiscard]] std::string sender_key(const Place& message, std::string_view user,
                                     std::string_view client_msg_id);

// An agent's message on its way: a word for us, or words for the customer.
struct Spoken {
    Place parent;
    Place message;
    std::string user;
    core::Agent agent;
    std::string edit_key;
    std::string client_msg_id;
    bool is_broadcast = false;  // it stands in the channel, too
};

// What the rest of the desk does about some meanings. All may be empty.
struct RelayHooks {
    // A word that is no reply. Without this it is no reply either.
    std::function<void(Act act, Spoken spoken, std::move_only_function<void(Handled)> done)> act;
    // A reply is durable, or was refused.
    std::function<void(const Spoken& spoken, const Heard& heard)> said;
    // Somebody wrote where nobody is answered, or may not answer.
    std::function<void(const Misplaced& misplaced)> misplaced;
    std::function<void(const Spoken& spoken, const Person& person)> turned_away;
    std::function<void(const Place&)> take_back;  // a stray of ours
    std::function<void(const std::string& channel, bool open, const std::string& why)> channel;
    std::function<void(const std::string& why)> desk_closed;
    std::function<void(const std::string& why)> sweep;
    std::function<void(const std::string& user)> home;  // somebody looks at the Home tab
};

// What reactions on a parent mean.
[[nodiscard]] bool closes(std::string_view reaction, const Habits& habits);
[[nodiscard]] bool claims(std::string_view reaction, const Habits& habits);
[[nodiscard]] std::string reaction_key(const Reacted& reacted);
// See Message::desk_sender_key; empty when Slack's client gave none.
[[nodiscard]] std::string sender_key_of(const AgentWords& words);

class Relay {
public:
    using Done = std::move_only_function<void(Handled)>;

    Relay(SlackClient& client, People& people, Workspace& workspace, DeskListener& listener,
          bool guests_may_answer);

    void set_hooks(RelayHooks hooks) { hooks_ = std::move(hooks); }
    // `done` comes exactly once; possibly inside the call when there is nothing to wait for.
    void handle(Meaning meaning, Done done);

    [[nodiscard]] bool may_answer(const Person& person);
    // Slack could not say who it is: it must come again.
    [[nodiscard]] bool is_unclear(const Person& person);
    [[nodiscard]] core::Agent agent_of(const std::string& user, const Person& person) const;

private:
    void on(AgentWords words, Done done);
    void on(const AgentRemoved& removed, Done done);
    void on(const ParentGone& gone, Done done);
    void on(Reacted reacted, Done done);
    void on(const OwnPost& own, Done done);
    void on(const Misplaced& misplaced, Done done);
    void on(const ChannelChanged& changed, Done done);
    void on(const DeskClosed& closed, Done done);
    void on(const SweepNeeded& needed, Done done);
    void on(const HomeOpened& opened, Done done);
    void on(const Ignored& ignored, Done done);

    void say(const AgentWords& words, const std::map<std::string, Person>& people, Done done);
    void pass_on(const AgentWords& words, const std::map<std::string, Person>& people,
                 Spoken spoken, Done done);
    void react(const Reacted& reacted, const Person& person, Done done);
    void react_in(const Place& parent, const Reacted& reacted, const core::Agent& agent, Done done);
    void find_place(const Reacted& reacted, core::Agent agent, Done done);
    void tell(core::Command command, Done done);
    void tell_reply(core::Command command, Spoken spoken, Done done);
    void act(Act act, Spoken spoken, Done done);

    SlackClient& client_;
    People& people_;
    Workspace& workspace_;
    DeskListener& listener_;
    RelayHooks hooks_;
    bool guests_may_answer_;
#ifdef DESKBELL_TEST_HOOKS
    int boot_ = 0;  // planted: in_memory_dedup
#endif
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
