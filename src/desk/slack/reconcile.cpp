#include "desk/slack/reconcile.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/marker.hpp"
#include "desk/slack/reconcile_round.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::desk::slack {
namespace {

// The store's last word is by our clock, and that may have been wrong; a page more costs a call.
constexpr std::int64_t margin_ms = 900'000;
// An old conversation may have been taken up again after the store's last word.
constexpr std::int64_t closed_before_ms = 30LL * 24 * 3'600'000;
constexpr std::size_t pages_max = 500;
constexpr std::int64_t not_yet_ms = 500;
constexpr std::int64_t say_every_ms = 60'000;
constexpr std::int64_t retry_ms_first = 2'000;
constexpr std::int64_t retry_ms_max = 60'000;

bool is_passing(const Error& refusal) {
    return refusal.retry_after_ms.has_value() || refusal.code == "busy" ||
           refusal.code == "store_unavailable" || refusal.code == "stopping";
}

// The channel is closed to us: nothing can be read there, and nothing posted.
bool is_closed_to_us(const SlackReply& reply) {
    if (reply.kind != SlackReply::Kind::refused) return false;
    const ErrorClass kind = class_of(reply.error);
    return kind == ErrorClass::destination || kind == ErrorClass::config;
}

}  // namespace

Reconcile::Reconcile(Loop& loop, SlackClient& client, Relay& relay, Workspace& workspace,
                     SlackDesk& desk, DeskListener& listener, Random& random,
                     ReconcileLister lister, ReconcileOptions options)
    : loop_(loop),
      client_(client),
      relay_(relay),
      workspace_(workspace),
      desk_(desk),
      listener_(listener),
      random_(random),
      lister_(std::move(lister)),
      options_(std::move(options)),
      calls_(loop, client, random),
      reading_(options_.due),
      untold_(options_.untold) {}

Reconcile::~Reconcile() = default;

void Reconcile::later(std::int64_t delay_ms, std::move_only_function<void()> work) {
    loop_.after(delay_ms, guarded([work = std::move(work)]() mutable { work(); }));
}

void Reconcile::later_again(std::move_only_function<void()> work) {
    const std::int64_t wait = std::min(retry_ms_max, retry_ms_first << std::min(failures_++, 10u));
    later(wait / 2 +
              static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(wait / 2 + 1))),
          std::move(work));
}

Caller Reconcile::caller() {
    return guarded(
        [this](const std::string& method, Fields fields, SlackClient::Callback callback) {
            calls_.call(method, std::move(fields), std::move(callback));
        });
}

