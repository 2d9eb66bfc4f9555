#pragma once
// What agents do about a conversation: by a word in its thread, a button on its parent or a form.
// However it is asked for, it becomes the same command.
//
// Who calls it: relay (words), interactivity (buttons, forms). Threading: the office loop. What it
// never does: decide whether it may be done (core does); say anything to a customer by itself.

#include "desk/canned.hpp"
#include "desk/slack/acts.hpp"
#include "desk/slack/channels.hpp"
#include "desk/slack/people.hpp"
#include "desk/slack/workspace.hpp"

#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

// Who asks, and where.
struct Asker {
    DeskThreadId thread;
    std::string user;
    core::Agent agent;
    core::Gesture gesture{};   // empty: a button
    std::string order{};       // of words: the message's ts
    std::string sender_key{};  // of words, as for any message
};

struct Answer {
    std::optional<Error> refusal;  // nothing was done; `detail` is for the agent
    bool replayed = false;         // it counted before: nothing more to say
    std::string words{};           // for the agent; empty: what they see says it
    std::vector<std::string> remarks{};
    core::Session session{};
};

// Whether the same command may come to something later.
[[nodiscard]] bool is_passing(const Error& refusal);
// Whether somebody may speak and act for the team; why not, as a counter's name.
[[nodiscard]] const char* objection_to(const Person& person, const Workspace& workspace,
                                       bool guests_may_answer);

class Workplace {
public:
    using Done = std::move_only_function<void(Answer)>;
    // Markdown as the tree that clients render.
    using RichOf = std::function<std::string(const std::string& markdown)>;

    Workplace(People& people, Workspace& workspace, DeskListener& listener,
              const Channels& channels, std::string canned_file, RichOf rich_of,
              bool guests_may_answer)
        : people_(people),
          workspace_(workspace),
          listener_(listener),
          channels_(channels),
          canned_(std::move(canned_file)),
          rich_of_(std::move(rich_of)),
          guests_may_answer_(guests_may_answer) {}

    // Anything but a reply. `done` comes exactly once, later or within the call.
    void perform(const Act& act, Asker asker, Done done);
    [[nodiscard]] CannedReplies& canned() { return canned_; }
    // Where conversations may be handed over to: what routes name.
    [[nodiscard]] std::vector<std::string> places() const;

private:
    void tell(core::Command command, const Asker& asker, std::string words, Done done);
    // A definite no. A word that was refused has had its turn, and is not tried again when it is
    // read back; a form may be sent again.
    void refuse(const Asker& asker, Error why, Done done);
    void transfer(const Act& act, Asker asker, Done done);
    void hand_to(const std::string& user, Asker asker, Done done);
    void hand_elsewhere(const Destination& destination, const Asker& asker, Done done);
    [[nodiscard]] std::optional<Destination> destination_of(const Act& act) const;
    void send_canned(const Act& act, Asker asker, Done done);
    void send_filled(const CannedReplies::Reply& reply, const std::string& arguments,
                     const Asker& asker, const core::Session& session, Done done);
    // A word that is no reply and changes nothing.
    void note(Asker asker, std::string words, Done done);

    People& people_;
    Workspace& workspace_;
    DeskListener& listener_;
    const Channels& channels_;
    CannedReplies canned_;
    RichOf rich_of_;
    bool guests_may_answer_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
