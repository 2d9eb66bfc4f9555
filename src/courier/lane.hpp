#pragma once
// One session's lane as the courier sees it: no bodies but the post that is in the air.

#include "base/clock.hpp"
#include "base/test_hooks.hpp"
#include "core/lane.hpp"
#include "core/session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::courier {

struct Echo {
    DeskMessageId message;
    DeskThreadId thread;
    std::string order;
    bool only_said = false;  // by the answer to its request; nobody saw it there
};

struct Lane {
    enum class Phase {
        ready,      // has (or may have) something to say and waits for its turn
        resting,    // its last attempt failed; ready again at `due`
        aside,      // a paste goes on: ready again at `due`, when nobody would miss the place
        claiming,   // the ledger makes the head durable as `sending`
        posting,    // the desk has it
        recording,  // the ledger makes the outcome durable
        quiet,      // outcome unknown: its echo is awaited, else it is looked up at `due`
        looking,    // being looked up, or in the queue for it
    };

    SessionId session;
    Destination destination;   // of the next post
    Destination entered;       // whose door the post in flight went through
    bool thread_open = false;  // false: the head opens the thread
    Phase phase = Phase::ready;
    SteadyMs waiting_since = 0;  // the oldest letter that is not known to be there
    SteadyMs claimed_at = 0;
    // Of the last post that is settled: when it was claimed, its oldest letter, how many it had.
    SteadyMs served_at = 0;
    SteadyMs served_since = 0;
    std::size_t letters_served = 0;
    SteadyMs claimed_since = 0;  // of the post in the air: its oldest letter, and how many it has
    std::size_t letters_claimed = 0;
    SteadyMs due = 0;               // resting, aside and quiet
    std::size_t letters_known = 0;  // waiting ones, as far as the news said
    bool news_since_claim = false;
    unsigned failures = 0;  // of this lane's own, so that others go first
    bool delayed = false;   // the customer and the agents were told

    std::optional<core::Post> post;  // claiming until its outcome is durable
    LetterId in_question;            // a post that may be there: its echo still counts
    std::optional<Echo> echo;        // of that post
    std::vector<Echo> echoes;        // all that were seen of `echoes_of`; all but one are copies
    LetterId echoes_of;
    std::uint64_t attempt = 0;  // the request in the air; answers to others come too late
    bool resent = false;        // it was sent again after having been unknown
    int absences = 0;           // times it was looked up and not there
    unsigned look_failures = 0;
};

// Did a full post leave letters behind, and did they come faster than anybody types? Then more of
// the kind may follow: they must not keep the others from their turn.
[[nodiscard]] inline bool goes_on_pasting(const Lane& lane) {
    constexpr SteadyMs typed_ms = 1'000;
    const auto typed = static_cast<SteadyMs>(lane.letters_served) * typed_ms;
    return lane.letters_served > 1 && lane.waiting_since <= lane.served_at &&
           lane.waiting_since - lane.served_since < typed;
}

// Who goes first: who has waited longest. What is left of a paste waits from its last post on, so
// that it has one turn a round like anybody else. A new thread counts as if it had waited a minute
// already: it goes before replies, but never starves them. A lane that keeps failing steps back a
// little each time, so that it cannot keep the others from their turn; never for good. The id makes
// it a total order, the same in every run.
struct Rank {
    SteadyMs since = 0;
    SessionId session;

    friend auto operator<=>(const Rank&, const Rank&) = default;
};

[[nodiscard]] inline Rank rank_of(const Lane& lane) {
    constexpr SteadyMs step_back_ms = 5'000;
    constexpr SteadyMs head_start_ms = 60'000;
    const SteadyMs steps = lane.failures < 12 ? lane.failures : 12;
    const SteadyMs since =
        goes_on_pasting(lane) ? std::max(lane.waiting_since, lane.served_at) : lane.waiting_since;
    if (DESKBELL_PLANTED("starve_old_lane")) return Rank{-since, lane.session};
    return Rank{since + steps * step_back_ms - (lane.thread_open ? 0 : head_start_ms),
                lane.session};
}

// Is the echo where the post belongs? A parent brings a thread of its own.
[[nodiscard]] inline bool in_place(const core::Post& post, const DeskThreadId& thread) {
    return post.thread.empty() ? !thread.empty() : thread == post.thread;
}

}  // namespace deskbell::courier
