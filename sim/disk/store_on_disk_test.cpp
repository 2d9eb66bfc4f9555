// What the store, and the engine over it, make of each fault of a disk.

#include "base/test_hooks.hpp"
#include "sim/disk/disk_world.hpp"

#include <algorithm>
#include <functional>

namespace deskbell::sim {
namespace {

constexpr std::int64_t ballast_bytes = 1 << 20;
constexpr const char* ballast_path = "/data/deskbell.db.ballast";

class StoreOnDisk : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(world.open()) << world.error.detail; }
    void TearDown() override {
        world.close();
        disk.clear_faults();
    }

    // As after the death of the process; the disk stays as it is.
    [[nodiscard]] bool start_again() {
        disk.kill();
        world.close();
        return world.open();
    }
    std::string say(const SessionId& session, const std::string& id, std::size_t bytes = 20) {
        const engine::Reply reply = world.say(session, id, id + std::string(bytes, '.'));
        return reply.refusal ? reply.refusal->code : "";
    }
    // Talks until it is refused; how often it was heard.
    int fill_disk(const SessionId& session) {
        for (int i = 0; i < 10'000; ++i) {
            if (!say(session, "fill" + std::to_string(i), 2000).empty()) return i;
        }
        return -1;
    }
    std::size_t said(const SessionId& session) { return world.store->messages(session).size(); }
    engine::StoreState state() { return world.engine->figures().store_state; }
    void wait_for_recovery() {
        world.clock.advance(1000);
        world.engine->tend();
    }

    SeededRandom random{1};
    SimDisk disk{random};
    DiskWorld world{disk, ballast_bytes};
};

// ---- A full disk. ----

