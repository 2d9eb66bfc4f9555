// HTTP/1.1 requests as they come off a socket: however the bytes are cut, the same requests or the
// same refusal come out, and what comes out can be trusted by the rooms behind it.

#include "base/text.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "net/request_reader.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace deskbell::net {
namespace {

constexpr std::size_t requests_max = 8;  // of one connection

struct Read {
    std::vector<HttpRequest> requests;
    std::vector<bool> keep_alive;
    int status = 0;  // of the refusal; 0: none
    std::string code;
};

bool same(const HttpRequest& a, const HttpRequest& b) {
    const auto same_header = [](const Header& left, const Header& right) {
        return left.name == right.name && left.value == right.value;
    };
    return a.method == b.method && a.path == b.path && a.query == b.query && a.body == b.body &&
           std::ranges::equal(a.headers, b.headers, same_header);
}

// Why something is refused may depend on how soon it is noticed; that it is, may not.
bool same(const Read& a, const Read& b) {
    return (a.status == 0) == (b.status == 0) && a.keep_alive == b.keep_alive &&
           std::ranges::equal(a.requests, b.requests, [](const auto& left, const auto& right) {
               return same(left, right);
           });
}

// As HttpConnection does it: one reader a request, pipelined bytes go to the next one.
Read read_all(const std::vector<std::string>& pieces, const ServerLimits& limits) {
    Read read;
    auto reader = std::make_unique<RequestReader>(limits);
    for (const std::string& piece : pieces) {
        std::string_view bytes = piece;
        bool again = true;
        while (again) {
            const std::size_t before = bytes.size();
            const RequestReader::Step step = reader->feed(bytes);
            FUZZ_CHECK(bytes.size() <= before);
            if (step == RequestReader::Step::failed) {
                read.status = reader->failure().status;
                read.code = reader->failure().code;
                return read;
            }
            if (step == RequestReader::Step::more) {
                FUZZ_CHECK(bytes.empty());
                break;
            }
            read.requests.push_back(std::move(reader->request()));
            read.keep_alive.push_back(reader->keep_alive());
            if (!read.keep_alive.back() || read.requests.size() == requests_max) return read;
            reader = std::make_unique<RequestReader>(limits);
            again = !bytes.empty();
        }
    }
    return read;
}

void check_request(const HttpRequest& request, const ServerLimits& limits) {
    FUZZ_CHECK(request.path.starts_with('/') || request.path == "*");
    FUZZ_CHECK(request.path.find_first_of("?# ") == std::string::npos);
    FUZZ_CHECK(request.query.find_first_of("# ") == std::string::npos);
    FUZZ_CHECK(!request.method.empty());
    FUZZ_CHECK(request.body.size() <= limits.body_bytes_max);
    const auto is_line_end = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    std::size_t head_bytes = 0;
    for (const Header& header : request.headers) {
        FUZZ_CHECK(!header.name.empty() && header.name == to_lower_ascii(header.name));
        FUZZ_CHECK(std::ranges::none_of(header.name, is_line_end));
        FUZZ_CHECK(std::ranges::none_of(header.value, is_line_end));
        FUZZ_CHECK(header.value == trim(header.value));
        head_bytes += header.name.size() + header.value.size();
    }
    FUZZ_CHECK(head_bytes <= limits.header_bytes_max);
    const auto count = [&](std::string_view name) {
        return std::ranges::count(request.headers, name, &Header::name);
    };
    FUZZ_CHECK(count("host") <= 1 && count("content-length") + count("transfer-encoding") <= 1);
    static_cast<void>(request.query_value("after"));
}

}  // namespace
}  // namespace deskbell::net

// Byte 0 decides how the rest is cut.
DESKBELL_FUZZ(http_request) {
    using namespace deskbell;
    fuzz::Input bytes(input);
    const std::uint64_t seed = bytes.byte();
    const std::string_view stream = bytes.rest();
    net::ServerLimits limits;
    limits.header_bytes_max = 600;
    limits.body_bytes_max = 300;
    const net::Read whole = net::read_all({std::string(stream)}, limits);
    const net::Read cut = net::read_all(fuzz::in_random_pieces(stream, seed), limits);
    FUZZ_CHECK(net::same(whole, cut));
    for (const net::HttpRequest& request : whole.requests) net::check_request(request, limits);
    FUZZ_CHECK(whole.status == 0 || (whole.status >= 400 && whole.status < 500));
    FUZZ_CHECK((whole.status == 0) == whole.code.empty());
}
