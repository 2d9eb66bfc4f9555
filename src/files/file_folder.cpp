#include "files/file_folder.hpp"

#include "base/assert.hpp"
#include "base/test_hooks.hpp"
#include "base/text.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace deskbell::files {
namespace {

constexpr std::size_t prefix_bytes_max = 64 << 10;

bool flush_folder(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool flushed = ::fsync(descriptor) == 0;
    ::close(descriptor);
    return flushed;
}

bool make_folder(const std::string& path) {
    return ::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST;
}

}  // namespace

struct Spool::Hash {
    crypto_hash_sha256_state state;
};

Spool::Spool(std::string path) : path_(std::move(path)), hash_(std::make_unique<Hash>()) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    failed_ = descriptor_ < 0;
    crypto_hash_sha256_init(&hash_->state);
}

Spool::~Spool() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!path_.empty()) ::unlink(path_.c_str());
}

bool Spool::write(std::string_view bytes) {
    if (failed_) return false;
    crypto_hash_sha256_update(&hash_->state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
    content_.size += static_cast<std::int64_t>(bytes.size());
    if (content_.prefix.size() < prefix_bytes_max)
        content_.prefix.append(bytes.substr(0, prefix_bytes_max - content_.prefix.size()));
    while (!bytes.empty()) {
        const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            failed_ = true;
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

Content Spool::finish() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&hash_->state, digest.data());
    content_.hash = to_hex(digest);
    return std::move(content_);
}

bool is_file_id(std::string_view text) {
    constexpr std::string_view prefix = "file_";
    return text.size() == prefix.size() + 26 && text.starts_with(prefix) &&
           std::ranges::all_of(text.substr(prefix.size()), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
           });
}

Result<FileFolder> FileFolder::open(const std::string& path) {
    const auto unusable = [&path] {
        return fail("files_folder_unusable",
                    "The folder " + path + " for files cannot be used: " + std::strerror(errno) +
                        ". Make it writable, or name another one in "
                        "files.folder.");
    };
    for (const std::string& folder : {path, path + "/tmp"}) {
        if (!make_folder(folder) || ::access(folder.c_str(), R_OK | W_OK | X_OK) != 0)
            return unusable();
    }
    return FileFolder(path);
}

std::unique_ptr<Spool> FileFolder::spool(Random& random) const {
    return std::make_unique<Spool>(temporary_path(random));
}

std::string FileFolder::temporary_path(Random& random) const {
    return path_ + "/tmp/" + random.uuid();
}

std::string FileFolder::path_of(const FileId& id) const {
    DESKBELL_ASSERT(is_file_id(id.value));
    return path_ + "/" + id.value.substr(id.value.size() - 2) + "/" + id.value;
}

Result<void> FileFolder::give_name(int descriptor, const std::string& temporary,
                                   const FileId& id) const {
    const std::string to = path_of(id);
    const std::string folder = to.substr(0, to.rfind('/'));
    const auto not_stored = [] {
        return fail("file_not_stored", "The server's disk does not take the file right now.");
    };
    DESKBELL_CRASH_POINT("files.keep.before_flush");
    if (descriptor < 0 || ::fsync(descriptor) != 0) return not_stored();
    if (!make_folder(folder)) return not_stored();
    DESKBELL_CRASH_POINT("files.keep.flushed");
    if (::rename(temporary.c_str(), to.c_str()) != 0) return not_stored();
    if (!flush_folder(folder) || !flush_folder(path_)) return not_stored();
    DESKBELL_CRASH_POINT("files.keep.named");
    return {};
}

Result<void> FileFolder::keep(Spool& spool, const FileId& id) const {
    auto kept = give_name(spool.failed() ? -1 : spool.descriptor(), spool.path(), id);
    if (kept) spool.renamed();
    return kept;
}

Result<void> FileFolder::adopt(const std::string& temporary, const FileId& id) const {
    const int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
    auto kept = give_name(descriptor, temporary, id);
    if (descriptor >= 0) ::close(descriptor);
    return kept;
}

std::optional<Content> read_content(const std::string& path) {
    const auto mapped = MappedFile::open(path);
    Content content;
    if (!mapped) return ::access(path.c_str(), R_OK) == 0 ? std::optional(content) : std::nullopt;
    content.size = static_cast<std::int64_t>(mapped->bytes().size());
    content.hash = sha256_hex(mapped->bytes());
    content.prefix = mapped->bytes().substr(0, prefix_bytes_max);
    return content;
}

void remove_path(const std::string& path) { ::unlink(path.c_str()); }

bool FileFolder::has(const FileId& id) const {
    return is_file_id(id.value) && ::access(path_of(id).c_str(), R_OK) == 0;
}

void FileFolder::remove(const FileId& id) const {
    DESKBELL_CRASH_POINT("files.remove.before");
    if (is_file_id(id.value)) ::unlink(path_of(id).c_str());
}

void FileFolder::for_each(const std::function<void(const FileId&)>& visit) const {
    std::error_code ignored;
    for (const auto& folder : std::filesystem::directory_iterator(path_, ignored)) {
        if (folder.path().filename().string().size() != 2) continue;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path(), ignored)) {
            const std::string name = entry.path().filename().string();
            if (is_file_id(name)) visit(FileId(name));
        }
    }
}

std::size_t FileFolder::sweep(const std::function<bool(const FileId&)>& is_kept) const {
    std::vector<FileId> orphans;
    for_each([&](const FileId& id) {
        if (!is_kept(id)) orphans.push_back(id);
    });
    for (const FileId& id : orphans) remove(id);
    std::error_code ignored;
    std::size_t gone = orphans.size();
    for (const auto& entry : std::filesystem::directory_iterator(path_ + "/tmp", ignored))
        gone += ::unlink(entry.path().c_str()) == 0 ? 1 : 0;
    return gone;
}

std::shared_ptr<const MappedFile> MappedFile::open(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return nullptr;
    struct stat status{};
    void* bytes = MAP_FAILED;
    std::size_t size = 0;
    if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
        size = static_cast<std::size_t>(status.st_size);
        bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    ::close(descriptor);
    if (bytes == MAP_FAILED) return nullptr;
    return std::shared_ptr<const MappedFile>(
        new MappedFile(std::string_view(static_cast<const char*>(bytes), size)));
}

MappedFile::~MappedFile() { ::munmap(const_cast<char*>(bytes_.data()), bytes_.size()); }

}  // namespace deskbell::files
