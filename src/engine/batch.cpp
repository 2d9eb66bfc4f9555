#include "engine/batch.hpp"

#include "base/assert.hpp"
#include "base/test_hooks.hpp"
#include "engine/facts.hpp"
#include "engine/places.hpp"
#include "engine/reconcile.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

namespace deskbell::engine {
namespace {

constexpr std::int64_t events_read_max = 500;
constexpr std::int64_t cards_doubted_max = 10'000;
// Requests come out within minutes if at all; events of them may come with a restored process.
constexpr std::int64_t doubt_age_ms_max = 3 * 24 * 3'600'000LL;
// Whoever stands further back is told a place when they join and again on coming near: telling all
// of a long line each time its head moves would write more than the conversations themselves.
constexpr std::int64_t queue_told_max = 20;

#ifdef DESKBELL_TEST_HOOKS
// Planted: numbers are handed out from a block kept in memory, and what a former process had of its
// block is lost.
std::int64_t numbers_skipped(const SessionId& id) {
    static int engines_seen = 0;
    static std::set<SessionId> numbered;
    if (engines_seen != engines_made.load()) {
        engines_seen = engines_made.load();
        numbered.clear();
    }
    return numbered.insert(id).second ? 1 : 0;
}
#endif

void add_once(std::vector<SessionId>& ids, const SessionId& id) {
    if (std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
}

}  // namespace

core::LaneNews lane_news(const core::Session& session, const core::LaneState& lane) {
    core::LaneNews news;
    news.session = session.id;
    news.destination = session.destination;
    news.thread_open = !session.thread.empty();
    news.letters_queued = lane.queued;
    news.oldest_queued_at = lane.oldest_queued_at;
    return news;
}

BotTurn bot_turn_of(store::Store& store, const core::Session& session, const core::Policy& policy) {
    BotTurn turn;
    turn.session = session.id;
    turn.site = session.site;
    turn.message = session.bot_turn;
    turn.generation = session.generation;
    turn.locale = session.locale;
    turn.conversation =
        store.conversation(session.id, static_cast<std::int64_t>(policy.conversation_lines_max));
    return turn;
}

// ---- Inside the transaction. ----

Batch::Entry* Batch::entry(const SessionId& id) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) return &found->second;
    auto session = store_.session(id);
    if (!session) return nullptr;
    Entry fresh;
    fresh.current = *session;
#ifdef DESKBELL_TEST_HOOKS
    if (DESKBELL_PLANTED("seq_in_memory")) fresh.current.head += numbers_skipped(id);
#endif
    fresh.stored = std::move(*session);
    order_.push_back(id);
    return &sessions_.emplace(id, std::move(fresh)).first->second;
}

void Batch::add(const Envelope& envelope) {
    Outcome& outcome = outcomes_.emplace_back();
    if (std::holds_alternative<core::RefreshQueue>(envelope.command)) return refresh_queue(outcome);
    if (read_only(envelope.command, outcome)) return;
    if (const auto* online = std::get_if<core::AgentsOnline>(&envelope.command))
        return note_agents_online(store_, *online, now_);
    if (const auto* found = std::get_if<core::DestinationFound>(&envelope.command))
        return note_place(store_, *found);
    if (const auto* ended = std::get_if<core::ReconcileEnded>(&envelope.command)) {
        reconciled_ = true;
        end_reconcile(store_, *ended);
        return doubt_cards();
    }
    if (const auto* told = std::get_if<core::ThreadTold>(&envelope.command))
        return note_told(store_, *told);
    if (note_erasure(envelope.command)) return;
    if (const auto* arrived = std::get_if<core::CustomerArrived>(&envelope.command))
        return add_arrival(*arrived, outcome);
    const auto* identified = std::get_if<core::CustomerIdentified>(&envelope.command);
    if (identified && used_before(identified->identity, outcome)) return;
    auto session = session_of(store_, envelope.command, envelope.address);
    if (!session) {
        outcome.reply.refusal = std::move(session.error());
        return;
    }
    decide_one(envelope.command, *session, outcome);
    if (outcome.reply.refusal) return refuse_timer(envelope.command);
    if (const auto* replies = std::get_if<core::ReadReplies>(&envelope.command))
        outcome.reply.replies = store_.replies(*session, replies->from);
    if (std::holds_alternative<core::ReadConversation>(envelope.command))
        outcome.reply.messages = store_.messages(*session);
    if (const auto* seen = std::get_if<core::ReactionsRead>(&envelope.command))
        store_.forget_reactions(seen->thread, seen->keys, seen->before);
    if (std::holds_alternative<core::ReadTranscript>(envelope.command)) {
        outcome.reply.messages = store_.messages(*session);
        outcome.reply.files = store_.files(*session);
    }
    if (const auto* wanted = std::get_if<core::ReadFiles>(&envelope.command)) {
        for (const FileId& id : wanted->ids) {
            auto file = store_.file(id);
            if (file && file->session == *session && file->state == core::FileState::ready)
                outcome.reply.files.push_back(std::move(*file));
        }
    }
    if (const auto* read = std::get_if<core::ReadEvents>(&envelope.command)) {
        outcome.reply.events = store_.events(
            *session, read->after, std::clamp<std::int64_t>(read->limit, 0, events_read_max));
    }
}

