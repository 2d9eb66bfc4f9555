// Threads of sessions that the store does not know: their agents are told once that their words no
// longer reach anybody. Slowly, and looked up before each: one notice a thread, whatever happens.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "base/text.hpp"
#include "desk/slack/reconcile_round.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t between_ms = 3'000;  // a small part of what the channel may take
constexpr std::int64_t parked_ms = 60'000;

constexpr std::string_view words =
    "ℹ️ Deskbell was restored from a backup that is older than this conversation. What was said "
    "here "
    "stays here, but nothing written here reaches the customer any more: they start anew, in a "
    "thread of their own.";

// The same for the same thread, in whichever process: by it the notice is found again.
LetterId notice_id(const DeskThreadId& thread) {
    const std::string hash = sha256_hex("deskbell/untold/" + thread.value);
    return LetterId(hash.substr(0, 8) + "-" + hash.substr(8, 4) + "-" + hash.substr(12, 4) + "-" +
                    hash.substr(16, 4) + "-" + hash.substr(20, 12));
}

}  // namespace

core::Post Reconcile::notice_for(const DeskThreadId& thread) const {
    core::Post post;
    post.id = notice_id(thread);
    post.kind = core::LetterKind::notice;
    post.thread = thread;
    post.notice = words;
    // Looked up from the parent on.
    if (const auto place = parse_thread(thread)) post.first_attempt_at = ms_of_ts(place->ts);
    return post;
}

void Reconcile::tell_next() {
    if (untold_.empty()) return;
    if (!workspace_.known()) return later(between_ms, [this] { tell_next(); });
    DESKBELL_CRASH_POINT("reconcile.tell.before_look");
    look(notice_for(untold_.front()));
}

void Reconcile::look(core::Post post) {
    core::Post copy = post;
    desk_.look_up(std::move(copy),
                  guarded([this, post = std::move(post)](const LookUpOutcome& outcome) mutable {
                      using Kind = LookUpOutcome::Kind;
                      if (outcome.kind == Kind::found) return told(post.thread);
                      if (outcome.kind == Kind::absent) {
                          if (workspace_.lost_threads.contains(post.thread.value))
                              return told(post.thread);
                          return tell(std::move(post));
                      }
                      later(std::max(parked_ms / 4, outcome.retry_after_ms),
                            [this] { tell_next(); });
                  }));
}

void Reconcile::tell(core::Post post) {
    DESKBELL_CRASH_POINT("reconcile.tell.before_post");
    const DeskThreadId thread = post.thread;
    desk_.post(std::move(post), guarded([this, thread](const PostOutcome& outcome) {
                   using Kind = PostOutcome::Kind;
                   DESKBELL_CRASH_POINT("reconcile.tell.posted");
                   switch (outcome.kind) {
                       case Kind::sent:
                       case Kind::strayed:
                       case Kind::thread_lost:
                       case Kind::refused:
                           return told(thread);
                       case Kind::unknown:  // looked up again once whatever is on its way is there
                           return later(options_.quiet_ms, [this] { tell_next(); });
                       case Kind::not_sent:
                       case Kind::rate_limited:
                           return later(std::max(between_ms, outcome.retry_after_ms),
                                        [this] { tell_next(); });
                       case Kind::destination_parked:
                       case Kind::desk_parked:
                           return later(parked_ms, [this] { tell_next(); });
                   }
               }));
}

void Reconcile::told(const DeskThreadId& thread) {
    record(core::ThreadTold{thread}, [this, thread](const Refusal&) {
        DESKBELL_CRASH_POINT("reconcile.tell.recorded");
        std::erase(untold_, thread);
        if (untold_.empty()) log::info("reconciled: all agents of unknown conversations were told");
        later(between_ms, [this] { tell_next(); });
    });
}

}  // namespace deskbell::desk::slack
