#pragma once
// What one pass of reconcile holds in its hands. For reconcile*.cpp only.

#include "desk/slack/reconcile.hpp"

#include <deque>
#include <map>

namespace deskbell::desk::slack {

// A parent of ours that the store may not know.
struct Reconcile::Parent {
    Place place;
    LetterId letter;
    SessionId session;
};

struct Reconcile::Channel {
    std::string id;
    std::map<std::string, std::string> cursors;  // of the threads we know, by their parents' ts
    std::set<std::string> unseen;                // of these
};

struct Reconcile::Thread {
    Place parent;
    std::string cursor;
    std::vector<json::object> messages;
    std::size_t next = 0;
    std::string newest;
    std::set<LetterId> seen;

    // Of the post of ours that is being taken over.
    Place place;
    OwnWords words;
    std::vector<LetterId> letters;
    std::size_t next_letter = 0;
    bool settled = false;  // the store knew one of its letters
    // Parts of a message that was split, until the last one is there.
    std::map<MessageId, core::CustomerFound> parts;
    std::deque<core::CustomerFound> found;
};

struct Reconcile::Round {
    std::deque<Channel> channels;
    std::vector<Parent> parents;
    std::map<LetterId, Place> kept;        // the first parent of each marker
    std::map<std::string, ThreadPtr> due;  // by ts and channel: older threads first
    std::vector<DeskThreadId> untold;
    std::size_t next_parent = 0;
    std::size_t letters_settled = 0;
    std::size_t words_taken = 0;
    std::size_t threads_taken = 0;

    void add_due(const Place& parent, const std::string& cursor) {
        auto& thread = due[parent.ts + "/" + parent.channel];
        if (thread) return;
        thread = std::make_shared<Thread>();
        thread->parent = parent;
        thread->cursor = cursor;
    }
};

}  // namespace deskbell::desk::slack
