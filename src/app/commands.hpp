#pragma once
// What each word of the command line does. Each runs to its end on the calling thread and returns
// an exit code.

#include <cstdint>
#include <optional>
#include <string>

namespace deskbell::app {

struct DemoOptions {
    std::string listen = "127.0.0.1:8080";
    std::uint16_t sandbox_port = 8081;
    std::optional<std::string> data_directory;  // else a throw-away one
    bool socket_mode = false;                   // the server asks Slack for its events
};
[[nodiscard]] int run_demo(const DemoOptions& options);

[[nodiscard]] int run_serve(const std::optional<std::string>& config_file);

struct SandboxOptions {
    std::string listen = "127.0.0.1:8081";
    std::optional<std::string> state_file;
    std::string events_url;
    std::string interactivity_url;
    std::string public_url;
};
[[nodiscard]] int run_sandbox(const SandboxOptions& options);

struct DoctorOptions {
    std::optional<std::string> config_file;
    bool live = false;
    std::string channel;  // a scratch channel, for `live`
};
[[nodiscard]] int run_doctor(const DoctorOptions& options);
// Operators' work on the store, with the server running or not.
struct BackupOptions {
    std::optional<std::string> config_file;
    std::string to;         // a file, or a folder in which the backup gets a name
    std::int64_t keep = 0;  // of the backups in the folder; 0: all
    bool force = false;     // write over a file
    bool json = false;
};
[[nodiscard]] int run_backup(const BackupOptions& options);

struct RestoreOptions {
    std::optional<std::string> config_file;
    std::string from;
    bool json = false;
};
[[nodiscard]] int run_restore(const RestoreOptions& options);

struct SessionsOptions {
    std::optional<std::string> config_file;
    std::int64_t limit = 50;
    std::string before;
    std::string state;
    bool json = false;
};
[[nodiscard]] int run_sessions(const SessionsOptions& options);

struct SessionOptions {
    std::optional<std::string> config_file;
    std::string id;
    bool json = false;
};
[[nodiscard]] int run_transcript(const SessionOptions& options);
[[nodiscard]] int run_forget(const SessionOptions& options);

struct ExportOptions {
    std::optional<std::string> config_file;
    std::string id;      // empty: all
    std::string output;  // empty: standard output
    bool force = false;
};
[[nodiscard]] int run_export(const ExportOptions& options);

[[nodiscard]] int run_manifest(const std::optional<std::string>& config_file, bool socket_mode);

}  // namespace deskbell::app
