#pragma once
// What `deskbell doctor` asks Slack: token, scopes, channels, clock. Each answer with its fix.

#include "base/id.hpp"
#include "base/loop.hpp"
#include "desk/slack/slack_client.hpp"

#include <functional>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

struct CheckRow {
    enum class Level { ok, warn, fail };
    Level level = Level::ok;
    std::string name;    // "slack token"
    std::string detail;  // what was found
    std::string fix;     // what to do; empty when nothing
};

// Reads only: nothing is joined or posted. `done` comes once, later; client and loop outlive it.
void run_slack_checks(Loop& loop, SlackClient& client, std::vector<Destination> destinations,
                      std::function<void(std::vector<CheckRow>)> done,
                      bool private_channels_only = false);

}  // namespace deskbell::desk::slack
