#include "net/request_reader.hpp"

#include "base/text.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <utility>

namespace deskbell::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string_view to_view(beast::string_view text) { return {text.data(), text.size()}; }

bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

bool is_method(std::string_view method) {
    return !method.empty() && is_letter(method.front()) && method.size() <= 32 &&
           std::ranges::all_of(method, [](char c) { return is_letter(c) || c == '-' || c == '_'; });
}

// A line that starts with a blank continues the one before it ("obs-fold"); so does the first one.
bool has_folded_lines(std::string_view head) {
    return head.find("\r\n ") != std::string_view::npos ||
           head.find("\r\n\t") != std::string_view::npos;
}

// Every line ends with CR LF, and neither stands anywhere else.
bool has_stray_line_ends(std::string_view head) {
    for (std::size_t at = 0; at < head.size(); ++at) {
        if (head[at] == '\0') return true;
        if (head[at] == '\n') return true;
        if (head[at] != '\r') continue;
        if (at + 1 >= head.size() || head[at + 1] != '\n') return true;
        ++at;
    }
    return false;
}

// A line end without its CR: the head's end will never come as we understand it.
bool has_bare_line_end(std::string_view head, std::size_t from) {
    for (std::size_t at = head.find('\n', from); at != std::string_view::npos;
         at = head.find('\n', at + 1)) {
        if (at == 0 || head[at - 1] != '\r') return true;
    }
    return false;
}

// A first line as far as it is there: what speaks something else (TLS, SSH) is not waited for.
bool may_become_request(std::string_view head) {
    if (!is_letter(head.front())) return false;
    const std::size_t end = head.find("\r\n");
    return end == std::string_view::npos || head.substr(0, end).contains(" HTTP/");
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Printable, no fragment, and every '%' followed by two hexadecimal digits.
bool is_clean_target(std::string_view target) {
    for (std::size_t at = 0; at < target.size(); ++at) {
        const auto byte = static_cast<unsigned char>(target[at]);
        if (byte <= 0x20 || byte >= 0x7f || byte == '#') return false;
        if (byte != '%') continue;
        if (at + 2 >= target.size() || !is_hex_digit(target[at + 1]) ||
            !is_hex_digit(target[at + 2]))
            return false;
    }
    return true;
}

// A name or an address, perhaps with a port; nothing that could be read as more.
bool is_host(std::string_view host) {
    return std::ranges::all_of(host, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte < 0x7f &&
               std::string_view("/\\?#@,\"<>{}|^`").find(c) == std::string_view::npos;
    });
}

std::size_t count_headers(const std::vector<Header>& headers, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::count(headers, name, &Header::name));
}

}  // namespace

RequestReader::Step RequestReader::feed(std::string_view& bytes) {
    const std::size_t before = bytes.size();
    Step step = Step::more;
    if (!head_is_done_) step = feed_head(bytes);
    if (step == Step::more && head_is_done_) step = feed_body(bytes);
    bytes_fed_ += before - bytes.size();
    held_.set(head_.capacity() + request_.body.capacity());
    if (step == Step::more && HeldBytes::are_too_many()) {
        return fail(503, "busy", "the server holds as much as it can; try again in a moment");
    }
    return step;
}

