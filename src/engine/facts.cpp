#include "engine/facts.hpp"

#include "base/test_hooks.hpp"
#include "core/client_ids.hpp"
#include "core/placed.hpp"
#include "engine/places.hpp"

#include <algorithm>
#include <limits>
#include <variant>

namespace deskbell::engine {
namespace {

using core::Facts;
using core::Session;
using core::SessionState;
using store::Store;

constexpr std::int64_t whole_lane = std::numeric_limits<std::int64_t>::max();

// ---- Whose session. ----

class SessionFinder {
public:
    SessionFinder(Store& store, const Address& address) : store_(store), address_(address) {}

    Result<SessionId> operator()(const core::CustomerArrived&) const { return SessionId(); }
    Result<SessionId> operator()(const core::RefreshQueue&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadThreads&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadDoubts&) const { return SessionId(); }
    Result<SessionId> operator()(const core::AgentsOnline&) const { return SessionId(); }
    Result<SessionId> operator()(const core::DestinationFound&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadDestinations&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadFile&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadOldFiles&) const { return SessionId(); }
    Result<SessionId> operator()(const core::FileFetched& one) const { return of(one.file.id); }
    Result<SessionId> operator()(const core::FileFailed& one) const { return of(one.file); }
    Result<SessionId> operator()(const core::FileExpired& one) const { return of(one.file); }
    Result<SessionId> operator()(const core::CopySeen& one) const { return one.doubt.session; }
    Result<SessionId> operator()(const core::PostAudited& one) const { return one.session; }
    Result<SessionId> operator()(const core::PostMissing& one) const { return one.missing.session; }
    Result<SessionId> operator()(const core::ReconcileEnded&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ThreadTold&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ReadErasures&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ErasureFound&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ErasureDone&) const { return SessionId(); }
    Result<SessionId> operator()(const core::ThreadFound& one) const { return one.session; }
    Result<SessionId> operator()(const core::CustomerFound& one) const { return one.session; }

    Result<SessionId> operator()(const core::BotAnswered& one) const { return one.session; }
    Result<SessionId> operator()(const core::ClaimPost& one) const { return one.session; }
    Result<SessionId> operator()(const core::ClaimCard& one) const { return one.session; }
    Result<SessionId> operator()(const core::CardShown& one) const { return one.session; }
    Result<SessionId> operator()(const core::DeskDelay& one) const { return one.session; }
    Result<SessionId> operator()(const core::TimerFired& one) const { return one.session; }
    Result<SessionId> operator()(const core::AlertSettled& one) const { return one.session; }

    template <class Command>
        requires requires(const Command& one) { one.thread; } &&
                 (!requires(const Command& one) { one.post; })
    Result<SessionId> operator()(const Command& one) const {
        auto owner = store_.thread_owner(one.thread);
        if (!owner) return fail("thread_unknown", "No session has that thread.");
        return std::move(owner->session);
    }

    template <class Command>
        requires requires(const Command& one) { one.post; }
    Result<SessionId> operator()(const Command& one) const {
        auto letter = store_.letter(one.post);
        if (!letter) return fail("letter_unknown", "No letter has that id.");
        return std::move(letter->session);
    }

    // Customers' commands come with an address.
    template <class Command>
        requires(
            !requires(const Command& one) { one.thread; } &&
            !requires(const Command& one) { one.post; })
    Result<SessionId> operator()(const Command&) const {
        if (!address_.session.empty()) return address_.session;
        auto session = store_.session_of_token(address_.token_hash);
        if (!session || address_.token_hash.empty())
            return fail("token_invalid", "This token opens no session.");
        return std::move(*session);
    }

private:
    [[nodiscard]] Result<SessionId> of(const FileId& id) const {
        auto file = store_.file(id);
        if (!file) return fail("file_unknown", "No file has that id.");
        return std::move(file->session);
    }

    Store& store_;
    const Address& address_;
};

// ---- What its rule needs. ----

class FactsLoader {
public:
    FactsLoader(Store& store, const Session& session, const core::Policy& policy, WallMs now)
        : store_(store), session_(session), policy_(policy), now_(now) {}

    Result<Facts> load(const core::Command& command) {
        std::visit([this](const auto& one) { add(one); }, command);
        // Whether one is on its way decides what may be said into it.
        if (!std::holds_alternative<core::ClaimPost>(command)) add_lane_of_open_thread();
        if (foreign_)
            return fail("thread_unknown", "That message belongs to another session's thread.");
        return std::move(facts_);
    }

private:
    template <class Command>
    void add(const Command&) {}  // needs nothing but the session

