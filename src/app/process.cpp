#include "app/process.hpp"

#include "base/log.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace deskbell::app {
namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);  // the terminal was closed
    return signals;
}

// The message as a JSON string, quotes included.
class JsonMessage final : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        const std::string text = boost::json::serialize(
            boost::json::string(std::string_view(message.payload.data(), message.payload.size())));
        out.append(text.data(), text.data() + text.size());
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<JsonMessage>();
    }
};

}  // namespace

void hold_signals() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void wait_for_stop() {
    const sigset_t signals = stop_signals();
    int received = 0;
    sigwait(&signals, &received);
}

void let_second_signal_end_us() {
    const auto end = [](int) { std::_Exit(1); };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
    std::signal(SIGHUP, end);
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void set_up_log(const LogConfig& config) {
    // Standard output belongs to the line that programs read; the log goes to standard error.
    static const auto logger = spdlog::stderr_color_mt("deskbell");
    spdlog::set_default_logger(logger);
    spdlog::set_level(spdlog::level::from_str(config.level));
    if (config.format == "json") {
        auto formatter = std::make_unique<spdlog::pattern_formatter>();
        formatter->add_flag<JsonMessage>('*').set_pattern(
            R"({"at":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})");
        spdlog::set_formatter(std::move(formatter));
    } else {
        spdlog::set_pattern("%H:%M:%S.%e %^%-5l%$ %v");
    }
    spdlog::flush_on(spdlog::level::info);
}

void print_errors(const ConfigErrors& errors) {
    for (const std::string& line : errors.lines)
        std::fprintf(stderr, "deskbell: %s\n", line.c_str());
}

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "deskbell-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
        throw std::runtime_error("cannot make a temporary directory in " + pattern);
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace deskbell::app
