#pragma once
// A site's settings as its widget reads them, and as the rules do. Pure.

#include "app/config.hpp"
#include "core/policy.hpp"

#include <string>

namespace deskbell::app {

// The body of GET /v1/config, see docs/protocol.md. No secret is in it.
[[nodiscard]] std::string site_settings_json(const Config& config, const SiteConfig& site);
[[nodiscard]] core::PreChat pre_chat_of(const SiteConfig& site);

}  // namespace deskbell::app
