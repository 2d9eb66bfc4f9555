#include "server_process.hpp"

#include "meters.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

namespace bench {
namespace {

constexpr std::uint64_t stop_patience_ns = 5'000'000'000;

[[noreturn]] void become_server(const std::vector<std::string>& command, int cpu,
                                const std::string& log_file) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin_to_cpu(cpu);
    const int log = open(log_file.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
    if (log >= 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
    }
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    std::perror("load: exec");
    _exit(127);
}

}  // namespace

void pin_to_cpu(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) std::perror("load: sched_setaffinity");
}

ServerProcess::ServerProcess(const std::vector<std::string>& command, int cpu,
                             const std::string& log_file) {
    id_ = fork();
    if (id_ == 0) become_server(command, cpu, log_file);
}

bool ServerProcess::is_running() {
    if (id_ > 0 && waitpid(id_, nullptr, WNOHANG) == id_) id_ = -1;
    return id_ > 0;
}

ServerProcess::~ServerProcess() {
    if (!is_running()) return;
    kill(id_, SIGTERM);
    const std::uint64_t deadline = now_ns() + stop_patience_ns;
    const timespec pause{0, 10'000'000};
    while (is_running()) {
        if (now_ns() > deadline) kill(id_, SIGKILL);
        nanosleep(&pause, nullptr);
    }
}

}  // namespace bench
