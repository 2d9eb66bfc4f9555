#include "desk/slack/slack_desk.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/marker.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

PostOutcome outcome(PostOutcome::Kind kind, Error error) {
    PostOutcome made;
    made.kind = kind;
    made.error = std::move(error);
    return made;
}

// Nothing a customer typed may become markup, a mention or a preview.
Fields literal_fields(const std::string& channel, const Message& message) {
    return {{"channel", channel},     {"text", message.text},  {"mrkdwn", "false"},
            {"parse", "none"},        {"link_names", "false"}, {"unfurl_links", "false"},
            {"unfurl_media", "false"}};
}

Fields update_of(const Place& place, const Message& message) {
    return {{"channel", place.channel}, {"ts", place.ts},
            {"text", message.text},     {"parse", "none"},
            {"link_names", "false"},    {"blocks", json::serialize(message.blocks)}};
}

}  // namespace

SlackDesk::SlackDesk(Loop& loop, SlackClient& client, Workspace& workspace, DeskListener& listener,
                     Random& random, DeskOptions options)
    : loop_(loop),
      client_(client),
      workspace_(workspace),
      listener_(listener),
      random_(random),
      options_(std::move(options)),
      channels_(loop, client, workspace, listener, random, options_.destinations,
                options_.private_channels_only),
      customer_names_(options_.customer_names) {}

SlackDesk::~SlackDesk() { loop_.cancel(identify_timer_); }

void SlackDesk::later(std::int64_t delay_ms, std::move_only_function<void()> work) {
    loop_.after(delay_ms, [alive = std::weak_ptr(alive_), work = std::move(work)]() mutable {
        if (!alive.expired()) work();
    });
}

// ---- Who we are. ----

void SlackDesk::start() {
    listener_.read_destinations(
        [this, alive = std::weak_ptr(alive_)](std::map<Destination, std::string> places) {
            if (!alive.expired()) channels_.remember(std::move(places));
        });
    identify();
}

void SlackDesk::try_now() {
    loop_.cancel(identify_timer_);
    identify_failures_ = 0;
    identify();
}

void SlackDesk::identify() {
    identify_timer_ = 0;
    if (!client_.has_token()) {
        trouble_ = {"not_installed", "Open /slack/install of this server in a browser.",
                    std::nullopt};
        log::warn("slack: the app is not installed yet: {}", trouble_.detail);
        return;
    }
    client_.call("auth.test", {}, [this, alive = std::weak_ptr(alive_)](const SlackReply& reply) {
        if (!alive.expired()) identified(reply);
    });
}

void SlackDesk::identified(const SlackReply& reply) {
    if (!reply.ok()) {
        trouble_ = Error{reply.error, reply.detail, std::nullopt};
        log::error("slack: we could not find out who we are: {}", reply.error);
        const bool definite = reply.kind == SlackReply::Kind::refused;
        return identify_later(definite ? 30'000 : 1'000, definite ? 300'000 : 60'000);
    }
    const std::string team(text_at(reply.body, "team_id"));
    const std::string& expected =
        workspace_.known() ? workspace_.self.team : options_.expected_team;
    if (team.empty() || (!expected.empty() && team != expected)) {
        trouble_ =
            Error{"wrong_workspace",
                  "The token is of workspace " + team + ", not of " + expected + ".", std::nullopt};
        log::error("slack: {}", trouble_.detail);
        return identify_later(30'000, 300'000);
    }
    workspace_.self.team = team;
    workspace_.self.user_id = text_at(reply.body, "user_id");
    workspace_.self.bot_id = text_at(reply.body, "bot_id");
    workspace_.url = text_at(reply.body, "url");
    if (!client_.scopes().empty() && !client_.has_scope("chat:write.customize"))
        customer_names_ = false;
    trouble_ = {};
    identify_failures_ = 0;
    log::info("slack: this is {} as {}", team, workspace_.self.user_id);
    listener_.desk_open();
    if (back_) back_();
    channels_.open_all();
}

void SlackDesk::identify_later(std::int64_t first_ms, std::int64_t most_ms) {
    if (identify_timer_ != 0) return;
    const std::int64_t wait = std::min(most_ms, first_ms << std::min(identify_failures_++, 12u));
    identify_timer_ = loop_.after(wait / 2 + static_cast<std::int64_t>(random_.below(
                                                 static_cast<std::uint64_t>(wait / 2 + 1))),
                                  [this, alive = std::weak_ptr(alive_)] {
                                      if (!alive.expired()) identify();
                                  });
}

void SlackDesk::closed(const std::string& why) {
    log::error("slack: we were shut out: {}", why);
    trouble_ = Error{why, "Install the app again, or give it a new token.", std::nullopt};
    identify_later(30'000, 300'000);
}

// ---- Posts. ----

