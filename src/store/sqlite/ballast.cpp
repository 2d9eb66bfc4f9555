#include "store/sqlite/ballast.hpp"

#include "base/log.hpp"
#include "base/test_hooks.hpp"

#include <cstddef>
#include <vector>

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace deskbell::store {

// What a ballast needs of a file. Sizes are -1 when there is no file.
class BallastFile {
public:
    virtual ~BallastFile() = default;
    [[nodiscard]] virtual std::int64_t size() = 0;
    // Real blocks up to `bytes`, or false with the size as it was or less.
    [[nodiscard]] virtual bool grow(std::int64_t bytes) = 0;
    [[nodiscard]] virtual bool shrink(std::int64_t bytes) = 0;
    virtual void remove() = 0;
};

namespace {

class RealFile final : public BallastFile {
public:
    explicit RealFile(std::string path) : path_(std::move(path)) {}
    RealFile(const RealFile&) = delete;
    RealFile& operator=(const RealFile&) = delete;
    ~RealFile() override {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    std::int64_t size() override {
        if (descriptor_ < 0) descriptor_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
        return descriptor_ < 0 ? -1 : ::lseek(descriptor_, 0, SEEK_END);
    }
    bool grow(std::int64_t bytes) override {
        // Asked first: taking all that is left and giving it back would only disturb the others.
        struct statvfs disk{};
        const std::int64_t missing = bytes - std::max<std::int64_t>(0, size());
        if (::statvfs(folder().c_str(), &disk) != 0) return false;
        if (static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize) < missing) return false;
        if (descriptor_ < 0)
            descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        return descriptor_ >= 0 && ::posix_fallocate(descriptor_, 0, bytes) == 0;
    }
    bool shrink(std::int64_t bytes) override {
        return size() >= 0 && ::ftruncate(descriptor_, bytes) == 0;
    }
    void remove() override { ::unlink(path_.c_str()); }

private:
    [[nodiscard]] std::string folder() const {
        const std::size_t slash = path_.rfind('/');
        return slash == std::string::npos ? "." : path_.substr(0, slash + 1);
    }

    const std::string path_;
    int descriptor_ = -1;
};

// On a disk of somebody else's making (a simulation).
class VfsFile final : public BallastFile {
public:
    VfsFile(std::string path, sqlite3_vfs* vfs)
        : path_(std::move(path)),
          vfs_(vfs),
          memory_(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1) {}
    VfsFile(const VfsFile&) = delete;
    VfsFile& operator=(const VfsFile&) = delete;
    ~VfsFile() override {
        if (is_open()) file()->pMethods->xClose(file());
    }

    std::int64_t size() override {
        int exists = 0;
        vfs_->xAccess(vfs_, path_.c_str(), SQLITE_ACCESS_EXISTS, &exists);
        sqlite3_int64 bytes = -1;
        if (!exists || !open() || file()->pMethods->xFileSize(file(), &bytes) != SQLITE_OK)
            return -1;
        return bytes;
    }
    bool grow(std::int64_t bytes) override {
        if (!open()) return false;
        int chunk = 65'536;
        sqlite3_int64 wanted = bytes;
        file()->pMethods->xFileControl(file(), SQLITE_FCNTL_CHUNK_SIZE, &chunk);
        const int result = file()->pMethods->xFileControl(file(), SQLITE_FCNTL_SIZE_HINT, &wanted);
        return result == SQLITE_OK && size() >= bytes;
    }
    bool shrink(std::int64_t bytes) override {
        return open() && file()->pMethods->xTruncate(file(), bytes) == SQLITE_OK;
    }
    void remove() override { vfs_->xDelete(vfs_, path_.c_str(), 0); }

private:
    sqlite3_file* file() { return reinterpret_cast<sqlite3_file*>(memory_.data()); }
    bool is_open() { return file()->pMethods != nullptr; }
    bool open() {
        if (is_open()) return true;
        constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_TEMP_JOURNAL;
        return vfs_->xOpen(vfs_, path_.c_str(), file(), flags, nullptr) == SQLITE_OK && is_open();
    }

    const std::string path_;
    sqlite3_vfs* vfs_;
    std::vector<std::max_align_t> memory_;
};

}  // namespace

Ballast::Ballast() = default;
Ballast::~Ballast() = default;

void Ballast::open(const std::string& path, const std::string& vfs, std::int64_t bytes) {
    sqlite3_vfs* other = vfs.empty() ? nullptr : sqlite3_vfs_find(vfs.c_str());
    if (other) {
        file_ = std::make_unique<VfsFile>(path, other);
    } else {
        file_ = std::make_unique<RealFile>(path);
    }
    bytes_ = bytes;
    const std::int64_t found = file_->size();
    if (bytes_ == 0) {
        if (found >= 0) file_->remove();
        return;
    }
    given_up_ = found == 0;
    if (given_up_) {
        log::warn("store: the disk was full when the last process ran");
    } else if (found > bytes_) {
        (void)file_->shrink(bytes_);
    } else if (found < bytes_ && !make(bytes_)) {
        log::warn("store: {} bytes could not be set aside in {} for a full disk", bytes_, path);
        // What was there once says something to the next process; what never was must not.
        if (found < 0) file_->remove();
        given_up_ = found > 0;
    }
}

bool Ballast::give_up() {
    if (!file_ || bytes_ == 0 || file_->size() <= 0) return false;
    DESKBELL_CRASH_POINT("store.ballast.before_release");
    given_up_ = true;
    const bool released = file_->shrink(0);
    DESKBELL_CRASH_POINT("store.ballast.after_release");
    return released;
}

bool Ballast::make_again() {
    if (!file_ || bytes_ == 0 || !given_up_) return true;
    if (!make(2 * bytes_)) return false;
    given_up_ = false;
    return true;
}

bool Ballast::make(std::int64_t room_wanted) {
    DESKBELL_CRASH_POINT("store.ballast.before_make");
    const bool made = file_->grow(room_wanted) && file_->shrink(bytes_);
    if (!made && file_->size() > 0) (void)file_->shrink(0);
    DESKBELL_CRASH_POINT("store.ballast.after_make");
    return made;
}

}  // namespace deskbell::store
