// The power goes after every single write, flush, truncation and removal of a canonical run. Each
// time the disk comes back in a few of the ways it may, the store is opened, and must hold exactly
// what it held after some whole batch: no earlier than the last one that was answered.

#include "base/test_hooks.hpp"
#include "sim/disk/disk_world.hpp"

#include <map>

#include <spdlog/spdlog.h>

namespace deskbell::sim {
namespace {

// Thousands of ends that are not clean would fill the log.
class PowerLossTest : public testing::Test {
protected:
    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

constexpr int checkpoint_pages = 60;  // so that the log is often written back and begun anew
[[maybe_unused]] constexpr int hits_max = 10;
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr int every_nth_point = 5;  // a sanitizer looks at the code, not at each moment
#else
constexpr int every_nth_point = 1;
#endif

// Customers, a bot that is slow, agents, a courier with bad luck, restarts: the same each time.
class CanonicalRun {
public:
    explicit CanonicalRun(SimDisk& disk) : world(disk, 0, checkpoint_pages) {}

    void play() {
        ASSERT_TRUE(world.open()) << world.error.detail;
        for (const char* name : {"anna", "bert", "cleo"}) converse(name);
        restart(false);
        for (const char* name : {"dora", "emil"}) converse(name);
        restart(true);
        converse("finn");
        world.close();
    }

    DiskWorld world;

private:
    void converse(const std::string& name) {
        const SessionId session = world.arrive(name);
        world.say(session, "c1", "hello");
        world.run(core::HumanRequested{.details = {}, .topic = "orders", .note = ""},
                  {session, ""});
        world.run(core::RefreshQueue{});
        world.say(session, "c2", std::string(1500, 'x'));
        while (world.deliver(session)) {
        }
        const core::AgentSaid said = world.agent_says(session, "Hello, **I am** Ana");
        world.say(session, "c3", "my order is late");
        unlucky_post(session);
        world.say(session, "c4", "and broken");
        (void)world.deliver(session);
        edit(said);
        world.run(core::CustomerRead{4}, {session, ""});
        world.say(session, "c5", "bye");
        world.run(core::AgentDeleted{said.thread, said.message});
        world.run(core::AgentResolved{said.thread, said.agent});
        world.run(core::CustomerRated{5, "fine"}, {session, ""});
    }

    void unlucky_post(const SessionId& session) {
        const auto post = world.run(core::ClaimPost{session, true}).post;
        ASSERT_TRUE(post);
        world.run(core::PostUnknown{post->id});
        world.run(core::PostReleased{post->id});
        (void)world.deliver(session);
    }

    void edit(const core::AgentSaid& said) {
        core::AgentEdited edited;
        edited.thread = said.thread;
        edited.message = said.message;
        edited.edit_key = "1";
        edited.order = said.order;
        edited.agent = said.agent;
        edited.text = "Hello, I am Ana, and I can help";
        world.run(edited);
    }

    void restart(bool killed) {
        if (killed) world.disk.kill();
        world.close();
        ASSERT_TRUE(world.open()) << world.error.detail;
    }
};

// What the store holds after each batch, from a run that nothing disturbs.
std::vector<std::string> states_of_undisturbed_run() {
    SeededRandom random(1);
    SimDisk disk(random);
    CanonicalRun run(disk);
    std::vector<std::string> states{""};
    run.world.after_batch = [&] { states.push_back(everything_in(*run.world.store)); };
    run.play();
    return states;
}

struct Tally {
    int points = 0;
    int opened = 0;
    std::map<DiskAction, int> actions;
    std::vector<std::string> failures;
};

// The power goes at each point of a run; `prepare` breaks something first, to see that it is found.
class PowerLoss {
public:
    PowerLoss(std::vector<std::string> states, int variants)
        : states_(std::move(states)), variants_(variants) {}

    Tally play(const std::function<void(SimDisk&)>& prepare = {}) {
        SeededRandom random(1);
        SimDisk disk(random);
        if (prepare) prepare(disk);
        CanonicalRun run(disk);
        disk.observe([&](const DiskEvent& event) {
            ++tally_.actions[event.action];
            check_here(disk, run.world);
        });
        run.play();
        return std::move(tally_);
    }

#ifdef DESKBELL_TEST_HOOKS
    // At every named crash point instead, the first hits of each; how often each was met.
    std::map<std::string, int, std::less<>> play_crash_points() {
        SeededRandom random(1);
        SimDisk disk(random);
        CanonicalRun run(disk);
        std::map<std::string, int, std::less<>> met;
        bool within = false;  // the replica's own points are no points of this run
        test_hooks::observe_crash_points([&](std::string_view name) {
            if (within) return;
            within = true;
            if (++met[std::string(name)] <= hits_max) check_here(disk, run.world);
            within = false;
        });
        run.play();
        test_hooks::observe_crash_points({});
        return met;
    }
#endif

