#pragma once
// The command line: words to calls. Exit codes: 0 done, 1 failed, 2 usage or configuration error.

namespace deskbell::app {

enum ExitCode : int { exit_done = 0, exit_failed = 1, exit_usage = 2 };

[[nodiscard]] int run(int argc, char** argv);

}  // namespace deskbell::app
