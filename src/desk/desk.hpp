#pragma once
// The Desk port: where the team answers. Slack today; the shape fits Mattermost, Teams or Discord.
//
// What this is: "open a thread, post in it, keep its parent true, tell me what agents do".
// Who calls it: the courier (Desk) and, the other way, the desk's implementation (DeskListener).
// Threading: everything on the office loop; callbacks come later, never inside the call, exactly
// once. What it never does: retry, pace or reorder: that is the courier's.

#include "base/result.hpp"
#include "core/command.hpp"
#include "core/session.hpp"
#include "desk/house.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace deskbell::desk {

struct PostOutcome {
    enum class Kind {
        sent,         // in the right place; message, thread and order are set
        strayed,      // it came out elsewhere; the desk has taken it back (or tried): the thread is
                      // lost
        thread_lost,  // a definite no: the thread is gone or locked; nothing was posted
        unknown,      // it may or may not be there
        not_sent,     // surely not there (no byte left, or a definite transient no): repeat later
        rate_limited,        // surely not there; retry_after_ms says when. No attempt.
        refused,             // a definite no that repeating cannot change; error.code says why
        destination_parked,  // the channel does not take posts (archived, not a member …): keep its
                             // letters
        desk_parked,         // the whole desk refuses us (token, scopes …): keep everything, alarm
    };
    Kind kind = Kind::unknown;
    DeskMessageId message;
    DeskThreadId thread;
    std::string order;
    std::int64_t retry_after_ms = 0;
    bool seen = false;               // sent: it was read back there; no echo need be awaited
    bool limits_whole_desk = false;  // rate_limited: not only this destination
    Error error;
};

struct LookUpOutcome {
    enum class Kind {
        found,
        absent,
        failed
    };  // failed: could not read; says nothing about the post
    Kind kind = Kind::failed;
    DeskMessageId message;
    DeskThreadId thread;
    std::string order;
    std::vector<DeskMessageId> copies;  // found: where else it stands; they are still there
    bool thread_lost = false;           // absent, because the whole thread is
    std::int64_t retry_after_ms = 0;
    Error error;
};

struct CardOutcome {
    enum class Kind {
        shown,
        rate_limited,
        failed,
        thread_lost,
        parked
    };  // failed: try again later; updates may repeat
    Kind kind = Kind::failed;
    std::int64_t retry_after_ms = 0;
    Error error;
};

// A second appearance of a post that is known to be somewhere else.
struct Copy {
    DeskMessageId message;
    DeskThreadId thread;
    bool opens_thread = false;  // a doubled parent
    DeskThreadId goes_on_in;    // then: the thread that counts
};

enum class TakenBack {
    gone,    // it is not there any more
    stays,   // it was answered; whoever reads it is shown the way
    failed,  // it is still there; trying again may help
};

class Desk {
public:
    virtual ~Desk() = default;

    virtual void post(core::Post post, std::move_only_function<void(PostOutcome)> done) = 0;
    // Reads the place where the post would be, once. Of several copies it names the first, or the
    // one at `post.confirmed` when that is among them; the others are `copies`.
    virtual void look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) = 0;
    virtual void show_card(core::Card card, std::move_only_function<void(CardOutcome)> done) = 0;
    // Looking up is rationed: give echoes more time first.
    [[nodiscard]] virtual bool reads_are_scarce() const { return false; }
    // A copy of a post of ours goes. A parent that agents answered stays: what they said is handed
    // over, and a line there says where it goes on.
    virtual void take_back(Copy /*copy*/, std::move_only_function<void(TakenBack)> done) {
        done(TakenBack::gone);
    }
};

// What a gesture of an agent came to.
struct Heard {
    std::optional<Error> refusal;
    bool replayed = false;             // it counted before
    std::vector<std::string> remarks;  // see core::Decision
    core::Session session;             // afterwards
};

// A conversation as it is, for an agent who looks at it.
struct Conversation {
    core::Session session;
    std::vector<core::Message> messages;  // by order
};

// What the desk tells. Implemented by the app, which hands commands to the engine and news to the
// courier.
class DeskListener {
public:
    virtual ~DeskListener() = default;

    // Makes an agent's doing durable; `done(refusal)` after the commit. Only then may the desk's
    // event be acked.
    virtual void happened(core::Command command,
                          std::move_only_function<void(std::optional<Error>)> done) = 0;
    // The same for whoever is to be told what came of it.
    virtual void asked(core::Command command, std::move_only_function<void(Heard)> done) {
        happened(std::move(command), [done =
                                          std::move(done)](std::optional<Error> refusal) mutable {
            done({.refusal = std::move(refusal), .replayed = false, .remarks = {}, .session = {}});
        });
    }
    virtual void read_conversation(const DeskThreadId& /*thread*/,
                                   std::move_only_function<void(Result<Conversation>)> done) {
        done(fail("thread_unknown", "No session has that thread."));
    }
    // What is known of agents' messages in a thread, from that order on, to be compared.
    virtual void read_replies(const DeskThreadId& /*thread*/, std::string /*from*/,
                              std::move_only_function<void(std::vector<core::KnownReply>)> done) {
        done({});
    }
    // What is still to be taken away here of sessions that were forgotten.
    virtual void read_erasures(std::move_only_function<void(std::vector<core::Erasure>)> done) {
        done({});
    }
    // Where destinations were found before, and where one was found now.
    virtual void read_destinations(
        std::move_only_function<void(std::map<Destination, std::string>)> done) {
        done({});
    }
    virtual void destination_found(const Destination& /*destination*/, std::string /*place*/) {}
    // How many agents are at their desks and take customers; -1: not known.
    virtual void agents_online(std::int64_t /*count*/) {}
    // Agents who take no customers for now, by the desk's ids; kept across restarts.
    virtual void read_away(std::move_only_function<void(std::vector<std::string>)> done) {
        done({});
    }
    virtual void keep_away(std::vector<std::string> /*agents*/) {}
    // For people who look; nothing when it cannot be read right now.
    virtual void read_house(WallMs /*day_began_at*/,
                            std::move_only_function<void(std::optional<House>)> done) {
        done(std::nullopt);
    }
    virtual void search(std::string /*text*/,
                        std::move_only_function<void(std::optional<std::vector<Found>>)> done) {
        done(std::nullopt);
    }
    // Our own post came back as an event: proof that it is there.
    virtual void post_echoed(const LetterId& post, const DeskMessageId& message,
                             const DeskThreadId& thread, std::string order) = 0;
    // A destination or the whole desk takes posts again (or for the first time).
    virtual void destination_open(const Destination& destination) = 0;
    virtual void desk_open() = 0;
};

}  // namespace deskbell::desk
