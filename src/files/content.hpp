#pragma once
// What bytes are, whatever their name or sender claims. Pure; never fails.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::files {

// The MIME type by the first bytes; the name only tells apart what looks the same (documents that
// are zip archives, kinds of plain text). "application/octet-stream" when nobody knows.
[[nodiscard]] std::string type_of(std::string_view prefix, std::string_view name);

struct PictureSize {
    std::int64_t width = 0;
    std::int64_t height = 0;
};
// Of PNG, JPEG, GIF and WebP, when the first bytes say it.
[[nodiscard]] std::optional<PictureSize> picture_size(std::string_view prefix);

// "image/png", or "image/*"; "*/*" allows everything.
[[nodiscard]] bool is_allowed(std::string_view type, const std::vector<std::string>& patterns);
// Shown by browsers as a picture, and nothing but a picture.
[[nodiscard]] bool is_plain_picture(std::string_view type);
// A page: what Slack answers instead of a file to whom it does not know.
[[nodiscard]] bool looks_like_html(std::string_view prefix);

// A name that is only a name: no folders, no controls, no leading dots, at most 200 bytes.
[[nodiscard]] std::string safe_name(std::string_view name);

}  // namespace deskbell::files