TEST_F(StoreOnDisk, when_full_refuses_customers_and_still_records_what_was_posted) {
    const SessionId session = world.arrive("a");
    world.run(core::HumanRequested{}, {session, ""});
    const auto post = world.run(core::ClaimPost{session, false}).post;
    ASSERT_TRUE(post);
    EXPECT_EQ(disk.size_of(ballast_path), ballast_bytes);
    disk.set_capacity(disk.bytes_used() + 300'000);
    const int heard = fill_disk(session);
    EXPECT_GT(heard, 5);
    EXPECT_EQ(state(), engine::StoreState::full);
    EXPECT_EQ(disk.size_of(ballast_path), 0) << "given up";
    EXPECT_EQ(static_cast<int>(said(session)), heard) << "nothing of what was refused";

    EXPECT_TRUE(world.confirm(post));
    EXPECT_TRUE(world.deliver(session));
    EXPECT_EQ(say(session, "c"), "store_unavailable");
    core::AgentSaid answer;
    answer.thread = world.store->session(session)->thread;
    answer.message = DeskMessageId("m");
    answer.order = world.next_order();
    EXPECT_EQ(world.run(answer).refusal->code, "store_unavailable");
    EXPECT_FALSE(world.run(core::ReadEvents{}, {session, ""}).refusal) << "reading needs no room";
    EXPECT_EQ(world.effects.store_failures, 0);

    wait_for_recovery();
    EXPECT_EQ(state(), engine::StoreState::full) << "no room yet";
    disk.set_capacity(disk.bytes_used() + 2 * ballast_bytes - 1);
    wait_for_recovery();
    EXPECT_EQ(state(), engine::StoreState::full) << "it would be full again at once";
    disk.set_capacity(disk.bytes_used() + 3 * ballast_bytes);
    wait_for_recovery();
    EXPECT_EQ(state(), engine::StoreState::serving);
    EXPECT_EQ(disk.size_of(ballast_path), ballast_bytes) << "set aside again";
    EXPECT_EQ(say(session, "c"), "");
}

TEST_F(StoreOnDisk, one_batch_of_many_loses_only_those_who_need_room) {
    const SessionId session = world.arrive("a");
    world.run(core::HumanRequested{}, {session, ""});
    const auto post = world.run(core::ClaimPost{session, false}).post;
    disk.set_capacity(disk.bytes_used() + 20'000);
    std::vector<std::string> answers(3, "never");
    std::vector<engine::Envelope> batch;
    const auto put = [&](core::Command command, engine::Address address) {
        batch.push_back({std::move(command), std::move(address),
                         [&answers, at = batch.size()](engine::Reply reply) {
                             answers[at] = reply.refusal ? reply.refusal->code : "";
                         }});
    };
    put(core::CustomerSaid{"long", std::string(50'000, 'x')}, {session, ""});
    put(core::PostConfirmed{post->id, DeskMessageId("d"), DeskThreadId("t"), "1763800000.000001"},
        {});
    put(core::ReadSession{}, {session, ""});
    world.engine->run(std::move(batch));
    EXPECT_EQ(answers, (std::vector<std::string>{"store_unavailable", "", ""}));
    EXPECT_EQ(state(), engine::StoreState::full);
}

TEST_F(StoreOnDisk, a_process_that_starts_on_a_full_disk_keeps_the_rest_for_what_matters) {
    const SessionId session = world.arrive("a");
    world.run(core::HumanRequested{}, {session, ""});
    disk.set_capacity(disk.bytes_used() + 200'000);
    ASSERT_GE(fill_disk(session), 0);
    ASSERT_TRUE(start_again()) << world.error.detail;
    EXPECT_EQ(state(), engine::StoreState::full) << "the empty ballast says so";
    EXPECT_EQ(say(session, "c"), "store_unavailable");
    EXPECT_TRUE(world.deliver(session));
    disk.set_capacity(-1);
    ASSERT_TRUE(start_again()) << world.error.detail;
    EXPECT_EQ(state(), engine::StoreState::serving);
    EXPECT_EQ(disk.size_of(ballast_path), ballast_bytes);
}

TEST_F(StoreOnDisk, opens_on_a_full_disk_by_giving_up_the_ballast) {
    const SessionId session = world.arrive("a");
    ASSERT_EQ(say(session, "c1", 3000), "");
    world.close();
    disk.set_capacity(disk.bytes_used());
    ASSERT_TRUE(world.open()) << world.error.detail;
    EXPECT_EQ(state(), engine::StoreState::full);
    EXPECT_EQ(said(session), 1U);
}

TEST_F(StoreOnDisk, a_disk_too_small_for_a_ballast_is_served_until_it_is_full) {
    world.close();
    SimDisk small(random);
    small.set_capacity(900'000);
    DiskWorld other(small, ballast_bytes);
    ASSERT_TRUE(other.open()) << other.error.detail;
    EXPECT_FALSE(small.exists(ballast_path));
    const SessionId session = other.arrive("a");
    EXPECT_FALSE(other.say(session, "c", "hello").refusal);
    other.close();
}

TEST_F(StoreOnDisk, the_ballast_goes_when_it_is_not_wanted_any_more) {
    world.close();
    EXPECT_EQ(disk.size_of(ballast_path), ballast_bytes);
    {
        auto operators_command = open_store(disk, -1);
    }
    EXPECT_EQ(disk.size_of(ballast_path), ballast_bytes);
    {
        auto larger = open_store(disk, 2 * ballast_bytes);
    }
    EXPECT_EQ(disk.size_of(ballast_path), 2 * ballast_bytes);
    {
        auto none = open_store(disk, 0);
    }
    EXPECT_FALSE(disk.exists(ballast_path));
}

// ---- A read-only disk. ----

TEST_F(StoreOnDisk, a_read_only_disk_is_waited_out) {
    const SessionId session = world.arrive("a");
    ASSERT_EQ(say(session, "c1"), "");
    disk.inject({.action = DiskAction::write, .trouble = DiskTrouble::read_only});
    EXPECT_EQ(say(session, "c2"), "store_unavailable");
    EXPECT_EQ(state(), engine::StoreState::read_only);
    EXPECT_FALSE(world.run(core::ReadEvents{}, {session, ""}).refusal);
    EXPECT_TRUE(world.run(core::ClaimPost{session, false}).refusal);
    wait_for_recovery();
    EXPECT_EQ(state(), engine::StoreState::read_only);
    EXPECT_EQ(world.effects.store_failures, 0);
    disk.clear_faults();
    wait_for_recovery();
    EXPECT_EQ(state(), engine::StoreState::serving);
    EXPECT_EQ(say(session, "c2"), "");
    EXPECT_EQ(said(session), 2U);
    disk.crash(random);
    world.close();
    ASSERT_TRUE(world.open()) << world.error.detail;
    EXPECT_EQ(said(session), 2U);
}

// ---- I/O errors. ----

TEST_F(StoreOnDisk, any_io_error_ends_the_process_and_costs_nothing_that_was_answered) {
    struct Case {
        DiskAction action;
        const char* file;
    };
    for (const Case& one : {Case{DiskAction::write, "-wal"}, Case{DiskAction::flush, "-wal"}}) {
        const SessionId session = world.arrive(one.action == DiskAction::write ? "w" : "f");
        ASSERT_EQ(say(session, "c1"), "");
        const int failures = world.effects.store_failures;
        disk.inject({.action = one.action, .file = one.file, .times = 1});
        EXPECT_EQ(say(session, "c2"), "store_unavailable");
        EXPECT_EQ(world.effects.store_failures, failures + 1);
        EXPECT_EQ(say(session, "c3"), "store_unavailable") << "never believed again";
        ASSERT_TRUE(start_again()) << world.error.detail;
        EXPECT_EQ(say(session, "c4"), "");
    }
}

// Linux calls a page clean after a failed flush: the next process reads it from the cache, and no
// flush will ever write it. What is put behind it in the log would be lost with it.
TEST_F(StoreOnDisk, after_a_failed_flush_what_the_next_process_accepts_survives_a_loss_of_power) {
    const SessionId session = world.arrive("a");
    ASSERT_EQ(say(session, "c1"), "");
    disk.inject({.action = DiskAction::flush, .file = "-wal", .times = 1});
    EXPECT_EQ(say(session, "c2"), "store_unavailable");
    ASSERT_TRUE(start_again()) << world.error.detail;
    ASSERT_EQ(say(session, "c3"), "");
    const std::string held = everything_in(*world.store);
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        SeededRandom dice(seed);
        disk.crash(dice);
        world.close();
        ASSERT_TRUE(world.open()) << world.error.detail;
        EXPECT_EQ(everything_in(*world.store), held);
    }
}

TEST_F(StoreOnDisk, a_failed_flush_of_a_checkpoint_is_heard) {
    world.close();
    DiskWorld busy(disk, 0, 20);
    ASSERT_TRUE(busy.open());
    const SessionId session = busy.arrive("b");
    disk.inject({.action = DiskAction::flush, .file = "deskbell.db", .times = 1});
    for (int i = 0; i < 40 && busy.effects.store_failures == 0; ++i)
        busy.say(session, "c" + std::to_string(i), std::string(3000, 'x'));
    EXPECT_EQ(busy.effects.store_failures, 1);
    disk.kill();
    busy.close();
}

TEST_F(StoreOnDisk, an_error_in_reading_ends_the_process) {
    const SessionId session = world.arrive("a");
    for (int i = 0; i < 50; ++i) ASSERT_EQ(say(session, "c" + std::to_string(i), 3000), "");
    world.close();
    ASSERT_TRUE(world.open());
    disk.inject({.action = DiskAction::read});
    EXPECT_EQ(say(session, "d"), "store_unavailable");
    EXPECT_EQ(world.effects.store_failures, 1);
}

// ---- Damage. ----

// Reads everything; the code of the failure, or empty when all words are there, and the right ones.
std::string verdict_on_damage(SimDisk& disk, const std::set<std::string>& right) {
    auto store = open_store(disk);
    if (!store) return store.error().code;
    std::string verdict;
    try {
        const auto words = words_in(**store);
        if (!std::ranges::includes(right, words)) {
            verdict = "wrong words";
        } else if (words != right) {
            verdict = "words are missing";
        }
    } catch (const store::StoreFailure& failure) {
        verdict = failure.error.code + (failure.fatal ? "" : " and went on");
    }
    disk.kill();
    return verdict;
}

TEST_F(StoreOnDisk, flipped_bits_never_become_words) {
    const SessionId session = world.arrive("a");
    for (int i = 0; i < 12; ++i) ASSERT_EQ(say(session, "c" + std::to_string(i), 400), "");
    world.run(core::HumanRequested{}, {session, ""});
    (void)world.deliver(session);
    const auto right = words_in(*world.store);
    world.close();
    const std::string bytes = disk.contents(database_path);
    const auto image = disk.snapshot();
    std::map<std::string, int> verdicts;
    // Where the words are: each place of a customer's text, of the logs, of the letters.
    for (std::size_t at = bytes.find("...."); at < bytes.size(); at += 131) {
        at = bytes.find_first_not_of('\0', at);
        if (at >= bytes.size()) break;
        disk.restore(*image);
        ASSERT_TRUE(disk.flip_bit(database_path, static_cast<std::int64_t>(at), at % 8));
        ++verdicts[verdict_on_damage(disk, right)];
    }
    EXPECT_EQ(verdicts["wrong words"], 0);
    EXPECT_LE(verdicts["words are missing"], 3) << "a row may hide, a gap in a log may not";
    EXPECT_GT(verdicts["store_damaged"], 50);
    for (const auto& [verdict, count] : verdicts)
        std::printf("%4d %s\n", count, verdict.empty() ? "no words were touched" : verdict.c_str());
}

TEST_F(StoreOnDisk, a_damaged_row_stops_the_engine_and_the_next_start_names_it) {
    const SessionId session = world.arrive("a");
    world.run(core::HumanRequested{}, {session, ""});
    ASSERT_EQ(say(session, "c1", 400), "");
    world.close();
    const std::string bytes = disk.contents(database_path);
    for (std::size_t at = bytes.find("c1...."); at != std::string::npos;
         at = bytes.find("c1....", at + 1))
        ASSERT_TRUE(disk.flip_bit(database_path, static_cast<std::int64_t>(at) + 9, 0));
    ASSERT_TRUE(world.open()) << "it was closed cleanly: nothing was looked at yet";
    bool stopped = false;
    for (int i = 0; i < 6 && !stopped; ++i) {
        const engine::Reply claimed = world.run(core::ClaimPost{session, false});
        if (claimed.post) {
            for (const core::Line& line : claimed.post->lines)
                EXPECT_FALSE(line.text.starts_with("c1")) << "wrong words were on their way";
            (void)world.confirm(claimed.post);
        }
        stopped = world.effects.store_failures > 0;
    }
    EXPECT_TRUE(stopped);
    EXPECT_FALSE(start_again());
    EXPECT_EQ(world.error.code, "store_damaged");
    EXPECT_NE(world.error.detail.find("backup"), std::string::npos) << world.error.detail;
}

TEST_F(StoreOnDisk, a_file_that_was_cut_is_refused) {
    const SessionId session = world.arrive("a");
    for (int i = 0; i < 50; ++i) ASSERT_EQ(say(session, "c" + std::to_string(i), 2000), "");
    const auto right = words_in(*world.store);
    world.close();
    ASSERT_TRUE(disk.cut(database_path, disk.size_of(database_path) / 2));
    EXPECT_NE(verdict_on_damage(disk, right), "");
    EXPECT_NE(verdict_on_damage(disk, right), "wrong words");
}

// ---- Time. ----

TEST_F(StoreOnDisk, order_does_not_come_from_the_wall_clock) {
    const SessionId session = world.arrive("a");
    constexpr std::int64_t ten_years_ms = 10LL * 365 * 86'400'000;
    std::vector<std::string> texts;
    const std::int64_t steps[] = {0,      -ten_years_ms,         3'600'000, -7'200'000,
                                  86'400, 2 * ten_years_ms,      -1,        -world.clock.wall_ms(),
                                  0,      ten_years_ms - 86'400, 1,         0};
    for (const std::int64_t step : steps) {
        world.clock.step_wall(step);
        const std::string id = "c" + std::to_string(texts.size());
        ASSERT_EQ(say(session, id), "");
        texts.push_back(id + std::string(20, '.'));
        ASSERT_TRUE(start_again()) << world.error.detail;
    }
    std::vector<std::string> kept;
    for (const core::Message& message : world.store->messages(session))
        kept.push_back(message.text);
    EXPECT_EQ(kept, texts);
    std::vector<std::string> told;
    for (const core::Line& line : world.store->conversation(session, 4)) told.push_back(line.text);
    EXPECT_EQ(told, std::vector<std::string>(texts.end() - 4, texts.end()));
    std::int64_t seq = 0;
    for (const core::Event& event : world.store->events(session, 0, 1000))
        EXPECT_EQ(event.seq, ++seq);
    world.run(core::HumanRequested{}, {session, ""});
    std::string posted;
    while (const auto post = world.run(core::ClaimPost{session, false}).post) {
        for (const core::Line& line : post->lines) posted += line.text;
        ASSERT_TRUE(world.confirm(post));
    }
    std::size_t at = 0;
    for (const std::string& text : texts) {
        const std::size_t found = posted.find(text, at);
        if (found != std::string::npos) at = found;
    }
    EXPECT_GT(at, 0U);
}

}  // namespace
}  // namespace deskbell::sim
