#include "app/incarnation.hpp"

#include "app/files.hpp"
#include "store/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace deskbell::app {
namespace {

TEST(Incarnation, only_a_greater_number_beside_it_makes_a_store_old) {
    struct Case {
        std::int64_t in_store;
        std::optional<std::int64_t> beside;
        bool older;
        const char* why;
    };
    const Case cases[] = {
        {0, std::nullopt, false, "a first start"},
        {7, 7, false, "a restart"},
        {8, 7, false, "a loss of power took the file's last numbers"},
        {6, 7, true, "a backup was put back"},
        {0, 7, true, "an empty database was put in its place"},
        {7, std::nullopt, true, "the database was copied here alone"},
    };
    for (const Case& one : cases)
        EXPECT_EQ(is_older_than_world(one.in_store, one.beside), one.older) << one.why;
}

TEST(Incarnation, is_read_back_as_it_was_written) {
    const store::TemporaryFolder folder;
    Incarnation incarnation(folder.file("a.db"));
    EXPECT_EQ(incarnation.read(), std::nullopt);
    ASSERT_TRUE(incarnation.write(41));
    EXPECT_EQ(incarnation.read(), 41);
    incarnation.touch(42);
    incarnation.touch(1'000'000'000'000);
    EXPECT_EQ(incarnation.read(), 1'000'000'000'000);
    ASSERT_TRUE(incarnation.write(43));
    incarnation.touch(44);
    EXPECT_EQ(Incarnation(folder.file("a.db")).read(), 44);
    EXPECT_FALSE(exists(incarnation.path() + ".new"));
    std::ofstream(incarnation.path()) << "something else";
    EXPECT_EQ(incarnation.read(), std::nullopt);
    EXPECT_FALSE(Incarnation(folder.file("no/such/place.db")).write(1));
}

TEST(Files, are_copied_renamed_and_never_written_over) {
    const store::TemporaryFolder folder;
    const std::string content(3'000'000, 'c');
    ASSERT_TRUE(replace_file(folder.file("a"), content));
    ASSERT_TRUE(copy_file(folder.file("a"), folder.file("b")));
    EXPECT_EQ(read_file(folder.file("b"), 10'000'000), content);
    EXPECT_FALSE(copy_file(folder.file("a"), folder.file("b")));
    EXPECT_FALSE(copy_file(folder.file("absent"), folder.file("c")));
    EXPECT_FALSE(exists(folder.file("c")));
    ASSERT_TRUE(rename_file(folder.file("a"), folder.file("c")));
    EXPECT_FALSE(exists(folder.file("a")));
    EXPECT_EQ(time_for_names(1'795'255'200'000), "20261121T100000Z");
}

}  // namespace
}  // namespace deskbell::app
