#include "base/test_hooks.hpp"

#ifdef DESKBELL_TEST_HOOKS

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace deskbell::test_hooks {
namespace {

struct CrashAt {
    std::string name;
    std::uint64_t nth = 1;
};

CrashAt crash_at_of_environment() {
    const char* value = std::getenv("DESKBELL_CRASH_AT");
    if (!value) return {};
    const std::string_view text = value;
    const std::size_t colon = text.rfind(':');
    CrashAt at{.name = std::string(text.substr(0, colon))};
    if (colon != std::string_view::npos)
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), at.nth);
    return at;
}

std::function<void(std::string_view)>& observer() {
    static std::function<void(std::string_view)> the_observer;
    return the_observer;
}

std::string& planted_bug() {
    static std::string bug = [] {
        const char* value = std::getenv("DESKBELL_PLANTED_BUG");
        return std::string(value ? value : "");
    }();
    return bug;
}

}  // namespace

void crash_point_reached(std::string_view name) {
    if (observer()) return observer()(name);
    static const CrashAt at = crash_at_of_environment();
    static std::atomic<std::uint64_t> hits{0};
    if (name == at.name && ++hits == at.nth) ::kill(::getpid(), SIGKILL);
}

void observe_crash_points(std::function<void(std::string_view)> new_observer) {
    observer() = std::move(new_observer);
}

bool is_planted(std::string_view bug) { return !planted_bug().empty() && planted_bug() == bug; }

void plant(std::string_view bug) { planted_bug() = bug; }

}  // namespace deskbell::test_hooks

#endif
