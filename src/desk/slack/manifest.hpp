#pragma once
// The Slack app as a manifest to paste: the events and scopes we use, and no others.

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::desk::slack {

struct ManifestOptions {
    std::string public_url;  // HTTP mode: what Slack reaches, without a path
    bool socket_mode = false;
    std::string name = "Deskbell";
    bool installed_by_browser = false;  // then Slack must know where browsers come back
};

// JSON, indented.
[[nodiscard]] std::string app_manifest(const ManifestOptions& options);
[[nodiscard]] const std::vector<std::string_view>& bot_scopes();
// Without these nothing works; the others cost a feature each.
[[nodiscard]] const std::vector<std::string_view>& required_scopes();
[[nodiscard]] const std::vector<std::string_view>& bot_events();

}  // namespace deskbell::desk::slack
