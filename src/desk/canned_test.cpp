#include "desk/canned.hpp"

#include <fstream>
#include <sstream>

#include <unistd.h>

#include <gtest/gtest.h>

namespace deskbell::desk {
namespace {

struct Canned : ::testing::Test {
    std::string file = ::testing::TempDir() + "canned-" + std::to_string(::getpid()) + ".md";

    void write(const std::string& content) { std::ofstream(file) << content; }
    std::string read() {
        std::ostringstream content;
        content << std::ifstream(file).rdbuf();
        return content.str();
    }
    void TearDown() override { std::filesystem::remove(file); }
};

TEST_F(Canned, RepliesAreFoundByNameOrItsBeginning) {
    write(
        "# Ours\n\n## Opening hours\nWe open at **nine**.\n\nAnd close at five.\n## price\nFrom "
        "$1\n## prices b2b\nAsk.\n## empty\n");
    CannedReplies canned(file);
    EXPECT_EQ(canned.find("Opening Hours")->text, "We open at **nine**.\n\nAnd close at five.");
    EXPECT_EQ(canned.find("opening")->name, "opening-hours");
    EXPECT_EQ(canned.find("price")->text, "From $1");
    EXPECT_EQ(canned.find("pri").error().code, "canned_unclear");
    EXPECT_EQ(canned.find("empty").error().code, "canned_unknown");
    EXPECT_EQ(canned.find("").error().code, "canned_unknown");
}

TEST_F(Canned, SearchLooksAtNamesFirst) {
    write("## refund\nMoney back.\n## hours\nNo refund on Sundays.\n## price\nx\n");
    CannedReplies canned(file);
    const auto found = canned.search("refund", 10);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].name, "refund");
    EXPECT_EQ(found[1].name, "hours");
    EXPECT_EQ(canned.search("", 2).size(), 2u);
    EXPECT_TRUE(canned.search("nothing of it", 10).empty());
}

TEST_F(Canned, WhatIsPutStaysInTheFile) {
    write("# Ours\n\n## price\nFrom $1\n");
    CannedReplies canned(file);
    EXPECT_TRUE(canned.put("Price", "From $2"));
    EXPECT_TRUE(canned.put("hello", "Hi {{customer.name|there}}"));
    CannedReplies another(file);
    EXPECT_EQ(another.find("price")->text, "From $2");
    EXPECT_EQ(another.find("hello")->text, "Hi {{customer.name|there}}");
    EXPECT_TRUE(read().starts_with("# Ours"));
    EXPECT_TRUE(canned.put("price", " "));
    EXPECT_EQ(canned.find("price").error().code, "canned_unknown");
}

TEST_F(Canned, WhatWouldBreakTheFileIsRefused) {
    write("## price\nFrom $1\n");
    CannedReplies canned(file);
    EXPECT_EQ(canned.put("", "x").error().code, "canned_invalid");
    EXPECT_EQ(canned.put("a", "x\n## b\ny").error().code, "canned_invalid");
    EXPECT_EQ(canned.put(std::string(61, 'a'), "x").error().code, "canned_invalid");
    EXPECT_EQ(canned.put("a", std::string(3001, 'x')).error().code, "canned_invalid");
    EXPECT_EQ(CannedReplies("").put("a", "x").error().code, "canned_off");
    EXPECT_EQ(read(), "## price\nFrom $1\n");
    EXPECT_EQ(CannedReplies("/nowhere/canned.md").check().error().code, "canned_unreadable");
}

TEST_F(Canned, AHoleIsNeverSent) {
    const std::map<std::string, std::string> values = {{"customer.name", "John"}, {"empty", ""}};
    EXPECT_EQ(*fill_in("Hi {{ customer.name }}!", values), "Hi John!");
    EXPECT_EQ(*fill_in("Hi {{empty|there}}, {{nothing|}}.", values), "Hi there, .");
    EXPECT_EQ(*fill_in("{{open", values), "{{open");
    const auto hole = fill_in("Hi {{empty}}", values);
    ASSERT_FALSE(hole);
    EXPECT_EQ(hole.error().code, "canned_incomplete");
    EXPECT_NE(hole.error().detail.find("empty"), std::string::npos);
}

}  // namespace
}  // namespace deskbell::desk
