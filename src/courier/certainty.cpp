// What an answer means: sent, surely not sent, or unknown; and how unknown becomes certain.
//
// Unknown means: wait for our own echo; else, after a quiet period, read the thread back twice.
// Only a post that was twice not there is sent again, under the same id. Nothing is ever skipped.

#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "courier/courier_impl.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::courier {
namespace {

constexpr SteadyMs scarce_quiet_factor = 4;
constexpr std::size_t echoes_max = 8;  // of one post; there are two at most but in a nightmare

}  // namespace

Lane* Courier::Impl::find(const SessionId& session) {
    const auto found = lanes_.find(session);
    return found == lanes_.end() ? nullptr : &found->second;
}

void Courier::Impl::post(Lane& lane) {
    DESKBELL_CRASH_POINT("courier.post.claimed");
    if (lane.echo && in_place(*lane.post, lane.echo->thread)) {
        // It had been sent before and given up; now we know that it arrived after all.
        door(lane.entered).leave_unused();
        desk_door_.leave_unused();
        --posts_in_flight_;
        return confirm(lane, *lane.echo);
    }
    if (stopping_) {
        door(lane.entered).leave_unused();
        desk_door_.leave_unused();
        --posts_in_flight_;
        return release(lane, now());
    }
    // It is an update, and those have a budget of their own.
    const bool amends = lane.post->kind == core::LetterKind::amendment;
    if (amends && !cards_.take_one(now())) {
        door(lane.entered).leave_unused();
        desk_door_.leave_unused();
        --posts_in_flight_;
        return release(lane, cards_.free_at(now()));
    }
    enter_phase(lane, Lane::Phase::posting);
    lane.attempt = ++attempts_;
    DESKBELL_CRASH_POINT("courier.post.before_request");
    desk_.post(*lane.post, guarded([this, session = lane.session, attempt = lane.attempt,
                                    id = lane.post->id](const desk::PostOutcome& outcome) {
        DESKBELL_CRASH_POINT("courier.post.answered");
        const Lane* asking = find(session);
        if (asking && asking->phase == Lane::Phase::posting && asking->attempt == attempt)
            return answered(*find(session), outcome);
        // Its echo was faster. Where the answer says that it is may be a second place.
        if (outcome.kind != desk::PostOutcome::Kind::sent) return;
        post_echoed(id, Echo{outcome.message, outcome.thread, outcome.order});
    }));
    DESKBELL_CRASH_POINT("courier.post.request_left");
}

void Courier::Impl::leave_doors(Lane& lane) {
    door(lane.entered).leave();
    desk_door_.leave();
    --posts_in_flight_;
}

void Courier::Impl::answered(Lane& lane, const desk::PostOutcome& outcome) {
    using Kind = desk::PostOutcome::Kind;
    leave_doors(lane);
    Door& destination = door(lane.entered);
    const SteadyMs at = now();
    const bool stray = outcome.kind == Kind::strayed || outcome.kind == Kind::thread_lost;
    if (outcome.kind != Kind::sent && !stray && lane.echo &&
        in_place(*lane.post, lane.echo->thread))
        return confirm(lane, *lane.echo);  // whatever the answer says, we have seen it arrive
    switch (outcome.kind) {
        case Kind::sent:
            destination.open(at);
            desk_door_.open(at);
            return confirm(lane,
                           Echo{outcome.message, outcome.thread, outcome.order, !outcome.seen});
        case Kind::strayed:
        case Kind::thread_lost:
            ++counted_.strays;
            return this->stray(lane);
        case Kind::unknown:
            if (DESKBELL_PLANTED("release_on_unknown")) return release(lane, at);
            destination.doubt(at, random_);
            desk_door_.doubt(at, random_);
            return put_in_question(lane);
        case Kind::not_sent:
            destination.fail(at, random_);
            return release(lane, at + backoff_ms(++lane.failures, 1'000, 60'000, random_));
        case Kind::rate_limited:
            ++counted_.rate_limited;
            if (lane.post->kind == core::LetterKind::amendment) {
                cards_.freeze(at, outcome.retry_after_ms);
                return release(lane, cards_.free_at(at));
            }
            if (DESKBELL_PLANTED("rate_limited_dropped")) return refuse(lane, "rate_limited");
            (outcome.limits_whole_desk ? desk_door_ : destination)
                .freeze(at, outcome.retry_after_ms, random_);
            return release(lane, at);
        case Kind::refused:
            destination.open(at);
            log::warn("courier: the desk refused a post: {}", outcome.error.code);
            return refuse(lane, outcome.error.code);
        case Kind::destination_parked:
            if (!destination.parked())
                log::error("courier: {} takes no posts: {}", lane.entered.value,
                           outcome.error.code);
            destination.park(at, outcome.error.code, random_);
            if (DESKBELL_PLANTED("parked_dropped")) return refuse(lane, outcome.error.code);
            return release(lane, at);
        case Kind::desk_parked:
            if (!desk_door_.parked())
                log::error("courier: the desk takes no posts: {}", outcome.error.code);
            desk_door_.park(at, outcome.error.code, random_);
            return release(lane, at);
    }
}

