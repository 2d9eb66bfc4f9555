// [files]: what may be sent, and how long it is kept.

#include "app/config_fields.hpp"
#include "app/config_sections.hpp"

#include <algorithm>

namespace deskbell::app {
namespace {

// "image/png", "image/*", "*/*".
bool is_type_pattern(const std::string& pattern) {
    const std::size_t slash = pattern.find('/');
    const bool clean = std::ranges::all_of(pattern, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '*' ||
               c == '.' || c == '+' || c == '-';
    });
    return clean && slash != std::string::npos && slash > 0 && slash + 1 < pattern.size() &&
           pattern.find('/', slash + 1) == std::string::npos;
}

}  // namespace

std::vector<ConfigField> file_fields(FilesConfig& files) {
    constexpr std::int64_t bytes_max = 1'000'000'000;
    ConfigField types = list("files.types", files.types);
    types.set = [&files](const ConfigValue& value) -> std::string {
        files.types = std::get<std::vector<std::string>>(value);
        for (const std::string& type : files.types) {
            if (!is_type_pattern(type))
                return "\"" + type + "\" is no MIME type; write \"image/png\" or \"image/*\".";
        }
        return {};
    };
    return {
        boolean("files.enabled", files.enabled),
        text("files.folder", files.folder),
        integer("files.bytes_max", files.bytes_max, 1'000, bytes_max),
        integer("files.session_bytes_max", files.session_bytes_max, 1'000, bytes_max * 1'000),
        integer("files.site_bytes_max", files.site_bytes_max, 1'000, bytes_max * 1'000'000),
        integer("files.keep_days", files.keep_days, 0, 36'500),
        std::move(types),
    };
}

std::string files_folder(const FilesConfig& files, const std::string& database_file) {
    return files.folder.empty() ? database_file + ".files" : files.folder;
}

}  // namespace deskbell::app
