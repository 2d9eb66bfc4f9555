// Is a post there? The thread (or the channel, for a parent) is read back for its marker.

#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/pager.hpp"
#include "desk/slack/slack_desk.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

// Our clock may differ from Slack's, and may have been set since; reading too much costs a page,
// reading too little a duplicate.
constexpr std::int64_t margin_ms = 60'000;
constexpr std::int64_t at_least_ms = 600'000;
constexpr unsigned tries_max = 20;  // of one page, when reads are rationed

}  // namespace

std::string SlackDesk::oldest_for(const core::Post& post) const {
    const std::int64_t skew = client_.skew_ms().value_or(0);
    const WallMs slack_now = loop_.clock().wall_ms() + skew;
    const WallMs first = post.first_attempt_at;
    return ts_of_ms(std::min({first, first + skew, slack_now - at_least_ms}) - margin_ms);
}

// Where reads are rationed a look-up waits for its turn, rather than beginning anew for ever.
Caller SlackDesk::patient_caller() {
    return [this, alive = std::weak_ptr(alive_)](const std::string& method, Fields fields,
                                                 SlackClient::Callback callback) {
        if (!alive.expired()) call_patiently(method, std::move(fields), std::move(callback), 0);
    };
}

void SlackDesk::call_patiently(const std::string& method, Fields fields,
                               SlackClient::Callback callback, unsigned tries) {
    Fields copy = fields;
    client_.call(
        method, std::move(copy),
        [this, alive = std::weak_ptr(alive_), method, fields = std::move(fields), tries,
         callback = std::move(callback)](SlackReply reply) mutable {
            if (alive.expired()) return;
            const bool limited = reply.kind == SlackReply::Kind::rate_limited;
            if (!limited || !client_.reads_are_scarce() || tries >= tries_max)
                return callback(std::move(reply));
            const auto jitter = static_cast<std::int64_t>(random_.below(1'000));
            later(reply.retry_after_ms + jitter, [this, method, fields = std::move(fields), tries,
                                                  callback = std::move(callback)]() mutable {
                call_patiently(method, std::move(fields), std::move(callback), tries + 1);
            });
        });
}

void SlackDesk::look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) {
    auto look = std::make_shared<LookUp>();
    look->done = std::move(done);
    const bool is_parent = post.kind == core::LetterKind::open_thread;
    if (is_parent) {
        if (const Channels::Channel* channel = channels_.find(post.destination))
            look->channel = channel->id;
    } else if (const auto place = parse_thread(post.thread)) {
        look->channel = place->channel;
        look->thread_ts = place->ts;
    }
    look->post = std::move(post);
    if (look->post.kind == core::LetterKind::amendment) {
        // An update leaves no mark of its own; doing it once more is as good as having done it.
        return loop_.post([look] {
            LookUpOutcome came;
            came.kind = LookUpOutcome::Kind::absent;
            look->done(std::move(came));
        });
    }
    if (!workspace_.known() || look->channel.empty()) {
        loop_.post([look] {
            LookUpOutcome came;
            came.error = Error{"channel_unresolved", "Where it would be is not known yet.", {}};
            look->done(std::move(came));
        });
        return;
    }
    DESKBELL_CRASH_POINT("slack.look_up.before_read");
    if (look->post.kind == core::LetterKind::file) return look_up_file(std::move(look));
    read_back(std::move(look));
}

void SlackDesk::read_back(std::shared_ptr<LookUp> look) {
    const bool is_parent = look->thread_ts.empty();
    auto read = std::make_shared<PagedRead>();
    read->method = is_parent ? "conversations.history" : "conversations.replies";
    read->items = "messages";
    read->fields = {{"channel", look->channel},
                    {"oldest", oldest_for(look->post)},
                    {"inclusive", "true"},
                    {"include_all_metadata", "true"},
                    {"limit", "200"}};
    if (!is_parent) read->fields.push_back({"ts", look->thread_ts});
    read->page = [this, alive = std::weak_ptr(alive_), look](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& value : items) {
            const json::object* message = value.if_object();
            if (!message) continue;
            const Meaning meaning = read_message(*message, look->channel, workspace_.self);
            const auto* gone = std::get_if<ParentGone>(&meaning);
            if (gone && gone->parent.ts == look->thread_ts)
                workspace_.lose_thread(look->post.thread);
            const auto* own = std::get_if<OwnPost>(&meaning);
            if (!own || own->post != look->post.id) continue;
            const bool in_place = look->thread_ts.empty() ? own->parent.ts == own->message.ts
                                                          : own->parent.ts == look->thread_ts;
            if (in_place) look->copies.push_back(own->message.ts);
        }
        return true;
    };
    read->done = [this, alive = std::weak_ptr(alive_), look](const SlackReply& last) {
        if (alive.expired()) return;
        if (last.ok()) return conclude(look);
        if (last.kind == SlackReply::Kind::refused && !look->thread_ts.empty() &&
            class_of(last.error) == ErrorClass::thread) {
            workspace_.lose_thread(look->post.thread);
            return find_strays(look);
        }
        LookUpOutcome came;
        came.retry_after_ms = last.retry_after_ms;
        came.error = Error{last.error, last.detail, std::nullopt};
        look->done(std::move(came));
    };
    read_pages(patient_caller(), std::move(read));
}

