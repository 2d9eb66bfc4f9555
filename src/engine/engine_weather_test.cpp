// A seeded run of everything at once: customers, a bot, agents, a courier whose posts get lost,
// stray and time out, and restarts in between. Afterwards the promises are checked.

#include "engine/test_world.hpp"

#include <algorithm>
#include <set>

namespace deskbell::engine {
namespace {

// What the desk holds: threads with the posts in them, as an observer would read them.
struct FakeDesk {
    std::map<std::string, std::vector<core::Post>> threads;
};

class Weather {
public:
    explicit Weather(std::uint64_t seed) : random_(seed), world_(rules()) {
        world_.disk.skip_flushes();
        for (int i = 0; i < 4; ++i) sessions_.push_back(world_.arrive("s" + std::to_string(i)));
    }

    void step() {
        world_.clock.advance(static_cast<std::int64_t>(random_.below(2000)));
        const SessionId& session = sessions_[random_.below(sessions_.size())];
        switch (random_.below(14)) {
            case 0:
            case 1:
            case 2:
                return say(session);
            case 3:
                return ignore(world_.ask(session));
            case 4:
                return bot_answers();
            case 5:
            case 6:
                return agent_speaks(session);
            case 7:
                return agent_changes(session);
            case 8:
                return random_.below(4) == 0 ? customer_closes(session) : say(session);
            case 9:
                return random_.below(6) == 0 ? lose(session) : courier(session);
            case 10:
                return random_.below(10) == 0 ? restart() : courier(session);
            default:
                return courier(session);
        }
    }

    // The weather clears: everything that waits gets through.
    void settle() {
        for (const SessionId& session : sessions_) {
            for (int i = 0; i < 1000 && !world_.store->lane(session, 1).empty(); ++i) {
                calm_ = true;
                courier(session);
            }
            ASSERT_TRUE(world_.store->lane(session, 1).empty()) << "the lane never drained";
        }
    }

    void check() {
        for (const SessionId& session : sessions_) {
            check_log(session);
            check_desk(session);
        }
    }

private:
    static core::Policy rules() {
        core::Policy policy = policy_of_tests();
        policy.post_weight_max = 200;
        policy.lines_folded_max = 4;
        return policy;
    }
    static void ignore(const Reply&) {}

    void say(const SessionId& session) {
        const std::string client_id = "c" + std::to_string(++said_);
        const std::string text = "<" + client_id + "> " + std::string(random_.below(300), 'x');
        const Reply reply = world_.run(core::CustomerSaid{client_id, text}, {session, ""});
        ASSERT_FALSE(reply.refusal);
        if (random_.below(5) == 0)  // the answer got lost: said again
            ASSERT_TRUE(world_.run(core::CustomerSaid{client_id, text}, {session, ""}).replayed);
    }

    void bot_answers() {
        if (world_.effects.bot_turns.empty()) return;
        const BotTurn turn =
            world_.effects.bot_turns[random_.below(world_.effects.bot_turns.size())];
        core::BotAnswered answer;
        answer.session = turn.session;
        answer.in_reply_to = turn.message;
        answer.generation = turn.generation;
        answer.text = "answer";
        const auto before = world_.store->session(turn.session);
        const Reply reply = world_.run(answer);
        if (!reply.refusal && !reply.replayed) {
            EXPECT_EQ(before->state, core::SessionState::bot) << "one voice";
        }
    }

    void agent_speaks(const SessionId& session) {
        const std::string thread = world_.thread_of(session);
        if (thread.empty()) return;
        const std::string order = world_.next_desk_order();
        const auto said = world_.reply_of(thread, "a" + order, order, "reply");
        told_.push_back(said);
        if (random_.below(3) == 0) return;  // its event is late
        ASSERT_FALSE(world_.run(said).refusal);
    }

    void agent_changes(const SessionId& session) {
        if (told_.empty()) return;
        const core::AgentSaid said = told_[random_.below(told_.size())];
        switch (random_.below(4)) {
            case 0:
                return ignore(world_.run(said));
            case 1:
                return ignore(world_.run(core::AgentDeleted{said.thread, said.message}));
            case 2:
                return ignore(world_.run(core::AgentResolved{said.thread, said.agent}));
            default: {
                core::AgentEdited edited;
                edited.thread = said.thread;
                edited.message = said.message;
                edited.order = said.order;
                edited.agent = said.agent;
                edited.edit_key = std::to_string(1000 + random_.below(1000));
                edited.text = "edit " + edited.edit_key + " of " + session.value;
                ignore(world_.run(edited));
            }
        }
    }

    void customer_closes(const SessionId& session) {
        ignore(world_.run(core::CustomerClosed{}, {session, ""}));
        ignore(world_.run(core::CustomerRated{5, "fine"}, {session, ""}));
    }

    void lose(const SessionId& session) {
        const std::string thread = world_.thread_of(session);
        if (thread.empty()) return;
        lost_.insert(thread);
        ignore(world_.run(core::ThreadLost{DeskThreadId(thread)}));
    }

    void restart() { world_.reopen(); }