// What need not be asked: the answer is known, and asking could do harm.
std::optional<PostOutcome> SlackDesk::turned_away(const core::Post& post, std::string& channel) {
    using Kind = PostOutcome::Kind;
    if (!workspace_.known()) return outcome(Kind::desk_parked, trouble_);
    if (post.thread.empty()) {
        const Channels::Channel* found = channels_.find(post.destination);
        if (!found)
            return outcome(Kind::destination_parked,
                           {"channel_unknown", "No route names that channel.", std::nullopt});
        if (!found->ready) return outcome(Kind::destination_parked, found->why);
        channel = found->id;
        return std::nullopt;
    }
    const auto place = parse_thread(post.thread);
    if (!place || place->team != workspace_.self.team)
        return outcome(Kind::thread_lost,
                       {"thread_foreign", "That thread is of another workspace.", std::nullopt});
    if (workspace_.lost_threads.contains(post.thread.value))
        return outcome(Kind::thread_lost, {"thread_not_found", "", std::nullopt});
    if (auto forbidden = channels_.forbidden(place->channel))
        return outcome(Kind::destination_parked, *forbidden);
    channel = place->channel;
    return std::nullopt;
}

void SlackDesk::post(core::Post post, std::move_only_function<void(PostOutcome)> done) {
    if (post.kind == core::LetterKind::amendment) {
        auto posting = std::make_shared<Posting>();
        posting->named = customer_names_;
        posting->post = std::move(post);
        posting->done = std::move(done);
        return amend(std::move(posting));
    }
    std::string channel;
    if (auto answer = turned_away(post, channel)) {
        return loop_.post([answer = std::move(*answer), done = std::move(done)]() mutable {
            done(std::move(answer));
        });
    }
    auto posting = std::make_shared<Posting>();
    posting->channel = std::move(channel);
    if (const auto place = parse_thread(post.thread)) posting->thread_ts = place->ts;
#ifdef DESKBELL_TEST_HOOKS
    if (DESKBELL_PLANTED("shared_target") && !posting->thread_ts.empty()) {
        if (post.attempts > 1 && !last_target_.empty()) post.thread = last_target_;
        if (const auto last = parse_thread(post.thread)) {
            posting->channel = last->channel;
            posting->thread_ts = last->ts;
        }
        last_target_ = post.thread;
    }
#endif
    posting->named = customer_names_;
    posting->post = std::move(post);
    posting->done = std::move(done);
    if (posting->post.kind == core::LetterKind::file) return post_file(std::move(posting));
    send(std::move(posting));
}

void SlackDesk::send(std::shared_ptr<Posting> posting) {
    const Message message =
        message_of(posting->post, Look{workspace_.url, posting->named, workspace_.callees});
#ifdef DESKBELL_TEST_HOOKS
    for (const core::Line& line : posting->post.lines) workspace_.posted_texts.insert(line.text);
#endif
    Fields fields = literal_fields(posting->channel, message);
    fields.push_back({"metadata", metadata_json(posting->post)});
    if (posting->with_blocks) fields.push_back({"blocks", json::serialize(message.blocks)});
    if (!posting->thread_ts.empty()) {
        fields.push_back({"thread_ts", posting->thread_ts});
        fields.push_back({"reply_broadcast", "false"});
    }
    if (!message.username.empty()) {
        fields.push_back({"username", message.username});
        fields.push_back({"icon_emoji", message.icon_emoji});
    }
    const std::string channel = posting->channel;
    DESKBELL_CRASH_POINT("slack.post.before_call");
    client_.call(
        "chat.postMessage", std::move(fields),
        [this, alive = std::weak_ptr(alive_), posting](const SlackReply& reply) {
            if (!alive.expired()) sent(posting, reply);
        },
        channel);
}

void SlackDesk::sent(const std::shared_ptr<Posting>& posting, const SlackReply& reply) {
    DESKBELL_CRASH_POINT("slack.post.answered");
    if (reply.ok()) return check_place(posting, reply);
    if (simplify(*posting, reply)) return send(posting);
    PostOutcome came = outcome_of_post(reply);
    if (came.kind == PostOutcome::Kind::thread_lost) {
        if (posting->thread_ts.empty()) {
            came.kind = PostOutcome::Kind::refused;
        } else {
            workspace_.lose_thread(posting->post.thread);
        }
    }
    if (came.kind == PostOutcome::Kind::destination_parked)
        channels_.changed(posting->channel, false, reply.error);
    if (came.kind == PostOutcome::Kind::desk_parked && class_of(reply.error) == ErrorClass::auth) {
        trouble_ = came.error;
        identify_later(30'000, 300'000);
    }
    posting->done(std::move(came));
}

