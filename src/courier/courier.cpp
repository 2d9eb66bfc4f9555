#include "courier/courier.hpp"

#include "base/assert.hpp"
#include "base/log.hpp"
#include "courier/courier_impl.hpp"

#include <algorithm>

namespace deskbell::courier {

Courier::Impl::Impl(Loop& loop, desk::Desk& desk, Ledger& ledger, Random& random, Pace pace)
    : loop_(loop),
      desk_(desk),
      ledger_(ledger),
      random_(random),
      pace_(pace),
      cards_(loop, desk, ledger, random, pace, [this] { wake(); }),
      // A twelfth of a minute's posts may leave at once; the rest of the minute follows evenly.
      desk_door_(TokenBucket(pace.posts_per_minute_per_desk / 60.0,
                             pace.posts_per_minute_per_desk / 12.0, loop.clock().steady_ms())) {}

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
    } else if (lane.phase == Lane::Phase::ready || lane.phase == Lane::Phase::resting) {
        leave_queues(lane);
        lane.destination = std::move(news.destination);
        lane.thread_open = news.thread_open;
        if (oldest > 0) set_waiting_since(lane, now() - waited);
        enter_phase(lane, lane.phase, lane.due);
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
    for (auto& [destination, one] : doors_) one.open(now());
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
        } else {
            queue_look(lane);
        }
    }
}

void Courier::Impl::tell_delays(SteadyMs at) {
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
    for (const auto& [destination, ranks] : ready_) {
        if (ranks.empty() || !door(destination).lets_pass(at)) continue;
        if (!first || *ranks.begin() < *first) first = &*ranks.begin();
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
            for (const auto& [destination, ranks] : ready_) {
                if (ranks.empty()) continue;
                due = std::min(due, std::max(desk_at, door(destination).next_at(at)));
            }
        }
        if (!audits_.empty() && looks_in_flight_ < looks_in_flight_max)
            due = std::min(due, audits_.front().due);
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

void Courier::Impl::claim(Lane& lane, SteadyMs at) {
    door(lane.destination).enter(at);
    desk_door_.enter(at);
    ++posts_in_flight_;
    ++in_the_air_;
    lane.entered = lane.destination;
    lane.claimed_at = at;
    lane.news_since_claim = false;
    enter_phase(lane, Lane::Phase::claiming);
    const bool fold = lane.thread_open && at - lane.waiting_since > pace_.fold_after_ms;
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
    // News that came meanwhile may or may not have counted it; counting too much costs one claim.
    if (!lane.news_since_claim) lane.letters_known -= std::min(letters, lane.letters_known);
    counted_.posts_folded += letters - 1;
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

Door& Courier::Impl::door(const Destination& destination) {
    const auto found = doors_.find(destination);
    if (found != doors_.end()) return found->second;
    const TokenBucket bucket(pace_.posts_per_second_per_destination, pace_.burst_per_destination,
                             now());
    return doors_.emplace(destination, Door(bucket)).first->second;
}

void Courier::Impl::leave_queues(const Lane& lane) {
    if (lane.phase == Lane::Phase::ready) ready_[lane.destination].erase(rank_of(lane));
    if (lane.phase == Lane::Phase::resting || lane.phase == Lane::Phase::quiet)
        alarms_.erase({lane.due, lane.session});
}

// What a rank or an alarm is made of changes only while the lane is out of the queues.
void Courier::Impl::enter_phase(Lane& lane, Lane::Phase phase, SteadyMs due) {
    leave_queues(lane);
    lane.phase = phase;
    lane.due = due;
    if (phase == Lane::Phase::ready) ready_[lane.destination].insert(rank_of(lane));
    if (phase == Lane::Phase::resting || phase == Lane::Phase::quiet)
        alarms_.insert({due, lane.session});
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
    for (const auto& [destination, one] : doors_) figures.destinations_parked += one.parked();
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
