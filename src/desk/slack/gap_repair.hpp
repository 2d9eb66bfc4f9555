#pragma once
// Events are hints; this is the guarantee: what agents wrote is read back from the threads.
//
// A round asks the app for the threads that matter, reads each channel's parents in pages (they
// show which thread has a newer reply than its cursor), then only those threads, from a little
// before the cursor. Everything found takes the same way as an event; the engine's keys drop what
// it knows. What a newer reply does not show (edits, deletions, reactions) is found by reading a
// thread whole: when its count of replies differs, when it was closed, and every few minutes. Who
// calls it: itself (at start and every minute), and whoever noticed a gap. What it never does: move
// a cursor past what is not durable; spend more than its budget of calls.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/pager.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/workspace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

struct ThreadCursor {
    DeskThreadId thread;
    std::string cursor;  // empty: from the parent on
    bool active = true;  // somebody waits or talks there
    bool lost = false;   // the conversation goes on elsewhere; an agent may still answer here
    SessionId session{};
};

// Threads of sessions that are waiting or open, or were closed lately.
using ThreadLister = std::function<void(std::move_only_function<void(std::vector<ThreadCursor>)>)>;

class GapRepair {
public:
    GapRepair(Loop& loop, SlackClient& client, Relay& relay, Workspace& workspace,
              DeskListener& listener, Random& random, ThreadLister lister,
              std::int64_t slow_round_ms = 60'000);
    ~GapRepair();

    // The first round begins as soon as we know who we are.
    void start();
    // Something may be missing; rounds asked for at once become one.
    void request(const std::string& why);
    // A thread that no list names: everything in it is handed over in the next round.
    void read_once(const Place& parent);
    // Whatever is known of it, this thread is read whole in the next round.
    void look_again(const DeskThreadId& thread);
    // A message that stands in a thread, whoever said it.
    void on_found(std::function<void(const Place&)> found) { found_ = std::move(found); }
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

private:
    struct Round;
    struct Thread;
    // What the last reading of a thread found, so that a change is noticed.
    struct Seen {
        SteadyMs whole_at = 0;  // when it was read whole
        std::int64_t replies = -1;
        std::set<std::string> reactions;  // on the parent; told
        bool reactions_known = false;
        std::set<std::string> elsewhere;  // known messages in other threads of the session
        bool again = false;
        bool active = true;
        bool lost = false;
        SessionId session;
        // Of a lost one, as it was read last: ts and sender's key. Not known: it has news.
        std::optional<std::map<std::string, std::string>> present;
        std::int64_t card_version = 0;  // what its parent showed last
        bool card_told = false;
    };

    void schedule(std::int64_t delay_ms);
    void begin();
    void listed(std::vector<ThreadCursor> threads);
    void next_channel(std::shared_ptr<Round> round);
    void read_parents(std::shared_ptr<Round> round, const std::string& channel);
    void see_parent(Round& round, const std::string& channel, const json::object& message);
    void see_reactions(const Place& parent, const json::object& message, Seen& seen);
    void see_card(const Place& parent, const json::object& message, Seen& seen);
    void parents_read(const std::shared_ptr<Round>& round, const std::string& channel,
                      const SlackReply& last);
    void next_thread(std::shared_ptr<Round> round);
    void read_thread(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void relay_next(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void add_whole(Round& round);
    void take_stock(Thread& thread);
    void relay_seen(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void compare(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void compare_next(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void ask_for_missing(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread,
                         core::KnownReply missing, bool in_its_thread);
    void tell_then_compare(core::Command command, std::shared_ptr<Round> round,
                           std::shared_ptr<Thread> thread);
    [[nodiscard]] std::int64_t slack_now_ms() const;
    void thread_done(std::shared_ptr<Round> round, const std::shared_ptr<Thread>& thread);
    void finish();
    void call(const std::string& method, Fields fields, SlackClient::Callback callback,
              unsigned tries = 0);
    [[nodiscard]] std::int64_t wait_for_budget();
    // Callbacks may come after the end; then they do nothing.
    template <class Callback>
    auto guarded(Callback callback) {
        return [alive = std::weak_ptr(alive_),
                callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
            if (!alive.expired()) callback(std::forward<Args>(args)...);
        };
    }

    Loop& loop_;
    SlackClient& client_;
    Relay& relay_;
    Workspace& workspace_;
    DeskListener& listener_;
    Random& random_;
    ThreadLister lister_;
    std::function<void(const Place&)> found_;
    const std::int64_t slow_round_ms_;  // between rounds that nobody asked for
    double budget_;                     // calls that may be made now
    SteadyMs budget_at_;
    bool running_ = false;
    bool again_ = false;
    bool failed_ = false;  // something of this round could not be read or stored
    std::map<SessionId, std::vector<std::string>> lost_of_;  // beside the one in use
    std::map<std::string, Seen> seen_;                       // by thread; those of the last list
    std::vector<Place> once_;  // bounded; threads to be read in the next round
    SteadyMs last_began_at_ = 0;
    SteadyMs due_at_ = 0;
    TimerId timer_ = 0;
    std::uint64_t rounds_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
