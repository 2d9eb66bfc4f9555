#pragma once
// A folder of files by id. What was kept never changes; it is there whole or not at all.
//
// What this is: <folder>/<last two characters of the id>/<id>, and <folder>/tmp for what is being
// written. Who calls it: gateway loops, the office and the disk's thread; it holds no state but
// its path, so any thread may. What it never does: know whose a file is; follow a name that is no
// id; keep half a file.

#include "base/id.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::files {

// What a spool has taken so far, or a whole file.
struct Content {
    std::int64_t size = 0;
    std::string hash;    // SHA-256, hex
    std::string prefix;  // the first bytes, for content.hpp
};

// A file being written. Gone when it goes out of scope, unless it was kept.
class Spool {
public:
    explicit Spool(std::string path);
    ~Spool();
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // False: the disk does not take it; nothing more will be written.
    bool write(std::string_view bytes);
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::int64_t size() const { return content_.size; }
    // Of what was written. Call once, at the end.
    [[nodiscard]] Content finish();
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    void renamed() { path_.clear(); }

private:
    struct Hash;

    std::string path_;
    int descriptor_ = -1;
    bool failed_ = false;
    Content content_;
    std::unique_ptr<Hash> hash_;
};

class FileFolder {
public:
    // Makes it, for its owner alone. `files_folder_unusable`.
    [[nodiscard]] static Result<FileFolder> open(const std::string& path);

    [[nodiscard]] std::unique_ptr<Spool> spool(Random& random) const;
    // Waits for the disk: flushed, then named. `file_not_stored`.
    [[nodiscard]] Result<void> keep(Spool& spool, const FileId& id) const;
    // Where a file may be written that adopt() takes.
    [[nodiscard]] std::string temporary_path(Random& random) const;
    // The same as keep(), of a file that somebody else wrote there.
    [[nodiscard]] Result<void> adopt(const std::string& temporary, const FileId& id) const;
    [[nodiscard]] std::string path_of(const FileId& id) const;
    [[nodiscard]] bool has(const FileId& id) const;
    void remove(const FileId& id) const;
    // Removes what was being written when a former process ended, and every file that
    // `is_kept` does not know. How many went.
    std::size_t sweep(const std::function<bool(const FileId&)>& is_kept) const;
    void for_each(const std::function<void(const FileId&)>& visit) const;
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    explicit FileFolder(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] Result<void> give_name(int descriptor, const std::string& temporary,
                                         const FileId& id) const;

    std::string path_;
};

// What a whole file holds; nothing when it cannot be read.
[[nodiscard]] std::optional<Content> read_content(const std::string& path);
void remove_path(const std::string& path);

// "file_" and letters or digits: nothing that could lead elsewhere.
[[nodiscard]] bool is_file_id(std::string_view text);

// The file's bytes in memory, for reading; shared with the kernel's cache. Null when it is not
// there.
class MappedFile {
public:
    [[nodiscard]] static std::shared_ptr<const MappedFile> open(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    [[nodiscard]] std::string_view bytes() const { return bytes_; }

private:
    explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

    std::string_view bytes_;
};

}  // namespace deskbell::files