// ---- Making it durable. ----

void Courier::Impl::record(Lane& lane, core::Command command,
                           std::move_only_function<void(Lane&)> then) {
    enter_phase(lane, Lane::Phase::recording);
    DESKBELL_CRASH_POINT("courier.record.before");
    ledger_.record(std::move(command),
                   guarded([this, session = lane.session, then = std::move(then)]() mutable {
                       DESKBELL_CRASH_POINT("courier.record.after");
                       then(lanes_.at(session));
                       wake();
                   }));
}

void Courier::Impl::confirm(Lane& lane, const Echo& where) {
    DESKBELL_CRASH_POINT("courier.confirm.before_record");
    core::PostConfirmed command{lane.post->id, where.message, where.thread, where.order};
    record(lane, std::move(command), [this, where](Lane& recorded) { confirmed(recorded, where); });
}

void Courier::Impl::confirmed(Lane& lane, const Echo& where) {
    DESKBELL_CRASH_POINT("courier.confirm.after_record");
    --in_the_air_;
    ++counted_.posts_sent;
    if (lane.post->kind == core::LetterKind::open_thread) {
        lane.thread_open = true;
        lane.post->thread = where.thread;  // the one to keep, should there be two
        cards_.changed(lane.session);      // what the parent shows may have changed meanwhile
    }
    if (lane.post->doubtful) watch(doubt_of(*lane.post, where));
    copies_seen(lane, where);
    const bool seen = lane.echoes_of == lane.post->id && !lane.echoes.empty();
    const bool watched = lane.post->doubtful;
    if (where.only_said && !seen && !watched) expect_echo(std::move(*lane.post), where);
    settle(lane);
    lane.failures = 0;
    if (lane.letters_known == 0) return forget(lane);
    next_turn(lane);
}

void Courier::Impl::release(Lane& lane, SteadyMs rest_until, bool may_arrive) {
    DESKBELL_CRASH_POINT("courier.release.before_record");
    const core::PostReleased command{lane.post->id, may_arrive};
    record(lane, command, [this, rest_until](Lane& recorded) {
        DESKBELL_CRASH_POINT("courier.release.after_record");
        --in_the_air_;
        recorded.post.reset();  // claimed again when its turn comes; its echo still counts
        ++recorded.letters_known;
        back_in_line(recorded, rest_until);
    });
}

void Courier::Impl::refuse(Lane& lane, const std::string& code) {
    // A lane without its thread has nowhere to go: that letter is made anew and tried again,
    // slowly.
    const bool opening = lane.post->kind == core::LetterKind::open_thread;
    const SteadyMs rest_until =
        opening ? now() + 30'000 + backoff_ms(++lane.failures, 30'000, 570'000, random_) : 0;
    DESKBELL_CRASH_POINT("courier.refuse.before_record");
    record(lane, core::PostRefused{lane.post->id, code}, [this, rest_until](Lane& recorded) {
        DESKBELL_CRASH_POINT("courier.refuse.after_record");
        --in_the_air_;
        settle(recorded);
        if (rest_until > 0) {
            ++recorded.letters_known;
            return back_in_line(recorded, rest_until);
        }
        recorded.failures = 0;
        if (recorded.letters_known == 0) return forget(recorded);
        next_turn(recorded);
    });
}

