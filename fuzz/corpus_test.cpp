// Plays the committed corpus of every fuzz target, without libFuzzer: what once broke stays mended
// in every build.

#include "fuzz/target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace deskbell::fuzz {
namespace {

namespace fs = std::filesystem;

std::map<std::string, Target>& targets() {
    static std::map<std::string, Target> all;
    return all;
}

char playing[512];  // the file whose bytes are being played, for the last words

// A broken property ends the process; it says with which file.
void name_the_file(int) {
    constexpr std::string_view words = "fuzz: while playing ";
    static_cast<void>(!::write(2, words.data(), words.size()));
    static_cast<void>(!::write(2, playing, std::strlen(playing)));
    static_cast<void>(!::write(2, "\n", 1));
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    if (!fs::is_directory(folder)) return files;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string content_of(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf();
    return content.str();
}

}  // namespace

Registration::Registration(const char* name, Target target) { targets()[name] = target; }

namespace {

TEST(fuzz_corpus, every_target_has_seeds_and_takes_all_of_them) {
    std::signal(SIGABRT, name_the_file);
    for (const auto& [name, target] : targets()) {
        const auto files = files_in(fs::path(DESKBELL_FUZZ_FOLDER) / "corpus" / name);
        EXPECT_FALSE(files.empty()) << "no seeds in fuzz/corpus/" << name;
        for (const fs::path& file : files) {
            std::snprintf(playing, sizeof playing, "%s", file.c_str());
            target(content_of(file));
        }
        target({});
    }
    std::signal(SIGABRT, SIG_DFL);
}

TEST(fuzz_corpus, every_folder_of_seeds_has_its_target) {
    const fs::path corpus = fs::path(DESKBELL_FUZZ_FOLDER) / "corpus";
    for (const auto& entry : fs::directory_iterator(corpus))
        EXPECT_TRUE(targets().contains(entry.path().filename().string())) << entry.path();
    EXPECT_GE(targets().size(), 12u);
}

}  // namespace
}  // namespace deskbell::fuzz
