#pragma once
// What the operators' commands share: the way to the store, and how an answer is printed.
//
// Who calls it: command_backup and its neighbours. The server is asked when it runs; else the store
// is opened here, under its lock.

#include "app/admin_work.hpp"
#include "app/config.hpp"
#include "base/result.hpp"

#include <functional>
#include <optional>
#include <string>

namespace deskbell::app {

// Errors go to standard error; an exit code comes back. `emit` gets each line of the answer.
[[nodiscard]] int run_admin(const std::optional<std::string>& config_file,
                            const json::object& request, const Emit& emit);
// With the configuration that was read already.
[[nodiscard]] Result<void> ask_admin(const Config& config, const json::object& request,
                                     const Emit& emit);

// From the root on, for the server may stand elsewhere.
[[nodiscard]] std::string absolute_path(const std::string& path);
[[nodiscard]] bool print_line(const std::string& line);
[[nodiscard]] int print_failure(const Error& error);

}  // namespace deskbell::app
