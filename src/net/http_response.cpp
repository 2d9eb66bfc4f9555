#include "net/http_response.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

namespace deskbell::net {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 41> phrases = {{
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
}};

std::string_view phrase_of(int status) {
    const auto found = std::ranges::find(phrases, status, &std::pair<int, std::string_view>::first);
    return found != phrases.end() ? found->second : std::string_view("Status");
}

// The server's own business, whoever else names them.
bool is_ours(std::string_view name) {
    return name == "content-length" || name == "connection" || name == "transfer-encoding" ||
           name == "keep-alive";
}

void append_clean(std::string& head, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) head += c;
    }
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    append_clean(head, name);
    head += ": ";
    append_clean(head, value);
    head += "\r\n";
}

}  // namespace

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

std::string to_head(const HttpResponse& response, const HeadOptions& options) {
    std::string head;
    head.reserve(256);
    head += options.is_http_1_1 ? "HTTP/1.1 " : "HTTP/1.0 ";
    head += std::to_string(response.status);
    head += ' ';
    head += phrase_of(response.status);
    head += "\r\n";
    for (const Header& header : response.headers) {
        if (!is_ours(header.name)) append_header(head, header.name, header.value);
    }
    // Whoever names a date has a reason to have another than ours.
    const bool is_dated = !find_header(response.headers, "date").empty();
    if (!options.date.empty() && !is_dated) append_header(head, "date", options.date);
    if (options.is_chunked) head += "transfer-encoding: chunked\r\n";
    if (options.content_length) {
        append_header(head, "content-length", std::to_string(*options.content_length));
    }
    if (!options.keep_alive) {
        head += "connection: close\r\n";
    } else if (!options.is_http_1_1) {
        head += "connection: keep-alive\r\n";
    }
    head += "\r\n";
    return head;
}

HttpResponse problem_response(int status, std::string_view code, std::string_view detail) {
    HttpResponse response;
    response.status = status;
    response.headers = {{"content-type", "application/problem+json"},
                        {"cache-control", "no-store"}};
    // The words are all ours: nothing in them needs escaping.
    response.body = R"({"type":"about:blank","title":")";
    response.body += phrase_of(status);
    response.body += R"(","status":)" + std::to_string(status) + R"(,"code":")";
    response.body += code;
    response.body += R"(","detail":")";
    response.body += detail;
    response.body += "\"}";
    return response;
}

std::string to_http_date(WallMs at) {
    constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = static_cast<std::time_t>(at / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 64> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                      days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                      months[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                      utc.tm_min, utc.tm_sec);
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string websocket_accept(std::string_view key) {
    std::string salted(key);
    salted += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest.data());
    std::array<unsigned char, 32> encoded{};
    const int length = EVP_EncodeBlock(encoded.data(), digest.data(), digest.size());
    return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(length)};
}

}  // namespace deskbell::net
