#pragma once
// JSON written straight into a string: events are rendered once each, on the busiest path.

#include <string>
#include <string_view>

namespace deskbell::core {

// Appends `text` (valid UTF-8) as a JSON string with its quotes.
inline void append_json_string(std::string& out, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (byte < 0x20) {
            out += "\\u00";
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace deskbell::core