bool Batch::note_erasure(const core::Command& command) {
    if (const auto* found = std::get_if<core::ErasureFound>(&command)) {
        store_.keep_erasure(found->erasure);
        return true;
    }
    const auto* done = std::get_if<core::ErasureDone>(&command);
    if (!done) return false;
    if (done->due_at == 0) {
        store_.remove_erasure(done->id);
        return true;
    }
    for (core::Erasure& erasure : store_.erasures()) {
        if (erasure.id != done->id) continue;
        ++erasure.passes;
        erasure.due_at = done->due_at;
        store_.keep_erasure(erasure);
    }
    return true;
}

bool Batch::used_before(const core::Identity& identity, Outcome& outcome) {
    if (!store_.identity_used(identity.use)) return false;
    outcome.reply.refusal =
        Error{"identity_replayed", "This identity was used before; ask for a fresh one.", {}};
    return true;
}

void Batch::use(const core::Identity& identity) {
    store_.use_identity(identity.use, identity.ends_at, now_);
}

// Of a user whom the site vouches for there is one conversation at a time: it goes on.
void Batch::add_arrival(const core::CustomerArrived& arrived, Outcome& outcome) {
    if (store_.session_of_token(arrived.token_hash)) {
        outcome.reply.refusal = Error{"session_exists", "That token is in use.", {}};
        return;
    }
    if (!arrived.identity) return decide_one(arrived, arrived.session, outcome);
    if (used_before(*arrived.identity, outcome)) return;
    write_sessions();  // an earlier command of this batch may have closed or named one
    const auto open = store_.session_of_user(arrived.site, arrived.identity->user);
    if (open) {
        decide_one(core::CustomerIdentified{*arrived.identity}, *open, outcome);
    } else {
        decide_one(arrived, arrived.session, outcome);
    }
    if (outcome.reply.refusal) return;
    use(*arrived.identity);
    if (!open) return;
    store_.insert_token(arrived.token_hash, *open);
    outcome.reply.resumed = true;
}

bool Batch::read_only(const core::Command& command, Outcome& outcome) {
    if (std::holds_alternative<core::ReadDestinations>(command)) {
        outcome.reply.destinations = read_places(store_);
    } else if (std::holds_alternative<core::ReadDoubts>(command)) {
        outcome.reply.doubts = store_.doubts();
    } else if (std::holds_alternative<core::ReadErasures>(command)) {
        outcome.reply.erasures = store_.erasures();
    } else if (const auto* threads = std::get_if<core::ReadThreads>(&command)) {
        read_threads(*threads, outcome);
    } else if (const auto* one = std::get_if<core::ReadFile>(&command)) {
        if (auto file = store_.file(one->file)) outcome.reply.files.push_back(std::move(*file));
    } else if (const auto* old = std::get_if<core::ReadOldFiles>(&command)) {
        outcome.reply.files = store_.old_files({old->before, old->unsent_before, old->limit});
    } else {
        return false;
    }
    return true;
}

void Batch::decide_one(const core::Command& command, const SessionId& id, Outcome& outcome) {
    Entry* known = entry(id);
    const bool arrives = std::holds_alternative<core::CustomerArrived>(command);
    if (!known && !arrives) {
        outcome.reply.refusal = Error{"session_unknown", "There is no such session.", {}};
        return;
    }
    const core::Session nobody;
    const core::Session& before = known ? known->current : nobody;
    if (looks_at_others(command, before)) write_sessions();
    auto facts = load_facts(store_, command, before, policy_, now_);
    if (!facts) {
        outcome.reply.refusal = std::move(facts.error());
        return;
    }
    core::Decision decision = core::decide(before, command, *facts, {now_, policy_, random_});
    outcome.reply.session = decision.session;
    outcome.session = id;
    if (decision.refusal) {
        outcome.reply.refusal = std::move(decision.refusal);
        return;
    }
    if (!before.bot_turn.empty() && (decision.session.bot_turn != before.bot_turn ||
                                     decision.session.generation != before.generation))
        add_once(bots_over_, id);
    if (!known) {
        store_.insert_session(decision.session);
        order_.push_back(id);
        sessions_.emplace(id, Entry{decision.session, decision.session});
    } else if (decision.session != known->current) {
        known->current = decision.session;
        known->dirty = true;
    }
    write(decision);
    if (decision.reaction) keep_reaction(command, id, *decision.reaction);
    take_effects(decision, outcome);
}

