#include "sim/disk/sim_disk.hpp"

#include <sqlite3.h>

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace deskbell::sim {
namespace {

// A connection that says codes rather than throwing.
class Connection {
public:
    explicit Connection(const SimDisk& disk, const char* path = "/data/a.db") {
        opened = sqlite3_open_v2(path, &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                 disk.vfs_name().c_str());
        sqlite3_extended_result_codes(handle_, 1);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { sqlite3_close(handle_); }

    int run(const std::string& sql) {
        return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    }
    std::string ask(const std::string& sql) {
        std::string text;
        const auto keep = [](void* to, int, char** values, char**) {
            *static_cast<std::string*>(to) = values[0] ? values[0] : "";
            return 0;
        };
        sqlite3_exec(handle_, sql.c_str(), keep, &text, nullptr);
        return text;
    }
    int errno_of_log() {
        sqlite3_file* log = nullptr;
        sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
        int code = 0;
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &code);
        return code;
    }

    int opened = SQLITE_OK;

private:
    sqlite3* handle_ = nullptr;
};

constexpr const char* log_mode = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL";

class SimDiskTest : public testing::Test {
protected:
    // A table with `rows` rows, in a write-ahead log.
    void fill(Connection& connection, int rows = 10) {
        ASSERT_EQ(connection.run(log_mode), SQLITE_OK);
        ASSERT_EQ(connection.run("CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)"), SQLITE_OK);
        for (int i = 0; i < rows; ++i) ASSERT_EQ(insert(connection), SQLITE_OK);
    }
    static int insert(Connection& connection, int bytes = 1000) {
        return connection.run("INSERT INTO t (text) VALUES (hex(randomblob(" +
                              std::to_string(bytes / 2) + ")))");
    }
    std::string rows() { return Connection(disk).ask("SELECT count(*) FROM t"); }

    SeededRandom random{1};
    ManualClock clock;
    SimDisk disk{random, &clock};
};

TEST_F(SimDiskTest, carries_a_database_from_one_connection_to_the_next) {
    {
        Connection connection(disk);
        fill(connection);
        EXPECT_TRUE(disk.exists("/data/a.db-wal"));
        Connection second(disk);
        EXPECT_EQ(second.ask("SELECT count(*) FROM t"), "10") << "shared memory works";
        EXPECT_EQ(connection.run("BEGIN IMMEDIATE"), SQLITE_OK);
        EXPECT_EQ(second.run("BEGIN IMMEDIATE"), SQLITE_BUSY) << "and its locks do";
    }
    EXPECT_FALSE(disk.exists("/data/a.db-wal"));
    EXPECT_EQ(rows(), "10");
    Connection journal(disk, "/data/b.db");
    EXPECT_EQ(journal.run("CREATE TABLE t (n); INSERT INTO t VALUES (1)"), SQLITE_OK);
    EXPECT_EQ(Connection(disk, "/data/b.db").ask("SELECT n FROM t"), "1");
    EXPECT_EQ(disk.files(), (std::vector<std::string>{"/data/a.db", "/data/b.db"}));
}

TEST_F(SimDiskTest, keeps_two_disks_apart) {
    SimDisk other(random);
    Connection one(disk);
    Connection two(other);
    fill(one, 3);
    fill(two, 5);
    EXPECT_EQ(one.ask("SELECT count(*) FROM t"), "3");
    EXPECT_EQ(two.ask("SELECT count(*) FROM t"), "5");
}

TEST_F(SimDiskTest, a_killed_process_loses_nothing_and_its_handles_lead_nowhere) {
    Connection connection(disk);
    fill(connection);
    EXPECT_EQ(connection.run("BEGIN; DELETE FROM t"), SQLITE_OK);
    disk.kill();
    const DiskCounts before = disk.counts();
    EXPECT_NE(connection.run("COMMIT"), SQLITE_OK);
    EXPECT_EQ(disk.counts().writes, before.writes);
    EXPECT_EQ(rows(), "10") << "the dead connection's locks are gone, too";
}

// SQLite flushes the folder for whoever may have made the log, not only for whoever has.
TEST_F(SimDiskTest, the_names_that_a_killed_process_made_are_durable_with_the_next_commit) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        SimDisk fresh(random);
        SeededRandom dice(seed);
        {
            Connection killed(fresh);
            EXPECT_EQ(killed.run("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE"), SQLITE_OK);
            fresh.kill();
        }
        Connection connection(fresh);
        EXPECT_EQ(connection.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                                 "CREATE TABLE t (n); INSERT INTO t VALUES (1)"),
                  SQLITE_OK);
        fresh.crash(dice);
        EXPECT_EQ(Connection(fresh).ask("SELECT count(*) FROM t"), "1") << "seed " << seed;
    }
}

