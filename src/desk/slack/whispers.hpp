#pragma once
// Small things said to one agent, and marks on messages: help that may be lost, at a pace of its
// own.
//
// Who calls it: relay, workplace, interactivity. What only one person sees is not part of any
// conversation: it is said once, never repeated, and dropped when too much waits. What it never
// does: take a post's turn; say the same hint to the same person in the same thread twice.

#include "desk/slack/paced_calls.hpp"
#include "desk/slack/signature.hpp"
#include "desk/slack/workspace.hpp"

#include <string>

namespace deskbell::desk::slack {

class Whispers {
public:
    Whispers(Loop& loop, SlackClient& client, Workspace& workspace, Random& random)
        : workspace_(workspace), words_(loop, client, random), marks_(loop, client, random) {}

    // `text` is markup of our own; what others typed in it must have been escaped. `thread.ts`
    // empty: in the channel.
    void tell(const Place& thread, const std::string& user, const std::string& text);
    // A hint of that kind: once for each person and thread.
    void hint(const std::string& kind, const Place& thread, const std::string& user,
              const std::string& text);
    // A reaction of ours.
    void mark(const Place& message, const std::string& name);
    void unmark(const Place& message, const std::string& name);

private:
    static constexpr std::size_t waiting_max = 60;  // beyond: dropped, and counted
    void react(const char* method, const Place& message, const std::string& name);

    Workspace& workspace_;
    PacedCalls words_;
    PacedCalls marks_;
    std::size_t words_waiting_ = 0;
    std::size_t marks_waiting_ = 0;
    bool marks_forbidden_ = false;  // the token may not; said once
    Recent hinted_{5'000};
};

}  // namespace deskbell::desk::slack
