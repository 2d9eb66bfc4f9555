#pragma once
// Buttons, forms, menus and message shortcuts: what agents do to our controls.
//
// Who calls it: slack_inbound, with payloads whose signature was verified (or that came over a
// socket). The answer is Slack's acknowledgement and is given once what was asked for is durable,
// or refused; Slack's three seconds are the caller's to keep. What it never does: believe a
// button's value; let anybody act who may not answer.

#include "base/loop.hpp"
#include "desk/slack/forms.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/whispers.hpp"
#include "desk/slack/workplace.hpp"

#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

// What Slack is answered: an empty body, or what a form or a menu is told.
struct InteractionAnswer {
    bool ok = true;  // false: it is not durable; the person is shown that it failed
    std::string json;
};

class Interactivity {
public:
    using Done = std::move_only_function<void(InteractionAnswer)>;

    Interactivity(Loop& loop, SlackClient& client, People& people, Workspace& workspace,
                  DeskListener& listener, Relay& relay, Workplace& workplace, Whispers& whispers)
        : loop_(loop),
          client_(client),
          people_(people),
          workspace_(workspace),
          listener_(listener),
          relay_(relay),
          workplace_(workplace),
          whispers_(whispers) {}

    // `done` comes exactly once.
    void take(const json::object& payload, Done done);

private:
    // One payload of somebody who may act.
    struct Doing {
        std::string type;
        std::string name;  // the action's or the callback's id
        std::string trigger;
        Asker asker;
        Place thread;
        Place message;      // of a shortcut: what it was done to
        json::object view;  // of forms
        std::string query;  // of a menu
        Done done;
    };
    using Shared = std::shared_ptr<Doing>;

    [[nodiscard]] Shared read(const json::object& payload) const;
    void allowed(const Shared& doing, const Person& person);
    void refuse(const Shared& doing, const std::string& words);
    void begin(const Shared& doing);

    void pressed(const Shared& doing);
    void pressed_in_form(const Shared& doing);
    void submitted(const Shared& doing);
    void shortcut(const Shared& doing);

    void perform(const Shared& doing, Act act);
    void performed(const Shared& doing, const Answer& answer);
    // A form over what the conversation is now.
    void open(const Shared& doing, const char* method,
              std::function<json::object(const Conversation&)> form);
    void show(const Shared& doing, const char* method, const json::object& view);
    void transfer(const Shared& doing);
    void send_canned(const Shared& doing);
    void edit_canned(const Shared& doing);

    Loop& loop_;
    SlackClient& client_;
    People& people_;
    Workspace& workspace_;
    DeskListener& listener_;
    Relay& relay_;
    Workplace& workplace_;
    Whispers& whispers_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
