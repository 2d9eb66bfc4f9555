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
    const auto manifest = desk::slack::make_manifest(config->server.public_url, socket_mode);
    if (!manifest) {
        std::fprintf(stderr, "deskbell: %s\n", manifest.error().detail.c_str());
        return exit_usage;
    }
    std::printf("%s\n", manifest->c_str());
    return exit_done;
}

}  // namespace deskbell::app
