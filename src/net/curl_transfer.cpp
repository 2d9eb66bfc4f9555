#include "net/curl_transfer.hpp"

#include "base/text.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace deskbell::net {
namespace {

bool is_clean(std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
    }
    return true;
}

std::string host_of(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::string(url);
    return std::string(url.substr(0, url.find_first_of("/?#", scheme_end + 3)));
}

}  // namespace

std::string no_proxy_hosts() {
    std::string hosts = "localhost,127.0.0.1,::1";
    for (const char* const name : {"no_proxy", "NO_PROXY"}) {
        const char* const value = std::getenv(name);
        if (value == nullptr || *value == '\0') continue;
        if (std::string_view(value) == "*") return "*";
        return hosts + "," + value;
    }
    return hosts;
}

CurlTransfer::CurlTransfer(std::uint64_t id, ClientRequest request)
    : id_(id),
      request_(std::move(request)),
      host_(host_of(request_.url)),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(request_.timeout_ms)),
      error_(error_bytes, '\0') {
    static_assert(error_bytes >= CURL_ERROR_SIZE);
}

std::int64_t CurlTransfer::time_left_ms() const {
    const auto left = deadline_ - std::chrono::steady_clock::now();
    return std::chrono::ceil<std::chrono::milliseconds>(left).count();
}

CurlTransfer::~CurlTransfer() {
    curl_slist_free_all(headers_);
    if (upload_) std::fclose(upload_);
    if (kept_) std::fclose(kept_);
}

void CurlTransfer::prepare(void* handle, const std::string& user_agent,
                           const std::string& no_proxy) {
    handle_ = handle;
    curl_easy_setopt(handle, CURLOPT_URL, request_.url.c_str());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, user_agent.c_str());
    curl_easy_setopt(handle, CURLOPT_NOPROXY, no_proxy.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);  // never wait for a resolver that hangs
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN, idle_seconds_max);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<std::int64_t>(time_left_ms(), 1)));
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error_.data());
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &CurlTransfer::before_request);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    set_method();
    set_headers();
}

void CurlTransfer::set_method() {
    const bool has_body = !request_.body.empty() || request_.method == "POST" ||
                          request_.method == "PUT" || request_.method == "PATCH";
    if (has_body) {
        set_body();
    } else if (request_.method == "HEAD") {
        curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    } else {
        curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
    }
    const bool is_named_already = (has_body && request_.method == "POST") ||
                                  (!has_body && request_.method == "GET") ||
                                  (!has_body && request_.method == "HEAD");
    if (!is_named_already) {
        curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
    }
}

void CurlTransfer::set_body() {
    curl_easy_setopt(handle_, CURLOPT_POST, 1L);
    if (request_.body_file.empty()) {
        curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request_.body.size()));
        curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.data());
        return;
    }
    upload_ = std::fopen(request_.body_file.c_str(), "rbe");
    long size = 0;
    if (upload_ && std::fseek(upload_, 0, SEEK_END) == 0) {
        size = std::ftell(upload_);
        std::rewind(upload_);
    }
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
    curl_easy_setopt(handle_, CURLOPT_READFUNCTION, &CurlTransfer::on_upload);
    curl_easy_setopt(handle_, CURLOPT_READDATA, this);
}

std::size_t CurlTransfer::on_upload(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (!transfer.upload_) return CURL_READFUNC_ABORT;
    const std::size_t read = std::fread(bytes, 1, size * count, transfer.upload_);
    return read == 0 && std::ferror(transfer.upload_) ? CURL_READFUNC_ABORT : read;
}

// Only a good answer is worth a file; what else came is for people to read.
bool CurlTransfer::keep(std::string_view bytes) {
    if (!kept_) kept_ = std::fopen(request_.answer_file.c_str(), "wbe");
    is_not_kept_ = !kept_ || std::fwrite(bytes.data(), 1, bytes.size(), kept_) != bytes.size();
    return !is_not_kept_;
}

