// `deskbell sandbox`: Slack as far as we need it, alone.

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"
#include "app/ready_line.hpp"
#include "sandbox/http/server.hpp"

#include <cstdio>

namespace deskbell::app {

int run_sandbox(const SandboxOptions& options) {
    const auto listen = parse_listen(options.listen);
    if (!listen) {
        std::fputs("deskbell: --listen must be ADDRESS:PORT, for example 127.0.0.1:8081\n", stderr);
        return exit_usage;
    }
    hold_signals();
    set_up_log({.level = "warn", .format = "text"});
    sandbox::ServerOptions server_options;
    server_options.address = listen->address;
    server_options.port = listen->port;
    server_options.state_file = options.state_file.value_or("");
    server_options.events_url = options.events_url;
    server_options.interactivity_url = options.interactivity_url;
    server_options.public_url = options.public_url;
    server_options.assets = web_assets();
    sandbox::Server server(std::move(server_options));
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "deskbell: %s\n", started.error().detail.c_str());
        return exit_failed;
    }
    print_ready_line("sandbox", server.info());
    std::printf("The sandbox workspace: %s   (Ctrl-C ends it)\n", server.info().ui_url.c_str());
    std::fflush(stdout);
    wait_for_stop();
    let_second_signal_end_us();
    server.stop();
    return exit_done;
}

}  // namespace deskbell::app