    void add(const core::CustomerSaid& said) {
        known(store_.message_of_client(session_.id, said.client_id));
        // Taken over from the desk after a restore, it may be known by its digest.
        const std::string outward = core::outward_client_id(session_.id, said.client_id);
        if (!facts_.known && outward != said.client_id)
            known(store_.message_of_client(session_.id, outward));
        if (facts_.known) return;
        for (const FileId& id : said.attachments) add_file(id);
        if (session_.destination.empty()) return;
        facts_.lane = store_.lane_state(session_.id);
        if (session_.state == SessionState::closed) {
            add_waiting_ahead();
            add_waits();
        }
        if (session_.state == SessionState::open)
            facts_.timer = store_.timer(session_.id, core::TimerKind::unanswered);
    }

    void add(const core::CustomerEdited& edited) { add_own(edited.id); }
    void add(const core::CustomerWithdrew& withdrew) { add_own(withdrew.id); }
    void add_own(const MessageId& id) {
        known(store_.message(session_.id, id));
        add_known_files();
        if (!facts_.known || session_.destination.empty()) return;
        facts_.lane = store_.lane_state(session_.id);
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
    }
    // What an amendment is to show: all that stands in that post.
    void add_amended(const core::Letter& letter) {
        known(store_.message(session_.id, letter.message));
        add_known_files();
        if (!facts_.known) return;
        for (const core::Placed& placed : core::read_placed(facts_.known->desk_posts)) {
            if (placed.part == letter.part)
                facts_.same_post = store_.messages_in_post(session_.id, placed.letter);
        }
    }

    void add(const core::HumanRequested&) {
        if (session_.state == SessionState::waiting || session_.state == SessionState::open) return;
        add_waiting_ahead();
        add_waits();
        facts_.lane = store_.lane_state(session_.id);
        if (!session_.destination.empty()) return;
        facts_.load = store_.destination_load();
        for (core::File& file : store_.files(session_.id)) {
            const bool waits =
                !file.from_agent && !file.message.empty() && file.state == core::FileState::ready;
            if (waits) facts_.files.push_back(std::move(file));
        }
    }

    void add(const core::FileUploaded&) {
        facts_.file_usage = store_.file_usage(session_.id, session_.site);
    }
    void add(const core::UploadBegun& begun) { add_letter(begun.post, false); }
    void add(const core::FileFetched& fetched) { add_file(fetched.file.id); }
    void add(const core::FileFailed& failed) { add_file(failed.file); }
    void add(const core::FileExpired& expired) { add_file(expired.file); }
    void add_file(const FileId& id) {
        if (auto file = store_.file(id)) facts_.files.push_back(std::move(*file));
    }

    void add(const core::BotAnswered& answered) {
        known(store_.message_in_reply_to(session_.id, answered.in_reply_to.value));
    }

    void add(const core::AgentSaid& said) {
        known(store_.message_of_desk(said.message));
        if (!facts_.known && !said.sender_key.empty())
            known(store_.message_of_sender(said.sender_key));
        add_known_files();
        add_place(said.message, said.order);
    }

    void add(const core::AgentEdited& edited) {
        known(store_.message_of_desk(edited.message));
        if (!facts_.known && !edited.sender_key.empty())
            known(store_.message_of_sender(edited.sender_key));
        add_known_files();
        add_place(edited.message, edited.order);
    }

    void add(const core::AgentDeleted& deleted) {
        known(store_.message_of_desk(deleted.message));
        if (!facts_.known && !deleted.sender_key.empty())
            known(store_.message_of_sender(deleted.sender_key));
        add_known_files();
        if (!facts_.known) facts_.tombstone = store_.has_tombstone(deleted.message);
    }

    void add_known_files() {
        if (facts_.known) facts_.files = store_.files_of_message(session_.id, facts_.known->id);
    }

