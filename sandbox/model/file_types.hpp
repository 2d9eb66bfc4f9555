#pragma once
// What a file is, as far as its name and first bytes tell.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

struct FileType {
    std::string_view extension;
    std::string_view mimetype;
    std::string_view filetype;
    std::string_view pretty;
};

[[nodiscard]] const FileType& file_type_of(std::string_view name);

struct PictureSize {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
};
// Of PNG, GIF and JPEG.
[[nodiscard]] std::optional<PictureSize> picture_size(std::string_view bytes);
// As Slack writes names into URLs: lower case, nothing that would need an escape.
[[nodiscard]] std::string url_name(std::string_view name);

}  // namespace deskbell::sandbox
