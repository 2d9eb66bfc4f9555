#include "courier/courier.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "courier/courier_impl.hpp"

#include <algorithm>

namespace deskbell::courier {
namespace {

constexpr double looks_burst = 10;

bool has_alarm(Lane::Phase phase) {
    return phase == Lane::Phase::resting || phase == Lane::Phase::aside ||
           phase == Lane::Phase::quiet;
}

}  // namespace

Courier::Impl::Impl(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, Pace pace)
    : loop_(loop),
      desk_(desk),
      ledger_(ledger),
      random_(random),
      pace_(pace),
      cards_(loop, desk, ledger, random, pace, [this] { wake(); }),
      // A twelfth of a minute's posts may leave at once; the rest of the minute follows evenly.
      desk_door_(TokenBucket(pace.posts_per_minute_per_desk / 60.0,
                             pace.posts_per_minute_per_desk / 12.0, loop.clock().steady_ms())),
      looks_bucket_(pace.looks_per_minute / 60.0, looks_burst, loop.clock().steady_ms()) {
    loop_.post(guarded([this] { read_doubts(); }));
}

Courier::Impl::~Impl() {
    loop_.cancel(timer_);
    loop_.cancel(stop_timer_);
}

// ---- News. ----

void Courier::Impl::lane_ready(core::LaneNews news) {
    if (news.letters_queued == 0 && !news.unresolved && !lanes_.contains(news.session)) return;
    const auto [found, is_new] = lanes_.try_emplace(news.session);
    Lane& lane = found->second;
    // The store knows wall time, which may step; from here on only intervals count.
    WallMs oldest = news.oldest_queued_at;
    if (news.unresolved && news.unresolved->first_attempt_at > 0)
        oldest = oldest > 0 ? std::min(oldest, news.unresolved->first_attempt_at)
                            : news.unresolved->first_attempt_at;
    const std::int64_t waited =
        oldest > 0 ? std::max<std::int64_t>(0, loop_.clock().wall_ms() - oldest) : 0;
    lane.letters_known = news.letters_queued;
    lane.news_since_claim = true;
    if (is_new) {
        lane.session = news.session;
        lane.destination = std::move(news.destination);
        lane.thread_open = news.thread_open;
        set_waiting_since(lane, now() - waited);
        if (news.unresolved) {
            // A former process left it in the air: unknown, and quiet from now on.
            lane.post = std::move(news.unresolved);
            lane.in_question = lane.post->id;
            in_question_[lane.in_question] = lane.session;
            lane.claimed_at = now();
            enter_phase(lane, Lane::Phase::quiet, now() + pace_.quiet_ms);
        } else {
            enter_phase(lane, Lane::Phase::ready);
        }
    } else if (lane.phase == Lane::Phase::ready || lane.phase == Lane::Phase::resting ||
               lane.phase == Lane::Phase::aside) {
        leave_queues(lane);
        lane.destination = std::move(news.destination);
        lane.thread_open = news.thread_open;
        if (oldest > 0) set_waiting_since(lane, now() - waited);
        if (lane.phase == Lane::Phase::resting) {
            enter_phase(lane, lane.phase, lane.due);
        } else {
            stand_in_line(lane);
        }
    } else {
        lane.destination = std::move(news.destination);  // of the next post
    }
    wake();
}

void Courier::Impl::card_changed(const SessionId& session) { cards_.changed(session); }

void Courier::Impl::destination_open(const Destination& destination) {
    door(destination).open(now());
    for (auto& [session, lane] : lanes_) {
        if (lane.phase == Lane::Phase::resting && lane.destination == destination)
            enter_phase(lane, Lane::Phase::ready);
    }
    cards_.try_again();
    wake();
}

void Courier::Impl::desk_open() {
    desk_door_.open(now());
    for (auto& [destination, one] : ways_) one.door.open(now());
    cards_.try_again();
    wake();
}

// ---- The pump: from what is true now it derives what to do, and when to look again. ----

void Courier::Impl::wake() {
    if (woken_) return;
    woken_ = true;
    loop_.post(guarded([this] {
        woken_ = false;
        pump();
    }));
}

void Courier::Impl::pump() {
    const SteadyMs at = now();
    ring_alarms(at);
    tell_delays(at);
    if (!stopping_) {
        start_posts(at);
        start_looks(at);
        start_audits(at);
        look_for_unproven(at);
        if (!desk_door_.parked()) cards_.pump(at);
    }
    arm(at);
    finish_stop_if_done();
}

void Courier::Impl::ring_alarms(SteadyMs at) {
    while (!alarms_.empty() && alarms_.begin()->first <= at) {
        Lane& lane = lanes_.at(alarms_.begin()->second);
        if (lane.phase == Lane::Phase::resting) {
            enter_phase(lane, Lane::Phase::ready);
        } else if (lane.phase == Lane::Phase::aside) {
            stand_in_line(lane);
        } else {
            queue_look(lane);
        }
    }
}

void Courier::Impl::tell_delays(SteadyMs at) {
    if (DESKBELL_PLANTED("delay_never_told")) return delays_.clear();
    while (!delays_.empty() && delays_.begin()->first <= at) {
        set_delayed(lanes_.at(delays_.begin()->second), true);
    }
}

void Courier::Impl::start_posts(SteadyMs at) {
    while (posts_in_flight_ < pace_.posts_in_flight_max && desk_door_.lets_pass(at)) {
        Lane* lane = next_lane(at);
        if (!lane) return;
        claim(*lane, at);
    }
}

// The first in rank among the destinations that take posts now.
Lane* Courier::Impl::next_lane(SteadyMs at) {
    const Rank* first = nullptr;
    for (auto& [destination, one] : ways_) {
        if (one.ready.empty() || !one.door.lets_pass(at)) continue;
        if (!first || *one.ready.begin() < *first) first = &*one.ready.begin();
    }
    return first ? &lanes_.at(first->session) : nullptr;
}

void Courier::Impl::arm(SteadyMs at) {
    SteadyMs due = never_ms;
    if (!alarms_.empty()) due = std::min(due, alarms_.begin()->first);
    if (!delays_.empty()) due = std::min(due, delays_.begin()->first);
    if (!stopping_) {
        if (posts_in_flight_ < pace_.posts_in_flight_max) {
            const SteadyMs desk_at = desk_door_.next_at(at);
            for (auto& [destination, one] : ways_) {
                if (one.ready.empty()) continue;
                due = std::min(due, std::max(desk_at, one.door.next_at(at)));
            }
        }
        due = std::min(due, next_look_at(at));
        if (!desk_door_.parked()) due = std::min(due, cards_.next_at(at));
    }
    if (due == timer_due_) return;
    loop_.cancel(timer_);
    timer_due_ = due;
    timer_ = due == never_ms ? 0 : loop_.after(std::max<SteadyMs>(0, due - at), guarded([this] {
                                                   timer_due_ = never_ms;
                                                   wake();
                                               }));
}

// ---- A lane's turn. ----

// Letters travel alone while each can leave soon after the other. When the last of them would wait
// too long that way, be it for those before it or for the pace, they travel together: nobody gains
// by waiting for a post of their own.
bool Courier::Impl::folds(const Lane& lane, SteadyMs at) {
    if (!lane.thread_open || lane.letters_known < 2) return false;
    if (at - lane.waiting_since > pace_.fold_after_ms) return true;
    Way& here = way(lane.destination);
    const std::size_t others_here = here.ready.size() - 1;
    const std::size_t others = lanes_ready_ - 1;
    return here.door.wait_ms(at, others_here + lane.letters_known) > pace_.fold_after_ms ||
           desk_door_.wait_ms(at, others + lane.letters_known) > pace_.fold_after_ms;
}

void Courier::Impl::claim(Lane& lane, SteadyMs at) {
    DESKBELL_CRASH_POINT("courier.claim.before");
    const bool fold = folds(lane, at);
    door(lane.destination).enter(at);
    desk_door_.enter(at);
    ++posts_in_flight_;
    ++in_the_air_;
    lane.entered = lane.destination;
    lane.claimed_at = at;
    lane.claimed_since = lane.waiting_since;
    lane.news_since_claim = false;
    enter_phase(lane, Lane::Phase::claiming);
    ledger_.claim_post(lane.session, fold,
                       guarded([this, session = lane.session](std::optional<core::Post> post) {
                           claimed(session, std::move(post));
                       }));
}

void Courier::Impl::claimed(const SessionId& session, std::optional<core::Post> post) {
    Lane& lane = lanes_.at(session);
    DESKBELL_ASSERT(lane.phase == Lane::Phase::claiming);
    if (!post) {  // nothing to say after all
        door(lane.entered).leave_unused();
        desk_door_.leave_unused();
        --posts_in_flight_;
        --in_the_air_;
        if (lane.news_since_claim && lane.letters_known > 0) {
            enter_phase(lane, Lane::Phase::ready);
        } else {
            forget(lane);
        }
        return wake();
    }
    const std::size_t letters = post->kind == core::LetterKind::customer_message
                                    ? std::max<std::size_t>(1, post->lines.size())
                                    : 1;
    lane.letters_claimed = letters;
    // What was folded into it for its first attempt has not waited since.
    const std::size_t waited = post->attempts > 1 ? 1 : letters;
    // News that came meanwhile may or may not have counted it; counting too much costs one claim.
    if (!lane.news_since_claim) lane.letters_known -= std::min(waited, lane.letters_known);
    counted_.posts_folded += waited - 1;
    lane.post = std::move(post);
    if (lane.in_question != lane.post->id) {
        in_question_.erase(lane.in_question);
        lane.in_question = lane.post->id;
        in_question_[lane.in_question] = session;
        lane.echo.reset();
        lane.resent = false;
    }
    lane.absences = 0;
    lane.look_failures = 0;
    const bool old = !lane.post->lines.empty() &&
                     loop_.clock().wall_ms() - lane.post->lines.front().at > 3'600'000;
    if (old && DESKBELL_PLANTED("ttl_drops_old")) {
        door(lane.entered).leave_unused();
        desk_door_.leave_unused();
        --posts_in_flight_;
        return refuse(lane, "too_old");
    }
    if (DESKBELL_PLANTED("two_in_flight")) desk_.post(*lane.post, [](const desk::PostOutcome&) {});
    this->post(lane);
}

void Courier::Impl::stop(std::int64_t deadline_ms, std::function<void()> done) {
    stopping_ = true;
    stopped_ = std::move(done);
    stop_timer_ = loop_.after(deadline_ms, guarded([this] {
                                  if (auto stopped = std::exchange(stopped_, nullptr)) stopped();
                              }));
    wake();
}

void Courier::Impl::finish_stop_if_done() {
    if (!stopping_ || !stopped_ || in_the_air_ > 0 || cards_.in_flight() > 0) return;
    loop_.cancel(stop_timer_);
    std::exchange(stopped_, nullptr)();
}

// ---- Where lanes stand. ----

Courier::Impl::Way& Courier::Impl::way(const Destination& destination) {
    const auto found = ways_.find(destination);
    if (found != ways_.end()) return found->second;
    const TokenBucket bucket(pace_.posts_per_second_per_destination, pace_.burst_per_destination,
                             now());
    return ways_.emplace(destination, Way{Door(bucket), {}}).first->second;
}

void Courier::Impl::leave_queues(const Lane& lane) {
    if (lane.phase == Lane::Phase::ready)
        lanes_ready_ -= way(lane.destination).ready.erase(rank_of(lane));
    if (has_alarm(lane.phase)) alarms_.erase({lane.due, lane.session});
}

// What a rank or an alarm is made of changes only while the lane is out of the queues.
void Courier::Impl::enter_phase(Lane& lane, Lane::Phase phase, SteadyMs due) {
    leave_queues(lane);
    lane.phase = phase;
    lane.due = due;
    if (phase == Lane::Phase::ready)
        lanes_ready_ += way(lane.destination).ready.insert(rank_of(lane)).second;
    if (has_alarm(phase)) alarms_.insert({due, lane.session});
}

// The rest of a paste takes only what nobody else would miss: a place that could not be saved up
// any longer. It does not wait for one for ever.
SteadyMs Courier::Impl::spare_place_at(const Lane& lane) {
    constexpr SteadyMs patience_ms = 10'000;
    const SteadyMs at = now();
    const SteadyMs spare = std::max(door(lane.destination).full_at(at), desk_door_.full_at(at));
    return std::min(spare, lane.served_at + patience_ms);
}

// Its post is settled, and the lane has more. Those letters were there when it was claimed, or came
// since; news will say since when they wait.
void Courier::Impl::next_turn(Lane& lane) {
    lane.served_at = lane.claimed_at;
    lane.served_since = lane.claimed_since;
    lane.letters_served = lane.letters_claimed;
    set_waiting_since(lane, std::max(lane.waiting_since, lane.claimed_at));
    stand_in_line(lane);
}

void Courier::Impl::stand_in_line(Lane& lane) {
    const SteadyMs due = goes_on_pasting(lane) ? spare_place_at(lane) : 0;
    enter_phase(lane, due > now() ? Lane::Phase::aside : Lane::Phase::ready, due);
}

void Courier::Impl::set_waiting_since(Lane& lane, SteadyMs since) {
    delays_.erase({lane.waiting_since + pace_.delay_notice_ms, lane.session});
    lane.waiting_since = since;
    // Told past the threshold, taken back well below it: a lane at the edge must not flicker.
    if (lane.delayed && now() - since < pace_.delay_notice_ms / 2) set_delayed(lane, false);
    if (!lane.delayed) delays_.insert({since + pace_.delay_notice_ms, lane.session});
}

void Courier::Impl::set_delayed(Lane& lane, bool delayed) {
    delays_.erase({lane.waiting_since + pace_.delay_notice_ms, lane.session});
    if (lane.delayed == delayed) return;
    lane.delayed = delayed;
    ledger_.record(core::DeskDelay{lane.session, delayed}, [] {});
}

void Courier::Impl::forget(Lane& lane) {
    leave_queues(lane);
    set_delayed(lane, false);
    in_question_.erase(lane.in_question);
    lanes_.erase(lanes_.find(lane.session));
}

Figures Courier::Impl::figures() const {
    Figures figures = counted_;
    figures.lanes_waiting = lanes_.size();
    figures.posts_in_flight = posts_in_flight_;
    for (const auto& [session, lane] : lanes_) {
        if (lane.phase == Lane::Phase::quiet || lane.phase == Lane::Phase::looking)
            ++figures.posts_unknown;
        figures.oldest_wait_ms = std::max(figures.oldest_wait_ms, now() - lane.waiting_since);
    }
    for (const auto& [destination, one] : ways_) figures.destinations_parked += one.door.parked();
    figures.posts_watched = watched_.size();
    figures.desk_parked = desk_door_.parked();
    figures.desk_parked_why = desk_door_.why();
    return figures;
}

// ---- The public face. ----

Courier::Courier(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, Pace pace)
    : impl_(std::make_unique<Impl>(loop, desk, ledger, random, pace)) {}
Courier::~Courier() = default;

void Courier::lane_ready(core::LaneNews news) { impl_->lane_ready(std::move(news)); }
void Courier::card_changed(const SessionId& session) { impl_->card_changed(session); }
void Courier::post_echoed(const LetterId& post, const DeskMessageId& message,
                          const DeskThreadId& thread, const std::string& order) {
    impl_->post_echoed(post, Echo{message, thread, order});
}
void Courier::destination_open(const Destination& destination) {
    impl_->destination_open(destination);
}
void Courier::desk_open() { impl_->desk_open(); }
void Courier::stop(std::int64_t deadline_ms, std::function<void()> done) {
    impl_->stop(deadline_ms, std::move(done));
}
Figures Courier::figures() const { return impl_->figures(); }

}  // namespace deskbell::courier