// A definite no to the form: nothing was posted, so it may be said again, plainer.
bool SlackDesk::simplify(Posting& posting, const SlackReply& reply) {
    if (reply.kind != SlackReply::Kind::refused) return false;
    const bool about_names = reply.needed.empty() || reply.needed == "chat:write.customize";
    if (reply.error == "missing_scope" && posting.named && about_names) {
        customer_names_ = posting.named = false;
        return true;
    }
    if (class_of(reply.error) == ErrorClass::content && posting.with_blocks) {
        workspace_.count("post_simplified");
        log::warn("slack: a post's blocks were refused ({}); sent as text", reply.error);
        posting.with_blocks = false;
        return true;
    }
    return false;
}

void SlackDesk::check_place(const std::shared_ptr<Posting>& posting, const SlackReply& reply) {
    const json::object& message = object_at(reply.body, "message");
    const Place place{workspace_.self.team, std::string(text_at(reply.body, "channel")),
                      std::string(text_at(reply.body, "ts"))};
    if (message.empty() || !is_ts(place.ts)) {
        posting->done(outcome(PostOutcome::Kind::unknown,
                              {"unreadable_answer", "Slack did not say where it is.", {}}));
        return;
    }
    std::string_view thread_ts = text_at(message, "thread_ts");
    if (posting->thread_ts.empty() && thread_ts == place.ts) thread_ts = {};
    PostOutcome came;
    came.message = message_id(place);
    came.order = place.ts;
    const bool in_place = place.channel == posting->channel && thread_ts == posting->thread_ts;
    if (in_place || DESKBELL_PLANTED("skip_thread_check")) {
        Place parent = place;
        if (!posting->thread_ts.empty()) parent.ts = posting->thread_ts;
        workspace_.places.remember(place, parent.ts);
        if (posted_) posted_(place);
        came.kind = PostOutcome::Kind::sent;
        came.thread = thread_id(parent);
        posting->done(std::move(came));
        return;
    }
    // It stands where everybody in the channel reads it, or in somebody else's thread.
    workspace_.count("stray");
    log::error("slack: a post came out elsewhere; taking it back");
    workspace_.lose_thread(posting->post.thread);
    came.kind = PostOutcome::Kind::strayed;
    came.error = Error{"strayed", "The post came out elsewhere.", std::nullopt};
    DESKBELL_CRASH_POINT("slack.post.strayed");
    if (DESKBELL_PLANTED("stray_left")) return posting->done(std::move(came));
    remove(place, [posting, came = std::move(came)]() mutable { posting->done(std::move(came)); },
           {});
}

// ---- Cards. ----

void SlackDesk::show_card(core::Card card, std::move_only_function<void(CardOutcome)> done) {
    const auto place = parse_thread(card.thread);
    const bool lost = !place || workspace_.lost_threads.contains(card.thread.value);
    if (!workspace_.known() || lost) {
        CardOutcome came;
        came.kind = lost ? CardOutcome::Kind::thread_lost : CardOutcome::Kind::parked;
        came.error = trouble_;
        return loop_.post([came, done = std::move(done)]() mutable { done(came); });
    }
    if (const auto from = parse_thread(card.moved_from); from && card.moved_from != card.thread) {
        return show_moved(*from, std::move(card), std::move(done));
    }
    show_parent(*place, card, std::move(done));
}

// The parent before this one first: what is not shown there would never be tried again.
void SlackDesk::show_moved(const Place& from, core::Card card,
                           std::move_only_function<void(CardOutcome)> done) {
    const Fields fields = update_of(from, moved_message_of(card, Look{workspace_.url, false}));
    client_.call("chat.update", fields,
                 [this, alive = std::weak_ptr(alive_), card = std::move(card),
                  done = std::move(done)](const SlackReply& reply) mutable {
                     if (alive.expired()) return;
                     if (!reply.ok() && is_worth_repeating(reply)) {
                         CardOutcome came = outcome_of_card(reply);
                         if (came.kind == CardOutcome::Kind::thread_lost)
                             came.kind = CardOutcome::Kind::failed;
                         return done(std::move(came));
                     }
                     card.moved_from = DeskThreadId();
                     show_card(std::move(card), std::move(done));
                 });
}

void SlackDesk::show_parent(const Place& place, const core::Card& card,
                            std::move_only_function<void(CardOutcome)> done) {
    DESKBELL_CRASH_POINT("slack.card.before_update");
    client_.call("chat.update", update_of(place, message_of(card)),
                 [this, alive = std::weak_ptr(alive_), thread = card.thread,
                  closed = card.state == core::SessionState::closed,
                  done = std::move(done)](const SlackReply& reply) mutable {
                     if (alive.expired()) return;
                     DESKBELL_CRASH_POINT("slack.card.answered");
                     CardOutcome came;
                     came.kind = CardOutcome::Kind::shown;
                     if (!reply.ok()) came = outcome_of_card(reply);
                     if (came.kind == CardOutcome::Kind::thread_lost)
                         workspace_.lose_thread(thread);
                     if (came.kind == CardOutcome::Kind::shown && closed && card_closed_)
                         card_closed_(thread);
                     done(std::move(came));
                 });
}

}  // namespace deskbell::desk::slack
