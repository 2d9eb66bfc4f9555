#pragma once
// Slack is read before anything is said, because the store is older than the world.
//
// What this is: one pass over the channels and over every thread with news since the store's last
// word. What is there and the store thinks unsent is settled; threads of known sessions, and
// customers' words in them, are taken over; agents' replies take the way that events take; parents
// of sessions that the store does not know are remembered, and once the lanes go again their agents
// are told, each once. See engine/reconcile.hpp for the whole.
//
// Who calls it: SlackOffice. Threading: everything on the office loop. Every step is one durable
// command, and taking a step again changes nothing: after a crash the pass begins anew.
// What it never does: post, or let anybody post, before the pass has ended; spend more calls than
// its budget; tell a thread twice.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "desk/desk.hpp"
#include "desk/slack/gap_repair.hpp"
#include "desk/slack/own_words.hpp"
#include "desk/slack/paced_calls.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/slack_desk.hpp"
#include "desk/slack/workspace.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct ReconcileOptions {
    bool due = false;
    WallMs since = 0;                    // the store's last word, by our clock
    std::vector<DeskThreadId> untold{};  // left over from an earlier start
    std::set<SessionId> forgotten{};     // unknown on purpose: nobody is told
    // A request of the process before us may still be on its way; what it brings is there by then.
    std::int64_t quiet_ms = 20'000;
};

// Threads of all sessions that were not closed before `closed_after`.
using ReconcileLister = std::function<void(
    WallMs closed_after, std::move_only_function<void(std::vector<ThreadCursor>)> done)>;

class Reconcile {
public:
    Reconcile(Loop& loop, SlackClient& client, Relay& relay, Workspace& workspace, SlackDesk& desk,
              DeskListener& listener, Random& random, ReconcileLister lister,
              ReconcileOptions options);
    ~Reconcile();

    // `read` is called once the pass has ended and is durable, before anybody hears of a lane; at
    // once when none is due.
    void start(std::function<void()> read);
    // Nothing may be posted yet.
    [[nodiscard]] bool reading() const { return reading_; }
    [[nodiscard]] std::size_t untold() const { return untold_.size(); }

private:
    struct Parent;
    struct Channel;
    struct Thread;
    struct Round;
    using RoundPtr = std::shared_ptr<Round>;
    using ThreadPtr = std::shared_ptr<Thread>;
    using Refusal = std::optional<Error>;

    // reconcile.cpp: reading the channels.
    void begin_when_ready();
    [[nodiscard]] bool is_ready();
    void listed(std::vector<ThreadCursor> threads);
    void next_channel(RoundPtr round);
    void see_parent(Round& round, Channel& channel, const json::object& message);
    void channel_read(RoundPtr round, const SlackReply& last);
    void end_round(RoundPtr round);
    [[nodiscard]] std::string from_ts() const;

    // reconcile_take.cpp: what was read becomes durable.
    void next_parent(RoundPtr round);
    void take_thread(RoundPtr round, const Parent& parent);
    void next_thread(RoundPtr round);
    void thread_read(RoundPtr round, ThreadPtr thread, const SlackReply& last);
    void next_message(RoundPtr round, ThreadPtr thread);
    void own_post(RoundPtr round, ThreadPtr thread, const OwnPost& own,
                  const json::object& message);
    void next_letter(RoundPtr round, ThreadPtr thread);
    void take_words(RoundPtr round, ThreadPtr thread);
    void thread_done(RoundPtr round, const ThreadPtr& thread);

    // reconcile_tell.cpp: agents of unknown sessions' threads are told.
    void tell_next();
    void look(core::Post post);
    void tell(core::Post post);
    void told(const DeskThreadId& thread);
    [[nodiscard]] core::Post notice_for(const DeskThreadId& thread) const;

    // Durable, or refused for good: what passes is tried again.
    void record(core::Command command, std::move_only_function<void(Refusal)> done,
                unsigned tries = 0);
    void later(std::int64_t delay_ms, std::move_only_function<void()> work);
    // Longer each time, up to a minute.
    void later_again(std::move_only_function<void()> work);
    [[nodiscard]] Caller caller();
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
    SlackDesk& desk_;
    DeskListener& listener_;
    Random& random_;
    ReconcileLister lister_;
    const ReconcileOptions options_;
    PacedCalls calls_;
    std::function<void()> read_;
    bool reading_;
    std::vector<DeskThreadId> untold_;
    SteadyMs started_at_ = 0;
    SteadyMs said_at_ = 0;  // in the log, why it waits
    unsigned failures_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
