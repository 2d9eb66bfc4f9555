#pragma once
// The keys of single sections, for config.cpp to read.

#include "app/config.hpp"
#include "app/config_reader.hpp"

#include <vector>

namespace deskbell::app {

[[nodiscard]] std::vector<ConfigField> site_fields(SiteConfig& site);
[[nodiscard]] std::vector<ConfigField> file_fields(FilesConfig& files);

}  // namespace deskbell::app
