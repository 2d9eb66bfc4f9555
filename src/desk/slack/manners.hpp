#pragma once
// What an agent is told about what they just did in a thread: that it arrived, that it did not, or
// that it did something else than they may think.
//
// Who calls it: relay, through its hooks. What it never does: hold anything up; say anything to a
// customer.

#include "desk/slack/channels.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/whispers.hpp"
#include "desk/slack/workplace.hpp"

namespace deskbell::desk::slack {

class Manners {
public:
    Manners(Workspace& workspace, Workplace& workplace, Whispers& whispers,
            const Channels& channels)
        : workspace_(workspace), workplace_(workplace), whispers_(whispers), channels_(channels) {}

    // For relay's hooks.
    void act(const Act& act, Spoken spoken, Relay::Done done);
    void said(const Spoken& spoken, const Heard& heard);
    void misplaced(const Misplaced& misplaced);
    void turned_away(const Spoken& spoken, const Person& person);

private:
    void acted(Act::Kind kind, const Spoken& spoken, const Answer& answer);
    void mark(const Place& message, const char* name);

    Workspace& workspace_;
    Workplace& workplace_;
    Whispers& whispers_;
    const Channels& channels_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
