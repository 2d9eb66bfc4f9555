#include "sandbox/http/decode_call.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "sandbox/model/ids.hpp"

#include <boost/json.hpp>

namespace deskbell::sandbox {

namespace {

// The fields of multipart/form-data; false when it is not well formed.
bool decode_multipart(std::string_view body, std::string_view content_type,
                      std::map<std::string, std::string>& args) {
    const std::size_t at = content_type.find("boundary=");
    if (at == std::string_view::npos) return false;
    std::string_view boundary = content_type.substr(at + 9);
    boundary = trim(boundary.substr(0, boundary.find(';')));
    if (boundary.size() >= 2 && boundary.starts_with('"'))
        boundary = boundary.substr(1, boundary.size() - 2);
    if (boundary.empty() || boundary.size() > 70) return false;
    const std::string mark = "--" + std::string(boundary);
    if (!body.starts_with(mark)) return false;
    body.remove_prefix(mark.size());
    while (!body.starts_with("--")) {
        const std::size_t end = body.find("\r\n" + mark);
        const std::size_t blank = body.find("\r\n\r\n");
        if (end == std::string_view::npos || blank == std::string_view::npos || blank > end)
            return false;
        const std::string_view head = body.substr(0, blank);
        const std::size_t name = head.find("name=\"");
        if (name == std::string_view::npos) return false;
        const std::string_view rest = head.substr(name + 6);
        const std::size_t quote = rest.find('"');
        if (quote == std::string_view::npos) return false;
        const std::size_t first = blank + 4;
        args[std::string(rest.substr(0, quote))] =
            first <= end ? std::string(body.substr(first, end - first)) : std::string();
        body.remove_prefix(end + 2 + mark.size());
    }
    return true;
}

void decode_json(std::string_view body, ApiCall& call) {
    const auto object = parse_json_object(body);
    if (!object) {
        call.decode_error = object.error().code;
        return;
    }
    for (const auto& [key, value] : *object) {
        // A token inside JSON is refused: it is not looked at.
        if (value.is_null() || key == "token") continue;
        call.args[std::string(key)] =
            value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    }
}

void decode_body(const net::HttpRequest& request, ApiCall& call) {
    if (request.body.empty()) return;
    const std::string kind =
        to_lower_ascii(trim(call.content_type.substr(0, call.content_type.find(';'))));
    if (kind.empty()) {
        call.decode_error = "missing_post_type";
    } else if (kind == "application/json") {
        decode_json(request.body, call);
    } else if (kind == "multipart/form-data") {
        if (!decode_multipart(request.body, call.content_type, call.args))
            call.decode_error = "invalid_form_data";
    } else if (kind == "application/x-www-form-urlencoded") {
        for (net::Header& field : net::parse_form(request.body))
            call.args[std::move(field.name)] = std::move(field.value);
    }
}

}  // namespace

ApiCall decode_call(std::string method, const net::HttpRequest& request) {
    ApiCall call;
    call.method = std::move(method);
    if (request.method != "GET") call.content_type = request.header("content-type");
    for (net::Header& field : net::parse_form(request.query))
        call.args[std::move(field.name)] = std::move(field.value);
    if (const auto query = call.args.find("token"); query != call.args.end()) {
        call.token_in_query = true;
        call.args.erase(query);
    }
    decode_body(request, call);
    const std::string_view bearer = request.header("authorization");
    // The client of OAuth may name itself so.
    if (bearer.size() > 6 && to_lower_ascii(bearer.substr(0, 6)) == "basic ")
        if (const auto pair = from_base64(trim(bearer.substr(6))); pair && pair->contains(':')) {
            call.args["client_id"] = pair->substr(0, pair->find(':'));
            call.args["client_secret"] = pair->substr(pair->find(':') + 1);
        }
    if (bearer.size() > 7 && to_lower_ascii(bearer.substr(0, 7)) == "bearer ") {
        call.token = trim(bearer.substr(7));
        call.token_in_query = false;
    } else if (const auto form = call.args.find("token"); form != call.args.end()) {
        call.token = form->second;
        call.token_in_query = false;
    }
    call.args.erase("token");
    return call;
}

}  // namespace deskbell::sandbox
