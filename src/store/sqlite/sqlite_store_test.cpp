#include "store/sqlite/sqlite_store.hpp"
#include "store/conformance.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/faulty_disk.hpp"
#include "store/sqlite/schema.hpp"
#include "store/temporary_folder.hpp"

#include <fstream>

namespace deskbell::store {
namespace {

std::unique_ptr<Store> open_or_fail(const std::string& path, const std::string& vfs = "") {
    auto store = open_sqlite_store({path, vfs});
    EXPECT_TRUE(store) << store.error().detail;
    return store ? std::move(*store) : nullptr;
}

std::string refusal_of(const std::string& path) {
    auto store = open_sqlite_store({path});
    return store ? "" : store.error().code;
}

StoreFactory factory() {
    return [folder = std::make_shared<TemporaryFolder>()](const std::string& place) {
        return open_or_fail(folder->file(place + ".db"));
    };
}

core::Session some_session(const std::string& name) {
    core::Session session;
    session.id = SessionId("session_" + name);
    session.token_hash = name;
    return session;
}

void add(Store& store, const std::string& name) {
    store.begin();
    store.insert_session(some_session(name));
    store.commit();
}

TEST(SqliteStore, lets_one_process_in_and_the_next_after_it) {
    const TemporaryFolder folder;
    auto store = open_or_fail(folder.file("a.db"));
    EXPECT_EQ(refusal_of(folder.file("a.db")), "store_locked");
    store.reset();
    EXPECT_EQ(refusal_of(folder.file("a.db")), "");
}

TEST(SqliteStore, refuses_a_file_of_a_newer_version) {
    const TemporaryFolder folder;
    open_or_fail(folder.file("a.db")).reset();
    {
        Database database;
        database.open(folder.file("a.db"), "");
        database.execute("PRAGMA user_version = " + std::to_string(schema_version() + 1));
    }
    EXPECT_EQ(refusal_of(folder.file("a.db")), "store_newer");
}

TEST(SqliteStore, refuses_what_is_no_database_and_where_none_can_be) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("text.db")) << std::string(8192, 'x');
    EXPECT_EQ(refusal_of(folder.file("text.db")), "store_open_failed");
    EXPECT_NE(refusal_of(folder.file("no/such/folder.db")), "");
}

TEST(SqliteStore, checks_the_file_after_an_unclean_end) {
    const TemporaryFolder folder;
    {
        auto store = open_or_fail(folder.file("a.db"));
        for (int i = 0; i < 200; ++i) add(*store, "s" + std::to_string(i));
    }
    {
        Database database;  // as if the process had died, and a page had gone bad since
        database.open(folder.file("a.db"), "");
        database.execute("UPDATE meta SET value = 'no' WHERE key = 'closed_cleanly'");
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    EXPECT_EQ(refusal_of(folder.file("a.db")), "") << "unclean, but whole";
    {
        Database database;
        database.open(folder.file("a.db"), "");
        database.execute("UPDATE meta SET value = 'no' WHERE key = 'closed_cleanly'");
        const std::int64_t page =
            database.number_of("SELECT rootpage FROM sqlite_master WHERE name = 'session_token'");
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        database.close();
        std::fstream file(folder.file("a.db"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp((page - 1) * 4096);
        file << std::string(64, '\x7f');
    }
    EXPECT_EQ(refusal_of(folder.file("a.db")), "store_damaged");
}

TEST(SqliteStore, flushes_the_log_once_for_a_commit) {
    const TemporaryFolder folder;
    FaultyDisk::install();
    auto store = open_or_fail(folder.file("a.db"), FaultyDisk::name);
    const std::int64_t before = FaultyDisk::the().flushes_of_log;
    store->begin();
    for (int i = 0; i < 50; ++i) store->insert_session(some_session(std::to_string(i)));
    store->commit();
    EXPECT_EQ(FaultyDisk::the().flushes_of_log, before + 1);
    store->begin();
    (void)store->session(SessionId("session_1"));
    store->commit();
    EXPECT_EQ(FaultyDisk::the().flushes_of_log, before + 1) << "reading costs no flush";
}

TEST(SqliteStore, goes_on_after_a_full_disk_and_not_after_a_failed_flush) {
    const TemporaryFolder folder;
    FaultyDisk::install();
    auto store = open_or_fail(folder.file("a.db"), FaultyDisk::name);
    const auto failure = [&](const std::string& name) -> std::pair<std::string, bool> {
        try {
            add(*store, name);
        } catch (const StoreFailure& failed) {
            store->rollback();
            return {failed.error.code, failed.fatal};
        }
        return {"", false};
    };
    EXPECT_EQ(failure("a"), std::pair(std::string(), false));
    FaultyDisk::the().write_result = SQLITE_FULL;
    EXPECT_EQ(failure("b"), std::pair(std::string("store_full"), false));
    FaultyDisk::the().write_result = SQLITE_OK;
    EXPECT_EQ(failure("c"), std::pair(std::string(), false));
    FaultyDisk::the().flush_result = SQLITE_IOERR_FSYNC;
    EXPECT_EQ(failure("d"), std::pair(std::string("store_failed"), true));
    FaultyDisk::the().flush_result = SQLITE_OK;
    EXPECT_EQ(failure("e"), std::pair(std::string("store_failed"), true)) << "never believed again";
    store.reset();
    store = open_or_fail(folder.file("a.db"), FaultyDisk::name);
    EXPECT_TRUE(store->session(SessionId("session_a")));
    EXPECT_FALSE(store->session(SessionId("session_b")));
    EXPECT_TRUE(store->session(SessionId("session_c")));
}

TEST(SqliteStore, backs_up_while_open) {
    const TemporaryFolder folder;
    auto store = open_or_fail(folder.file("a.db"));
    add(*store, "a");
    ASSERT_TRUE(back_up_sqlite_store(*store, folder.file("b'ackup.db")));
    EXPECT_EQ(back_up_sqlite_store(*store, folder.file("b'ackup.db")).error().code,
              "backup_failed");
    add(*store, "b");
    auto copy = open_or_fail(folder.file("b'ackup.db"));
    EXPECT_TRUE(copy->session(SessionId("session_a")));
    EXPECT_FALSE(copy->session(SessionId("session_b")));
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(factory()));

}  // namespace deskbell::store
