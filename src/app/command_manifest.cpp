// `deskbell manifest`: prints the Slack app manifest to paste.

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"
#include "desk/slack/manifest.hpp"

#include <cstdio>

namespace deskbell::app {

int run_manifest(const std::optional<std::string>& config_file, bool socket_mode) {
    const auto config = load_config(config_file, process_environment());
    if (!config) {
        print_errors(config.error());
        return exit_usage;
    }
    if (!socket_mode && config->server.public_url.empty()) {
        std::fputs(
            "deskbell: server.public_url: is missing. Slack must know where to send events; set "
            "it, or "
            "DESKBELL_SERVER_PUBLIC_URL, for example https://chat.example.com\n",
            stderr);
        return exit_usage;
    }
    const std::string manifest =
        desk::slack::app_manifest({.public_url = config->server.public_url,
                                   .socket_mode = socket_mode,
                                   .installed_by_browser = !config->slack.client_id.empty()});
    std::printf("%s\n", manifest.c_str());
    return exit_done;
}

}  // namespace deskbell::app
