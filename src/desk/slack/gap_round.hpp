#pragma once
// What one round of gap repair has in hand. For gap_repair.cpp and gap_compare.cpp only.

#include "desk/slack/gap_repair.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct GapRepair::Thread {
    Place parent;
    std::string cursor;
    std::int64_t replies = -1;  // as its parent said; -1: it was not seen
    bool whole = false;         // all of it is read, not only what is new
    bool once = false;          // of no cursor: a doubled parent's
    bool lost = false;          // of no cursor, and read for replies only
    std::string oldest;         // read from here on
    std::vector<json::object> messages;
    std::map<std::string, std::string> present;  // ts of what was read, and its sender's key
    std::optional<Reacted> reacted;              // the newest reply that somebody reacted to
    bool complete = false;                       // read to its end
    std::size_t next = 0;
    std::string newest;
    std::vector<core::KnownReply> missing;  // known, and not among what was read
    std::size_t next_missing = 0;
    bool failed = false;
};

struct GapRepair::Round {
    // By channel, then by the parent's ts.
    std::map<std::string, std::map<std::string, std::string>> cursors;
    std::map<std::string, std::map<std::string, std::string>> unseen;
    std::set<std::string> lost_unseen;  // ids of lost threads whose parents did not show yet
    std::vector<std::shared_ptr<Thread>> due;
    std::vector<std::shared_ptr<Thread>> others;  // without news
    std::size_t next_due = 0;
};

}  // namespace deskbell::desk::slack