    void add(const core::AgentMoved& moved) { known(store_.message_of_desk(moved.from)); }
    void add(const core::AgentClaimed& claimed) {
        add_reaction(claimed.thread, claimed.reaction);
        add_gesture(claimed.gesture);
    }
    void add(const core::AgentResolved& resolved) {
        add_reaction(resolved.thread, resolved.reaction);
        add_gesture(resolved.gesture);
    }
    void add(const core::AgentReopened& reopened) { add_gesture(reopened.gesture); }
    void add(const core::AgentNoted& noted) { add_gesture(noted.gesture); }
    void add(const core::AgentHandedBack& handed) { add_gesture(handed.gesture); }
    void add(const core::AgentBlocked& blocked) { add_gesture(blocked.gesture); }
    void add(const core::AgentHandedOver& handed) {
        add_gesture(handed.gesture);
        if (handed.to) return;
        add_waiting_ahead();
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
    }
    void add(const core::AgentWantsTranscript& wanted) {
        add_gesture(wanted.gesture);
        facts_.transcript = store_.messages(session_.id);
    }
    void add_gesture(const core::Gesture& gesture) {
        if (gesture.id.empty()) return;
        known(store_.message_of_desk(gesture.id));
        add_known_files();  // what is withdrawn goes with its files
        if (!facts_.known) facts_.tombstone = store_.has_tombstone(gesture.id);
    }
    void add_reaction(const DeskThreadId& thread, const core::Reaction& reaction) {
        if (!reaction.key.empty()) facts_.reaction_at = store_.reaction_at(thread, reaction.key);
    }
    void add(const core::AgentSaw& saw) { facts_.unseen = store_.unseen(session_.id, saw.order); }

    void add(const core::ThreadLost& lost) { add_loss(lost.thread); }

    void add(const core::ClaimPost&) {
        facts_.lane = store_.lane_state(session_.id);
        const bool overtakes = DESKBELL_PLANTED("next_letter_before_confirmation");
        if (overtakes) facts_.lane.in_the_air = 0;
        if (facts_.lane.in_the_air > 0 || facts_.lane.queued == 0) return;
        facts_.lane_letters =
            store_.lane(session_.id, static_cast<std::int64_t>(policy_.lines_folded_max));
        if (overtakes) {
            std::erase_if(facts_.lane_letters, [](const core::Letter& letter) {
                return letter.state != core::LetterState::queued;
            });
        }
        const core::Letter& head = facts_.lane_letters.front();
        if (head.kind == core::LetterKind::customer_message && head.frozen_json.empty())
            add_client_ids();
        if (head.kind == core::LetterKind::file) add_file_of(head);
        if (head.kind == core::LetterKind::amendment) add_amended(head);
        if (head.kind == core::LetterKind::introduction && head.frozen_json.empty()) {
            facts_.conversation = store_.conversation(
                session_.id, static_cast<std::int64_t>(policy_.conversation_lines_max));
        }
    }

    void add(const core::PostConfirmed& confirmed) {
        add_letter(confirmed.post, true);
        if (!confirmed.read_back) return;
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
        for (const core::Letter& letter : facts_.lane_letters) {
            if (carries_words(letter)) add_carried(letter);
        }
    }
    void add(const core::PostUnknown& unknown) {
        add_letter(unknown.post, DESKBELL_PLANTED("tick_on_unknown"));
    }
    void add(const core::PostReleased& released) { add_letter(released.post, false); }
    void add(const core::PostRefused& refused) {
        add_letter(refused.post, true);
        if (facts_.letter->kind == core::LetterKind::amendment) add_amended(*facts_.letter);
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
    }
    void add(const core::CopySeen& seen) {
        facts_.doubt = store_.doubt(seen.doubt.letter);
        facts_.thread_known = store_.thread_owner(seen.copy_thread).has_value();
    }
    void add(const core::PostAudited& audited) { facts_.doubt = store_.doubt(audited.letter); }
    void add(const core::TimerFired& fired) {
        facts_.timer = store_.timer(session_.id, fired.kind);
    }
    void add(const core::AlertSettled&) {
        facts_.timer = store_.timer(session_.id, core::TimerKind::alert);
    }
    void add(const core::PostMissing& missing) {
        facts_.letter = store_.letter(missing.missing.id);
    }
    void add(const core::PostStrayed& strayed) {
        add_letter(strayed.post, false);
        add_loss(strayed.thread);
    }

    void add(const core::ThreadFound& found) {
        facts_.thread_known = store_.thread_owner(found.thread).has_value();
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
        add_waiting_ahead();
    }

    void add(const core::CustomerFound& found) {
        const auto owner = store_.thread_owner(found.thread);
        foreign_ = !owner || owner->session != session_.id;
        if (foreign_) return;
        known(store_.message(session_.id, found.id));
        if (!facts_.known && !found.client_id.empty()) known(message_of(found.client_id));
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
        facts_.order_floor = store_.order_floor(session_.id, found.order);
        if (!facts_.known) add_waiting_ahead();
    }

