// `deskbell demo`: server, sandbox and the demo pages in one process. The server is the real one:
// it reaches the sandbox over HTTP, like Slack, and differs from `serve` in its configuration only.

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/ready_line.hpp"
#include "app/server.hpp"
#include "sandbox/http/server.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

namespace deskbell::app {
namespace {

std::string_view demo_faq() {
    for (const WebAsset& asset : web_assets()) {
        if (asset.path == "/demo/faq.md") return asset.raw;
    }
    return {};
}

Config demo_config(const ListenAddress& listen, const sandbox::SandboxInfo& sandbox,
                   const std::string& directory) {
    Config config;
    config.server.listen = listen;
    config.server.database_file = directory + "/deskbell.db";
    config.server.ballast_bytes = 0;  // it is thrown away anyway
    config.server.demo_page = true;
    config.sites.emplace_back();
    config.slack.api_url = sandbox.api_url;
    config.slack.bot_token = Secret(sandbox.bot_token);
    config.slack.app_token = Secret(sandbox.app_token);
    config.slack.signing_secret = Secret(sandbox.signing_secret);
    config.slack.routes.push_back({.destinations = {Destination("#vip-sales")},
                                   .site = {},
                                   .topic = {},
                                   .url_prefix = {},
                                   .attributes = {}});
    config.bot.name = "Shoebox Bot";
    config.bot.faq_file = directory + "/faq.md";
    config.log.level = "warn";
    std::ofstream(config.bot.faq_file) << demo_faq();
    return config;
}

void print_words(const DemoUrls& urls, const std::string& desk) {
    std::printf(
        "\n  Deskbell demo: no account needed.\n\n"
        "  Open this: both sides, beside each other   %s\n\n"
        "  The shop, as your customers see it         %s\n"
        "  #vip-sales, as your agents see it          %s\n\n"
        "  1 ask the bot   2 press \"Talk to a human\"   3 answer in the thread\n"
        "  Ctrl-C ends it.\n\n",
        urls.demo_url.c_str(), urls.shop_url.c_str(), desk.c_str());
    std::fflush(stdout);
}

// Starts the server and sees to it that Slack's events reach it.
Result<void> connect_demo(sandbox::Server& sandbox, Server& server, bool socket_mode) {
    const std::string settings =
        socket_mode ? R"({"socket_mode":true})" : R"({"socket_mode":false})";
    if (auto changed = sandbox.change_settings(settings); !changed) return changed;
    if (auto started = server.start(); !started) return started;
    // Over Socket Mode nothing is sent there; the agents' page still tells by it whose app this is.
    sandbox.set_interactivity_url(server.url() + "/slack/interactivity");
    if (socket_mode) return {};
    return sandbox.set_events_url(server.url() + "/slack/events");
}

int fail_with(const Error& error) {
    std::fprintf(stderr, "deskbell: %s: %s\n", error.code.c_str(), error.detail.c_str());
    return exit_failed;
}

}  // namespace

int run_demo(const DemoOptions& options) {
    const auto listen = parse_listen(options.listen);
    if (!listen) {
        std::fputs("deskbell: --listen must be ADDRESS:PORT, for example 127.0.0.1:8080\n", stderr);
        return exit_usage;
    }
    hold_signals();
    set_up_log({.level = "warn", .format = "text"});
    std::optional<TemporaryDirectory> throw_away;
    if (!options.data_directory) throw_away.emplace();
    const std::string directory = throw_away ? throw_away->path() : *options.data_directory;
    std::filesystem::create_directories(directory);

    sandbox::ServerOptions sandbox_options;
    sandbox_options.address = listen->address;
    sandbox_options.port = options.sandbox_port;
    sandbox_options.assets = web_assets();
    // With --data a second start goes on where the first one ended, on both sides.
    if (!throw_away) sandbox_options.state_file = directory + "/sandbox.json";
    sandbox::Server sandbox(std::move(sandbox_options));
    if (const auto started = sandbox.start(); !started) return fail_with(started.error());

    Config config = demo_config(*listen, sandbox.info(), directory);
    config.slack.socket_mode = options.socket_mode;
    Server server(std::move(config), {.sandbox_url = sandbox.info().ui_url});
    if (const auto listening = connect_demo(sandbox, server, options.socket_mode); !listening)
        return fail_with(listening.error());
    const DemoUrls urls{.server_url = server.url(),
                        .shop_url = server.url() + "/demo/",
                        .demo_url = server.url() + "/"};
    print_ready_line("demo", sandbox.info(), &urls);
    print_words(urls, sandbox.info().ui_url);
    wait_for_stop();
    let_second_signal_end_us();
    server.stop();
    sandbox.stop();
    return exit_done;
}

}  // namespace deskbell::app
