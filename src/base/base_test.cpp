#include "base/json.hpp"
#include "base/mailbox.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace deskbell {
namespace {

TEST(Text, strict_utf8) {
    struct Row {
        std::string_view bytes;
        bool valid;
    };
    const Row rows[] = {
        {"plain", true},     {"caf\xc3\xa9", true},   {"\xf0\x9f\x91\x8b", true},
        {"\xc0\xaf", false}, {"\xed\xa0\x80", false}, {"\xf4\x90\x80\x80", false},
        {"\xe2\x82", false}, {"\xff", false},         {"\xe0\x80\x80", false},
        {"", true},
    };
    for (const Row& row : rows)
        EXPECT_EQ(is_utf8(row.bytes), row.valid)
            << to_hex({reinterpret_cast<const unsigned char*>(row.bytes.data()), row.bytes.size()});
}

TEST(Text, a_prefix_never_cuts_a_character) {
    const std::string wave = "ab\xf0\x9f\x91\x8b";
    EXPECT_EQ(prefix_at_most(wave, 5), "ab");
    EXPECT_EQ(prefix_at_most(wave, 6), wave);
    EXPECT_EQ(count_characters(wave), 3u);
}

TEST(Text, controls_and_bidirectional_overrides_are_dropped) {
    EXPECT_EQ(without_controls("a\x01"
                               "b\n\tc\xe2\x80\xae"
                               "d\x7f"),
              "ab\n\tcd");
}

TEST(Time, rfc3339_has_milliseconds) {
    EXPECT_EQ(to_rfc3339(1'763'800'000'123), "2025-11-22T08:26:40.123Z");
    EXPECT_EQ(to_rfc3339(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(to_hours_minutes(1'763'800'000'123), "08:26");
}

TEST(Random, a_seed_repeats_itself_and_uuids_have_their_shape) {
    SeededRandom one(7);
    SeededRandom two(7);
    const std::string uuid = one.uuid();
    EXPECT_EQ(uuid, two.uuid());
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_EQ(one.base32(8).size(), 8u);
}

TEST(Mailbox, refuses_past_its_bound_and_drains_after_close) {
    Mailbox<int> mailbox(2);
    EXPECT_TRUE(mailbox.try_push(1));
    EXPECT_TRUE(mailbox.try_push(2));
    EXPECT_FALSE(mailbox.try_push(3));
    mailbox.close();
    EXPECT_FALSE(mailbox.try_push(4));
    EXPECT_EQ(mailbox.take(10), (std::vector<int>{1, 2}));
    EXPECT_TRUE(mailbox.take(10).empty());
}

TEST(Json, only_objects_within_the_depth_are_read) {
    EXPECT_TRUE(parse_json_object(R"({"a":1})"));
    EXPECT_EQ(parse_json_object("[1]").error().code, "json_not_object");
    EXPECT_EQ(parse_json_object("{").error().code, "invalid_json");
    EXPECT_EQ(parse_json_object(R"({"a":)" + std::string(40, '[') + std::string(40, ']') + "}")
                  .error()
                  .code,
              "invalid_json");
}

}  // namespace
}  // namespace deskbell