RequestReader::Step RequestReader::feed_head(std::string_view& bytes) {
    // Some clients send an empty line after a body; RFC 9112 asks to read over it.
    std::size_t skipped = 0;
    while (head_.empty() && !bytes.empty() && (bytes.front() == '\r' || bytes.front() == '\n')) {
        if (bytes_fed_ + skipped > 8) {
            return bad_request("empty lines where a request was expected");
        }
        ++skipped;  // feed() counts them
        bytes.remove_prefix(1);
    }
    if (bytes.empty()) return Step::more;

    constexpr std::string_view head_end = "\r\n\r\n";
    const std::size_t held = head_.size();
    const std::size_t room = limits_.header_bytes_max - std::min(held, limits_.header_bytes_max);
    const std::string_view offered = bytes.substr(0, room);
    if (held == 0) {
        const std::size_t end = offered.find(head_end);
        if (end != std::string_view::npos) {
            bytes.remove_prefix(end + head_end.size());
            return read_head(offered.substr(0, end + head_end.size()));
        }
    }
    head_.append(offered);
    const std::size_t end = head_.find(head_end, held < 3 ? 0 : held - 3);
    if (end == std::string::npos) {
        bytes.remove_prefix(offered.size());
        if (head_.size() < limits_.header_bytes_max) {
            // No need to wait for the end of what cannot be a request (TLS on a plain port).
            if (!may_become_request(head_)) return bad_request("not an HTTP request");
            return has_bare_line_end(head_, held) ? bad_request("badly ended header lines")
                                                  : Step::more;
        }
        salvage_origin(head_);
        return fail(431, "headers_too_large", "the request's headers are larger than allowed");
    }
    bytes.remove_prefix(end + head_end.size() - held);
    const std::string head = std::exchange(head_, {});
    return read_head(std::string_view(head).substr(0, end + head_end.size()));
}

RequestReader::Step RequestReader::read_head(std::string_view head) {
    const Step step = parse_head(head);
    if (step == Step::failed && request_.headers.empty()) salvage_origin(head);
    return step;
}

RequestReader::Step RequestReader::parse_head(std::string_view head) {
    if (has_folded_lines(head) || has_stray_line_ends(head)) {
        return bad_request("folded or badly ended header lines");
    }
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
    parser.body_limit(boost::none);
    parser.skip(true);  // the body is ours
    beast::error_code failed;
    const std::size_t consumed = parser.put(boost::asio::buffer(head), failed);
    if (failed == http::error::bad_version) return bad_request("only HTTP/1.0 and HTTP/1.1");
    if (failed) return bad_request("malformed request head");
    if (!parser.is_done() || consumed != head.size()) return bad_request("malformed request head");

    const auto& message = parser.get();
    request_.method = std::string(to_view(message.method_string()));
    if (!is_method(request_.method)) return bad_request("malformed method");
    for (const auto& field : message) {
        request_.headers.push_back(
            {to_lower_ascii(to_view(field.name_string())), std::string(to_view(field.value()))});
    }
    is_http_1_1_ = message.version() == 11;
    keep_alive_ = parser.keep_alive();
    const auto length = parser.content_length();
    Step step = take_target(to_view(message.target()));
    if (step == Step::more) step = check_framing(length.has_value(), length.value_or(0));
    if (step == Step::more) step = ask_for_sink();
    head_is_done_ = step == Step::more;
    return step;
}

RequestReader::Step RequestReader::take_target(std::string_view target) {
    // Absolute form ("GET http://host/path"): a server has to take it. The authority is dropped.
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        const std::size_t path = target.find_first_of("/?", scheme.size());
        target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
        break;
    }
    const bool is_origin_form = target.starts_with('/') || target.starts_with('?');
    if (!is_origin_form && !(target == "*" && request_.method == "OPTIONS")) {
        return bad_request("malformed request target");
    }
    if (!is_clean_target(target)) return bad_request("malformed request target");
    const std::size_t query = target.find('?');
    request_.path = std::string(target.substr(0, query));
    if (request_.path.empty()) request_.path = "/";
    if (query != std::string_view::npos) request_.query = std::string(target.substr(query + 1));
    return Step::more;
}

