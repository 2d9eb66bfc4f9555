// What customers changed or withdrew, shown where it was posted. Repeating an update or a removal
// harms nobody, so nothing here is ever unknown: what was not answered is surely worth another try.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/slack_desk.hpp"

#include <utility>

namespace deskbell::desk::slack {
namespace {

PostOutcome outcome_of_amendment(const SlackReply& reply, bool elsewhere) {
    using Kind = PostOutcome::Kind;
    PostOutcome came;
    came.kind = Kind::sent;
    came.seen = true;  // nothing is there anew, no echo tells of it
    if (reply.ok()) return came;
    // What is gone needs no change.
    const bool gone = reply.error == "message_not_found" || reply.error == "file_not_found" ||
                      reply.error == "file_deleted";
    if (reply.kind == SlackReply::Kind::refused && gone) return came;
    came = outcome_of_post(reply);
    came.limits_whole_desk = false;
    if (came.kind == Kind::unknown) came.kind = Kind::not_sent;
    if (came.kind == Kind::thread_lost) came.kind = Kind::refused;
    // A channel where the conversation is no more must not stop the one where it is, nor must a
    // scope that nothing but this needs.
    const ErrorClass kind = class_of(reply.error);
    const bool its_own =
        kind == ErrorClass::config || (kind == ErrorClass::destination && elsewhere);
    if (reply.kind == SlackReply::Kind::refused && its_own) came.kind = Kind::refused;
    return came;
}

}  // namespace

void SlackDesk::amend(std::shared_ptr<Posting> posting) {
    const core::Post& post = posting->post;
    const auto place = parse_message(post.amends);
    PostOutcome turned;
    turned.kind = PostOutcome::Kind::desk_parked;
    turned.error = trouble_;
    if (workspace_.known()) {
        if (!post.file.id.empty()) return remove_posted_file(std::move(posting));
        if (place && place->team == workspace_.self.team)
            return show_amended(std::move(posting), *place);
        turned.kind = PostOutcome::Kind::refused;
        turned.error = Error{"message_foreign", "That post is of another workspace.", std::nullopt};
    }
    loop_.post(
        [turned = std::move(turned), posting]() mutable { posting->done(std::move(turned)); });
}

void SlackDesk::show_amended(std::shared_ptr<Posting> posting, const Place& place) {
    core::Post shown = posting->post;
    shown.kind = core::LetterKind::customer_message;
    shown.id = shown.amends_letter;  // the mark stays what it was
    const Message message = message_of(shown, Look{workspace_.url, posting->named});
    Fields fields = {{"channel", place.channel},
                     {"ts", place.ts},
                     {"text", message.text},
                     {"parse", "none"},
                     {"link_names", "false"}};
    if (posting->with_blocks) fields.push_back({"blocks", json::serialize(message.blocks)});
    const auto thread = parse_thread(posting->post.thread);
    const bool elsewhere = thread && thread->channel != place.channel;
    DESKBELL_CRASH_POINT("slack.amend.before_update");
    client_.call(
        "chat.update", std::move(fields),
        [this, alive = std::weak_ptr(alive_), posting, place, elsewhere](const SlackReply& reply) {
            if (alive.expired()) return;
            DESKBELL_CRASH_POINT("slack.amend.answered");
            if (simplify(*posting, reply)) return show_amended(posting, place);
            PostOutcome came = outcome_of_amendment(reply, elsewhere);
            came.message = posting->post.amends;
            came.thread = posting->post.thread;
            came.order = place.ts;
            posting->done(std::move(came));
        });
}

void SlackDesk::remove_posted_file(std::shared_ptr<Posting> posting) {
    DESKBELL_CRASH_POINT("slack.amend.before_removal");
    client_.call("files.delete", {{"file", posting->post.file.desk_file.value}},
                 [alive = std::weak_ptr(alive_), posting](const SlackReply& reply) {
                     if (alive.expired()) return;
                     PostOutcome came = outcome_of_amendment(reply, false);
                     came.thread = posting->post.thread;
                     posting->done(std::move(came));
                 });
}

}  // namespace deskbell::desk::slack
