// `deskbell serve`: the server.

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/server.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace deskbell::app {
namespace {

// Errors of the configuration that show only when something is opened.
bool is_configuration_error(const Error& error) {
    constexpr std::string_view codes[] = {"faq_unreadable",        "faq_empty",
                                          "invalid_proxy",         "tls_unusable",
                                          "address_invalid",       "store_open_failed",
                                          "sealed_by_another_key", "installations_unreadable"};
    return std::ranges::find(codes, error.code) != std::end(codes);
}

// What a server must have and a demo brings along: fail closed, all at once, with the fix.
ConfigErrors missing_for_serve(const Config& config) {
    ConfigErrors errors;
    if (config.slack.bot_token.empty() && config.slack.client_id.empty()) {
        errors.lines.push_back(
            "slack.bot_token: is missing. Set it, or DESKBELL_SLACK_BOT_TOKEN, or "
            "slack.bot_token_file; or set slack.client_id, to install the app by a browser.");
    }
    if (config.slack.socket_mode && config.slack.app_token.empty()) {
        errors.lines.push_back(
            "slack.app_token: is missing. Socket Mode needs the app-level token (xapp-…) with "
            "connections:write; set it, or DESKBELL_SLACK_APP_TOKEN, or slack.app_token_file.");
    }
    if (!config.slack.socket_mode && config.slack.signing_secret.empty()) {
        errors.lines.push_back(
            "slack.signing_secret: is missing. Without it Slack's requests cannot be verified; set "
            "it, or "
            "DESKBELL_SLACK_SIGNING_SECRET, or slack.signing_secret_file.");
    }
    for (const SiteConfig& site : config.sites) {
        if (!site.origins.empty() || config.server.demo_page) continue;
        errors.lines.push_back(
            "site \"" + site.id +
            "\": origins is missing. Name the exact origins that may embed the widget, "
            "for example https://www.example.com.");
    }
    return errors;
}

}  // namespace

int run_serve(const std::optional<std::string>& config_file) {
    auto config = load_config(config_file, process_environment());
    if (!config) {
        print_errors(config.error());
        return exit_usage;
    }
    if (const ConfigErrors missing = missing_for_serve(*config); !missing.lines.empty()) {
        print_errors(missing);
        return exit_usage;
    }
    hold_signals();
    set_up_log(config->log);
    Server server(std::move(*config), {});
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "deskbell: %s: %s\n", started.error().code.c_str(),
                     started.error().detail.c_str());
        return is_configuration_error(started.error()) ? exit_usage : exit_failed;
    }
    std::printf("Deskbell listens on %s\n", server.url().c_str());
    std::fflush(stdout);
    wait_for_stop();
    let_second_signal_end_us();
    log::info("stopping: customers are told to come back, posts in the air are finished");
    server.stop();
    log::info("stopped");
    return exit_done;
}

}  // namespace deskbell::app