RequestReader::Step RequestReader::check_framing(bool has_length, std::uint64_t length) {
    const std::vector<Header>& headers = request_.headers;
    const std::size_t hosts = count_headers(headers, "host");
    if (hosts > 1 || (hosts == 0 && is_http_1_1_)) return bad_request("one Host header is needed");
    if (!is_host(request_.header("host"))) return bad_request("malformed Host");

    const std::size_t codings = count_headers(headers, "transfer-encoding");
    const std::size_t lengths = count_headers(headers, "content-length");
    if (codings > 0 && lengths > 0) return bad_request("both a length and a transfer coding");
    if (codings > 1 || lengths > 1) return bad_request("repeated framing headers");

    const auto body_max = [this] {
        return limits_.body_bytes_max_for
                   ? limits_.body_bytes_max_for(request_.method, request_.path)
                   : limits_.body_bytes_max;
    };
    if (codings == 1) {
        if (!is_http_1_1_) return bad_request("a transfer coding needs HTTP/1.1");
        if (to_lower_ascii(request_.header("transfer-encoding")) != "chunked") {
            return bad_request("the only transfer coding is chunked");
        }
        body_kind_ = BodyKind::chunked;
        chunked_body_ = ChunkedBody(body_max());
    } else if (lengths == 1) {
        const std::string_view text = request_.header("content-length");
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if (!has_length || !std::ranges::all_of(text, is_digit)) {
            return bad_request("malformed Content-Length");
        }
        if (length > body_max()) {
            return fail(413, "body_too_large", "the request's body is larger than allowed");
        }
        body_kind_ = length > 0 ? BodyKind::sized : BodyKind::none;
        body_left_ = length;
    }
    if (const std::string_view expected = request_.header("expect"); !expected.empty()) {
        if (to_lower_ascii(expected) != "100-continue") {
            return fail(417, "expectation_failed", "the only expectation met is 100-continue");
        }
        awaits_continue_ = is_http_1_1_ && body_kind_ != BodyKind::none;
    }
    return Step::more;
}

RequestReader::Step RequestReader::ask_for_sink() {
    if (!limits_.body_sink_for) return Step::more;
    auto sink = limits_.body_sink_for(request_);
    if (!sink) return fail_with(std::move(sink.error()));
    request_.sink = std::move(*sink);
    return Step::more;
}

RequestReader::Step RequestReader::pass_to_sink(Step step) {
    if (!request_.sink || step == Step::failed || request_.body.empty()) return step;
    auto refusal = request_.sink->take(request_.body);
    request_.body.clear();
    return refusal ? fail_with(std::move(*refusal)) : step;
}

RequestReader::Step RequestReader::fail_with(BodyRefusal refusal) {
    refusal_ = std::move(refusal);
    request_.sink.reset();
    return fail(refusal_.status, refusal_.code, refusal_.detail);
}

RequestReader::Step RequestReader::feed_body(std::string_view& bytes) {
    if (body_kind_ == BodyKind::none) return Step::done;
    if (bytes.empty()) return Step::more;
    awaits_continue_ = false;  // it has stopped waiting
    if (body_kind_ == BodyKind::sized) {
        const std::size_t count = std::min<std::uint64_t>(body_left_, bytes.size());
        request_.body.append(bytes.substr(0, count));
        bytes.remove_prefix(count);
        body_left_ -= count;
        return pass_to_sink(body_left_ == 0 ? Step::done : Step::more);
    }
    switch (chunked_body_.feed(bytes, request_.body)) {
        case ChunkedBody::Step::more:
            return pass_to_sink(Step::more);
        case ChunkedBody::Step::done:
            return pass_to_sink(Step::done);
        case ChunkedBody::Step::too_large:
            return fail(413, "body_too_large", "the request's body is larger than allowed");
        case ChunkedBody::Step::malformed:
            break;
    }
    return bad_request("malformed chunked body");
}

// Of a head that cannot be used: enough for the page that sent it to read the refusal.
void RequestReader::salvage_origin(std::string_view head) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;) {
        const std::size_t begin = at + 2;
        at = head.find("\r\n", begin);
        if (at == std::string_view::npos) return;
        const std::string_view line = head.substr(begin, at - begin);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string name = to_lower_ascii(line.substr(0, colon));
        if (name != "origin" && name != "host") continue;
        request_.headers.push_back({std::move(name), std::string(trim(line.substr(colon + 1)))});
    }
}

RequestReader::Step RequestReader::fail(int status, std::string_view code,
                                        std::string_view detail) {
    failure_ = {status, code, detail};
    return Step::failed;
}

}  // namespace deskbell::net