TEST_F(SimDiskTest, power_off_freezes_everything) {
    Connection connection(disk);
    fill(connection);
    disk.power_off();
    EXPECT_NE(insert(connection), SQLITE_OK);
    EXPECT_NE(Connection(disk).opened == SQLITE_OK &&
                  Connection(disk).run("SELECT * FROM t") == SQLITE_OK,
              true);
    disk.kill();
    EXPECT_EQ(rows(), "10");
}

// What a crash leaves of writes that were not flushed: all, nothing, and much between.
TEST_F(SimDiskTest, power_loss_keeps_what_was_flushed_and_any_part_of_the_rest) {
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        SimDisk fresh(random);
        Connection connection(fresh);
        connection.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE t (n)");
        connection.run("INSERT INTO t VALUES (0); PRAGMA wal_checkpoint(TRUNCATE)");
        EXPECT_EQ(fresh.unflushed("/data/a.db"), 0) << "a checkpoint is flushed";
        fresh.settle();
        for (int i = 1; i <= 8; ++i) connection.run("INSERT INTO t VALUES (1)");
        EXPECT_GT(fresh.unflushed("/data/a.db-wal"), 8);
        SeededRandom dice(seed);
        fresh.crash(dice);
        EXPECT_EQ(fresh.unflushed(), 0);
        Connection after(fresh);
        EXPECT_EQ(after.ask("PRAGMA integrity_check"), "ok");
        outcomes.insert(after.ask("SELECT count(*) FROM t"));
    }
    EXPECT_FALSE(outcomes.contains("0"));
    EXPECT_TRUE(outcomes.contains("1")) << "all of it lost";
    EXPECT_TRUE(outcomes.contains("9")) << "none of it lost";
    EXPECT_GT(outcomes.size(), 4U) << "and something between";
}

TEST_F(SimDiskTest, power_loss_tears_sectors) {
    int torn = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        SimDisk fresh(random);
        {
            Connection connection(fresh);
            connection.run("PRAGMA synchronous=OFF; CREATE TABLE t (text)");
            connection.run("INSERT INTO t VALUES (hex(zeroblob(200000)))");
        }
        fresh.settle();
        const std::string before = fresh.contents("/data/a.db");
        Connection connection(fresh);
        connection.run("PRAGMA synchronous=OFF; UPDATE t SET text = replace(text, '0', '1')");
        const std::string written = fresh.contents("/data/a.db");
        SeededRandom dice(seed);
        fresh.crash(dice);
        const std::string after = fresh.contents("/data/a.db");
        bool within = false;
        for (std::size_t at = 0; at < after.size(); at += 512) {
            const auto same = [&](const std::string& other) {
                return after.compare(at, 512, other, at, 512) == 0;
            };
            within = within || (!same(before) && !same(written));
        }
        torn += within;
    }
    EXPECT_GT(torn, 3);
    EXPECT_LT(torn, 40);
}

TEST_F(SimDiskTest, power_loss_undoes_names_that_were_not_flushed) {
    const auto survives = [&](const char* setting) {
        bool lost = false;
        bool kept = false;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            SimDisk fresh(random);
            {
                Connection connection(fresh);
                connection.run(setting);
                connection.run("CREATE TABLE t (n)");
            }
            SeededRandom dice(seed);
            fresh.crash(dice);
            (fresh.exists("/data/a.db") ? kept : lost) = true;
        }
        return std::pair(kept, lost);
    };
    EXPECT_EQ(survives("PRAGMA synchronous=OFF"), std::pair(true, true));
    EXPECT_EQ(survives(log_mode), std::pair(true, false)) << "flushed with its log";
}