    // One turn of a careful courier: what is in the air is settled before anything else is sent.
    void courier(const SessionId& session) {
        for (const core::Letter& letter : world_.store->lane(session, 1000)) {
            if (letter.state != core::LetterState::queued) return settle_post(letter);
        }
        const Reply claimed = world_.run(core::ClaimPost{session, random_.below(2) == 0});
        if (!claimed.post) return;
        const core::Post& post = *claimed.post;
        const bool lost = lost_.contains(post.thread.value);
        switch (calm_ ? 0 : random_.below(6)) {
            case 0:
            case 1:
            case 2:
                if (lost) return ignore(world_.run(core::PostStrayed{post.id, post.thread}));
                put(post);
                return confirm(post.id);
            case 3:
                return ignore(world_.run(core::PostReleased{post.id}));
            case 4:
                if (!lost) put(post);  // it is there, and nobody told us
                break;
            default:
                break;  // it is not there
        }
        if (random_.below(2) == 0) ignore(world_.run(core::PostUnknown{post.id}));
    }

    void settle_post(const core::Letter& letter) {
        const auto found = where_.find(letter.id.value);
        if (found == where_.end()) return ignore(world_.run(core::PostReleased{letter.id}));
        confirm(letter.id);
    }

    void put(const core::Post& post) {
        EXPECT_FALSE(where_.contains(post.id.value)) << "posted twice";
        const std::string order = world_.next_desk_order();
        const std::string thread = post.thread.empty() ? "t" + order : post.thread.value;
        where_[post.id.value] = {thread, order};
        desk_.threads[post.session.value].push_back(post);
    }

    void confirm(const LetterId& id) {
        const auto& [thread, order] = where_.at(id.value);
        core::PostConfirmed confirmed;
        confirmed.post = id;
        confirmed.message = DeskMessageId("d" + order);
        confirmed.thread = DeskThreadId(thread);
        confirmed.order = order;
        ASSERT_FALSE(world_.run(confirmed).refusal);
        EXPECT_EQ(world_.run(confirmed).refusal->code, "letter_unknown") << "settled once";
    }

    // Folding the log gives the messages table: text, deletion, stage; and seq has no gap.
    void check_log(const SessionId& session) {
        std::map<std::string, std::pair<std::string, std::string>> folded;  // id → text, stage
        std::int64_t seq = 0;
        for (const core::Event& event : world_.log(session)) {
            ASSERT_EQ(event.seq, ++seq);
            const auto read = parse_json_object(event.json);
            ASSERT_TRUE(read) << event.json;
            ASSERT_EQ(find_int(*read, "seq"), seq);
            const std::string kind = string_or_empty(*read, "kind");
            const std::string id = string_or_empty(*read, "message_id");
            if (kind == "message") {
                const json::object& message = *find_object(*read, "message");
                const auto [entry, is_new] = folded.emplace(
                    string_or_empty(message, "id"),
                    std::pair(string_or_empty(message, "text"), std::string("stored")));
                EXPECT_TRUE(is_new);
            } else if (kind == "message_edited") {
                folded.at(id).first = string_or_empty(*read, "text");
            } else if (kind == "message_deleted") {
                folded.at(id).first.clear();
            } else if (kind == "receipt") {
                folded.at(id).second = string_or_empty(*read, "stage");
            }
        }
        EXPECT_EQ(seq, world_.store->session(session)->head);
        const auto messages = world_.store->messages(session);
        EXPECT_EQ(messages.size(), folded.size());
        for (const core::Message& message : messages) {
            EXPECT_EQ(folded.at(message.id.value).first, message.text);
            if (message.role != core::AuthorRole::customer) continue;
            constexpr const char* stages[] = {"stored", "delivered", "seen", "failed"};
            EXPECT_EQ(folded.at(message.id.value).second, stages[static_cast<int>(message.stage)]);
        }
    }

    // The thread says what the customer said, in order, each part once.
    void check_desk(const SessionId& session) {
        std::string posted;
        for (const core::Post& post : desk_.threads[session.value]) {
            EXPECT_EQ(post.session, session);
            if (post.kind != core::LetterKind::customer_message) continue;
            for (const core::Line& line : post.lines) posted += line.text;
        }
        std::string acknowledged;
        for (const core::Message& message : world_.store->messages(session)) {
            if (message.role == core::AuthorRole::customer && !message.desk_order.empty())
                acknowledged += message.text;
        }
        EXPECT_EQ(posted, acknowledged);
    }

    SeededRandom random_;
    World world_;
    FakeDesk desk_;
    std::vector<SessionId> sessions_;
    std::vector<core::AgentSaid> told_;
    std::set<std::string> lost_;
    std::map<std::string, std::pair<std::string, std::string>> where_;  // post → thread, order
    int said_ = 0;
    bool calm_ = false;
};

TEST(EngineWeather, the_promises_hold_whatever_happens) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Weather weather(seed);
        for (int i = 0; i < 400; ++i) weather.step();
        weather.settle();
        weather.check();
        if (testing::Test::HasFailure()) return;
    }
}

}  // namespace
}  // namespace deskbell::engine
