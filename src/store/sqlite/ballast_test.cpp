#include "store/sqlite/ballast.hpp"
#include "store/sqlite/checksum.hpp"
#include "store/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace deskbell::store {
namespace {

constexpr std::int64_t bytes = 1 << 20;

std::int64_t bytes_on_disk(const std::string& path) {
    struct stat found{};
    return ::stat(path.c_str(), &found) == 0 ? found.st_blocks * 512 : -1;
}

TEST(Ballast, takes_real_room_and_gives_it_back) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.ballast");
    Ballast ballast;
    ballast.open(path, "", bytes);
    EXPECT_FALSE(ballast.given_up());
    EXPECT_GE(bytes_on_disk(path), bytes);
    EXPECT_TRUE(ballast.give_up());
    EXPECT_FALSE(ballast.give_up()) << "there is no more";
    EXPECT_TRUE(ballast.given_up());
    EXPECT_EQ(bytes_on_disk(path), 0);
    EXPECT_TRUE(ballast.make_again());
    EXPECT_FALSE(ballast.given_up());
    EXPECT_GE(bytes_on_disk(path), bytes);
    EXPECT_LT(bytes_on_disk(path), 2 * bytes) << "the room that was looked for is not kept";
}

TEST(Ballast, tells_the_next_process_that_it_was_given_up) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.ballast");
    {
        Ballast first;
        first.open(path, "", bytes);
        first.give_up();
    }
    Ballast second;
    second.open(path, "", bytes);
    EXPECT_TRUE(second.given_up());
    EXPECT_TRUE(second.make_again());
}

TEST(Ballast, grows_and_shrinks_with_what_is_wanted_and_goes_when_nothing_is) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.ballast");
    for (const std::int64_t wanted : {bytes, 3 * bytes, bytes / 2}) {
        Ballast ballast;
        ballast.open(path, "", wanted);
        EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(path)), wanted);
    }
    Ballast none;
    none.open(path, "", 0);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(none.give_up());
    EXPECT_TRUE(none.make_again());
}

TEST(Ballast, is_done_without_where_there_is_no_room) {
    const TemporaryFolder folder;
    Ballast ballast;
    ballast.open(folder.file("a.ballast"), "", 1LL << 50);
    EXPECT_FALSE(std::filesystem::exists(folder.file("a.ballast")));
    EXPECT_FALSE(ballast.given_up());
}

TEST(Checksum, no_flipped_bit_goes_unseen) {
    core::Message message;
    message.id = MessageId("msg_1");
    message.text = "Your order 4711 will be there on Monday.";
    const std::int64_t right = checksum_of(message);
    EXPECT_EQ(checksum_of(message), right);
    for (std::size_t at = 0; at < message.text.size() * 8; ++at) {
        core::Message other = message;
        other.text[at / 8] = static_cast<char>(other.text[at / 8] ^ (1 << at % 8));
        EXPECT_NE(checksum_of(other), right);
    }
    core::Message moved = message;  // the same bytes in other columns
    moved.author_name = "Your";
    moved.text = message.text.substr(4);
    EXPECT_NE(checksum_of(moved), right);
    core::Letter letter;
    const std::int64_t waiting = checksum_of(letter);
    letter.state = core::LetterState::sending;
    EXPECT_NE(checksum_of(letter), waiting);
}

}  // namespace
}  // namespace deskbell::store
