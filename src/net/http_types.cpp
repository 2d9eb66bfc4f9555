#include "net/http_types.hpp"

#include <cstddef>
#include <utility>

namespace deskbell::net {
namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Decodes into `decoded`; false when a '%' is not followed by two hexadecimal digits. Such a '%'
// is kept as it is, so that the lenient caller still has all of the text.
bool decode(std::string_view text, bool plus_is_space, std::string& decoded) {
    bool well_formed = true;
    decoded.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '%') {
            const int high = at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
            const int low = at + 2 < text.size() ? hex_value(text[at + 2]) : -1;
            if (high >= 0 && low >= 0) {
                decoded += static_cast<char>(high << 4 | low);
                at += 2;
                continue;
            }
            well_formed = false;
        }
        decoded += c == '+' && plus_is_space ? ' ' : c;
    }
    return well_formed;
}

bool is_unreserved(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Calls `visit(name, value)`, both still encoded, until it returns false.
template <class Visit>
void for_each_field(std::string_view text, Visit visit) {
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view field = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (field.empty()) continue;
        const std::size_t equals = field.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1);
        if (!visit(field.substr(0, equals), value)) return;
    }
}

}  // namespace

std::string_view find_header(const std::vector<Header>& headers, std::string_view name) {
    for (const Header& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

std::optional<std::string> HttpRequest::query_value(std::string_view name) const {
    std::optional<std::string> found;
    for_each_field(query, [&](std::string_view encoded_name, std::string_view encoded_value) {
        if (percent_decode(encoded_name, true) != name) return true;
        std::string value;
        if (decode(encoded_value, true, value)) found = std::move(value);
        return false;
    });
    return found;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decode(text, plus_is_space, decoded);
    return decoded;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

std::vector<Header> parse_form(std::string_view body) {
    std::vector<Header> fields;
    for_each_field(body, [&](std::string_view name, std::string_view value) {
        fields.push_back({percent_decode(name, true), percent_decode(value, true)});
        return true;
    });
    return fields;
}

std::string encode_form(const std::vector<Header>& fields) {
    std::string encoded;
    for (const Header& field : fields) {
        if (!encoded.empty()) encoded += '&';
        encoded += percent_encode(field.name);
        encoded += '=';
        encoded += percent_encode(field.value);
    }
    return encoded;
}

}  // namespace deskbell::net
