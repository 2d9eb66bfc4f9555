#include "sim/world/pool.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace deskbell::sim {
namespace {

struct Child {
    pid_t pid = -1;
    int pipe = -1;
    std::size_t job = 0;
    bool busy = false;
    std::string read;
    std::string last_progress;
};

void write_line(int pipe, char kind, const std::string& text) {
    const std::string line = kind + text + "\n";
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t n = ::write(pipe, line.data() + done, line.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) ::_exit(2);
        done += static_cast<std::size_t>(n);
    }
}

// Every `stride`-th job from `first` on.
[[noreturn]] void work(const std::vector<Job>& jobs, std::size_t first, std::size_t stride,
                       int pipe) {
    for (std::size_t job = first; job < jobs.size(); job += stride) {
        write_line(pipe, 'S', std::to_string(job));
        const auto result =
            jobs[job].run([pipe](std::string where) { write_line(pipe, 'P', where); });
        write_line(pipe, 'R', boost::json::serialize(result));
    }
    std::fflush(nullptr);
    ::_exit(0);
}

Child spawn(const std::vector<Job>& jobs, std::size_t first, std::size_t stride) {
    int ends[2];
    DESKBELL_ASSERT(::pipe(ends) == 0);
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    DESKBELL_ASSERT(pid >= 0);
    if (pid == 0) {
        ::close(ends[0]);
        work(jobs, first, stride, ends[1]);
    }
    ::close(ends[1]);
    Child child;
    child.pid = pid;
    child.pipe = ends[0];
    child.job = first;
    return child;
}

// False: enough is known.
bool take_line(Child& child, const std::string& line,
               const std::function<bool(const JobResult&)>& on_result) {
    const std::string text = line.substr(1);
    if (line[0] == 'S') {
        child.job = std::stoul(text);
        child.busy = true;
        child.last_progress.clear();
    } else if (line[0] == 'P') {
        child.last_progress = text;
    } else {
        child.busy = false;
        return on_result({child.job, boost::json::parse(text).as_object(), false, {}});
    }
    return true;
}

// False at the end of what the child says, or when enough is known.
bool read_some(Child& child, bool& enough, const std::function<bool(const JobResult&)>& on_result) {
    char buffer[65536];
    const ssize_t n = ::read(child.pipe, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    child.read.append(buffer, static_cast<std::size_t>(n));
    for (std::size_t end; (end = child.read.find('\n')) != std::string::npos;) {
        const std::string line = child.read.substr(0, end);
        child.read.erase(0, end + 1);
        if (!line.empty() && !take_line(child, line, on_result)) {
            enough = true;
            return false;
        }
    }
    return true;
}

}  // namespace

void run_jobs(const std::vector<Job>& jobs, std::size_t children,
              const std::function<bool(const JobResult&)>& on_result) {
    const std::size_t stride = std::max<std::size_t>(1, std::min(children, jobs.size()));
    std::vector<Child> running;
    for (std::size_t i = 0; i < stride && i < jobs.size(); ++i)
        running.push_back(spawn(jobs, i, stride));
    bool enough = false;
    while (!running.empty() && !enough) {
        std::vector<pollfd> waits;
        for (const Child& child : running) waits.push_back({child.pipe, POLLIN, 0});
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) break;
        for (std::size_t i = waits.size(); i-- > 0;) {
            if (waits[i].revents == 0) continue;
            Child& child = running[i];
            if (read_some(child, enough, on_result)) continue;
            if (enough) break;
            ::close(child.pipe);
            ::waitpid(child.pid, nullptr, 0);
            const Child ended = child;
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            if (!ended.busy) continue;
            if (!on_result({ended.job, {}, true, ended.last_progress})) enough = true;
            if (!enough && ended.job + stride < jobs.size())
                running.push_back(spawn(jobs, ended.job + stride, stride));
        }
    }
    for (const Child& child : running) {
        ::kill(child.pid, SIGKILL);
        ::close(child.pipe);
        ::waitpid(child.pid, nullptr, 0);
    }
}

}  // namespace deskbell::sim
