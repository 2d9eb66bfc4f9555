#pragma once
// Events are hints; this is the guarantee: what agents wrote is read back from the threads.
//
// A round asks the app for the threads that matter, reads each channel's parents in pages (they
// show which thread has a newer reply than its cursor), then only those threads, from a little
// before the cursor. Everything found takes the same way as an event; the engine's keys drop what
// it knows. Who calls it: itself (at start and every minute), and whoever noticed a gap. What it
// never does: move a cursor past what is not durable; spend more than its budget of calls.

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
#include <set>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct ThreadCursor {
    DeskThreadId thread;
    std::string cursor;  // empty: from the parent on
};

// Threads of sessions that are waiting or open, or were closed lately.
// An agent's message as the customer sees it.
struct KnownMessage {
    DeskMessageId message;
    std::string sender_key;
};
// Those of a thread's session.
using MessageLister = std::function<void(const DeskThreadId&,
                                         std::move_only_function<void(std::vector<KnownMessage>)>)>;

using ThreadLister = std::function<void(std::move_only_function<void(std::vector<ThreadCursor>)>)>;

class GapRepair {
public:
    GapRepair(Loop& loop, SlackClient& client, Relay& relay, Workspace& workspace,
              DeskListener& listener, Random& random, ThreadLister lister,
              std::int64_t slow_round_ms = 60'000);
    ~GapRepair();

    // Without it, what was deleted without an event stays.
    void set_message_lister(MessageLister lister) { message_lister_ = std::move(lister); }
    // The first round begins as soon as we know who we are.
    void start();
    // Something may be missing; rounds asked for at once become one.
    void request(const std::string& why);
    [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

private:
    struct Round;
    struct Thread;
    // What tells when a thread without news is read all the same: an edit, a deletion or a message
    // whose event was lost, and that a stale read did not show, changes nothing that parents show.
    struct Watch {
        SteadyMs read_at = 0;
        SteadyMs news_at = 0;
        std::string latest;
        std::map<std::string, SteadyMs> absent;  // ts of a known message → when first not there
        std::set<std::string> elsewhere;         // known messages of the session's other threads
    };

    void schedule(std::int64_t delay_ms);
    void begin();
    void listed(std::vector<ThreadCursor> threads);
    void next_channel(std::shared_ptr<Round> round);
    void read_parents(std::shared_ptr<Round> round, const std::string& channel);
    void see_parent(Round& round, const std::string& channel, const json::object& message);
    void parents_read(const std::shared_ptr<Round>& round, const std::string& channel,
                      const SlackReply& last);
    void next_thread(std::shared_ptr<Round> round);
    void read_thread(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void relay_next(std::shared_ptr<Round> round, std::shared_ptr<Thread> thread);
    void thread_done(std::shared_ptr<Round> round, const std::shared_ptr<Thread>& thread);
    void compare(std::shared_ptr<Round> round, const std::shared_ptr<Thread>& thread);
    void compared(const Thread& thread, const std::vector<KnownMessage>& known);
    void ask_after(const Place& parent, const Place& message);
    [[nodiscard]] bool wants_checking(const std::string& thread, std::string_view latest);
    void forget_watches(const Round& round);
    void finish();
    void call(const std::string& method, Fields fields, SlackClient::Callback callback,
              unsigned tries = 0);
    [[nodiscard]] std::int64_t wait_for_budget();
    template <class Callback>
    auto guarded(Callback callback);

    Loop& loop_;
    SlackClient& client_;
    Relay& relay_;
    Workspace& workspace_;
    DeskListener& listener_;
    Random& random_;
    ThreadLister lister_;
    const std::int64_t slow_round_ms_;  // between rounds that nobody asked for
    double budget_;                     // calls that may be made now
    SteadyMs budget_at_;
    bool running_ = false;
    bool again_ = false;
    bool failed_ = false;  // something of this round could not be read or stored
    SteadyMs last_began_at_ = 0;
    SteadyMs due_at_ = 0;
    TimerId timer_ = 0;
    std::uint64_t rounds_ = 0;
    MessageLister message_lister_;
    std::map<std::string, Watch> watches_;  // by "channel/ts" of the parent
    std::size_t checks_left_ = 0;           // of this round
    bool in_doubt_ = false;                 // something was not there: look again soon
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