void Batch::keep_reaction(const core::Command& command, const SessionId& id,
                          const core::Reaction& reaction) {
    if (const auto* claimed = std::get_if<core::AgentClaimed>(&command))
        store_.keep_reaction(claimed->thread, id, reaction);
    if (const auto* resolved = std::get_if<core::AgentResolved>(&command))
        store_.keep_reaction(resolved->thread, id, reaction);
}

void Batch::write(const core::Decision& decision) {
    const SessionId& session = decision.session.id;
    for (const core::Event& event : decision.events) store_.append_event(session, event);
    for (const core::Message& message : decision.messages_added) store_.insert_message(message);
    for (const core::Message& message : decision.messages_changed) store_.update_message(message);
    for (const core::Delivery& one : decision.deliveries) store_.update_delivery(session, one);
    if (decision.thread_lost) store_.lose_thread(*decision.thread_lost);
    if (decision.thread_opened) store_.insert_thread(*decision.thread_opened, session);
    if (decision.thread_alias) {
        store_.insert_thread(*decision.thread_alias, session);
        store_.lose_thread(*decision.thread_alias);
    }
    for (const core::File& file : decision.files_added) store_.insert_file(file);
    for (const core::File& file : decision.files_changed) store_.update_file(file);
    if (decision.doubt) store_.keep_doubt(*decision.doubt, now_ - doubt_age_ms_max);
    if (decision.tombstone) store_.insert_tombstone(*decision.tombstone, session);
    write_letters(decision);
    write_timers(decision);
}

void Batch::write_timers(const core::Decision& decision) {
    for (const core::TimerKind kind : decision.timers_cancelled)
        store_.remove_timer(decision.session.id, kind);
    for (const core::Timer& timer : decision.timers_set) store_.set_timer(timer);
    if (decision.wait_begins) store_.begin_wait(decision.session);
    if (decision.wait_answered) store_.end_wait(decision.session.id, now_);
    timers_changed_ =
        timers_changed_ || !decision.timers_cancelled.empty() || !decision.timers_set.empty();
}

// It would be due for ever.
void Batch::refuse_timer(const core::Command& command) {
    const auto* fired = std::get_if<core::TimerFired>(&command);
    if (!fired) return;
    store_.remove_timer(fired->session, fired->kind);
    timers_changed_ = true;
}

void Batch::write_letters(const core::Decision& decision) {
    for (const core::Letter& letter : decision.letters_added) store_.insert_letter(letter);
    for (const core::LetterMove& move : decision.letters_moved) {
        // The rule saw the row in `from` within this very transaction.
        const bool moved = store_.move_letter(move.from, move.letter);
        DESKBELL_ASSERT(moved);
    }
}

void Batch::take_effects(core::Decision& decision, Outcome& outcome) {
    const SessionId& id = decision.session.id;
    for (const core::Event& event : decision.events)
        outcome.pushes.push_back({id, event.seq, std::make_shared<const std::string>(event.json)});
    if (decision.lane_changed) add_once(lanes_changed_, id);
    if (decision.card_due) add_once(cards_due_, id);
    if (decision.bot_due) add_once(bots_due_, id);
    queue_changed_ = queue_changed_ || decision.queue_changed;
    for (core::Notice& notice : decision.notices) notices_.push_back({id, std::move(notice)});
    for (core::File& file : decision.files_due) files_due_.push_back(std::move(file));
    for (FileId& file : decision.files_dropped) files_dropped_.push_back(std::move(file));
    outcome.reply.files = std::move(decision.files_added);
    for (core::Alert& alert : decision.alerts) alerts_.push_back(std::move(alert));
    outcome.reply.replayed = decision.replayed;
    outcome.reply.events =
        decision.replayed ? std::move(decision.found) : std::move(decision.events);
    outcome.reply.remarks = std::move(decision.remarks);
    outcome.reply.post = std::move(decision.post);
    outcome.reply.card = std::move(decision.card);
}

