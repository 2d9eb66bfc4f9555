#pragma once
// What a process does around its work: wait for the signal to stop, set up the log, keep a
// throw-away directory.

#include "app/config.hpp"

#include <string>

namespace deskbell::app {

// Call before any thread starts: SIGINT, SIGTERM and SIGHUP are then seen by wait_for_stop() only;
// SIGPIPE is ignored.
void hold_signals();
// Returns when SIGINT or SIGTERM arrives. A second one ends the process at once with 1.
void wait_for_stop();
void let_second_signal_end_us();

void set_up_log(const LogConfig& config);

// Errors of the configuration, one a line, to standard error.
void print_errors(const ConfigErrors& errors);

class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace deskbell::app