    [[nodiscard]] const std::vector<std::string>& failures() const { return tally_.failures; }

private:
    void check_here(const SimDisk& disk, const DiskWorld& world) {
        ++tally_.points;
        if (!tally_.failures.empty()) return;  // one is enough, and says where
        if (tally_.points % every_nth_point != 0) return;
        const auto image = disk.snapshot();
        for (int variant = 0; variant < variants_; ++variant) check_point(*image, world, variant);
    }

    void check_point(const DiskImage& image, const DiskWorld& world, int variant) {
        replica_.restore(image);
        // Every other time only the process dies, and the power goes after the next start.
        if (variant % 2 == 0) {
            replica_.crash(dice_);
        } else {
            replica_.kill();
        }
        const std::string found = state_on_replica();
        const bool newest = found == states_.at(static_cast<std::size_t>(world.begun));
        const bool as_answered = found == states_.at(static_cast<std::size_t>(world.acked));
        if (!newest && !as_answered) note(world, "holds something else: " + found.substr(0, 300));
        if (variant % 2 == 0) return;
        replica_.crash(dice_);
        if (state_on_replica() != found) note(world, "lost what it had shown");
    }

    // Opening checks pages and rows by itself.
    std::string state_on_replica() {
        ++tally_.opened;
        auto store = open_store(replica_, 0, checkpoint_pages);
        if (!store) return "not opened: " + store.error().code + " " + store.error().detail;
        std::string state;
        try {
            state = everything_in(**store);
        } catch (const store::StoreFailure& failure) {
            state = "not read: " + failure.error.code + " " + failure.error.detail;
        }
        // The process ends as abruptly as the last one.
        replica_.kill();
        return state;
    }

    void note(const DiskWorld& world, const std::string& what) {
        tally_.failures.push_back("point " + std::to_string(tally_.points) + ", batch " +
                                  std::to_string(world.begun) + " (answered " +
                                  std::to_string(world.acked) + "): " + what);
    }

    const std::vector<std::string> states_;
    const int variants_;
    SeededRandom random_{2};
    SeededRandom dice_{3};
    SimDisk replica_{random_};
    Tally tally_;
};

TEST_F(PowerLossTest, at_any_point_loses_nothing_that_was_answered_and_halves_nothing) {
    const Tally tally = PowerLoss(states_of_undisturbed_run(), 2).play();
    for (const std::string& failure : tally.failures) ADD_FAILURE() << failure;
    EXPECT_GE(tally.points, 2000);
    EXPECT_GT(tally.actions.at(DiskAction::flush), 150);
    EXPECT_GT(tally.actions.at(DiskAction::truncate), 1);
    RecordProperty("points", tally.points);
    RecordProperty("opened", tally.opened);
    std::printf("%d points (%d writes, %d flushes), %d openings\n", tally.points,
                tally.actions.at(DiskAction::write), tally.actions.at(DiskAction::flush),
                tally.opened);
}

// The checker must be able to see: a disk that only says that it flushed.
TEST_F(PowerLossTest, a_disk_that_lies_about_flushes_is_found_out) {
    const Tally tally = PowerLoss(states_of_undisturbed_run(), 1).play([](SimDisk& disk) {
        disk.inject({.action = DiskAction::flush, .trouble = DiskTrouble::ignored, .file = "-wal"});
    });
    EXPECT_FALSE(tally.failures.empty());
}

#ifdef DESKBELL_TEST_HOOKS
TEST_F(PowerLossTest, weaker_flushing_is_found_out) {
    test_hooks::plant("store_synchronous_normal");
    const std::vector<std::string> states = states_of_undisturbed_run();
    const Tally tally = PowerLoss(states, 1).play();
    test_hooks::plant("");
    EXPECT_FALSE(tally.failures.empty());
}

TEST_F(PowerLossTest, what_was_recovered_and_not_written_again_is_found_out) {
    test_hooks::plant("store_trusts_recovered_log");
    const std::vector<std::string> states = states_of_undisturbed_run();
    const Tally tally = PowerLoss(states, 2).play();
    test_hooks::plant("");
    EXPECT_FALSE(tally.failures.empty());
}

TEST_F(PowerLossTest, an_end_at_any_crash_point_loses_and_halves_nothing) {
    PowerLoss loss(states_of_undisturbed_run(), 2);
    const auto met = loss.play_crash_points();
    for (const std::string& failure : loss.failures()) ADD_FAILURE() << failure;
    for (const char* name :
         {"store.open.before_migration", "store.migrate.before_step", "store.migrate.step_made",
          "store.migrate.before_commit", "store.migrate.after_commit", "store.open.before_check",
          "store.open.recovered", "store.open.before_mark", "store.open.marked",
          "store.commit.before", "store.commit.durable", "store.checkpoint.before",
          "store.checkpoint.after", "store.close.before_mark", "store.close.before_checkpoint",
          "store.close.after_checkpoint"})
        EXPECT_TRUE(met.contains(name)) << name;
}
#endif

}  // namespace
}  // namespace deskbell::sim
