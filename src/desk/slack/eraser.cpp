#include "desk/slack/eraser.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace deskbell::desk::slack {
namespace {

constexpr std::int64_t look_every_ms = 60'000;
constexpr std::int64_t try_again_ms = 20'000;
// A post that was in the air comes out within seconds, if at all; the last pass finds it.
constexpr std::int64_t second_pass_ms = 120'000;
constexpr std::array find_again_ms = {30'000LL, 120'000LL, 900'000LL};

constexpr std::string_view words =
    "🗑️ This customer asked to be forgotten. What they said was deleted here and on the server; "
    "nothing written in this thread reaches anybody.";

}  // namespace

void Eraser::start() {
    started_ = true;
    look();
}

void Eraser::due() {
    if (started_ && !busy_) look();
}

void Eraser::look_again(std::int64_t delay_ms) {
    busy_ = false;
    loop_.cancel(timer_);
    timer_ = loop_.after(delay_ms, [this] { look(); });
}

void Eraser::give_up() {
    waiting_.clear();
    look_again(try_again_ms);
}

void Eraser::look() {
    loop_.cancel(timer_);
    busy_ = true;
    if (!workspace_.known()) return look_again(try_again_ms);
    listener_.read_erasures(
        guarded([this](std::vector<core::Erasure> erasures) { take(std::move(erasures)); }));
}

void Eraser::take(std::vector<core::Erasure> erasures) {
    const WallMs now = loop_.clock().wall_ms();
    std::int64_t wait_ms = look_every_ms;
    for (core::Erasure& erasure : erasures) {
        // Of a workspace that this is not nothing could be done, and nothing is forgotten of it.
        const auto parent = parse_thread(erasure.thread);
        if (!erasure.thread.empty() && (!parent || parent->team != workspace_.self.team)) continue;
        // A clock that was set back must not keep anything.
        const bool due = erasure.due_at <= now || erasure.due_at > now + find_again_ms.back();
        if (due) {
            waiting_.push_back(std::move(erasure));
        } else {
            wait_ms = std::min(wait_ms, erasure.due_at - now);
        }
    }
    if (waiting_.empty()) return look_again(std::max<std::int64_t>(wait_ms, 100));
    next();
}

void Eraser::next() {
    if (waiting_.empty()) return look();
    const core::Erasure erasure = std::move(waiting_.front());
    waiting_.pop_front();
    if (erasure.thread.empty()) return find_parent(erasure);
    read_thread(erasure, *parse_thread(erasure.thread));
}

// ---- A parent that was sent, and of which nobody knew yet where it is. ----

void Eraser::find_parent(const core::Erasure& erasure) {
    core::Post post;
    post.id = erasure.letter;
    post.session = erasure.session;
    post.kind = core::LetterKind::open_thread;
    post.destination = erasure.destination;
    post.first_attempt_at = erasure.first_attempt_at;
    DESKBELL_CRASH_POINT("slack.erase.before_look");
    desk_.look_up(std::move(post), guarded([this, erasure](const LookUpOutcome& outcome) {
                      parent_found(erasure, outcome);
                  }));
}

void Eraser::parent_found(const core::Erasure& erasure, const LookUpOutcome& outcome) {
    using Kind = LookUpOutcome::Kind;
    if (outcome.kind == Kind::failed) return give_up();
    const auto passes = static_cast<std::size_t>(erasure.passes);
    const WallMs again =
        passes < find_again_ms.size() ? loop_.clock().wall_ms() + find_again_ms[passes] : 0;
    if (outcome.kind == Kind::absent) return done_with(erasure, again);
    core::Erasure found;
    found.id = outcome.thread.value;
    found.thread = outcome.thread;
    found.due_at = loop_.clock().wall_ms();
    record(core::ErasureFound{found}, [this, erasure, again] { done_with(erasure, again); });
}

// ---- A thread. ----

void Eraser::read_thread(const core::Erasure& erasure, const Place& parent) {
    auto round = std::make_shared<Round>();
    round->erasure = erasure;
    round->parent = parent;
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.replies";
    read->items = "messages";
    read->fields = {{"channel", parent.channel}, {"ts", parent.ts}, {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_), round](const json::array& messages) {
        if (alive.expired()) return false;
        note(*round, messages);
        return true;
    };
    read->done = guarded([this, round](const SlackReply& last) {
        if (last.ok()) return remove_next(round);
        const bool gone =
            last.kind == SlackReply::Kind::refused && class_of(last.error) == ErrorClass::thread;
        if (gone) return passed(round->erasure);
        log::warn("slack: a forgotten customer's thread cannot be read: {}", last.error);
        give_up();
    });
    DESKBELL_CRASH_POINT("slack.erase.before_read");
    read_pages(
        [this](const std::string& method, Fields fields, SlackClient::Callback callback) {
            calls_.call(method, std::move(fields), std::move(callback));
        },
        std::move(read));
}

void Eraser::note(Round& round, const json::array& messages) const {
    for (const json::value& value : messages) {
        const json::object* message = value.if_object();
        if (!message) continue;
        const std::string ts(text_at(*message, "ts"));
        const bool ours = is_ours(*message, workspace_.self);
        const bool parent = ts == round.parent.ts;
        // What is left of a parent that somebody deleted is nobody's.
        if (parent) {
            round.there = ours;
        } else if (!ours) {
            round.others = true;
        } else if (std::ranges::find(round.posts, ts) == round.posts.end()) {
            round.posts.push_back(ts);
        }
        if (!ours) continue;
        for (const json::value& file : array_at(*message, "files")) {
            if (!file.is_object()) continue;
            std::string id(text_at(file.get_object(), "id"));
            if (is_slack_id(id, "F")) round.files.push_back(std::move(id));
        }
    }
}

void Eraser::remove_next(RoundPtr round) {
    const auto came = guarded([this, round](const SlackReply& reply) { removed(round, reply); });
    DESKBELL_CRASH_POINT("slack.erase.before_removal");
    if (!round->files.empty()) {
        const std::string file = std::move(round->files.front());
        round->files.pop_front();
        return calls_.call("files.delete", {{"file", file}}, came);
    }
    if (!round->posts.empty()) {
        const std::string ts = std::move(round->posts.front());
        round->posts.pop_front();
        return calls_.call("chat.delete", {{"channel", round->parent.channel}, {"ts", ts}}, came);
    }
    if (!round->there) return passed(round->erasure);
    settle_parent(std::move(round));
}

void Eraser::removed(const RoundPtr& round, const SlackReply& reply) {
    if (is_worth_repeating(reply)) return give_up();
    const ErrorClass kind = class_of(reply.error);
    if (kind == ErrorClass::auth) return give_up();
    const bool gone = reply.ok() || reply.error == "message_not_found" ||
                      reply.error == "file_not_found" || reply.error == "file_deleted";
    if (!gone) {
        workspace_.count("erasure_refused");
        log::warn("slack: something of a forgotten customer cannot be deleted: {}", reply.error);
    }
    remove_next(round);
}

void Eraser::settle_parent(RoundPtr round) {
    const auto came = guarded([this, round](const SlackReply& reply) {
        if (is_worth_repeating(reply) || class_of(reply.error) == ErrorClass::auth)
            return give_up();
        const bool refused = !reply.ok() && reply.error != "message_not_found";
        if (refused) log::warn("slack: a forgotten customer's parent stays: {}", reply.error);
        passed(round->erasure);
    });
    DESKBELL_CRASH_POINT("slack.erase.before_parent");
    Fields fields = {{"channel", round->parent.channel}, {"ts", round->parent.ts}};
    // Deleting it would hide from agents what they wrote.
    if (!round->others) return calls_.call("chat.delete", std::move(fields), came);
    fields.push_back({"text", std::string(words)});
    fields.push_back({"metadata", "{}"});
    calls_.call("chat.update", std::move(fields), came);
}

// ---- Durable. ----

void Eraser::passed(const core::Erasure& erasure) {
    workspace_.count("thread_erased");
    done_with(erasure, erasure.passes == 0 ? loop_.clock().wall_ms() + second_pass_ms : 0);
}

void Eraser::done_with(const core::Erasure& erasure, WallMs due_at) {
    DESKBELL_CRASH_POINT("slack.erase.before_record");
    record(core::ErasureDone{erasure.id, due_at}, [this] { next(); });
}

void Eraser::record(core::Command command, std::move_only_function<void()> then) {
    listener_.happened(
        std::move(command),
        guarded([this, then = std::move(then)](const std::optional<Error>& refusal) mutable {
            if (refusal) return give_up();
            then();
        }));
}

}  // namespace deskbell::desk::slack
