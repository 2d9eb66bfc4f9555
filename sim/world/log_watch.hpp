#pragma once
// Reads every line that the program logs: nobody's words and no secret may be in it, at any level.

#include "sim/world/tags.hpp"
#include "sim/world/trace.hpp"

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <vector>

namespace deskbell::sim {

class LogSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    LogSink(Trace& trace, std::vector<std::string> secrets)
        : trace_(trace), secrets_(std::move(secrets)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        const std::string_view line(message.payload.data(), message.payload.size());
        trace_.note("log", line);
        if (const auto tags = tags_in(line); !tags.empty())
            trace_.violate("S6", "somebody's words are in the log: " + std::string(line));
        for (const std::string& secret : secrets_)
            if (!secret.empty() && line.contains(secret))
                trace_.violate("S8", "a secret is in the log: " + std::string(line));
    }
    void flush_() override {}

private:
    Trace& trace_;
    std::vector<std::string> secrets_;
};

// For as long as it lives, the program's log goes here.
class LogWatch {
public:
    LogWatch(Trace& trace, bool debug, std::vector<std::string> secrets)
        : before_(spdlog::default_logger()) {
        auto logger = std::make_shared<spdlog::logger>(
            "sim", std::make_shared<LogSink>(trace, std::move(secrets)));
        logger->set_level(debug ? spdlog::level::trace : spdlog::level::info);
        spdlog::set_default_logger(std::move(logger));
    }
    LogWatch(const LogWatch&) = delete;
    LogWatch& operator=(const LogWatch&) = delete;
    ~LogWatch() { spdlog::set_default_logger(before_); }

private:
    std::shared_ptr<spdlog::logger> before_;
};

}  // namespace deskbell::sim