    // By what a post says of the client's id.
    std::optional<core::Message> message_of(const std::string& outward) {
        if (!core::is_digest(outward)) return store_.message_of_client(session_.id, outward);
        for (core::Message& message : store_.messages(session_.id)) {
            if (core::outward_client_id(session_.id, message.client_id) == outward ||
                message.client_id == outward)
                return std::move(message);
        }
        return std::nullopt;
    }

    static bool carries_words(const core::Letter& letter) {
        return letter.kind == core::LetterKind::customer_message ||
               letter.kind == core::LetterKind::file;
    }

    void add_file_of(const core::Letter& letter) {
        auto file = store_.file(FileId(letter.text));
        if (file && file->state == core::FileState::ready) facts_.files.push_back(std::move(*file));
        add_carried(letter);
    }

    void add_client_ids() {
        for (const core::Letter& letter : facts_.lane_letters) {
            if (letter.kind != core::LetterKind::customer_message) continue;
            if (auto message = store_.message(session_.id, letter.message))
                facts_.client_ids[letter.message] = std::move(message->client_id);
        }
    }

    void known(std::optional<core::Message> message) {
        if (!message) return;
        foreign_ = message->session != session_.id;
        auto events = store_.events(message->session, message->seq - 1, 1);
        if (!events.empty()) facts_.known_event = std::move(events.front());
        facts_.known = std::move(message);
    }

    void add_waits() {
        facts_.answered_after_ms = recent_waits(store_, session_.site, now_);
        facts_.agents_online = read_agents_online(store_, now_);
    }

    void add_waiting_ahead() {
        facts_.waiting_ahead = store_.waiting_ahead(session_.site, now_, session_.id);
    }

    // With a thread nothing more needs to be known: notices can be put into it.
    void add_lane_of_open_thread() {
        if (!session_.destination.empty() && session_.thread.empty())
            facts_.lane = store_.lane_state(session_.id);
    }

    void add_place(const DeskMessageId& message, const std::string& order) {
        if (facts_.known) return;
        facts_.tombstone = store_.has_tombstone(message);
        facts_.order_floor = store_.order_floor(session_.id, order);
        facts_.unseen = store_.unseen(session_.id, order);
    }

    void add_loss(const DeskThreadId& thread) {
        const auto owner = store_.thread_owner(thread);
        facts_.thread_lost = owner && owner->lost;
        facts_.lane_letters = store_.lane(session_.id, whole_lane);
    }

    void add_letter(const LetterId& id, bool with_messages) {
        facts_.letter = store_.letter(id);
        if (facts_.letter->kind == core::LetterKind::file) add_file(FileId(facts_.letter->text));
        if (!with_messages || !carries_words(*facts_.letter)) return;
        facts_.folded = store_.folded_in(id);
        add_carried(*facts_.letter);
        for (const core::Letter& folded : facts_.folded) add_carried(folded);
    }

    void add_carried(const core::Letter& letter) {
        const bool have = std::ranges::any_of(facts_.carried, [&](const core::Delivery& one) {
            return one.message == letter.message;
        });
        if (!have) facts_.carried.push_back(store_.delivery(session_.id, letter.message));
    }

    Store& store_;
    const Session& session_;
    const core::Policy& policy_;
    const WallMs now_;
    Facts facts_;
    bool foreign_ = false;
};

}  // namespace

Result<SessionId> session_of(Store& store, const core::Command& command, const Address& address) {
    return std::visit(SessionFinder(store, address), command);
}

Result<Facts> load_facts(Store& store, const core::Command& command, const Session& session,
                         const core::Policy& policy, WallMs now) {
    return FactsLoader(store, session, policy, now).load(command);
}

std::vector<std::int64_t> recent_waits(Store& store, const SiteId& site, WallMs now) {
    constexpr std::int64_t age_ms_max = 7 * 24 * 3'600'000LL;
    constexpr std::int64_t waits_max = 20;
    return store.waits(site, now - age_ms_max, waits_max);
}

bool looks_at_others(const core::Command& command, const Session& session) {
    if (std::holds_alternative<core::HumanRequested>(command)) return true;
    if (std::holds_alternative<core::CustomerSaid>(command))
        return session.state == SessionState::closed;
    return std::holds_alternative<core::RefreshQueue>(command) ||
           std::holds_alternative<core::AgentHandedOver>(command) ||
           std::holds_alternative<core::ThreadFound>(command) ||
           std::holds_alternative<core::CustomerFound>(command) ||
           std::holds_alternative<core::ReadThreads>(command);
}

}  // namespace deskbell::engine
