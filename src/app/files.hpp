#pragma once
// Files handled so that a loss of power leaves the old or the new one, never half of one.

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::app {

[[nodiscard]] std::string folder_of(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);
// The bytes of the file, or of its folder's list of names, are on the disk.
[[nodiscard]] bool flush_file(const std::string& path);
[[nodiscard]] bool flush_folder_of(const std::string& path);
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max);
// By a file of its own beside it and a rename; readable by its owner alone. `file_failed`.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content);
// To a path where nothing is yet. `file_failed`.
[[nodiscard]] Result<void> copy_file(const std::string& from, const std::string& to);
// The name and its folder's entry. `file_failed`.
[[nodiscard]] Result<void> rename_file(const std::string& from, const std::string& to);
void remove_file(const std::string& path);

// "20261122T100000Z"
[[nodiscard]] std::string time_for_names(std::int64_t wall_ms);

}  // namespace deskbell::app
