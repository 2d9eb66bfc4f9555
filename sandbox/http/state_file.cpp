#include "sandbox/http/state_file.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace deskbell::sandbox {

namespace {

std::unexpected<Error> failed(const std::string& what, const std::string& path) {
    return fail("state_file", what + " " + path + ": " + std::strerror(errno));
}

Result<void> write_file(const std::string& path, std::string_view bytes) {
    // Secrets are in it: for its owner only.
    const int handle = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (handle < 0) return failed("Cannot write", path);
    while (!bytes.empty()) {
        const ssize_t written = ::write(handle, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            ::close(handle);
            return failed("Cannot write", path);
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool synced = ::fsync(handle) == 0;
    ::close(handle);
    if (!synced) return failed("Cannot write", path);
    return {};
}

}  // namespace

StateFile::StateFile(Loop& loop, Slack& slack, std::string path)
    : loop_(loop), slack_(slack), path_(std::move(path)) {}

Result<void> StateFile::load() {
    if (path_.empty() || !std::filesystem::exists(path_)) return {};
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return failed("Cannot read", path_);
    json::parse_options options;
    options.max_depth = 64;
    json::error_code error;
    const json::value state = json::parse(text.str(), error, {}, options);
    if (error || !state.is_object())
        return fail("invalid_state", path_ + " is not a sandbox's state file.");
    auto loaded = slack_.load(state.get_object());
    if (loaded) saved_version_ = slack_.durable_version();
    return loaded;
}

void StateFile::changed() {
    if (path_.empty() || timer_ != 0 || saved_version_ == slack_.durable_version()) return;
    timer_ = loop_.after(delay_ms_, [this] {
        timer_ = 0;
        const SteadyMs began = loop_.clock().steady_ms();
        if (const auto saved = save_now(); !saved) log::error("sandbox: {}", saved.error().detail);
        delay_ms_ = std::max<std::int64_t>(1000, 10 * (loop_.clock().steady_ms() - began));
    });
}

Result<void> StateFile::save_now() {
    if (path_.empty() || saved_version_ == slack_.durable_version()) return {};
    const std::string temporary = path_ + ".new";
    const std::uint64_t version = slack_.durable_version();
    if (auto written = write_file(temporary, json::serialize(slack_.save())); !written)
        return written;
    if (::rename(temporary.c_str(), path_.c_str()) != 0) return failed("Cannot replace", path_);
    saved_version_ = version;
    return {};
}

}  // namespace deskbell::sandbox
