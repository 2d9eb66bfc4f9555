#include "sandbox/http/file_routes.hpp"

#include "base/text.hpp"
#include "sandbox/model/files.hpp"

namespace deskbell::sandbox {

namespace {

net::HttpResponse to_response(ApiAnswer answer) {
    net::HttpResponse response;
    response.status = answer.status;
    for (auto& [name, value] : answer.headers)
        response.headers.push_back({std::move(name), std::move(value)});
    response.headers.push_back({"x-content-type-options", "nosniff"});
    // Whatever a file holds, it is nobody's script here.
    response.headers.push_back({"content-security-policy", "sandbox"});
    response.body = std::move(answer.body);
    return response;
}

// The first part of a multipart body, or the whole body of anything else.
std::string file_bytes(const net::HttpRequest& request) {
    const std::string_view type = request.header("content-type");
    if (!to_lower_ascii(type).starts_with("multipart/form-data")) return request.body;
    const std::string_view body = request.body;
    const std::size_t line_end = body.find("\r\n");
    const std::size_t blank = body.find("\r\n\r\n");
    if (line_end == std::string_view::npos || blank == std::string_view::npos) return {};
    const std::string mark = "\r\n" + std::string(body.substr(0, line_end));
    const std::size_t end = body.find(mark, blank + 2);
    if (end == std::string_view::npos || end < blank + 4) return {};
    return std::string(body.substr(blank + 4, end - blank - 4));
}

std::string_view bearer_token(const net::HttpRequest& request) {
    const std::string_view header = request.header("authorization");
    if (header.size() <= 7 || to_lower_ascii(header.substr(0, 7)) != "bearer ") return {};
    return trim(header.substr(7));
}

// "/files-pri/T0…-F0…/download/name": the file's id.
std::string_view file_id_of(std::string_view path) {
    path.remove_prefix(std::string_view("/files-pri/").size());
    const std::string_view key = path.substr(0, path.find('/'));
    const std::size_t dash = key.find('-');
    return dash == std::string_view::npos ? std::string_view() : key.substr(dash + 1);
}

}  // namespace

bool handle_file_request(Slack& slack, net::Exchange& exchange) {
    const net::HttpRequest& request = exchange.request();
    const std::string_view path = request.path;
    constexpr std::string_view upload = "/upload/v1/";
    if (path.starts_with(upload) && (request.method == "POST" || request.method == "PUT")) {
        const std::string key(path.substr(upload.size()));
        exchange.respond(to_response(slack.receive_upload(key, file_bytes(request))));
        return true;
    }
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (!reads || (!path.starts_with("/files-pri/") && !path.starts_with("/files-tmb/")))
        return false;
    exchange.respond(to_response(
        slack.download(file_id_of(path), bearer_token(request), path.contains("/download/"))));
    return true;
}

net::HttpResponse file_for_page(const Slack& slack, std::string_view path) {
    path.remove_prefix(std::string_view("/sandbox/files/").size());
    const SlackFile* file = slack.find_file(path.substr(0, path.find('/')));
    if (!file)
        return {404, {{"content-type", "text/plain; charset=utf-8"}}, "There is no such file.\n"};
    const bool is_picture = file->mimetype.starts_with("image/");
    ApiAnswer answer;
    answer.headers = {{"content-type", is_picture ? file->mimetype : "application/octet-stream"},
                      {"cache-control", "private, max-age=3600"}};
    answer.body = file->bytes;
    return to_response(std::move(answer));
}

}  // namespace deskbell::sandbox
