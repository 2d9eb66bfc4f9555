// A customer's file on its way into the thread: a place for its bytes is asked for, they are sent
// there, and Slack is asked to show them. The last step answers before it is done and carries no
// mark of ours: Slack's id of the file is what it is known by, so that id is durable before the
// step is taken. Before a second attempt the first one's file is deleted: it can appear no more.

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/escape.hpp"
#include "desk/slack/slack_desk.hpp"

#include <array>
#include <utility>

namespace deskbell::desk::slack {
namespace {

// How long the share is waited for after the answer; then its echo, or a look-up, settles it.
constexpr std::array<std::int64_t, 7> share_waits_ms = {250,   500,   1'000, 1'500,
                                                        2'500, 4'000, 5'000};

PostOutcome outcome_with(PostOutcome::Kind kind, Error error) {
    PostOutcome made;
    made.kind = kind;
    made.error = std::move(error);
    return made;
}

// Steps that show nothing yet: whatever came of them, nothing was posted.
PostOutcome harmless(const SlackReply& reply) {
    PostOutcome came = outcome_of_post(reply);
    using Kind = PostOutcome::Kind;
    if (came.kind == Kind::unknown) came.kind = Kind::not_sent;
    // A scope that is missing for files is no reason to keep the words back.
    const ErrorClass kind = class_of(reply.error);
    const bool about_files = reply.kind == SlackReply::Kind::refused &&
                             (kind == ErrorClass::config || kind == ErrorClass::destination);
    if (about_files) came.kind = Kind::refused;
    return came;
}

bool is_gone(const SlackReply& reply) {
    return reply.error == "file_not_found" || reply.error == "file_deleted";
}

struct Share {
    std::string ts;
    std::string thread_ts;
};

std::vector<Share> shares_of(const json::object& file, const std::string& channel) {
    std::vector<Share> found;
    const json::object& shares = object_at(file, "shares");
    for (const char* kind : {"public", "private"}) {
        for (const json::value& value : array_at(object_at(shares, kind), channel)) {
            const json::object* share = value.if_object();
            if (share && is_ts(text_at(*share, "ts")))
                found.push_back({std::string(text_at(*share, "ts")),
                                 std::string(text_at(*share, "thread_ts"))});
        }
    }
    return found;
}

}  // namespace

void SlackDesk::post_file(std::shared_ptr<Posting> posting) {
    const core::File& file = posting->post.file;
    const bool there = options_.folder && options_.folder->has(file.id);
    if (!there) {
        return loop_.post([posting] {
            posting->done(outcome_with(PostOutcome::Kind::refused,
                                       {"file_gone", "Its bytes are not here.", std::nullopt}));
        });
    }
    posting->upload = file.desk_file.value;
    if (posting->upload.empty()) posting->upload = workspace_.uploads.file_of(posting->post.id);
    if (posting->upload.empty()) return reserve(std::move(posting));
    remove_upload(std::move(posting));
}

void SlackDesk::remove_upload(std::shared_ptr<Posting> posting) {
    DESKBELL_CRASH_POINT("slack.file.before_removal");
    client_.call("files.delete", {{"file", posting->upload}},
                 [this, alive = std::weak_ptr(alive_), posting](const SlackReply& reply) {
                     if (alive.expired()) return;
                     if (!reply.ok() && !is_gone(reply)) {
                         PostOutcome came = harmless(reply);
                         // As long as it may appear, no second one is made.
                         if (came.kind == PostOutcome::Kind::refused)
                             came.kind = PostOutcome::Kind::not_sent;
                         return posting->done(std::move(came));
                     }
                     posting->upload.clear();
                     reserve(posting);
                 });
}

void SlackDesk::reserve(std::shared_ptr<Posting> posting) {
    const core::File& file = posting->post.file;
    const Fields fields = {{"filename", file.name}, {"length", std::to_string(file.size)}};
    client_.call(
        "files.getUploadURLExternal", fields,
        [this, alive = std::weak_ptr(alive_), posting](const SlackReply& reply) {
            if (alive.expired()) return;
            if (!reply.ok()) return posting->done(harmless(reply));
            const std::string url(text_at(reply.body, "upload_url"));
            posting->upload = text_at(reply.body, "file_id");
            if (!is_slack_id(posting->upload, "F") || url.empty()) {
                return posting->done(outcome_with(
                    PostOutcome::Kind::not_sent,
                    {"unreadable_answer", "Slack named no place for the file.", std::nullopt}));
            }
            workspace_.uploads.remember(posting->upload, posting->post.id);
            DESKBELL_CRASH_POINT("slack.file.reserved");
            listener_.happened(
                core::UploadBegun{posting->post.id, DeskFileId(posting->upload)},
                [this, alive, posting, url](const std::optional<Error>& refusal) {
                    if (alive.expired()) return;
                    DESKBELL_CRASH_POINT("slack.file.begun");
                    if (!refusal) return upload(posting, url);
                    posting->done(outcome_with(PostOutcome::Kind::not_sent, *refusal));
                });
        });
}

void SlackDesk::upload(std::shared_ptr<Posting> posting, const std::string& url) {
    client_.upload(url, options_.folder->path_of(posting->post.file.id),
                   [this, alive = std::weak_ptr(alive_), posting](const net::ClientAnswer& answer) {
                       if (alive.expired()) return;
                       const bool taken =
                           answer.kind == net::ClientAnswer::Kind::answered && answer.status == 200;
                       if (taken) return complete(posting);
                       workspace_.count("file_upload_failed");
                       posting->done(outcome_with(PostOutcome::Kind::not_sent,
                                                  {"upload_failed", answer.detail, std::nullopt}));
                   });
}

void SlackDesk::complete(std::shared_ptr<Posting> posting) {
    const std::string& name = posting->post.card.customer.name;
    const std::string who = name.empty() ? "The customer" : cut_escaped(one_line(name), 200);
    const json::array files = {{{"id", posting->upload}, {"title", posting->post.file.name}}};
    const Fields fields = {{"files", json::serialize(files)},
                           {"channel_id", posting->channel},
                           {"thread_ts", posting->thread_ts},
                           {"initial_comment", who + " sent a file"}};
    DESKBELL_CRASH_POINT("slack.file.before_complete");
    const std::string channel = posting->channel;
    client_.call(
        "files.completeUploadExternal", fields,
        [this, alive = std::weak_ptr(alive_), posting](const SlackReply& reply) {
            if (alive.expired()) return;
            DESKBELL_CRASH_POINT("slack.file.completed");
            if (reply.ok()) return await_share(posting, 0);
            PostOutcome came = outcome_of_post(reply);
            if (came.kind == PostOutcome::Kind::thread_lost)
                workspace_.lose_thread(posting->post.thread);
            if (came.kind == PostOutcome::Kind::destination_parked)
                channels_.changed(posting->channel, false, reply.error);
            posting->done(std::move(came));
        },
        channel);
}

void SlackDesk::await_share(std::shared_ptr<Posting> posting, unsigned tries) {
    if (tries >= share_waits_ms.size()) {
        workspace_.count("file_share_late");
        return posting->done(outcome_with(
            PostOutcome::Kind::unknown,
            {"share_late", "Slack has taken the file and does not show it yet.", std::nullopt}));
    }
    later(share_waits_ms[tries], [this, posting, tries] {
        client_.call(
            "files.info", {{"file", posting->upload}},
            [this, alive = std::weak_ptr(alive_), posting, tries](const SlackReply& reply) {
                if (!alive.expired()) share_read(posting, reply, tries);
            });
    });
}

void SlackDesk::share_read(const std::shared_ptr<Posting>& posting, const SlackReply& reply,
                           unsigned tries) {
    for (const Share& share : shares_of(object_at(reply.body, "file"), posting->channel)) {
        const Place place{workspace_.self.team, posting->channel, share.ts};
        PostOutcome came;
        came.message = message_id(place);
        came.order = share.ts;
        if (share.thread_ts == posting->thread_ts) {
            workspace_.places.remember(place, posting->thread_ts);
            came.kind = PostOutcome::Kind::sent;
            came.thread = posting->post.thread;
            came.seen = true;
            return posting->done(std::move(came));
        }
        // Its thread is gone: it stands where everybody in the channel sees it.
        workspace_.count("stray");
        log::error("slack: a file came out elsewhere; taking it back");
        workspace_.lose_thread(posting->post.thread);
        came.kind = PostOutcome::Kind::strayed;
        came.error = Error{"strayed", "The file came out elsewhere.", std::nullopt};
        client_.call("files.delete", {{"file", posting->upload}}, [](const SlackReply&) {});
        return remove(
            place, [posting, came = std::move(came)]() mutable { posting->done(std::move(came)); },
            {});
    }
    await_share(posting, tries + 1);
}

void SlackDesk::look_up_file(std::shared_ptr<LookUp> look) {
    std::string file = look->post.file.desk_file.value;
    // Of this process's own attempts the newest.
    if (std::string newest = workspace_.uploads.file_of(look->post.id); !newest.empty())
        file = std::move(newest);
    LookUpOutcome came;
    came.kind = LookUpOutcome::Kind::absent;
    if (file.empty()) {  // it was never asked to be shown
        return loop_.post(
            [look, came = std::move(came)]() mutable { look->done(std::move(came)); });
    }
    workspace_.uploads.remember(file, look->post.id);
    client_.call(
        "files.info", {{"file", file}},
        [this, alive = std::weak_ptr(alive_), look,
         came = std::move(came)](const SlackReply& reply) mutable {
            if (alive.expired()) return;
            if (!reply.ok() && !is_gone(reply)) {
                came.kind = LookUpOutcome::Kind::failed;
                came.retry_after_ms = reply.retry_after_ms;
                came.error = Error{reply.error, reply.detail, std::nullopt};
                return look->done(std::move(came));
            }
            for (const Share& share : shares_of(object_at(reply.body, "file"), look->channel)) {
                const Place place{workspace_.self.team, look->channel, share.ts};
                if (share.thread_ts != look->thread_ts) {
                    take_back_stray(place);
                    continue;
                }
                came.kind = LookUpOutcome::Kind::found;
                came.message = message_id(place);
                came.thread = look->post.thread;
                came.order = share.ts;
            }
            look->done(std::move(came));
        });
}

}  // namespace deskbell::desk::slack