// Nothing of the post in the air is in question any more.
void Courier::Impl::settle(Lane& lane) {
    in_question_.erase(lane.in_question);
    lane.in_question = {};
    lane.post.reset();
    lane.echo.reset();
    lane.resent = false;
    lane.echoes.clear();
}

// Its thread is lost: a new one continues it, with the same letter behind its own opening.
void Courier::Impl::stray(Lane& lane) {
    const SteadyMs rest_until =
        now() + (lane.failures++ == 0 ? 0 : backoff_ms(lane.failures, 5'000, 300'000, random_));
    DESKBELL_CRASH_POINT("courier.stray.before_record");
    record(lane, core::PostStrayed{lane.post->id, lane.post->thread},
           [this, rest_until](Lane& recorded) {
               DESKBELL_CRASH_POINT("courier.stray.after_record");
               --in_the_air_;
               settle(recorded);
               recorded.thread_open = false;
               recorded.letters_known += 3;  // it, a parent and an introduction
               back_in_line(recorded, rest_until);
           });
}

void Courier::Impl::back_in_line(Lane& lane, SteadyMs rest_until) {
    if (rest_until > now()) {
        enter_phase(lane, Lane::Phase::resting, rest_until);
    } else {
        enter_phase(lane, Lane::Phase::ready);
    }
}

// ---- Unknown. ----

void Courier::Impl::put_in_question(Lane& lane) {
    const SteadyMs longer = desk_.reads_are_scarce() ? scarce_quiet_factor : 1;
    const SteadyMs quiet_ms =
        DESKBELL_PLANTED("look_up_without_quiet") ? 0 : pace_.quiet_ms * longer;
    const SteadyMs quiet_until = now() + quiet_ms;
    DESKBELL_CRASH_POINT("courier.unknown.before_record");
    record(lane, core::PostUnknown{lane.post->id}, [this, quiet_until](Lane& recorded) {
        DESKBELL_CRASH_POINT("courier.unknown.after_record");
        if (recorded.echo && in_place(*recorded.post, recorded.echo->thread))
            return confirm(recorded, *recorded.echo);
        // From here on it is the store that remembers; a stop need not wait for it.
        --in_the_air_;
        if (DESKBELL_PLANTED("next_letter_before_confirmation")) {
            settle(recorded);
            return enter_phase(recorded, Lane::Phase::ready);
        }
        enter_phase(recorded, Lane::Phase::quiet, quiet_until);
    });
}

void Courier::Impl::note_echo(Lane& lane, const LetterId& post, const Echo& echo) {
    if (std::exchange(lane.echoes_of, post) != post) lane.echoes.clear();
    const bool known = std::ranges::any_of(
        lane.echoes, [&](const Echo& one) { return one.message == echo.message; });
    if (!known && lane.echoes.size() < echoes_max) lane.echoes.push_back(echo);
}

void Courier::Impl::post_echoed(const LetterId& post, Echo echo) {
    const auto found = in_question_.find(post);
    if (found == in_question_.end()) {
        // Settled: it is where we know it to be, or this is a copy.
        unproven_.erase(post);
        if (!doubts_read_ && early_echoes_.size() < early_echoes_max)
            early_echoes_.emplace_back(post, echo);
        const auto watched = watched_.find(post);
        if (watched != watched_.end()) copy_seen(watched->second.doubt, echo.message, echo.thread);
        return;
    }
    Lane& lane = lanes_.at(found->second);
    note_echo(lane, post, echo);
    // An echo from elsewhere is a stray, which the desk takes back; it proves nothing here.
    const bool elsewhere = lane.post && !in_place(*lane.post, echo.thread);
    if (elsewhere && !DESKBELL_PLANTED("echo_from_elsewhere")) return;
    lane.echo = std::move(echo);
    if (lane.phase == Lane::Phase::posting) {
        // It arrived, whatever its request will be answered.
        DESKBELL_CRASH_POINT("courier.echo.before_answer");
        leave_doors(lane);
        door(lane.entered).open(now());
        desk_door_.open(now());
        ++counted_.confirmed_by_echo;
        confirm(lane, *lane.echo);
        return wake();
    }
    if (lane.phase != Lane::Phase::quiet) return;  // whoever is busy with it will see the echo
    DESKBELL_CRASH_POINT("courier.echo.before_confirm");
    door(lane.post->destination).heard(now());
    desk_door_.heard(now());
    ++in_the_air_;
    confirm(lane, *lane.echo);
}

