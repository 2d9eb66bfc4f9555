#pragma once
// What `deskbell doctor` finds out by doing: whether events arrive, what can be read back, and, on
// request, what this workspace really does where Slack's documentation is silent.

#include "app/config.hpp"
#include "app/slack_line.hpp"
#include "desk/slack/slack_checks.hpp"
#include "net/asio_loop.hpp"

#include <string>
#include <vector>

namespace deskbell::app {

using CheckRows = std::vector<desk::slack::CheckRow>;

// A post in the first route's channel that is gone again a moment later: are our marks read back,
// is reading rationed, does the running server hear of it?
void check_events(const Config& config, SlackLine& slack, CheckRows& rows);
// Socket Mode: whether a connection can be opened. Opened in earnest only when no server runs:
// Slack would hand this one what is meant for the server.
void check_sockets(const Config& config, net::AsioLoop& loop, net::HttpClient& http,
                   CheckRows& rows);
// In `channel`, where the bot is a member and nobody minds some messages, all removed at the end.
void check_live(const Config& config, const std::string& channel, SlackLine& slack,
                CheckRows& rows);

// What the running server says of Slack; empty when none runs.
[[nodiscard]] json::object server_on_slack(const Config& config);

}  // namespace deskbell::app
