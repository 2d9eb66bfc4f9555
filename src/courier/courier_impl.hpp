#pragma once
// The courier's inside. courier.cpp decides who goes next; certainty.cpp what an answer means.

#include "courier/cards.hpp"
#include "courier/courier.hpp"
#include "courier/lane.hpp"
#include "courier/pace.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace deskbell::courier {

// Reading threads back has limits of its own at the desk.
constexpr std::size_t looks_in_flight_max = 4;
constexpr std::size_t early_echoes_max = 1'000;

[[nodiscard]] core::Doubt doubt_of(const core::Post& post, const Echo& where);

class Courier::Impl {
public:
    Impl(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, Pace pace);
    ~Impl();

    // courier.cpp
    void lane_ready(core::LaneNews news);
    void card_changed(const SessionId& session);
    void destination_open(const Destination& destination);
    void desk_open();
    void stop(std::int64_t deadline_ms, std::function<void()> done);
    [[nodiscard]] Figures figures() const;

    // certainty.cpp
    void post_echoed(const LetterId& post, Echo echo);

private:
    // A destination: its door, and the lanes that wait before it.
    struct Way {
        Door door;
        std::set<Rank> ready;
    };
    // doubts.cpp: a post that was sent again is watched, in the store too: its place is read back a
    // few times, and whatever shows a copy of it at any time has it taken back.
    struct Watched {
        core::Doubt doubt;
        SteadyMs due = never_ms;        // of the next audit
        unsigned failures = 0;          // of the audit that is due
        unsigned left = 0;              // copies that could not be taken back
        std::set<DeskMessageId> stays;  // doubled parents that were answered
    };
    // A post that the desk called sent and whose echo has not come.
    struct Unproven {
        core::Post post;
        SteadyMs due = 0;
        int absences = 0;
    };

    // courier.cpp: the pump and the lanes' places in its queues.
    void wake();
    void pump();
    void ring_alarms(SteadyMs now);
    void tell_delays(SteadyMs now);
    void start_posts(SteadyMs now);
    [[nodiscard]] Lane* next_lane(SteadyMs now);
    void arm(SteadyMs now);
    void claim(Lane& lane, SteadyMs now);
    void claimed(const SessionId& session, std::optional<core::Post> post);
    void finish_stop_if_done();
    [[nodiscard]] bool folds(const Lane& lane, SteadyMs now);
    [[nodiscard]] Way& way(const Destination& destination);
    [[nodiscard]] Door& door(const Destination& destination) { return way(destination).door; }
    void enter_phase(Lane& lane, Lane::Phase phase, SteadyMs due = 0);
    void leave_queues(const Lane& lane);
    void next_turn(Lane& lane);
    void stand_in_line(Lane& lane);
    [[nodiscard]] SteadyMs spare_place_at(const Lane& lane);
    void set_waiting_since(Lane& lane, SteadyMs since);
    void set_delayed(Lane& lane, bool delayed);
    void forget(Lane& lane);
    [[nodiscard]] SteadyMs now() const { return loop_.clock().steady_ms(); }

    // certainty.cpp: outcomes.
    void post(Lane& lane);
    void answered(Lane& lane, const desk::PostOutcome& outcome);
    void leave_doors(Lane& lane);
    void note_echo(Lane& lane, const LetterId& post, const Echo& echo);
    void confirm(Lane& lane, const Echo& where);
    void confirmed(Lane& lane, const Echo& where);
    void release(Lane& lane, SteadyMs rest_until, bool may_arrive = false);
    void refuse(Lane& lane, const std::string& code);
    void stray(Lane& lane);
    void settle(Lane& lane);
    void put_in_question(Lane& lane);
    void queue_look(Lane& lane);
    void start_looks(SteadyMs now);
    [[nodiscard]] bool may_look(SteadyMs now);
    [[nodiscard]] SteadyMs next_look_at(SteadyMs now);
    void looked_up(const SessionId& session, const desk::LookUpOutcome& outcome);

    // doubts.cpp
    void read_doubts();
    void watch(core::Doubt doubt);
    void schedule_audit(Watched& watched, SteadyMs due);
    [[nodiscard]] SteadyMs next_audit_at() const;
    void start_audits(SteadyMs now);
    void audit(Watched& watched);
    void audited(const LetterId& letter, const desk::LookUpOutcome& outcome);
    void copies_seen(const Lane& lane, const Echo& kept);
    void copy_seen(const core::Doubt& doubt, const DeskMessageId& copy, const DeskThreadId& thread);
    void take_back(const core::Doubt& doubt, const DeskMessageId& copy, const DeskThreadId& thread);
    void expect_echo(core::Post post, const Echo& where);
    void look_for_unproven(SteadyMs now);
    void unproven_looked_up(Unproven unproven, const desk::LookUpOutcome& outcome);
    // Makes it durable, then goes on with the lane.
    void record(Lane& lane, core::Command command, std::move_only_function<void(Lane&)> then);
    [[nodiscard]] Lane* find(const SessionId& session);
    void back_in_line(Lane& lane, SteadyMs rest_until);

    template <class Callback>
    auto guarded(Callback callback) {
        return [alive = std::weak_ptr(alive_),
                callback = std::move(callback)]<class... Args>(Args&&... args) mutable {
            if (!alive.expired()) callback(std::forward<Args>(args)...);
        };
    }

    Loop& loop_;
    desk::Desk& desk_;
    Ledger& ledger_;
    Random& random_;
    const Pace pace_;
    Cards cards_;
    Door desk_door_;

    // Lanes in memory are those with a letter not known to be there; the store bounds them.
    std::map<SessionId, Lane> lanes_;
    std::map<Destination, Way> ways_;
    std::size_t lanes_ready_ = 0;
    std::set<std::pair<SteadyMs, SessionId>> alarms_;  // resting, aside, quiet: by due time
    std::set<std::pair<SteadyMs, SessionId>> delays_;  // lanes not yet called delayed, by when
    std::map<LetterId, SessionId> in_question_;        // posts whose echo would settle them
    std::deque<SessionId> looks_;                      // lanes waiting to be looked up
    TokenBucket looks_bucket_;
    SteadyMs looks_frozen_until_ = 0;
    std::map<LetterId, Watched> watched_;                 // bounded; the oldest goes
    std::set<std::pair<SteadyMs, LetterId>> audits_;      // of watched_, by due time
    std::set<DeskMessageId> copies_in_hand_;              // being taken back
    std::deque<std::pair<LetterId, Echo>> early_echoes_;  // until the doubts are read; bounded
    bool doubts_read_ = false;
    std::map<LetterId, Unproven> unproven_;  // bounded; past it nothing is sampled
    SteadyMs unproven_next_at_ = 0;
    std::uint64_t attempts_ = 0;
    std::size_t looks_in_flight_ = 0;
    std::size_t posts_in_flight_ = 0;  // claimed or with the desk
    std::size_t in_the_air_ = 0;       // posts, and outcomes not yet durable

    Figures counted_;
    bool woken_ = false;
    TimerId timer_ = 0;
    SteadyMs timer_due_ = never_ms;
    bool stopping_ = false;
    TimerId stop_timer_ = 0;
    std::function<void()> stopped_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::courier
