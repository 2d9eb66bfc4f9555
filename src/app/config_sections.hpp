#pragma once
// The keys of single sections, for config.cpp to read.

#include "app/config.hpp"
#include "app/config_reader.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::app {

[[nodiscard]] std::vector<ConfigField> site_fields(SiteConfig& site);
[[nodiscard]] std::vector<ConfigField> file_fields(FilesConfig& files);
[[nodiscard]] std::vector<ConfigField> workspace_fields(WorkspaceConfig& workspace);
// Routes that name a workspace lead there from now on; `of_routes` says which, in their order.
void settle_workspaces(Config& config, const std::vector<std::string>& of_routes,
                       ConfigReader& reader);
[[nodiscard]] std::vector<ConfigField> bot_fields(BotConfig& bot);
// What no single key of it can be blamed for, and what follows from the kind.
void check_bot(BotConfig& bot, ConfigReader& reader);

}  // namespace deskbell::app
