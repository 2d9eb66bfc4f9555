#pragma once
// Keeps the model in a file: read once at start, written whole, by a temporary file and a rename,
// some time after each change.

#include "base/loop.hpp"
#include "base/result.hpp"
#include "sandbox/model/slack.hpp"

#include <string>

namespace deskbell::sandbox {

class StateFile {
public:
    // An empty path keeps nothing.
    StateFile(Loop& loop, Slack& slack, std::string path);

    // A file that is not there is a fresh start.
    Result<void> load();
    // Changes are gathered: a second, or ten times what the last writing took.
    void changed();
    Result<void> save_now();

private:
    Loop& loop_;
    Slack& slack_;
    std::string path_;
    std::uint64_t saved_version_ = 0;
    std::int64_t delay_ms_ = 1000;
    TimerId timer_ = 0;
};

}  // namespace deskbell::sandbox
