#include "files/content.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace deskbell::files {
namespace {

struct Signature {
    std::size_t at;
    std::string_view bytes;
    std::string_view type;
};

using namespace std::string_view_literals;

constexpr std::array signatures = {
    Signature{0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    Signature{0, "\xff\xd8\xff"sv, "image/jpeg"},
    Signature{0, "GIF87a"sv, "image/gif"},
    Signature{0, "GIF89a"sv, "image/gif"},
    Signature{8, "WEBP"sv, "image/webp"},
    Signature{0, "BM"sv, "image/bmp"},
    Signature{0, "II*\0"sv, "image/tiff"},
    Signature{0, "MM\0*"sv, "image/tiff"},
    Signature{4, "ftypheic"sv, "image/heic"},
    Signature{4, "ftypheix"sv, "image/heic"},
    Signature{4, "ftypmif1"sv, "image/heif"},
    Signature{4, "ftypavif"sv, "image/avif"},
    Signature{4, "ftypqt"sv, "video/quicktime"},
    Signature{4, "ftypM4A"sv, "audio/mp4"},
    Signature{4, "ftyp"sv, "video/mp4"},
    Signature{0, "\x1a\x45\xdf\xa3"sv, "video/webm"},
    Signature{8, "WAVE"sv, "audio/wav"},
    Signature{0, "ID3"sv, "audio/mpeg"},
    Signature{0, "\xff\xfb"sv, "audio/mpeg"},
    Signature{0, "OggS"sv, "audio/ogg"},
    Signature{0, "%PDF-"sv, "application/pdf"},
    Signature{0, "PK\x03\x04"sv, "application/zip"},
    Signature{0, "PK\x05\x06"sv, "application/zip"},
    Signature{0, "\x1f\x8b"sv, "application/gzip"},
    Signature{0, "Rar!"sv, "application/vnd.rar"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    Signature{0, "\xd0\xcf\x11\xe0"sv, "application/x-ole-storage"},
    Signature{0, "MZ"sv, "application/vnd.microsoft.portable-executable"},
    Signature{0,
              "\x7f"
              "ELF"sv,
              "application/x-executable"},
    Signature{0, "{\\rtf"sv, "application/rtf"},
};

struct Named {
    std::string_view ending;
    std::string_view type;
};

constexpr std::array zipped = {
    Named{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    Named{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    Named{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    Named{".odt", "application/vnd.oasis.opendocument.text"},
    Named{".ods", "application/vnd.oasis.opendocument.spreadsheet"},
    Named{".odp", "application/vnd.oasis.opendocument.presentation"},
};
constexpr std::array ole = {
    Named{".doc", "application/msword"},
    Named{".xls", "application/vnd.ms-excel"},
    Named{".ppt", "application/vnd.ms-powerpoint"},
    Named{".msg", "application/vnd.ms-outlook"},
};
constexpr std::array texts = {
    Named{".csv", "text/csv"},
    Named{".json", "application/json"},
    Named{".md", "text/markdown"},
};

template <std::size_t Count>
std::string by_name(std::string_view name, const std::array<Named, Count>& known,
                    std::string_view otherwise) {
    const std::string lower = to_lower_ascii(name);
    for (const Named& one : known)
        if (lower.ends_with(one.ending)) return std::string(one.type);
    return std::string(otherwise);
}

std::string_view without_blank_start(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')))
        text.remove_prefix(1);
    return text;
}

// The prefix may end inside a character.
bool is_text(std::string_view prefix) {
    if (prefix.find('\0') != std::string_view::npos) return false;
    for (std::size_t cut = 0; cut < 4 && cut <= prefix.size(); ++cut)
        if (is_utf8(prefix.substr(0, prefix.size() - cut))) return true;
    return false;
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = count; i > 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
    return value;
}

std::optional<PictureSize> jpeg_size(std::string_view bytes) {
    for (std::size_t at = 2; at + 9 < bytes.size();) {
        if (bytes[at] != '\xff') return std::nullopt;
        const auto marker = static_cast<unsigned char>(bytes[at + 1]);
        if (marker == 0xff) {
            ++at;
            continue;
        }
        const bool frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame) return PictureSize{big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2)};
        at += 2 + std::max<std::uint32_t>(big_endian(bytes, at + 2, 2), 2);
    }
    return std::nullopt;
}

std::optional<PictureSize> webp_size(std::string_view bytes) {
    if (bytes.size() < 30) return std::nullopt;
    const std::string_view form = bytes.substr(12, 4);
    if (form == "VP8X")
        return PictureSize{little_endian(bytes, 24, 3) + 1, little_endian(bytes, 27, 3) + 1};
    if (form == "VP8 ")
        return PictureSize{little_endian(bytes, 26, 2) & 0x3fff,
                           little_endian(bytes, 28, 2) & 0x3fff};
    if (form == "VP8L") {
        const std::uint32_t bits = little_endian(bytes, 21, 4);
        return PictureSize{(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }
    return std::nullopt;
}

}  // namespace

bool looks_like_html(std::string_view prefix) {
    const std::string begin = to_lower_ascii(without_blank_start(prefix).substr(0, 512));
    for (const std::string_view tag : {"<!doctype html", "<html", "<head", "<script", "<body"})
        if (begin.starts_with(tag)) return true;
    return begin.starts_with("<!--") && begin.find("<html") != std::string::npos;
}

std::string type_of(std::string_view prefix, std::string_view name) {
    for (const Signature& one : signatures) {
        if (prefix.size() < one.at + one.bytes.size() ||
            prefix.substr(one.at, one.bytes.size()) != one.bytes)
            continue;
        if ((one.type == "image/webp" || one.type == "audio/wav") && !prefix.starts_with("RIFF"))
            continue;
        if (one.type == "application/zip") return by_name(name, zipped, one.type);
        if (one.type == "application/x-ole-storage") return by_name(name, ole, one.type);
        return std::string(one.type);
    }
    if (looks_like_html(prefix)) return "text/html";
    if (!is_text(prefix)) return "application/octet-stream";
    const std::string begin = to_lower_ascii(without_blank_start(prefix).substr(0, 1024));
    if (begin.find("<svg") != std::string::npos) return "image/svg+xml";
    if (begin.starts_with("<?xml")) return "application/xml";
    return by_name(name, texts, "text/plain");
}

std::optional<PictureSize> picture_size(std::string_view prefix) {
    if (prefix.starts_with("\x89PNG") && prefix.size() >= 24)
        return PictureSize{big_endian(prefix, 16, 4), big_endian(prefix, 20, 4)};
    if (prefix.starts_with("GIF8") && prefix.size() >= 10)
        return PictureSize{little_endian(prefix, 6, 2), little_endian(prefix, 8, 2)};
    if (prefix.starts_with("\xff\xd8")) return jpeg_size(prefix);
    if (prefix.starts_with("RIFF") && prefix.size() >= 16 && prefix.substr(8, 4) == "WEBP")
        return webp_size(prefix);
    return std::nullopt;
}

bool is_allowed(std::string_view type, const std::vector<std::string>& patterns) {
    return std::ranges::any_of(patterns, [&](const std::string& pattern) {
        if (pattern == "*/*") return true;
        if (!pattern.ends_with("/*")) return type == pattern;
        return type.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
    });
}

bool is_plain_picture(std::string_view type) {
    return type == "image/png" || type == "image/jpeg" || type == "image/gif" ||
           type == "image/webp";
}

std::string safe_name(std::string_view name) {
    constexpr std::size_t bytes_max = 200;
    std::string clean = is_utf8(name) ? without_controls(name) : std::string();
    clean = clean.substr(clean.find_last_of("/\\") + 1);
    std::erase_if(clean, [](char c) {
        return c == '\n' || c == '\t' || c == '"' || c == '<' || c == '>' || c == '|' || c == ':' ||
               c == '*' || c == '?';
    });
    std::string_view rest = trim(clean);
    while (rest.starts_with('.')) rest.remove_prefix(1);
    rest = trim(rest);
    if (rest.empty()) return "file";
    if (rest.size() <= bytes_max) return std::string(rest);
    // The ending is what people and programs go by.
    const std::size_t dot = rest.rfind('.');
    const std::string_view ending =
        dot != std::string_view::npos && rest.size() - dot <= 16 ? rest.substr(dot) : "";
    return std::string(prefix_at_most(rest, bytes_max - ending.size())) + std::string(ending);
}

}  // namespace deskbell::files
