#pragma once
// What the desk must still be told: lanes, pace, fairness, folding, unknown outcomes.
//
// What this is: one lane a session, strictly in order, one post in the air a lane. Among lanes with
// something to say,
//   the one that has waited longest goes first, new threads before replies, within a bucket a
//   destination and one for the whole desk. A timed-out post is unknown: its echo is awaited, else
//   the thread is read back twice after a quiet period; only then is it sent again, under the same
//   marker.
// Who calls it: the app, with the engine's news and the desk's.
// Threading: everything on the office loop.
// What it never does: hold a body (it claims one at a time), skip a letter, send without a durable
// `sending` before.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "core/lane.hpp"
#include "desk/desk.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deskbell::courier {

// What must become durable. The app's implementation puts it to the engine and, when the engine is
// busy, tries again by itself: nothing handed over here is dropped. Callbacks come later, on the
// office loop.
class Ledger {
public:
    virtual ~Ledger() = default;
    virtual void claim_post(const SessionId& session, bool fold,
                            std::move_only_function<void(std::optional<core::Post>)> done) = 0;
    virtual void claim_card(const SessionId& session,
                            std::move_only_function<void(std::optional<core::Card>)> done) = 0;
    // PostConfirmed, PostUnknown, PostReleased, PostRefused, PostStrayed, CardShown, ThreadLost,
    // DeskDelay, CopySeen, PostAudited, PostMissing.
    virtual void record(core::Command command, std::move_only_function<void()> done) = 0;
    // What a former process sent again, and may still find twice.
    virtual void read_doubts(std::move_only_function<void(std::vector<core::Doubt>)> done) {
        done({});
    }
};

struct Pace {
    double posts_per_second_per_destination = 1.0;  // 0 lifts it
    double burst_per_destination = 3;
    double posts_per_minute_per_desk = 300;  // 0 lifts it
    double card_updates_per_minute = 45;     // chat.update has its own budget
    double looks_per_minute = 30;            // reading back has one too, and shares it
    std::int64_t quiet_ms = 15'000;          // before an unknown post is looked up
    std::int64_t second_look_ms = 5'000;     // between the two readings
    std::int64_t fold_after_ms = 500;        // who waits, or would wait, so long folds
    std::int64_t delay_notice_ms = 20'000;   // customers and agents are told past this
    std::size_t posts_in_flight_max = 32;
};

// What an operator sees of it.
struct Figures {
    std::size_t lanes_waiting = 0;
    std::size_t posts_in_flight = 0;
    std::size_t posts_unknown = 0;
    std::size_t destinations_parked = 0;
    bool desk_parked = false;
    std::string desk_parked_why;
    std::int64_t oldest_wait_ms = 0;
    std::uint64_t posts_sent = 0;
    std::uint64_t posts_folded = 0;
    std::uint64_t rate_limited = 0;
    std::uint64_t looked_up_found = 0;
    std::uint64_t looked_up_absent = 0;
    std::uint64_t strays = 0;
    std::uint64_t confirmed_by_echo = 0;  // before their request was answered
    std::uint64_t dup_repaired = 0;       // copies that appeared and were taken back
    std::uint64_t confirmed_missing = 0;  // confirmed, not there, and said again
    std::size_t posts_watched = 0;        // sent again once: copies of them may still appear
};

class Courier {
public:
    // Begins with reading what a former process left in doubt.
    Courier(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, Pace pace);
    ~Courier();

    void lane_ready(core::LaneNews news);
    void card_changed(const SessionId& session);
    void post_echoed(const LetterId& post, const DeskMessageId& message, const DeskThreadId& thread,
                     const std::string& order);
    void destination_open(const Destination& destination);
    void desk_open();

    // No further posts are begun; `done` once nothing is in the air, or after `deadline_ms` (what
    // is still in the air stays `sending` in the store, which the next start treats as unknown).
    void stop(std::int64_t deadline_ms, std::function<void()> done);

    [[nodiscard]] Figures figures() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace deskbell::courier
