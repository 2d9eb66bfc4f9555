#include "store/sqlite/sqlite_backup.hpp"

#include "store/sqlite/schema.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "store/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace deskbell::store {
namespace {

std::unique_ptr<Store> open_store(const std::string& path) {
    auto store = open_sqlite_store({.path = path});
    EXPECT_TRUE(store) << store.error().detail;
    return store ? std::move(*store) : nullptr;
}

void add(Store& store, const std::string& name, std::size_t bytes = 10) {
    core::Session session;
    session.id = SessionId("session_" + name);
    session.token_hash = name;
    session.customer.name = std::string(bytes, 'n');
    session.created_at = 1'000;
    session.last_order_us = 5'000'000;
    store.begin();
    store.insert_session(session);
    store.commit();
}

std::int64_t steps_of(SqliteBackup& backup, int pages, const std::function<void()>& between = {}) {
    std::int64_t steps = 0;
    for (bool complete = false; !complete; ++steps) {
        const auto step = backup.step(pages);
        EXPECT_TRUE(step) << step.error().detail;
        complete = !step || *step;
        if (!complete && between) between();
    }
    return steps;
}

TEST(SqliteBackup, what_is_written_between_two_steps_is_in_the_copy_too) {
    const TemporaryFolder folder;
    const auto store = open_store(folder.file("a.db"));
    for (int i = 0; i < 50; ++i) add(*store, "before" + std::to_string(i), 4'000);
    auto backup = SqliteBackup::begin(*store, folder.file("copy.db"));
    ASSERT_TRUE(backup) << backup.error().detail;
    int written = 0;
    const std::int64_t steps = steps_of(**backup, 8, [&] {
        if (written < 5) add(*store, "during" + std::to_string(written++), 4'000);
    });
    EXPECT_GT(steps, 5);
    ASSERT_TRUE((*backup)->finish({{"backed_up_at", "42"}}));
    backup->reset();
    const auto file = check_store_file(folder.file("copy.db"));
    ASSERT_TRUE(file) << file.error().detail;
    EXPECT_EQ(file->counts.sessions, 50 + written);
    EXPECT_EQ(file->counts, store->counts());
    EXPECT_EQ(file->backed_up_at, "42");
    EXPECT_EQ(file->newest_at, 5'000);
    EXPECT_EQ(file->schema, schema_version());
    EXPECT_FALSE(std::filesystem::exists(folder.file("copy.db-wal")));
    const auto mode = std::filesystem::status(folder.file("copy.db")).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(store->note("backed_up_at"), "") << "a note of the copy alone";
}

TEST(SqliteBackup, a_copy_opens_as_a_store) {
    const TemporaryFolder folder;
    const auto store = open_store(folder.file("a.db"));
    add(*store, "one");
    auto backup = SqliteBackup::begin(*store, folder.file("copy.db"));
    ASSERT_TRUE(backup);
    (void)steps_of(**backup, 1'000);
    ASSERT_TRUE((*backup)->finish({}));
    EXPECT_TRUE(open_store(folder.file("copy.db"))->session(SessionId("session_one")));
}

TEST(SqliteBackup, never_writes_over_anything) {
    const TemporaryFolder folder;
    const auto store = open_store(folder.file("a.db"));
    std::ofstream(folder.file("there")) << "mine";
    EXPECT_EQ(SqliteBackup::begin(*store, folder.file("there")).error().code, "backup_failed");
    EXPECT_EQ(SqliteBackup::begin(*store, folder.file("no/such/place")).error().code,
              "backup_failed");
}

TEST(SqliteBackup, a_damaged_copy_is_found_out) {
    const TemporaryFolder folder;
    {
        const auto store = open_store(folder.file("a.db"));
        for (int i = 0; i < 200; ++i) add(*store, std::to_string(i), 500);
    }
    ASSERT_TRUE(fold_log_in(folder.file("a.db")));
    ASSERT_TRUE(check_store_file(folder.file("a.db")));
    const auto size = std::filesystem::file_size(folder.file("a.db"));
    {
        std::fstream file(folder.file("a.db"), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(size / 2 / 4096 * 4096));
        file << std::string(512, '\x5a');
    }
    EXPECT_EQ(check_store_file(folder.file("a.db")).error().code, "store_damaged");
    std::ofstream(folder.file("text.db")) << std::string(8'192, 'x');
    EXPECT_EQ(check_store_file(folder.file("text.db")).error().code, "store_damaged");
    std::ofstream(folder.file("empty.db")).flush();
    EXPECT_EQ(check_store_file(folder.file("empty.db")).error().code, "store_damaged");
    EXPECT_EQ(check_store_file(folder.file("absent.db")).error().code, "store_open_failed");
}

TEST(SqliteBackup, a_truncated_copy_is_found_out) {
    const TemporaryFolder folder;
    {
        const auto store = open_store(folder.file("a.db"));
        for (int i = 0; i < 200; ++i) add(*store, std::to_string(i), 500);
    }
    ASSERT_TRUE(fold_log_in(folder.file("a.db")));
    std::filesystem::resize_file(folder.file("a.db"),
                                 std::filesystem::file_size(folder.file("a.db")) / 2);
    EXPECT_FALSE(check_store_file(folder.file("a.db")));
}

TEST(SqliteBackup, the_lock_keeps_a_server_out_and_the_other_way_round) {
    const TemporaryFolder folder;
    {
        const auto lock = StoreLock::take(folder.file("a.db"));
        ASSERT_TRUE(lock);
        EXPECT_EQ(open_sqlite_store({.path = folder.file("a.db")}).error().code, "store_locked");
    }
    const auto store = open_store(folder.file("a.db"));
    EXPECT_EQ(StoreLock::take(folder.file("a.db")).error().code, "store_locked");
    EXPECT_EQ(StoreLock::take(folder.file("no/such/a.db")).error().code, "store_open_failed");
}

TEST(SqliteBackup, notes_are_kept_changed_and_removed) {
    const TemporaryFolder folder;
    auto store = open_store(folder.file("a.db"));
    EXPECT_EQ(store->note("x"), "");
    store->begin();
    store->set_note("x", "1");
    store->set_note("y", "2");
    store->commit();
    store.reset();
    store = open_store(folder.file("a.db"));
    EXPECT_EQ(store->note("x"), "1");
    store->begin();
    store->set_note("x", "");
    store->set_note("y", "3");
    store->commit();
    EXPECT_EQ(store->note("x"), "");
    EXPECT_EQ(store->note("y"), "3");
}

TEST(SqliteBackup, what_is_forgotten_is_in_no_file_any_more) {
    const TemporaryFolder folder;
    const std::string secret = "the-customers-own-secret";
    const auto store = open_store(folder.file("a.db"));
    add(*store, "other");
    core::Session session;
    session.id = SessionId("session_secret");
    session.token_hash = "t";
    session.customer.name = secret;
    store->begin();
    store->insert_session(session);
    store->commit();
    const auto found_in = [&](const std::string& name) {
        std::ifstream file(folder.file(name), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        return bytes.find(secret) != std::string::npos;
    };
    EXPECT_TRUE(found_in("a.db-wal") || found_in("a.db"));
    store->begin();
    store->forget_session(session.id);
    store->commit();
    store->erase_traces();
    EXPECT_FALSE(found_in("a.db-wal"));
    EXPECT_FALSE(found_in("a.db"));
    EXPECT_TRUE(store->session(SessionId("session_other")));
}

}  // namespace
}  // namespace deskbell::store
