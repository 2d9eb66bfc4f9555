#pragma once
// A file compiled into the binary: the widget, the sandbox page, the demo shop and its faq.

#include <span>
#include <string_view>

namespace deskbell {

struct WebAsset {
    std::string_view path;  // "/widget.js", "/sandbox/index.html", "/demo/faq.md"
    std::string_view content_type;
    std::string_view etag;  // quoted, as the header wants it
    std::string_view raw;
    std::string_view gzip;    // empty: not worth it
    std::string_view brotli;  // empty: not worth it
};

// Defined in the generated web_assets.cpp, which the app links.
[[nodiscard]] std::span<const WebAsset> web_assets();

}  // namespace deskbell