void CurlTransfer::set_headers() {
    const auto add = [this](const std::string& line) {
        headers_ = curl_slist_append(headers_, line.c_str());
    };
    bool has_content_type = false;
    for (const Header& header : request_.headers) {
        if (!is_clean(header.name) || !is_clean(header.value)) continue;  // would be two headers
        has_content_type = has_content_type || to_lower_ascii(header.name) == "content-type";
        // A header without a value is written with a semicolon; with a colon it would be removed.
        add(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
    }
    if (!has_content_type) add("Content-Type:");  // no guess of curl's
    add("Expect:");                               // no waiting before a body
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers_);
}

int CurlTransfer::before_request(void* self, char*, char*, int, int) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (transfer.attempts_ > 0 && transfer.a_byte_may_have_left()) {
        transfer.was_repetition_refused_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    ++transfer.attempts_;
    return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::a_byte_may_have_left() const {
    if (attempts_ == 0) return false;
    long request_bytes = 0;
    curl_off_t body_bytes = 0;
    const bool is_known =
        curl_easy_getinfo(handle_, CURLINFO_REQUEST_SIZE, &request_bytes) == CURLE_OK &&
        curl_easy_getinfo(handle_, CURLINFO_SIZE_UPLOAD_T, &body_bytes) == CURLE_OK;
    return !is_known || request_bytes > 0 || body_bytes > 0;
}

bool CurlTransfer::take(std::size_t bytes) {
    if (bytes > request_.response_bytes_max - bytes_taken_) {
        is_too_large_ = true;
        return false;
    }
    bytes_taken_ += bytes;
    return true;
}

std::size_t CurlTransfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const std::string_view line(bytes, size * count);
    if (!transfer.take(line.size())) return 0;
    if (line.starts_with("HTTP/")) {  // another response begins, after an interim one
        transfer.answer_.headers.clear();
        return line.size();
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return line.size();
    transfer.answer_.headers.push_back(
        {to_lower_ascii(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
    return line.size();
}

std::size_t CurlTransfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    const auto& given_up = transfer.request_.given_up;
    if (given_up && given_up->load(std::memory_order_relaxed)) return 0;
    if (!transfer.take(size * count)) return 0;
    long status = 0;
    curl_easy_getinfo(transfer.handle_, CURLINFO_RESPONSE_CODE, &status);
    if (!transfer.request_.answer_file.empty() && status == 200)
        return transfer.keep({bytes, size * count}) ? size * count : 0;
    if (transfer.tell_piece_ && status == 200) {
        transfer.tell_piece_(std::string(bytes, size * count));
        return size * count;
    }
    transfer.answer_.body.append(bytes, size * count);
    return size * count;
}

ClientAnswer CurlTransfer::conclude(int outcome) {
    const auto code = static_cast<CURLcode>(outcome);
    if (code == CURLE_OK) {
        long status = 0;
        curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
        answer_.kind = ClientAnswer::Kind::answered;
        answer_.status = static_cast<int>(status);
        if (kept_ && std::fclose(std::exchange(kept_, nullptr)) != 0) is_not_kept_ = true;
        if (is_not_kept_) {
            answer_.kind = ClientAnswer::Kind::unknown;
            answer_.detail = "the disk did not take the answer";
        }
        return std::move(answer_);
    }
    ClientAnswer failure;
    failure.kind =
        a_byte_may_have_left() ? ClientAnswer::Kind::unknown : ClientAnswer::Kind::not_sent;
    const std::size_t length = std::strlen(error_.c_str());
    failure.detail = length > 0 ? error_.substr(0, length) : curl_easy_strerror(code);
    if (is_too_large_) failure.detail = "the answer is larger than allowed";
    if (was_repetition_refused_) {
        failure.detail = "the connection died after the request had left";
    }
    return failure;
}

}  // namespace deskbell::net