// Without its thread the post may have come out in the channel, where everybody reads it.
void SlackDesk::find_strays(std::shared_ptr<LookUp> look) {
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.history";
    read->items = "messages";
    read->fields = {{"channel", look->channel},
                    {"oldest", oldest_for(look->post)},
                    {"include_all_metadata", "true"},
                    {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_), look](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& value : items) {
            const json::object* message = value.if_object();
            if (!message) continue;
            const Meaning meaning = read_message(*message, look->channel, workspace_.self);
            const auto* own = std::get_if<OwnPost>(&meaning);
            const bool in_channel = own && own->parent.ts == own->message.ts;
            if (in_channel && own->post == look->post.id) take_back_stray(own->message);
        }
        return true;
    };
    read->done = [look](const SlackReply& last) {
        LookUpOutcome came;
        came.kind = last.ok() ? LookUpOutcome::Kind::absent : LookUpOutcome::Kind::failed;
        came.thread_lost = true;
        came.retry_after_ms = last.retry_after_ms;
        came.error = Error{last.error, last.detail, std::nullopt};
        look->done(std::move(came));
    };
    read_pages(patient_caller(), std::move(read));
}

void SlackDesk::conclude(const std::shared_ptr<LookUp>& look) {
    DESKBELL_CRASH_POINT("slack.look_up.read");
    LookUpOutcome came;
    came.kind = LookUpOutcome::Kind::absent;
    std::vector<std::string>& copies = look->copies;
    std::sort(copies.begin(), copies.end());
    copies.erase(std::unique(copies.begin(), copies.end()), copies.end());
    if (copies.empty()) return look->done(std::move(came));
    std::string keep = copies.front();
    if (DESKBELL_PLANTED("take_back_first_copy")) keep = copies.back();
    if (const auto confirmed = parse_message(look->post.confirmed)) {
        if (std::binary_search(copies.begin(), copies.end(), confirmed->ts)) keep = confirmed->ts;
    }
    for (const std::string& ts : copies) {
        if (ts == keep) continue;
        DESKBELL_CRASH_POINT("slack.look_up.copy_found");
        came.copies.push_back(message_id(Place{workspace_.self.team, look->channel, ts}));
    }
    const Place place{workspace_.self.team, look->channel, keep};
    Place parent = place;
    if (!look->thread_ts.empty()) parent.ts = look->thread_ts;
    workspace_.places.remember(place, parent.ts);
    came.kind = LookUpOutcome::Kind::found;
    came.message = message_id(place);
    came.thread = thread_id(parent);
    came.order = keep;
    look->done(std::move(came));
}

}  // namespace deskbell::desk::slack
