#pragma once
// The house in words, for commands and the Home tab alike. Pure: markup out, whatever customers
// typed escaped.

#include "desk/house.hpp"

#include <optional>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

// "• *<link|Jane Doe>* · billing · waiting 4 min", one line. With `now` 0 it says since when
// instead, which stays true.
[[nodiscard]] std::string session_line(const HouseSession& session,
                                       const std::string& workspace_url, WallMs now);
// The numbers of those who wait and talk, and whether somebody is there.
[[nodiscard]] std::string queue_line(const House& house, std::optional<std::int64_t> online);
// The day's, one line each.
[[nodiscard]] std::vector<std::string> day_lines(const House& house);
// The way to Slack: "All is well", or what is wrong.
[[nodiscard]] std::string health_line(const House& house);

}  // namespace deskbell::desk::slack