void Courier::Impl::queue_look(Lane& lane) {
    enter_phase(lane, Lane::Phase::looking);
    looks_.push_back(lane.session);
}

bool Courier::Impl::may_look(SteadyMs at) {
    return looks_in_flight_ < looks_in_flight_max && at >= looks_frozen_until_ &&
           looks_bucket_.has_one(at);
}

SteadyMs Courier::Impl::next_look_at(SteadyMs at) {
    if (looks_in_flight_ >= looks_in_flight_max) return never_ms;
    const SteadyMs wanted = looks_.empty() ? next_audit_at() : at;
    return std::max({wanted, looks_frozen_until_, looks_bucket_.next_at(at)});
}

void Courier::Impl::start_looks(SteadyMs at) {
    while (!looks_.empty() && may_look(at)) {
        Lane& lane = lanes_.at(looks_.front());
        looks_.pop_front();
        if (lane.echo && in_place(*lane.post, lane.echo->thread)) {
            ++in_the_air_;
            confirm(lane, *lane.echo);
            continue;
        }
        if (DESKBELL_PLANTED("resend_without_look_up")) {
            ++in_the_air_;
            release(lane, now());
            continue;
        }
        ++looks_in_flight_;
        looks_bucket_.take_one(at);
        DESKBELL_CRASH_POINT("courier.look.before");
        desk_.look_up(*lane.post,
                      guarded([this, session = lane.session](const desk::LookUpOutcome& outcome) {
                          --looks_in_flight_;
                          looked_up(session, outcome);
                          wake();
                      }));
    }
}

void Courier::Impl::looked_up(const SessionId& session, const desk::LookUpOutcome& outcome) {
    using Kind = desk::LookUpOutcome::Kind;
    Lane& lane = lanes_.at(session);
    DESKBELL_ASSERT(lane.phase == Lane::Phase::looking);
    DESKBELL_CRASH_POINT("courier.look.answered");
    const SteadyMs at = now();
    if (outcome.kind == Kind::found || (lane.echo && in_place(*lane.post, lane.echo->thread))) {
        const bool found = outcome.kind == Kind::found;
        counted_.looked_up_found += found;
        ++in_the_air_;
        for (const DeskMessageId& copy : outcome.copies)
            note_echo(lane, lane.post->id, Echo{copy, outcome.thread, ""});
        return confirm(lane,
                       found ? Echo{outcome.message, outcome.thread, outcome.order} : *lane.echo);
    }
    if (outcome.kind == Kind::failed && !DESKBELL_PLANTED("failed_look_is_absent")) {
        looks_frozen_until_ = std::max(looks_frozen_until_, at + outcome.retry_after_ms);
        const std::int64_t wait = std::max(
            outcome.retry_after_ms, backoff_ms(++lane.look_failures, 2'000, 60'000, random_));
        return enter_phase(lane, Lane::Phase::quiet, at + wait);
    }
    door(lane.post->destination).heard(at);
    desk_door_.heard(at);
    lane.look_failures = 0;
    const bool enough = DESKBELL_PLANTED("look_up_once");
    if (++lane.absences < 2 && !enough) {
        DESKBELL_CRASH_POINT("courier.look.absent_once");
        return enter_phase(lane, Lane::Phase::quiet, at + pace_.second_look_ms);
    }
    DESKBELL_CRASH_POINT("courier.look.absent_twice");
    ++counted_.looked_up_absent;
    lane.resent = true;
    ++in_the_air_;
    if (DESKBELL_PLANTED("dead_letter_unknown")) return refuse(lane, "no_answer");
    release(lane, at, true);
}

}  // namespace deskbell::courier
