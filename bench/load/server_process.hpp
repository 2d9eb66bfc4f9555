#pragma once
// The server under load: a child of this process, on its own CPU, ended with it.

#include <sys/types.h>

#include <string>
#include <vector>

namespace bench {

void pin_to_cpu(int cpu);

class ServerProcess {
public:
    // Its output goes to `log_file`.
    ServerProcess(const std::vector<std::string>& command, int cpu, const std::string& log_file);
    ~ServerProcess();
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] pid_t id() const { return id_; }
    [[nodiscard]] bool is_running();

private:
    pid_t id_ = -1;
};

}  // namespace bench