void Reconcile::record(core::Command command, std::move_only_function<void(Refusal)> done,
                       unsigned tries) {
    core::Command copy = command;
    listener_.happened(
        std::move(copy), guarded([this, command = std::move(command), done = std::move(done),
                                  tries](Refusal refusal) mutable {
            if (!refusal || !is_passing(*refusal)) return done(std::move(refusal));
            const std::int64_t wait = std::min<std::int64_t>(5'000, 50LL << std::min(tries, 8u));
            later(wait,
                  [this, command = std::move(command), done = std::move(done), tries]() mutable {
                      record(std::move(command), std::move(done), tries + 1);
                  });
        }));
}

// ---- When. ----

void Reconcile::start(std::function<void()> read) {
    read_ = std::move(read);
    started_at_ = loop_.clock().steady_ms();
    if (!reading_) {
        read_();
        if (!untold_.empty()) later(options_.quiet_ms, [this] { tell_next(); });
        return;
    }
    log::warn(
        "reconciling: the database is older than what the desk has seen (a backup was restored). "
        "Slack is read before anything is sent; customers are served meanwhile");
    begin_when_ready();
}

bool Reconcile::is_ready() {
    if (loop_.clock().steady_ms() - started_at_ < options_.quiet_ms) return false;
    if (!workspace_.known()) return false;
    const auto& all = desk_.channels().all();
    return std::none_of(all.begin(), all.end(), [](const auto& one) {
        return !one.second.ready && one.second.why.code == "channel_unresolved";
    });
}

void Reconcile::begin_when_ready() {
    if (is_ready()) {
        lister_(options_.since - closed_before_ms,
                guarded([this](std::vector<ThreadCursor> threads) { listed(std::move(threads)); }));
        return;
    }
    const SteadyMs now = loop_.clock().steady_ms();
    if (now - started_at_ > options_.quiet_ms + say_every_ms && now - said_at_ > say_every_ms) {
        said_at_ = now;
        log::warn("reconciling: Slack cannot be read yet; nothing is sent until then");
    }
    later(not_yet_ms, [this] { begin_when_ready(); });
}

std::string Reconcile::from_ts() const {
    const std::int64_t skew = client_.skew_ms().value_or(0);
    return ts_of_ms(std::min(options_.since, options_.since + skew) - margin_ms);
}

// ---- The channels: which threads have news, and which are there that we do not know? ----

void Reconcile::listed(std::vector<ThreadCursor> threads) {
    auto round = std::make_shared<Round>();
    std::map<std::string, Channel> channels;
    for (const std::string& id : desk_.channels().ids()) channels[id].id = id;
    for (const ThreadCursor& thread : threads) {
        const auto place = parse_thread(thread.thread);
        if (!place || place->team != workspace_.self.team || thread.lost) continue;
        Channel& channel = channels[place->channel];
        channel.id = place->channel;
        channel.cursors[place->ts] = thread.cursor;
        channel.unseen.insert(place->ts);
    }
    log::info("reconciling: {} threads in {} channels, from {}", threads.size(), channels.size(),
              from_ts());
    for (auto& [id, channel] : channels) round->channels.push_back(std::move(channel));
    next_channel(std::move(round));
}

void Reconcile::next_channel(RoundPtr round) {
    if (round->channels.empty()) {
        std::ranges::sort(round->parents, {}, [](const Parent& one) { return one.place.ts; });
        return next_parent(std::move(round));
    }
    DESKBELL_CRASH_POINT("reconcile.channel.before_read");
    Channel& channel = round->channels.front();
    std::string oldest = from_ts();
    if (!channel.cursors.empty()) oldest = std::min(oldest, channel.cursors.begin()->first);
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.history";
    read->items = "messages";
    read->pages_max = pages_max;
    read->fields = {{"channel", channel.id},
                    {"oldest", oldest},
                    {"inclusive", "true"},
                    {"include_all_metadata", "true"},
                    {"limit", "200"}};
    read->page = [this, alive = std::weak_ptr(alive_), round](const json::array& items) {
        if (alive.expired()) return false;
        for (const json::value& value : items) {
            if (const json::object* message = value.if_object())
                see_parent(*round, round->channels.front(), *message);
        }
        return true;
    };
    read->done = guarded([this, round](const SlackReply& last) { channel_read(round, last); });
    read_pages(caller(), std::move(read));
}

void Reconcile::see_parent(Round& round, Channel& channel, const json::object& message) {
    const std::string ts(text_at(message, "ts"));
    const auto known = channel.cursors.find(ts);
    Meaning meaning = read_message(message, channel.id, workspace_.self);
    const Place place{workspace_.self.team, channel.id, ts};
    if (std::holds_alternative<ParentGone>(meaning)) {
        // Read by name below: whether it is gone is then said once more, and taken over in order.
        if (known != channel.cursors.end()) round.add_due(place, known->second);
        return;
    }
    const auto* own = std::get_if<OwnPost>(&meaning);
    if (own && own->is_stray) return relay_.handle(std::move(meaning), [](Handled) {});
    if (known != channel.cursors.end()) {
        channel.unseen.erase(ts);
        if (own) round.kept[own->post] = place;  // the one that the store knows is the one to keep
        const std::string_view latest = text_at(message, "latest_reply");
        if (is_ts(latest) && (latest >= from_ts() || latest > known->second))
            round.add_due(place, known->second);
        return;
    }
    if (ts < from_ts()) return;
    // Slack may have dropped the metadata; a parent that was updated since names its session only.
    const auto* ignored = std::get_if<Ignored>(&meaning);
    const bool unmarked = ignored && ignored->why == "own_unmarked";
    if (!unmarked && (!own || own->message.ts != own->parent.ts)) return;
    SessionId session = own_words_of(message).session;
    if (unmarked && session.empty()) return;
    round.parents.push_back({place, own ? own->post : LetterId(), std::move(session)});
}

void Reconcile::channel_read(RoundPtr round, const SlackReply& last) {
    const bool closed = is_closed_to_us(last);
    if (!last.ok() && !closed && last.error != "too_many_pages") {
        log::warn("reconciling: a channel could not be read ({}); again soon", last.error);
        return later_again([this, round] { next_channel(round); });
    }
    failures_ = 0;
    Channel channel = std::move(round->channels.front());
    round->channels.pop_front();
    if (closed)
        log::error("reconciling: channel {} is closed to us ({}); it is left out", channel.id,
                   last.error);
    // Not among the parents: gone, or beyond the pages.
    if (!closed) {
        for (const std::string& ts : channel.unseen)
            round->add_due({workspace_.self.team, channel.id, ts}, channel.cursors.at(ts));
    }
    DESKBELL_CRASH_POINT("reconcile.channel.read");
    next_channel(std::move(round));
}

// ---- The end of the pass. ----

void Reconcile::end_round(RoundPtr round) {
    DESKBELL_CRASH_POINT("reconcile.end.before_record");
    record(core::ReconcileEnded{round->untold}, [this, round](const Refusal&) {
        DESKBELL_CRASH_POINT("reconcile.end.recorded");
        log::info(
            "reconciled: {} letters were there already, {} threads and {} messages were taken "
            "over, "
            "{} conversations are unknown here; sending goes on",
            round->letters_settled, round->threads_taken, round->words_taken, round->untold.size());
        reading_ = false;
        for (const DeskThreadId& thread : round->untold) {
            if (std::ranges::find(untold_, thread) == untold_.end()) untold_.push_back(thread);
        }
        read_();
        tell_next();
    });
}

}  // namespace deskbell::desk::slack
