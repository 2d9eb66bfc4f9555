#pragma once
// For tests: an engine over a store on a simulated disk, and what the store holds as one text.

#include "engine/test_world.hpp"
#include "sim/disk/sim_disk.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace deskbell::sim {

inline constexpr const char* database_path = "/data/deskbell.db";

inline Result<std::unique_ptr<store::Store>> open_store(const SimDisk& disk,
                                                        std::int64_t ballast_bytes = 0,
                                                        int checkpoint_pages = 4000) {
    return store::open_sqlite_store({.path = database_path,
                                     .vfs = disk.vfs_name(),
                                     .ballast_bytes = ballast_bytes,
                                     .checkpoint_pages = checkpoint_pages});
}

// What people said and were told, and where it goes.
inline std::set<std::string> words_in(store::Store& store) {
    std::set<std::string> words;
    for (const core::Session& session : store.list_sessions({}, 1000)) {
        words.insert(session.id.value + session.customer.name + session.thread.value);
        for (const core::Event& event : store.events(session.id, 0, 100000))
            words.insert(event.json);
        for (const core::Message& message : store.messages(session.id)) words.insert(message.text);
        for (const core::Letter& letter : store.lane(session.id, 1000))
            words.insert(letter.text + letter.frozen_json);
    }
    return words;
}

// Everything that a store can be asked for, so that two states are the same when their texts are.
inline std::string everything_in(store::Store& store) {
    std::string all;
    const auto add = [&all](const auto&... parts) {
        ((all += parts, all += '|'), ...);
        all += '\n';
    };
    const auto number = [](auto value) { return std::to_string(static_cast<long long>(value)); };
    for (const core::Session& session : store.list_sessions({}, 1000)) {
        add(session.id.value, number(session.state), number(session.head), session.customer.name,
            session.bot_turn.value, session.thread.value, session.previous_thread.value,
            number(session.generation), number(session.lane_position), number(session.read_seq),
            number(session.card_version), number(session.card_shown_version),
            session.agent ? session.agent->name : "", session.destination.value);
        for (const core::Event& event : store.events(session.id, 0, 100000)) add(event.json);
        for (const core::Message& message : store.messages(session.id)) {
            add(message.id.value, message.text, message.rich_json, message.desk_message.value,
                message.desk_order, message.client_id, number(message.stage));
        }
        for (const core::Letter& letter : store.lane(session.id, 1000)) {
            add(letter.id.value, number(letter.state), letter.text, letter.frozen_json,
                number(letter.attempts), number(letter.position));
        }
        if (!session.thread.empty()) {
            const auto owner = store.thread_owner(session.thread);
            add(owner ? owner->session.value : "nobody");
        }
    }
    return all;
}

class DiskWorld {
public:
    explicit DiskWorld(SimDisk& on, std::int64_t ballast = 0, int checkpoint = 4000)
        : disk(on), ballast_bytes(ballast), checkpoint_pages(checkpoint) {
        policy = engine::policy_of_tests();
    }

    [[nodiscard]] bool open() {
        auto opened = open_store(disk, ballast_bytes, checkpoint_pages);
        if (!opened) {
            error = opened.error();
            return false;
        }
        store = std::move(*opened);
        engine = std::make_unique<engine::Engine>(*store, policy, clock, random, effects);
        engine->start();
        return true;
    }
    void close() {
        engine.reset();
        store.reset();
    }

    engine::Reply run(core::Command command, engine::Address address = {}) {
        engine::Reply answer;
        std::vector<engine::Envelope> batch;
        batch.push_back({std::move(command), std::move(address), [&](engine::Reply reply) {
                             ++acked;
                             answer = std::move(reply);
                         }});
        ++begun;
        engine->run(std::move(batch));
        if (after_batch) after_batch();
        return answer;
    }

    SessionId arrive(const std::string& name) {
        core::CustomerArrived arrived;
        arrived.session = SessionId("session_1763800000_" + name);
        arrived.token_hash = "hash-" + name;
        arrived.site = SiteId("default");
        arrived.customer.name = "John " + name;
        run(arrived);
        return arrived.session;
    }
    engine::Reply say(const SessionId& session, const std::string& client_id,
                      const std::string& text) {
        clock.advance(10);
        return run(core::CustomerSaid{client_id, text}, {session, ""});
    }
    std::string next_order() {
        clock.advance(10);
        const WallMs now = clock.wall_ms();
        std::string fraction = std::to_string(1'000'000 + now % 1000 * 1000).substr(1);
        return std::to_string(now / 1000) + "." + fraction;
    }
    // False when nothing was to be posted.
    bool confirm(const std::optional<core::Post>& post) {
        if (!post) return false;
        const std::string order = next_order();
        core::PostConfirmed confirmed;
        confirmed.post = post->id;
        confirmed.message = DeskMessageId("desk/" + order);
        confirmed.thread = post->thread.empty() ? DeskThreadId("thread/" + order) : post->thread;
        confirmed.order = order;
        return !run(confirmed).refusal;
    }
    bool deliver(const SessionId& session) {
        return confirm(run(core::ClaimPost{session, false}).post);
    }
    core::AgentSaid agent_says(const SessionId& session, const std::string& text) {
        core::AgentSaid said;
        said.order = next_order();
        said.thread = store->session(session)->thread;
        said.message = DeskMessageId("agent/" + said.order);
        said.sender_key = "sender/" + said.order;
        said.agent = {.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
        said.text = text;
        run(said);
        return said;
    }

    SimDisk& disk;
    const std::int64_t ballast_bytes;
    const int checkpoint_pages;
    ManualClock clock;
    SeededRandom random{7};
    core::Policy policy;
    engine::RecordedEffects effects;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<engine::Engine> engine;
    Error error;
    int begun = 0;  // batches
    int acked = 0;  // batches that were answered
    std::function<void()> after_batch;
};

}  // namespace deskbell::sim