void Batch::refresh_queue(Outcome& outcome) {
    write_sessions();
    std::map<SiteId, std::vector<std::int64_t>> waits_by_site;
    for (const store::QueuePlace& place : store_.waiting_line(queue_told_max)) {
        Entry* waiting = entry(place.session);
        DESKBELL_ASSERT(waiting);
        core::Facts facts;
        facts.waiting_ahead = place.ahead;
        const SiteId& site = waiting->current.site;
        auto [waits, is_new] = waits_by_site.try_emplace(site);
        if (is_new) waits->second = recent_waits(store_, site, now_);
        facts.answered_after_ms = waits->second;
        core::Decision decision =
            core::decide(waiting->current, core::RefreshQueue{}, facts, {now_, policy_, random_});
        if (decision.events.empty()) continue;
        waiting->current = decision.session;
        waiting->dirty = true;
        write(decision);
        take_effects(decision, outcome);
    }
    outcome.reply.events.clear();  // they are of many sessions
}

// What the parents show may be newer than the store thinks it told them: all of those in use are
// told once more.
void Batch::doubt_cards() {
    write_sessions();
    for (const store::ThreadRow& row : store_.threads(INT64_MAX, cards_doubted_max)) {
        if (row.lost) continue;
        Entry* doubted = entry(row.session);
        DESKBELL_ASSERT(doubted);
        ++doubted->current.card_version;
        doubted->dirty = true;
    }
}

void Batch::read_threads(const core::ReadThreads& command, Outcome& outcome) {
    write_sessions();
    for (store::ThreadRow& row :
         store_.threads(command.closed_after, static_cast<std::int64_t>(command.limit))) {
        outcome.reply.threads.push_back({std::move(row.session), std::move(row.thread),
                                         std::move(row.cursor), row.active, row.lost});
    }
}

void Batch::write_sessions() {
    for (const SessionId& id : order_) {
        Entry& one = sessions_.at(id);
        if (!one.dirty) continue;
        store_.update_session(one.stored, one.current);
        one.stored = one.current;
        one.dirty = false;
    }
}

void Batch::prepare_effects() {
    for (const SessionId& id : lanes_changed_) {
        const core::LaneState lane = store_.lane_state(id);
        if (lane.queued > 0) lane_news_.push_back(lane_news(sessions_.at(id).current, lane));
    }
    for (const SessionId& id : bots_due_) {
        const core::Session& session = sessions_.at(id).current;
        // A later command of the same batch may have ended the bot's turn.
        if (!session.bot_turn.empty()) bot_turns_.push_back(bot_turn_of(store_, session, policy_));
    }
}

// ---- After the commit. ----

void Batch::release(std::span<Envelope> envelopes, Effects& effects) {
    DESKBELL_ASSERT(envelopes.size() == outcomes_.size());
    std::vector<Push> pending;
    const auto push = [&] {
        if (pending.empty()) return;
        for (const Push& one : pending) sessions_.at(one.session).push_pending = false;
        effects.pushed(std::move(pending));
        pending.clear();
    };
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        Outcome& outcome = outcomes_[i];
        // Of one session, replies and pushes come in the order of their commands; pushes of
        // different sessions travel together.
        const auto found = sessions_.find(outcome.session);
        if (found != sessions_.end() && found->second.push_pending) push();
        DESKBELL_CRASH_POINT("engine.release.before_reply");
        if (envelopes[i].reply) envelopes[i].reply(std::move(outcome.reply));
        for (Push& one : outcome.pushes) {
            sessions_.at(one.session).push_pending = true;
            pending.push_back(std::move(one));
        }
    }
    DESKBELL_CRASH_POINT("engine.release.before_push");
    push();
    DESKBELL_CRASH_POINT("engine.release.before_effects");
    for (Told& told : notices_)
        effects.notice(told.session, std::move(told.notice.code), std::move(told.notice.text));
    if (reconciled_) {  // all that waits is handed out next, these included
        lane_news_.clear();
        cards_due_.clear();
    }
    for (core::LaneNews& news : lane_news_) effects.lane_ready(std::move(news));
    DESKBELL_CRASH_POINT("engine.release.lanes_told");
    for (const SessionId& id : cards_due_) effects.card_changed(id);
    DESKBELL_CRASH_POINT("engine.release.cards_told");
    for (const SessionId& id : bots_over_) effects.bot_turn_over(id);
    for (BotTurn& turn : bot_turns_) effects.bot_turn(std::move(turn));
    for (core::File& file : files_due_) effects.file_due(std::move(file));
    for (const FileId& file : files_dropped_) effects.file_dropped(file);
    for (core::Alert& alert : alerts_) effects.alert(std::move(alert));
    if (queue_changed_) effects.queue_changed();
}

#ifdef DESKBELL_TEST_HOOKS
void Batch::reply_early(std::span<Envelope> envelopes, bool claims_only) {
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
        const bool claim = std::holds_alternative<core::ClaimPost>(envelopes[i].command);
        if (claims_only && !claim) continue;
        if (auto reply = std::exchange(envelopes[i].reply, nullptr)) reply(outcomes_[i].reply);
    }
}
#endif

}  // namespace deskbell::engine
