#pragma once
// Jobs spread over child processes. A child that dies takes only its job with it.

#include <boost/json.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace deskbell::sim {

struct Job {
    std::string name;
    // Runs in a child. `progress` may be told where it is, for the report of a death.
    std::function<boost::json::object(const std::function<void(std::string)>& progress)> run;
};

struct JobResult {
    std::size_t job = 0;
    boost::json::object result;
    bool died = false;
    std::string last_progress;  // of one that died
};

// `on_result` is called as they come, in whatever order; it may say that enough is known.
void run_jobs(const std::vector<Job>& jobs, std::size_t children,
              const std::function<bool(const JobResult&)>& on_result);

}  // namespace deskbell::sim
