#pragma once
// For tests: an engine over a real file, a clock in the hand, and everything it told written down.

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "engine/engine.hpp"
#include "store/temporary_folder.hpp"
#include "store/test_store.hpp"

#include <boost/json.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::engine {

class RecordedEffects final : public Effects {
public:
    void pushed(std::vector<Push> news) override {
        for (Push& one : news) pushes.push_back(std::move(one));
    }
    void notice(const SessionId& session, std::string code, std::string) override {
        notices.emplace_back(session, std::move(code));
    }
    void lane_ready(core::LaneNews news) override { lanes.push_back(std::move(news)); }
    void card_changed(const SessionId& session) override { cards.push_back(session); }
    void bot_turn(BotTurn turn) override { bot_turns.push_back(std::move(turn)); }
    void queue_changed() override { ++queue_changes; }
    void store_failed(const Error&) override { ++store_failures; }

    std::vector<Push> pushes;
    std::vector<std::pair<SessionId, std::string>> notices;
    std::vector<core::LaneNews> lanes;
    std::vector<SessionId> cards;
    std::vector<BotTurn> bot_turns;
    int queue_changes = 0;
    int store_failures = 0;
};

inline core::Policy policy_of_tests() {
    core::Policy policy;
    policy.routes.emplace_back().destinations = {Destination("desk-a"), Destination("desk-b")};
    return policy;
}

class World {
public:
    explicit World(core::Policy rules = policy_of_tests()) : policy(std::move(rules)) { open(); }

    // As after a restart of the process.
    void reopen() {
        engine.reset();
        store.reset();
        effects = RecordedEffects();
        open();
    }

    Reply run(core::Command command, Address address = {}) {
        std::vector<core::Command> commands;
        commands.push_back(std::move(command));
        return run_batch(std::move(commands), std::move(address)).front();
    }

    std::vector<Reply> run_batch(std::vector<core::Command> commands, const Address& address) {
        std::vector<Reply> replies;
        std::vector<Envelope> batch;
        for (core::Command& command : commands) {
            batch.push_back({std::move(command), address,
                             [&replies](Reply reply) { replies.push_back(std::move(reply)); }});
        }
        engine->run(std::move(batch));
        return replies;
    }

    SessionId arrive(const std::string& name = "one") {
        core::CustomerArrived arrived;
        arrived.session = SessionId("session_1763800000_" + name);
        arrived.token_hash = "hash-" + name;
        arrived.site = SiteId("default");
        arrived.customer.name = "John";
        EXPECT_FALSE(run(arrived).refusal);
        return arrived.session;
    }

    Reply say(const SessionId& session, const std::string& client_id, const std::string& text) {
        clock.advance(10);
        return run(core::CustomerSaid{client_id, text}, {session, ""});
    }

    Reply ask(const SessionId& session) { return run(core::HumanRequested{}, {session, ""}); }

    core::AgentSaid reply_of(const std::string& thread, const std::string& message,
                             const std::string& order, const std::string& text) {
        core::AgentSaid said;
        said.thread = DeskThreadId(thread);
        said.message = DeskMessageId(message);
        said.order = order;
        said.sender_key = "sender/" + message;
        said.agent = {.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
        said.text = text;
        return said;
    }

    // Claims the head of the lane and confirms it; what was posted.
    std::optional<core::Post> deliver(const SessionId& session, bool fold = false) {
        Reply claimed = run(core::ClaimPost{session, fold});
        if (!claimed.post) return std::nullopt;
        const std::string order = next_desk_order();
        core::PostConfirmed confirmed;
        confirmed.post = claimed.post->id;
        confirmed.message = DeskMessageId("desk/" + order);
        confirmed.thread =
            claimed.post->thread.empty() ? DeskThreadId("thread/" + order) : claimed.post->thread;
        confirmed.order = order;
        EXPECT_FALSE(run(confirmed).refusal);
        return std::move(claimed.post);
    }

    std::vector<core::Post> deliver_all(const SessionId& session) {
        std::vector<core::Post> posts;
        while (auto post = deliver(session)) posts.push_back(std::move(*post));
        return posts;
    }

    // A session whose thread is open, with the agent's first words said.
    SessionId open_conversation(const std::string& name = "one") {
        const SessionId session = arrive(name);
        (void)ask(session);
        (void)deliver_all(session);
        const std::string order = next_desk_order();
        EXPECT_FALSE(run(reply_of(thread_of(session), "agent/" + order, order, "Hello")).refusal);
        return session;
    }

    std::string thread_of(const SessionId& session) {
        return store->session(session)->thread.value;
    }

    std::string next_desk_order() {
        clock.advance(10);
        char text[40];
        std::snprintf(text, sizeof text, "%lld.%06lld", (long long)(clock.wall_ms() / 1000),
                      (long long)(clock.wall_ms() % 1000 * 1000));
        return text;
    }

    std::vector<core::Event> log(const SessionId& session) {
        return store->events(session, 0, 100000);
    }

    // The kinds of a log, shortened: "message session receipt".
    std::string kinds(const SessionId& session, std::int64_t after = 0) {
        std::string kinds;
        for (const core::Event& event : store->events(session, after, 100000)) {
            const auto object = parse_json_object(event.json);
            if (!kinds.empty()) kinds += ' ';
            kinds += object ? string_or_empty(*object, "kind") : "BROKEN";
        }
        return kinds;
    }

    ManualClock clock;
    SeededRandom random{7};
    core::Policy policy;
    RecordedEffects effects;
    store::TestDisk disk;
    store::TemporaryFolder folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<Engine> engine;

private:
    void open() {
        auto opened = disk.open(folder.file("test.db"));
        ASSERT_TRUE(opened) << opened.error().detail;
        store = std::move(*opened);
        engine = std::make_unique<Engine>(*store, policy, clock, random, effects);
        engine->start();
    }
};

}  // namespace deskbell::engine
