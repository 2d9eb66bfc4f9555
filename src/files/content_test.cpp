// What bytes are, whatever their name claims; and a folder that keeps them whole.

#include "files/content.hpp"

#include "base/random.hpp"
#include "base/text.hpp"
#include "files/file_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace deskbell::files {
namespace {

using namespace std::string_view_literals;

TEST(Content, decides_by_bytes_and_not_by_names) {
    const std::tuple<std::string_view, std::string_view, std::string_view> table[] = {
        {"\x89PNG\r\n\x1a\nrest", "a.txt", "image/png"},
        {"\xff\xd8\xff\xe0", "a.png", "image/jpeg"},
        {"RIFF\0\0\0\0WEBPVP8 "sv, "a", "image/webp"},
        {"RIFF\0\0\0\0WAVEfmt "sv, "a", "audio/wav"},
        {"%PDF-1.7", "a.exe", "application/pdf"},
        {"PK\x03\x04", "a.docx",
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {"PK\x03\x04", "a.png", "application/zip"},
        {"MZ\x90", "photo.png", "application/vnd.microsoft.portable-executable"},
        {"\x7f"
         "ELF",
         "notes.txt", "application/x-executable"},
        {"<!DOCTYPE html><p>", "a.png", "text/html"},
        {"\xef\xbb\xbf \n<HTML>", "a.txt", "text/html"},
        {"<?xml version=\"1.0\"?><svg onload=\"x\"/>", "a.png", "image/svg+xml"},
        {"<svg/>", "a.txt", "image/svg+xml"},
        {"<?xml version=\"1.0\"?><a/>", "a.txt", "application/xml"},
        {"a,b\n1,2\n", "t.CSV", "text/csv"},
        {"hello ü", "t.txt", "text/plain"},
        {"hello \xc3", "cut.txt", "text/plain"},
        {"nul\0inside"sv, "t.txt", "application/octet-stream"},
        {"\xfe\xfe\xfe\xfe\xfe\xfe", "t.txt", "application/octet-stream"},
    };
    for (const auto& [bytes, name, type] : table) EXPECT_EQ(type_of(bytes, name), type) << name;
}

TEST(Content, knows_the_size_of_pictures) {
    const auto png = picture_size("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\0\x02"sv);
    ASSERT_TRUE(png);
    EXPECT_EQ(png->width, 256);
    EXPECT_EQ(png->height, 2);
    const auto gif = picture_size("GIF89a\x05\0\x07\0"sv);
    ASSERT_TRUE(gif);
    EXPECT_EQ(gif->width, 5);
    EXPECT_EQ(gif->height, 7);
    const auto jpeg =
        picture_size("\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x11\x08\0\x0a\0\x14\x03\0\0"sv);
    ASSERT_TRUE(jpeg);
    EXPECT_EQ(jpeg->width, 20);
    EXPECT_EQ(jpeg->height, 10);
    EXPECT_FALSE(picture_size("\xff\xd8\xff"));
    EXPECT_FALSE(picture_size(""));
}

TEST(Content, names_lead_nowhere) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"a.png", "a.png"},
        {"../../etc/passwd", "passwd"},
        {"C:\\x\\y.doc", "y.doc"},
        {".bashrc", "bashrc"},
        {"", "file"},
        {"...", "file"},
        {"a\x01\nb.txt", "ab.txt"},
        {"x\"<>|:*?y", "xy"},
        {"\xff\xfe", "file"},
    };
    for (const auto& [given, safe] : table) EXPECT_EQ(safe_name(given), safe) << given;
    const std::string longest = safe_name(std::string(500, 'a') + ".docx");
    EXPECT_EQ(longest.size(), 200U);
    EXPECT_TRUE(longest.ends_with(".docx"));
}

TEST(Content, patterns_allow) {
    EXPECT_TRUE(is_allowed("image/png", {"image/*"}));
    EXPECT_TRUE(is_allowed("text/csv", {"image/*", "text/csv"}));
    EXPECT_FALSE(is_allowed("text/html", {"image/*", "text/plain"}));
    EXPECT_FALSE(is_allowed("imagepng/x", {"image/*"}));
    EXPECT_TRUE(is_allowed("anything/else", {"*/*"}));
}

class FileFolderTest : public testing::Test {
protected:
    FileFolderTest() {
        char pattern[] = "/tmp/deskbell-files-XXXXXX";
        path = ::mkdtemp(pattern);
        folder.emplace(std::move(*FileFolder::open(path)));
    }
    ~FileFolderTest() override { std::filesystem::remove_all(path); }

    std::string path;
    std::optional<FileFolder> folder;
    SeededRandom random{3};
    const FileId id{"file_0123456789abcdefghijklmnop"};
};

TEST_F(FileFolderTest, keeps_what_was_written_and_nothing_else) {
    auto spool = folder->spool(random);
    EXPECT_TRUE(spool->write("hello "));
    EXPECT_TRUE(spool->write("world"));
    const Content content = spool->finish();
    EXPECT_EQ(content.size, 11);
    EXPECT_EQ(content.hash, sha256_hex("hello world"));
    EXPECT_FALSE(folder->has(id));
    ASSERT_TRUE(folder->keep(*spool, id));
    spool.reset();
    EXPECT_TRUE(folder->has(id));
    const auto mapped = MappedFile::open(folder->path_of(id));
    ASSERT_TRUE(mapped);
    EXPECT_EQ(mapped->bytes(), "hello world");
    folder->remove(id);
    EXPECT_FALSE(folder->has(id));
    EXPECT_EQ(mapped->bytes(), "hello world");  // whoever reads it reads on
}

TEST_F(FileFolderTest, sweeps_what_nobody_knows) {
    const FileId other{"file_ponmlkjihgfedcba9876543210"};
    for (const FileId& one : {id, other}) {
        auto spool = folder->spool(random);
        EXPECT_TRUE(spool->write("x"));
        (void)spool->finish();
        ASSERT_TRUE(folder->keep(*spool, one));
    }
    std::ofstream(path + "/tmp/left-over") << "half";
    EXPECT_EQ(folder->sweep([&](const FileId& one) { return one == id; }), 2U);
    EXPECT_TRUE(folder->has(id));
    EXPECT_FALSE(folder->has(other));
    EXPECT_TRUE(std::filesystem::is_empty(path + "/tmp"));
}

TEST_F(FileFolderTest, a_spool_that_is_dropped_leaves_nothing) {
    {
        EXPECT_TRUE(folder->spool(random)->write("half"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(path + "/tmp"));
}

TEST(FileIds, lead_nowhere) {
    EXPECT_TRUE(is_file_id("file_0123456789abcdefghijklmnop"));
    for (const char* text :
         {"", "file_", "file_../../../../../../../etc", "0123456789abcdefghijklmnop",
          "file_0123456789abcdefghijklmno/", "file_0123456789ABCDEFGHIJKLMNOP"})
        EXPECT_FALSE(is_file_id(text)) << text;
}

}  // namespace
}  // namespace deskbell::files
