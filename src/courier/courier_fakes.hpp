#pragma once
// A desk and a ledger for the courier's tests: asynchronous, scripted, and they write down all.

#include "base/manual_loop.hpp"
#include "courier/courier.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace deskbell::courier {

using desk::CardOutcome;
using desk::LookUpOutcome;
using desk::PostOutcome;

struct FakeDesk final : desk::Desk {
    struct Call {
        SteadyMs at = 0;
        core::Post post;
    };
    ManualLoop& loop;
    std::int64_t answer_ms = 0;
    std::vector<Call> posts;
    std::vector<Call> looks;
    std::vector<core::Card> cards;
    std::deque<PostOutcome> post_script;  // then `sent`
    std::map<std::string, PostOutcome> by_destination;
    std::deque<LookUpOutcome> look_script;  // then what is true
    std::set<LetterId> arrived;
    std::deque<CardOutcome> card_script;  // then `shown`
    bool silent = false;                  // posts are never answered
    std::size_t in_flight = 0;
    std::size_t in_flight_most = 0;
    std::set<LetterId> letters_in_flight;
    std::vector<desk::Copy> taken_back;
    std::deque<desk::TakenBack> take_back_script;  // then `gone`

    explicit FakeDesk(ManualLoop& l) : loop(l) {}

    static PostOutcome sent(const core::Post& post) {
        PostOutcome outcome;
        outcome.kind = PostOutcome::Kind::sent;
        outcome.message = DeskMessageId("m." + post.id.value);
        outcome.thread =
            post.thread.empty() ? DeskThreadId("t." + post.session.value) : post.thread;
        outcome.order = "1." + post.id.value;
        return outcome;
    }

    void post(core::Post post, std::move_only_function<void(PostOutcome)> done) override {
        // Never twice at once, whatever happens.
        DESKBELL_ASSERT(letters_in_flight.insert(post.id).second);
        in_flight_most = std::max(in_flight_most, ++in_flight);
        posts.push_back({loop.clock().steady_ms(), post});
        if (silent) return;
        PostOutcome outcome = sent(post);
        if (const auto found = by_destination.find(post.destination.value);
            found != by_destination.end()) {
            outcome = found->second;
        } else if (!post_script.empty()) {
            const auto kind = post_script.front().kind;
            if (kind != PostOutcome::Kind::sent) outcome = post_script.front();
            post_script.pop_front();
        }
        if (outcome.kind == PostOutcome::Kind::sent) arrived.insert(post.id);
        loop.after(answer_ms, [this, id = post.id, outcome, done = std::move(done)]() mutable {
            --in_flight;
            letters_in_flight.erase(id);
            done(outcome);
        });
    }
    void look_up(core::Post post, std::move_only_function<void(LookUpOutcome)> done) override {
        looks.push_back({loop.clock().steady_ms(), post});
        LookUpOutcome outcome;
        outcome.kind = LookUpOutcome::Kind::absent;
        if (arrived.contains(post.id)) {
            const PostOutcome there = sent(post);
            outcome.kind = LookUpOutcome::Kind::found;
            outcome.message = there.message;
            outcome.thread = there.thread;
        }
        if (!look_script.empty()) {
            outcome = look_script.front();
            look_script.pop_front();
        }
        loop.post([outcome, done = std::move(done)]() mutable { done(outcome); });
    }
    void take_back(desk::Copy copy, std::move_only_function<void(desk::TakenBack)> done) override {
        taken_back.push_back(std::move(copy));
        desk::TakenBack came = desk::TakenBack::gone;
        if (!take_back_script.empty()) {
            came = take_back_script.front();
            take_back_script.pop_front();
        }
        loop.post([came, done = std::move(done)]() mutable { done(came); });
    }
    void show_card(core::Card card, std::move_only_function<void(CardOutcome)> done) override {
        cards.push_back(card);
        CardOutcome outcome;
        outcome.kind = CardOutcome::Kind::shown;
        if (!card_script.empty()) {
            outcome = card_script.front();
            card_script.pop_front();
        }
        loop.after(answer_ms, [outcome, done = std::move(done)]() mutable { done(outcome); });
    }
};

// Keeps letters as the engine would: queued → sending → …, strictly in order of a lane.
struct FakeLedger final : Ledger {
    struct Session {
        std::deque<core::Post> letters;
        bool claimed = false;
        std::int64_t card = 0;
        std::int64_t card_shown = 0;
        DeskThreadId thread;
    };
    ManualLoop& loop;
    std::map<SessionId, Session> sessions;
    std::vector<std::string> recorded;  // "confirmed p1"
    std::vector<bool> folds;
    bool refused_parents_wait = false;
    std::size_t letters_folded_max = 1'000;
    std::map<LetterId, core::Doubt> doubts;

    explicit FakeLedger(ManualLoop& l) : loop(l) {}