TEST_F(SimDiskTest, the_nth_call_fails_and_the_next_does_not) {
    {
        Connection connection(disk);
        fill(connection);
        disk.inject({.action = DiskAction::write, .file = "-wal", .after = 2, .times = 1});
        EXPECT_EQ(insert(connection, 20), SQLITE_OK);
        EXPECT_EQ(insert(connection, 20), SQLITE_IOERR_WRITE);
        EXPECT_EQ(insert(connection, 20), SQLITE_OK);
        disk.clear_faults();
        disk.inject({.action = DiskAction::flush, .times = 1});
        EXPECT_EQ(insert(connection), SQLITE_IOERR_FSYNC);
        EXPECT_EQ(disk.counts().faults_struck, 2);
    }
    disk.inject({.action = DiskAction::read, .file = "a.db", .after = 1, .times = 1});
    EXPECT_EQ(Connection(disk).run("SELECT * FROM t"), SQLITE_IOERR_READ);
    EXPECT_EQ(Connection(disk).run("SELECT * FROM t"), SQLITE_OK);
    disk.inject({.action = DiskAction::open, .times = 1});
    EXPECT_EQ(Connection(disk).opened, SQLITE_CANTOPEN);
    EXPECT_EQ(Connection(disk).opened, SQLITE_OK);
}

TEST_F(SimDiskTest, a_failed_flush_loses_what_the_next_one_seems_to_flush) {
    Connection connection(disk);
    fill(connection);
    disk.inject({.action = DiskAction::flush, .file = "-wal", .times = 1});
    EXPECT_EQ(insert(connection), SQLITE_IOERR_FSYNC);
    EXPECT_GT(disk.size_of("/data/a.db-wal"), 0);
    EXPECT_EQ(disk.unflushed("/data/a.db-wal"), 0) << "the cache believes that it is clean";
}

TEST_F(SimDiskTest, a_full_disk_refuses_and_takes_again_when_there_is_room) {
    Connection connection(disk);
    fill(connection);
    disk.set_capacity(disk.bytes_used() + 6000);
    int result = SQLITE_OK;
    for (int i = 0; i < 10 && result == SQLITE_OK; ++i) result = insert(connection);
    EXPECT_EQ(result, SQLITE_FULL);
    EXPECT_LE(disk.bytes_used(), disk.bytes_used() + 6000);
    EXPECT_EQ(connection.ask("PRAGMA integrity_check"), "ok");
    disk.set_capacity(-1);
    EXPECT_EQ(insert(connection), SQLITE_OK);
    disk.inject({.action = DiskAction::write, .trouble = DiskTrouble::full, .times = 1});
    EXPECT_EQ(insert(connection), SQLITE_FULL);
}

TEST_F(SimDiskTest, a_read_only_disk_says_so) {
    Connection connection(disk);
    fill(connection);
    disk.inject({.action = DiskAction::write, .trouble = DiskTrouble::read_only});
    EXPECT_EQ(insert(connection), SQLITE_IOERR_WRITE);
    EXPECT_EQ(connection.errno_of_log(), EROFS);
}

