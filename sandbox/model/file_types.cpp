#include "sandbox/model/file_types.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace deskbell::sandbox {

namespace {

constexpr std::array<FileType, 36> types = {{
    {"png", "image/png", "png", "PNG"},
    {"jpg", "image/jpeg", "jpg", "JPEG"},
    {"jpeg", "image/jpeg", "jpg", "JPEG"},
    {"gif", "image/gif", "gif", "GIF"},
    {"webp", "image/webp", "webp", "WebP"},
    {"svg", "image/svg+xml", "svg", "SVG"},
    {"heic", "image/heic", "heic", "HEIC"},
    {"bmp", "image/bmp", "bmp", "Bitmap"},
    {"pdf", "application/pdf", "pdf", "PDF"},
    {"txt", "text/plain", "text", "Plain Text"},
    {"log", "text/plain", "text", "Plain Text"},
    {"md", "text/markdown", "markdown", "Markdown (raw)"},
    {"csv", "text/csv", "csv", "CSV"},
    {"html", "text/html", "html", "HTML"},
    {"json", "text/plain", "json", "JSON"},
    {"xml", "application/xml", "xml", "XML"},
    {"py", "text/plain", "python", "Python"},
    {"js", "text/javascript", "javascript", "JavaScript/JSON"},
    {"ts", "text/plain", "typescript", "TypeScript"},
    {"cpp", "text/plain", "cpp", "C++"},
    {"sh", "text/plain", "shell", "Shell"},
    {"zip", "application/zip", "zip", "Zip"},
    {"gz", "application/gzip", "gzip", "Gzip"},
    {"doc", "application/msword", "doc", "Word Document"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx",
     "Word Document"},
    {"xls", "application/vnd.ms-excel", "xls", "Excel Spreadsheet"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx",
     "Excel Spreadsheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx",
     "PowerPoint Presentation"},
    {"eml", "message/rfc822", "email", "Email"},
    {"mp3", "audio/mpeg", "mp3", "MP3"},
    {"m4a", "audio/mp4", "m4a", "MPEG 4 Audio"},
    {"wav", "audio/wav", "wav", "WAV"},
    {"ogg", "audio/ogg", "ogg", "Ogg"},
    {"mp4", "video/mp4", "mp4", "MPEG 4 Video"},
    {"mov", "video/quicktime", "mov", "QuickTime Movie"},
    {"webm", "video/webm", "webm", "WebM"},
}};
constexpr FileType binary = {"", "application/octet-stream", "binary", "Binary"};

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t big_16(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

std::optional<PictureSize> jpeg_size(std::string_view bytes) {
    std::size_t at = 2;
    while (at + 9 < bytes.size() && byte_at(bytes, at) == 0xff) {
        const std::uint32_t marker = byte_at(bytes, at + 1);
        const bool is_frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame) return PictureSize{big_16(bytes, at + 7), big_16(bytes, at + 5)};
        at += 2 + big_16(bytes, at + 2);
    }
    return std::nullopt;
}

}  // namespace

const FileType& file_type_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) return binary;
    const std::string extension = to_lower_ascii(name.substr(dot + 1));
    const auto found = std::ranges::find(types, extension, &FileType::extension);
    return found == types.end() ? binary : *found;
}

std::optional<PictureSize> picture_size(std::string_view bytes) {
    if (bytes.size() >= 24 && bytes.starts_with("\x89PNG\r\n\x1a\n"))
        return PictureSize{big_16(bytes, 16) << 16 | big_16(bytes, 18),
                           big_16(bytes, 20) << 16 | big_16(bytes, 22)};
    if (bytes.size() >= 10 && bytes.starts_with("GIF8"))
        return PictureSize{byte_at(bytes, 6) | byte_at(bytes, 7) << 8,
                           byte_at(bytes, 8) | byte_at(bytes, 9) << 8};
    if (bytes.starts_with("\xff\xd8\xff")) return jpeg_size(bytes);
    return std::nullopt;
}

std::string url_name(std::string_view name) {
    std::string out;
    for (const char c : to_lower_ascii(name)) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        if (plain)
            out += c;
        else if (!out.ends_with('_'))
            out += '_';
    }
    return out.empty() ? "file" : out.substr(0, 100);
}

}  // namespace deskbell::sandbox
