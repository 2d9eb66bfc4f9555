// What was sent again may be there twice; what was confirmed may not be there at all.
//
// A post that was sent again is watched for days, over restarts: its place is read back a few
// times, and every echo, sweep or look-up that shows it elsewhere has that copy taken back. The one
// decision which of two goes is here: the confirmed one stays, for receipts and answers hang on it;
// as long as none is confirmed, the first that was found becomes it. A post that was called sent
// and never echoed is looked for, and said again when it is twice not there.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "courier/courier_impl.hpp"

#include <algorithm>
#include <array>

namespace deskbell::courier {
namespace {

// A late copy comes within seconds, if at all; the later looks are for what a gateway kept.
constexpr std::array audits_after_ms = {20'000LL, 120'000LL, 900'000LL};
constexpr std::int64_t after_restart_ms = 5'000;
constexpr unsigned audit_failures_max = 20;  // of one audit; then it counts as done
constexpr unsigned take_backs_max = 5;       // of one letter; each is several requests of the desk
constexpr std::size_t watched_max = 10'000;

constexpr std::int64_t echo_within_ms = 30'000;
constexpr std::int64_t between_samples_ms = 6'000;
constexpr std::size_t unproven_max = 256;
constexpr int said_again_max = 5;  // attempts of one letter, all in all

core::Post post_of(const core::Doubt& doubt) {
    core::Post post;
    post.id = doubt.letter;
    post.session = doubt.session;
    post.kind = doubt.kind;
    post.destination = doubt.destination;
    post.thread = doubt.thread;
    post.first_attempt_at = doubt.first_attempt_at;
    post.doubtful = true;
    post.confirmed = doubt.message;
    return post;
}

}  // namespace

core::Doubt doubt_of(const core::Post& post, const Echo& where) {
    core::Doubt doubt;
    doubt.letter = post.id;
    doubt.session = post.session;
    doubt.kind = post.kind;
    doubt.destination = post.destination;
    doubt.message = where.message;
    doubt.thread = where.thread;
    doubt.first_attempt_at = post.first_attempt_at;
    return doubt;
}

// ---- What a former process left. ----

void Courier::Impl::read_doubts() {
    ledger_.read_doubts(guarded([this](std::vector<core::Doubt> doubts) {
        doubts_read_ = true;
        if (DESKBELL_PLANTED("doubts_lost_at_restart")) doubts.clear();
        for (core::Doubt& doubt : doubts) {
            if (watched_.contains(doubt.letter)) continue;  // settled anew meanwhile
            const bool audited = static_cast<std::size_t>(doubt.audits) >= audits_after_ms.size();
            const LetterId letter = doubt.letter;
            watch(std::move(doubt));
            const auto watched = watched_.find(letter);
            // Its time since then is not known to this clock.
            if (!audited && watched != watched_.end())
                schedule_audit(watched->second, now() + after_restart_ms);
        }
        for (auto& [post, echo] : std::exchange(early_echoes_, {})) post_echoed(post, echo);
        wake();
    }));
}

// ---- Watched. ----

void Courier::Impl::watch(core::Doubt doubt) {
    if (watched_.size() >= watched_max) {
        // The ids of letters begin with their time.
        const auto oldest = watched_.begin();
        audits_.erase({oldest->second.due, oldest->first});
        watched_.erase(oldest);
        log::warn("courier: too many posts to watch; the oldest is left as it is");
    }
    const LetterId letter = doubt.letter;
    Watched& watched = watched_[letter];
    audits_.erase({watched.due, letter});
    watched = Watched{};
    watched.doubt = std::move(doubt);
    const auto audits = static_cast<std::size_t>(watched.doubt.audits);
    if (audits < audits_after_ms.size()) schedule_audit(watched, now() + audits_after_ms[audits]);
}

void Courier::Impl::schedule_audit(Watched& watched, SteadyMs due) {
    audits_.erase({watched.due, watched.doubt.letter});
    watched.due = due;
    if (due != never_ms) audits_.insert({due, watched.doubt.letter});
}

SteadyMs Courier::Impl::next_audit_at() const {
    SteadyMs due = audits_.empty() ? never_ms : audits_.begin()->first;
    for (const auto& [letter, unproven] : unproven_)
        due = std::min(due, std::max(unproven.due, unproven_next_at_));
    return due;
}

void Courier::Impl::start_audits(SteadyMs at) {
    while (!audits_.empty() && audits_.begin()->first <= at && may_look(at)) {
        audit(watched_.at(audits_.begin()->second));
    }
}

void Courier::Impl::audit(Watched& watched) {
    schedule_audit(watched, never_ms);
    ++looks_in_flight_;
    looks_bucket_.take_one(now());
    DESKBELL_CRASH_POINT("courier.audit.before");
    desk_.look_up(
        post_of(watched.doubt),
        guarded([this, letter = watched.doubt.letter](const desk::LookUpOutcome& outcome) {
            DESKBELL_CRASH_POINT("courier.audit.answered");
            --looks_in_flight_;
            audited(letter, outcome);
            wake();
        }));
}

void Courier::Impl::audited(const LetterId& letter, const desk::LookUpOutcome& outcome) {
    using Kind = desk::LookUpOutcome::Kind;
    const auto found = watched_.find(letter);
    if (found == watched_.end() || in_question_.contains(letter)) return;
    Watched& watched = found->second;
    const bool failed = outcome.kind == Kind::failed;
    if (failed) looks_frozen_until_ = std::max(looks_frozen_until_, now() + outcome.retry_after_ms);
    if (failed && ++watched.failures < audit_failures_max) {
        const std::int64_t wait =
            std::max(outcome.retry_after_ms, backoff_ms(watched.failures, 5'000, 300'000, random_));
        return schedule_audit(watched, now() + wait);
    }
    watched.failures = 0;
    bool copies = false;
    if (outcome.kind == Kind::found) {
        for (const DeskMessageId& copy : outcome.copies) {
            copies = copies || (copy != watched.doubt.message && !watched.stays.contains(copy));
            copy_seen(watched.doubt, copy, outcome.thread);
        }
        // The confirmed one is gone (somebody deleted it), and another stands there: that is the
        // one now. Nothing is deleted that stands alone.
    }
    if (copies) return;  // the next audit is due when they are gone
    ++watched.doubt.audits;
    ledger_.record(core::PostAudited{watched.doubt.session, letter}, [] {});
    const auto audits = static_cast<std::size_t>(watched.doubt.audits);
    if (audits >= audits_after_ms.size()) return;
    schedule_audit(watched, now() + audits_after_ms[audits]);
}

// ---- Copies. ----

// Everything that was seen of a post which is now confirmed somewhere else.
void Courier::Impl::copies_seen(const Lane& lane, const Echo& kept) {
    if (lane.echoes_of != lane.post->id) return;
    const core::Doubt doubt = doubt_of(*lane.post, kept);
    for (const Echo& echo : lane.echoes) copy_seen(doubt, echo.message, echo.thread);
}

void Courier::Impl::copy_seen(const core::Doubt& doubt, const DeskMessageId& copy,
                              const DeskThreadId& thread) {
    if (copy == doubt.message || copy.empty() || DESKBELL_PLANTED("late_copy_left")) return;
    const auto known = watched_.find(doubt.letter);
    if (known != watched_.end() && known->second.stays.contains(copy)) return;
    if (!copies_in_hand_.insert(copy).second) return;
    log::warn("courier: a post is there twice; one is taken back");
    if (!watched_.contains(doubt.letter)) watch(doubt);
    Watched& watched = watched_.at(doubt.letter);
    watched.doubt.audits = 0;
    schedule_audit(watched, never_ms);
    // Durable before it is begun: should the process die, the audit after its start finds it again.
    DESKBELL_CRASH_POINT("courier.copy.before_record");
    auto recorded = guarded([this, kept = watched.doubt, copy, thread] {
        DESKBELL_CRASH_POINT("courier.copy.after_record");
        take_back(kept, copy, thread);
    });
    ledger_.record(core::CopySeen{watched.doubt, copy, thread}, std::move(recorded));
}

void Courier::Impl::take_back(const core::Doubt& doubt, const DeskMessageId& copy,
                              const DeskThreadId& thread) {
    desk::Copy where;
    where.message = copy;
    where.thread = thread;
    where.opens_thread = doubt.kind == core::LetterKind::open_thread;
    where.goes_on_in = doubt.thread;
    desk_.take_back(std::move(where),
                    guarded([this, letter = doubt.letter, copy](desk::TakenBack came) {
                        DESKBELL_CRASH_POINT("courier.copy.taken_back");
                        copies_in_hand_.erase(copy);
                        counted_.dup_repaired += came == desk::TakenBack::gone;
                        const auto found = watched_.find(letter);
                        if (found == watched_.end()) return;
                        Watched& watched = found->second;
                        if (came != desk::TakenBack::failed) {
                            if (came == desk::TakenBack::stays) watched.stays.insert(copy);
                            schedule_audit(watched, now() + audits_after_ms[0]);
                        } else if (++watched.left < take_backs_max) {
                            schedule_audit(watched, now() + audits_after_ms[1]);
                        }
                        wake();
                    }));
}

// ---- Called sent, and not echoed. ----

void Courier::Impl::expect_echo(core::Post post, const Echo& where) {
    // A parent that is not there shows itself by the first reply, which finds no thread.
    if (post.kind == core::LetterKind::open_thread || unproven_.size() >= unproven_max) return;
    post.confirmed = where.message;
    Unproven unproven;
    unproven.post = std::move(post);
    unproven.due = now() + echo_within_ms;
    const LetterId letter = unproven.post.id;
    unproven_.insert_or_assign(letter, std::move(unproven));
}

void Courier::Impl::look_for_unproven(SteadyMs at) {
    if (at < unproven_next_at_ || !may_look(at)) return;
    const auto due =
        std::ranges::find_if(unproven_, [at](const auto& entry) { return entry.second.due <= at; });
    if (due == unproven_.end()) return;
    Unproven unproven = std::move(due->second);
    unproven_.erase(due);
    unproven_next_at_ = at + between_samples_ms;
    ++looks_in_flight_;
    looks_bucket_.take_one(at);
    core::Post post = unproven.post;
    DESKBELL_CRASH_POINT("courier.sample.before");
    desk_.look_up(
        std::move(post),
        guarded([this, unproven = std::move(unproven)](const desk::LookUpOutcome& outcome) mutable {
            --looks_in_flight_;
            unproven_looked_up(std::move(unproven), outcome);
            wake();
        }));
}

void Courier::Impl::unproven_looked_up(Unproven unproven, const desk::LookUpOutcome& outcome) {
    using Kind = desk::LookUpOutcome::Kind;
    // A sample that cannot be read is no sample; one whose thread is lost has been told anew.
    if (outcome.kind != Kind::absent || outcome.thread_lost) return;
    if (++unproven.absences < 2) {
        unproven.due = now() + between_samples_ms;
        const LetterId letter = unproven.post.id;
        unproven_.insert_or_assign(letter, std::move(unproven));
        return;
    }
    if (unproven.post.attempts >= said_again_max) {
        log::error("courier: a post is confirmed again and again and never there");
        return;
    }
    ++counted_.confirmed_missing;
    log::warn("courier: a confirmed post is not there; it is said again");
    DESKBELL_CRASH_POINT("courier.missing.before_record");
    ledger_.record(core::PostMissing{std::move(unproven.post)}, [] {});
}

}  // namespace deskbell::courier
