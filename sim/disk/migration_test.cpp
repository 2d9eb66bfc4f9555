// An older database becomes a newer one while the power goes at every point of it.

#include "sim/disk/disk_world.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/schema.hpp"

#include <spdlog/spdlog.h>

namespace deskbell::sim {
namespace {

// A database of the first schema with a conversation in it; what it holds comes back.
std::string make_old_database(SimDisk& disk) {
    std::string held;
    {
        DiskWorld world(disk);
        EXPECT_TRUE(world.open());
        for (const char* name : {"anna", "bert"}) {
            const SessionId session = world.arrive(name);
            world.say(session, "c1", "hello");
            world.run(core::HumanRequested{}, {session, ""});
            (void)world.deliver(session);
            world.say(session, "c2", "grüß dich, \U0001F600");
            world.agent_says(session, "hi");
        }
        held = everything_in(*world.store);
        world.close();
    }
    store::Database database;
    database.open(database_path, disk.vfs_name());
    for (const char* table : {"session", "progress", "event", "message", "letter"})
        database.execute(std::string("ALTER TABLE ") + table + " DROP COLUMN checksum");
    for (const char* column :
         {"blocked", "moved", "offer", "estimated_wait_s"})  // of the fifth, eighth
        database.execute(std::string("ALTER TABLE session DROP COLUMN ") + column);
    for (const char* column : {"desk_posts", "edits"})  // of the ninth
        database.execute(std::string("ALTER TABLE message DROP COLUMN ") + column);
    // Of the third, fourth, sixth, seventh, eighth and ninth.
    for (const char* table : {"doubt", "reaction", "timer", "file", "identity", "token",
                              "identity_use", "wait", "erasure"})
        database.execute(std::string("DROP TABLE ") + table);
    database.execute("PRAGMA user_version = 1");
    database.close();
    disk.settle();
    return held;
}

class Migration : public testing::Test {
protected:
    void SetUp() override { spdlog::set_level(spdlog::level::off); }
    void TearDown() override { spdlog::set_level(spdlog::level::info); }

    SeededRandom random{1};
    SimDisk disk{random};
};

TEST_F(Migration, keeps_every_row_and_gives_it_its_checksum) {
    const std::string held = make_old_database(disk);
    auto store = open_store(disk);
    ASSERT_TRUE(store) << store.error().detail;
    EXPECT_EQ(everything_in(**store), held);
}

TEST_F(Migration, survives_a_loss_of_power_at_any_point) {
    const std::string held = make_old_database(disk);
    SimDisk replica(random);
    SeededRandom dice(3);
    int points = 0;
    std::string failure;
    disk.observe([&](const DiskEvent&) {
        ++points;
        const auto image = disk.snapshot();
        for (int variant = 0; variant < 6 && failure.empty(); ++variant) {
            replica.restore(*image);
            if (variant == 0) {
                replica.kill();
            } else {
                replica.crash(dice);
            }
            auto store = open_store(replica);
            if (!store) {
                failure = std::to_string(points) + ": " + store.error().detail;
            } else if (everything_in(**store) != held) {
                failure = std::to_string(points) + ": something else is in it";
            }
            replica.kill();
        }
    });
    {
        EXPECT_TRUE(open_store(disk));
    }
    disk.observe({});
    EXPECT_EQ(failure, "");
    EXPECT_GT(points, 30);
}

TEST_F(Migration, a_newer_database_is_left_alone) {
    (void)make_old_database(disk);
    {
        store::Database database;
        database.open(database_path, disk.vfs_name());
        database.execute("PRAGMA user_version = 99");
    }
    const auto store = open_store(disk);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, "store_newer");
}

}  // namespace
}  // namespace deskbell::sim
