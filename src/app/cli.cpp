#include "app/cli.hpp"

#include "app/commands.hpp"
#include "app/version.hpp"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

namespace deskbell::app {
namespace {

struct Words {
    DemoOptions demo;
    SandboxOptions sandbox;
    std::optional<std::string> config_file;
    bool live = false;
    std::string scratch_channel;
    bool socket_mode = false;
    bool json = false;
    BackupOptions backup;
    RestoreOptions restore;
    SessionsOptions sessions;
    SessionOptions session;
    ExportOptions exported;
};

void add_config(CLI::App* command, Words& words) {
    command->add_option("--config", words.config_file,
                        "Configuration file (default: ./deskbell.toml, else the environment only)");
}

void describe_operators(CLI::App& app, Words& words) {
    const auto add = [&](const char* name, const char* what) {
        CLI::App* command = app.add_subcommand(name, what);
        add_config(command, words);
        command->add_flag("--json", words.json, "Print JSON");
        return command;
    };
    CLI::App* sessions = add("sessions", "Lists sessions, newest first");
    sessions->add_option("--limit", words.sessions.limit, "At most so many")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    sessions->add_option("--before", words.sessions.before, "Only those before this id");
    sessions->add_option("--state", words.sessions.state, "Only those in this state")
        ->check(CLI::IsMember({"bot", "waiting", "open", "closed"}));
    add("transcript", "Prints a session's conversation")
        ->add_option("id", words.session.id, "The session")
        ->required();
    add("forget", "Removes a session from the database for good")
        ->add_option("id", words.session.id, "The session")
        ->required();
    CLI::App* exported = add("export", "Every session with its log, one a line of JSON");
    exported->add_option("--session", words.exported.id, "Only this one");
    exported->add_option("--output", words.exported.output, "Into this file");
    exported->add_flag("--force", words.exported.force, "Write over the file");
    CLI::App* backup =
        add("backup", "A checked copy of the database; the server may go on running");
    backup->add_option("to", words.backup.to, "A file, or a folder")->required();
    backup->add_option("--keep", words.backup.keep, "Keep so many in the folder, the newest")
        ->check(CLI::Range(1, 1'000'000));
    backup->add_flag("--force", words.backup.force, "Write over the file");
    add("restore", "Puts a backup in the database's place; stop the server first")
        ->add_option("from", words.restore.from, "The backup")
        ->required();
}

template <class Options>
Options with_common(Options options, const Words& words) {
    options.config_file = words.config_file;
    if constexpr (requires { options.json; }) options.json = words.json;
    return options;
}

void describe(CLI::App& app, Words& words) {
    app.require_subcommand(1);
    CLI::App* demo = app.add_subcommand(
        "demo", "Server, Slack sandbox and demo pages in one process; no account needed");
    demo->add_option("--listen", words.demo.listen, "Where the server listens")
        ->capture_default_str();
    demo->add_option("--port-sandbox", words.demo.sandbox_port, "Port of the sandbox")
        ->capture_default_str();
    demo->add_option("--data", words.demo.data_directory,
                     "Keep the data here (default: thrown away at the end)");
    demo->add_flag("--socket-mode", words.demo.socket_mode,
                   "Events over Socket Mode instead of HTTP");

    add_config(app.add_subcommand("serve", "The server"), words);

    CLI::App* sandbox = app.add_subcommand("sandbox", "The Slack sandbox alone");
    sandbox->add_option("--listen", words.sandbox.listen, "Where it listens")
        ->capture_default_str();
    sandbox->add_option("--state", words.sandbox.state_file, "Keep the workspace in this file");
    sandbox->add_option("--events-url", words.sandbox.events_url, "Where events are sent, signed");
    sandbox->add_option("--interactivity-url", words.sandbox.interactivity_url,
                        "Where interactions are sent, signed");
    sandbox->add_option("--public-url", words.sandbox.public_url,
                        "Where it is reached, when that is not where it listens");

    CLI::App* doctor =
        app.add_subcommand("doctor", "Checks configuration, database, Slack and the public URL");
    add_config(doctor, words);
    doctor->add_flag("--live", words.live,
                     "Also try what this workspace really does, in a scratch channel");
    doctor->add_option("--channel", words.scratch_channel, "The scratch channel, for --live");

    CLI::App* manifest = app.add_subcommand("manifest", "Prints the Slack app manifest to paste");
    add_config(manifest, words);
    manifest->add_flag("--socket-mode", words.socket_mode, "For Socket Mode instead of HTTP");

    describe_operators(app, words);
    app.add_subcommand("version", "Version, commit, build type, library versions");
}

int call(const CLI::App& app, const Words& words) {
    if (app.got_subcommand("demo")) return run_demo(words.demo);
    if (app.got_subcommand("serve")) return run_serve(words.config_file);
    if (app.got_subcommand("sandbox")) return run_sandbox(words.sandbox);
    if (app.got_subcommand("doctor"))
        return run_doctor({words.config_file, words.live, words.scratch_channel});
    if (app.got_subcommand("manifest")) return run_manifest(words.config_file, words.socket_mode);
    if (app.got_subcommand("backup")) return run_backup(with_common(words.backup, words));
    if (app.got_subcommand("restore")) return run_restore(with_common(words.restore, words));
    if (app.got_subcommand("sessions")) return run_sessions(with_common(words.sessions, words));
    if (app.got_subcommand("transcript")) return run_transcript(with_common(words.session, words));
    if (app.got_subcommand("forget")) return run_forget(with_common(words.session, words));
    if (app.got_subcommand("export")) return run_export(with_common(words.exported, words));
    std::fputs(version_lines().c_str(), stdout);
    return exit_done;
}

}  // namespace

int run(int argc, char** argv) {
    CLI::App app("Deskbell: one Slack thread for each customer of your website chat.", "deskbell");
    Words words;
    describe(app, words);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong) == 0 ? exit_done : exit_usage;
    }
    try {
        return call(app, words);
    } catch (const std::exception& surprise) {
        std::fprintf(stderr, "deskbell: %s\n", surprise.what());
        return exit_failed;
    }
}

}  // namespace deskbell::app
