#include "app/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace deskbell::app {
namespace {

class Descriptor {
public:
    Descriptor(const std::string& path, int flags)
        : value_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    [[nodiscard]] int get() const { return value_; }
    [[nodiscard]] bool is_open() const { return value_ >= 0; }

private:
    int value_;
};

std::unexpected<Error> failed(const std::string& what) {
    return fail("file_failed", what + ": " + std::strerror(errno));
}

bool write_all(int descriptor, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t written = ::write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

bool flush(const std::string& path, int flags) {
    const Descriptor descriptor(path, flags);
    return descriptor.is_open() && ::fsync(descriptor.get()) == 0;
}

}  // namespace

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

bool exists(const std::string& path) {
    struct stat about{};
    return ::lstat(path.c_str(), &about) == 0;
}

bool flush_file(const std::string& path) { return flush(path, O_RDONLY); }
bool flush_folder_of(const std::string& path) {
    return flush(folder_of(path), O_RDONLY | O_DIRECTORY);
}

std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max) {
    const Descriptor descriptor(path, O_RDONLY);
    if (!descriptor.is_open()) return std::nullopt;
    std::string content;
    std::array<char, 4096> piece{};
    while (content.size() < bytes_max) {
        const ssize_t got = ::read(descriptor.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        content.append(piece.data(), static_cast<std::size_t>(got));
    }
    return content;
}

Result<void> replace_file(const std::string& path, std::string_view content) {
    const std::string fresh = path + ".new";
    {
        const Descriptor descriptor(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        if (!descriptor.is_open() || !write_all(descriptor.get(), content.data(), content.size()) ||
            ::fsync(descriptor.get()) != 0)
            return failed(fresh + " could not be written");
    }
    return rename_file(fresh, path);
}

Result<void> copy_file(const std::string& from, const std::string& to) {
    const Descriptor source(from, O_RDONLY);
    if (!source.is_open()) return failed(from + " could not be read");
    const Descriptor target(to, O_WRONLY | O_CREAT | O_EXCL);
    if (!target.is_open()) return failed(to + " could not be made");
    std::vector<char> piece(1u << 20);
    for (;;) {
        const ssize_t got = ::read(source.get(), piece.data(), piece.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed(from + " could not be read");
        if (got == 0) break;
        if (!write_all(target.get(), piece.data(), static_cast<std::size_t>(got)))
            return failed(to + " could not be written");
    }
    if (::fsync(target.get()) != 0) return failed(to + " could not be flushed");
    return {};
}

Result<void> rename_file(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed(to + " could not be put in place");
    if (!flush_folder_of(to)) return failed("the folder of " + to + " could not be flushed");
    return {};
}

void remove_file(const std::string& path) { ::unlink(path.c_str()); }

std::string time_for_names(std::int64_t wall_ms) {
    const std::time_t seconds = wall_ms / 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
    return text.data();
}

}  // namespace deskbell::app
