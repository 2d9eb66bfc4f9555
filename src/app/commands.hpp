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
};
[[nodiscard]] int run_demo(const DemoOptions& options);

[[nodiscard]] int run_serve(const std::optional<std::string>& config_file);

struct SandboxOptions {
    std::string listen = "127.0.0.1:8081";
    std::optional<std::string> state_file;
    std::string events_url;
    std::string interactivity_url;
};
[[nodiscard]] int run_sandbox(const SandboxOptions& options);

[[nodiscard]] int run_doctor(const std::optional<std::string>& config_file, bool live);
[[nodiscard]] int run_manifest(const std::optional<std::string>& config_file, bool socket_mode);

}  // namespace deskbell::app