TEST_F(SimDiskTest, bits_flip_and_files_are_cut) {
    {
        Connection connection(disk);
        fill(connection, 100);
    }
    const std::string before = disk.contents("/data/a.db");
    EXPECT_TRUE(disk.flip_bit("/data/a.db", 5000, 3));
    std::string flipped = before;
    flipped[5000] = static_cast<char>(flipped[5000] ^ 8);
    EXPECT_EQ(disk.contents("/data/a.db"), flipped);
    disk.crash(random);
    EXPECT_EQ(disk.contents("/data/a.db"), flipped);
    EXPECT_FALSE(disk.flip_bit("/data/a.db", 1 << 30, 0));
    EXPECT_TRUE(disk.cut("/data/a.db", 20'000));
    EXPECT_NE(Connection(disk).ask("PRAGMA integrity_check"), "ok");
}

TEST_F(SimDiskTest, short_reads_hand_out_zeros) {
    {
        Connection connection(disk);
        fill(connection, 100);
    }
    Connection connection(disk);
    disk.inject({.action = DiskAction::read, .trouble = DiskTrouble::short_read});
    EXPECT_NE(connection.run("SELECT * FROM t"), SQLITE_OK);
}

TEST_F(SimDiskTest, an_older_copy_can_be_put_back_any_number_of_times) {
    Connection connection(disk);
    fill(connection);
    const auto image = disk.snapshot();
    ASSERT_EQ(connection.run("DELETE FROM t"), SQLITE_OK);
    for (int round = 0; round < 2; ++round) {
        disk.restore(*image);
        EXPECT_EQ(rows(), "10");
        Connection(disk).run("DELETE FROM t");
    }
    EXPECT_NE(insert(connection), SQLITE_OK) << "it had the newer one open";
}

TEST_F(SimDiskTest, says_what_every_call_cost_and_when_it_flushed) {
    std::int64_t spent_us = 0;
    disk.set_cost({.read_us = 1, .write_us = 10, .flush_us = 2000}, [&](std::int64_t cost) {
        spent_us += cost;
        clock.advance(cost / 1000);
    });
    Connection connection(disk);
    fill(connection);
    const DiskCounts counts = disk.counts();
    EXPECT_GE(spent_us, counts.flushes * 2000 + counts.writes * 10);
    const auto& log = disk.flush_log();
    ASSERT_EQ(static_cast<std::int64_t>(log.size()), counts.flushes);
    EXPECT_EQ(log.back().file, "/data/a.db-wal");
    EXPECT_GT(log.back().writes, 0);
    EXPECT_EQ(log.back().at, clock.steady_ms());
    EXPECT_EQ(disk.unflushed("/data/a.db-wal"), 0) << "what was committed is durable";
}

TEST_F(SimDiskTest, tells_its_observer_and_may_be_switched_off_by_it) {
    Connection connection(disk);
    fill(connection);
    int writes = 0;
    disk.observe([&](const DiskEvent& event) {
        writes += event.action == DiskAction::write;
        if (event.action == DiskAction::write) disk.power_off();
    });
    EXPECT_NE(insert(connection), SQLITE_OK);
    EXPECT_EQ(writes, 1);
    disk.observe({});
    disk.crash(random);
    EXPECT_EQ(rows(), "10");
}

TEST(SimDisk, repeats_itself_for_a_seed) {
    const auto run = [](std::uint64_t seed) {
        SeededRandom random(seed);
        SimDisk disk(random);
        for (int life = 0; life < 5; ++life) {
            Connection connection(disk);
            connection.run("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS t (n)");
            for (int i = 0; i < 20; ++i) connection.run("INSERT INTO t VALUES (randomblob(300))");
            disk.crash(random);
        }
        return disk.contents("/data/a.db") + disk.contents("/data/a.db-wal");
    };
    EXPECT_EQ(run(7), run(7));
    EXPECT_NE(run(7), run(8));
}

// A simulation makes thousands of commits a seed. Three microseconds a page is usual; the bound
// only catches a slip into copying whole files.
TEST_F(SimDiskTest, is_fast) {
    Connection connection(disk);
    fill(connection);
    const SystemClock real;
    const SteadyMs began = real.steady_ms();
    const std::int64_t before = disk.counts().writes;
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(insert(connection, 300), SQLITE_OK);
    const std::int64_t writes = disk.counts().writes - before;
    const double us =
        1000.0 * static_cast<double>(real.steady_ms() - began) / static_cast<double>(writes);
    RecordProperty("us_a_write", std::to_string(us));
    EXPECT_LT(us, 150) << writes << " writes";
}

}  // namespace
}  // namespace deskbell::sim