    void claim_post(const SessionId& id, bool fold,
                    std::move_only_function<void(std::optional<core::Post>)> done) override {
        Session& session = sessions[id];
        folds.push_back(fold);
        std::optional<core::Post> post;
        if (!session.letters.empty()) {
            DESKBELL_ASSERT(!session.claimed);
            session.claimed = true;
            core::Post head = session.letters.front();
            head.thread =
                head.kind == core::LetterKind::open_thread ? DeskThreadId{} : session.thread;
            if (head.kind != core::LetterKind::customer_message) fold = false;
            while (fold && session.letters.size() > 1 && head.lines.size() < letters_folded_max &&
                   session.letters[1].kind == core::LetterKind::customer_message) {
                head.lines.push_back(session.letters[1].lines[0]);
                session.letters.erase(session.letters.begin() + 1);
            }
            ++head.attempts;
            session.letters.front() = head;
            post = head;
        }
        loop.post([post, done = std::move(done)]() mutable { done(std::move(post)); });
    }
    void claim_card(const SessionId& id,
                    std::move_only_function<void(std::optional<core::Card>)> done) override {
        Session& session = sessions[id];
        std::optional<core::Card> card;
        if (!session.thread.empty() && session.card > session.card_shown) {
            card.emplace();
            card->session = id;
            card->version = session.card;
            card->thread = session.thread;
        }
        loop.post([card, done = std::move(done)]() mutable { done(std::move(card)); });
    }
    void record(core::Command command, std::move_only_function<void()> done) override {
        std::visit([this](const auto& what) { note(what); }, command);
        loop.post([done = std::move(done)]() mutable { done(); });
    }

    void read_doubts(std::move_only_function<void(std::vector<core::Doubt>)> done) override {
        std::vector<core::Doubt> all;
        for (const auto& [letter, doubt] : doubts) all.push_back(doubt);
        loop.post([all = std::move(all), done = std::move(done)]() mutable { done(all); });
    }

    Session* owner(const LetterId& post) {
        for (auto& [id, session] : sessions) {
            if (!session.letters.empty() && session.letters.front().id == post) return &session;
        }
        return nullptr;
    }
    void note(const core::PostConfirmed& what) {
        recorded.push_back("confirmed " + what.post.value);
        Session* session = owner(what.post);
        if (!session) return;
        if (session->thread.empty()) session->thread = what.thread;
        const core::Post& post = session->letters.front();
        if (post.doubtful) {
            doubts[post.id] = {.letter = post.id,
                               .session = post.session,
                               .kind = post.kind,
                               .destination = post.destination,
                               .message = what.message,
                               .thread = what.thread,
                               .first_attempt_at = post.first_attempt_at};
        }
        session->letters.pop_front();
        session->claimed = false;
    }
    void note(const core::PostUnknown& what) { recorded.push_back("unknown " + what.post.value); }
    void note(const core::PostReleased& what) {
        recorded.push_back("released " + what.post.value);
        if (Session* session = owner(what.post)) {
            session->claimed = false;
            if (what.may_arrive) session->letters.front().doubtful = true;
        }
    }
    void note(const core::CopySeen& what) {
        recorded.push_back("copy " + what.copy.value);
        doubts[what.doubt.letter] = what.doubt;
        doubts[what.doubt.letter].audits = 0;
    }
    void note(const core::PostAudited& what) { ++doubts[what.letter].audits; }
    void note(const core::PostMissing& what) {
        recorded.push_back("missing " + what.missing.id.value);
        Session& session = sessions[what.missing.session];
        core::Post again = what.missing;
        again.doubtful = true;
        session.letters.push_back(again);
    }
    void note(const core::PostRefused& what) {
        recorded.push_back("refused " + what.post.value + " " + what.code);
        if (Session* session = owner(what.post)) {
            const bool parent = session->letters.front().kind == core::LetterKind::open_thread;
            if (!parent || !refused_parents_wait) session->letters.pop_front();
            session->claimed = false;
        }
    }
    void note(const core::PostStrayed& what) {
        recorded.push_back("strayed " + what.post.value);
        Session* session = owner(what.post);
        if (!session) return;
        session->claimed = false;
        session->thread = {};
        core::Post parent = session->letters.front();
        parent.id = LetterId("again-" + what.post.value);
        parent.kind = core::LetterKind::open_thread;
        parent.lines.clear();
        session->letters.push_front(parent);
    }
    void note(const core::CardShown& what) {
        recorded.push_back("shown " + std::to_string(what.version));
        sessions[what.session].card_shown = what.version;
    }
    void note(const core::ThreadLost& what) { recorded.push_back("lost " + what.thread.value); }
    void note(const core::DeskDelay& what) {
        recorded.push_back((what.delayed ? "delayed " : "caught up ") + what.session.value);
    }
    template <class Other>
    void note(const Other&) {
        recorded.push_back("?");
    }
};

}  // namespace deskbell::courier
