// Customers' and agents' files beside a backup, and back again.

#include "app/admin_work.hpp"
#include "app/files.hpp"
#include "base/test_hooks.hpp"
#include "files/file_folder.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <vector>

#include <unistd.h>

namespace deskbell::app {
namespace {

constexpr std::int64_t page_files = 500;

// A second name for the same bytes, or a copy where the disk is another.
Result<void> give(const std::string& from, const std::string& to) {
    if (exists(to)) return {};
    std::error_code failed;
    std::filesystem::create_directories(folder_of(to), failed);
    if (::link(from.c_str(), to.c_str()) == 0) return {};
    return copy_file(from, to);
}

std::string place_in(const std::string& folder, const FileId& id) {
    return folder + "/" + id.value.substr(id.value.size() - 2) + "/" + id.value;
}

}  // namespace

Result<FilesCopied> copy_files(const AdminContext& context, const std::string& to) {
    FilesCopied copied;
    if (!exists(context.files_folder)) return copied;
    auto folder = files::FileFolder::open(context.files_folder);
    if (!folder) return std::unexpected(folder.error());
    std::vector<FileId> page;
    for (FileId after;; after = page.back()) {
        if (!context.go_on()) return fail("stopping", "The server is stopping.");
        const auto read = context.with_store(
            [&](store::Store& store) { page = store.files_kept(after, page_files); });
        if (!read) return std::unexpected(read.error());
        if (page.empty()) break;
        for (const FileId& id : page) {
            const std::string from = folder->path_of(id);
            if (!exists(from)) continue;  // deleted since it was read
            if (auto given = give(from, place_in(to, id)); !given)
                return std::unexpected(given.error());
            std::error_code ignored;
            ++copied.files;
            copied.bytes += static_cast<std::int64_t>(std::filesystem::file_size(from, ignored));
        }
        DESKBELL_CRASH_POINT("backup.files.page");
    }
    return copied;
}

Result<std::int64_t> restore_files(const std::string& from, const std::string& to) {
    std::int64_t restored = 0;
    if (!exists(from)) return restored;
    if (auto folder = files::FileFolder::open(to); !folder) return std::unexpected(folder.error());
    auto backup = files::FileFolder::open(from);
    if (!backup) return std::unexpected(backup.error());
    Result<void> result;
    backup->for_each([&](const FileId& id) {
        if (!result) return;
        result = give(backup->path_of(id), place_in(to, id));
        if (result) ++restored;
    });
    if (!result) return std::unexpected(result.error());
    return restored;
}

void remove_files_of(const std::string& backup) {
    std::error_code ignored;
    std::filesystem::remove_all(backup + ".files", ignored);
}

}  // namespace deskbell::app
