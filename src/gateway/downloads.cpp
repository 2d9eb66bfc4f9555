// Files on their way out: addresses for whoever holds the session, bytes for whoever has such an
// address.

#include "base/text.hpp"
#include "files/content.hpp"
#include "gateway/file_links.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/responses.hpp"

#include <utility>
#include <vector>

namespace deskbell::gateway {
namespace {

constexpr std::size_t ids_max = 50;

Result<std::vector<FileId>> read_ids(const net::HttpRequest& request) {
    std::vector<FileId> ids;
    const std::string text = request.query_value("ids").value_or("");
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        std::string id = text.substr(begin, end - begin);
        if (files::is_file_id(id)) ids.emplace_back(std::move(id));
        begin = end + 1;
    }
    if (ids.size() > ids_max) return fail("invalid_field", "`ids` may name at most 50 files.");
    return ids;
}

// Nothing that runs anywhere, and nothing that opens by itself but pictures.
void add_safety(net::HttpResponse& response, const core::File& file) {
    const bool picture = files::is_plain_picture(file.type);
    const bool active = file.type == "text/html" || file.type == "image/svg+xml" ||
                        file.type == "application/xml" || file.type.empty();
    response.headers.push_back({"content-type", active ? "application/octet-stream" : file.type});
    std::string ascii;
    for (const char c : file.name)
        ascii += static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\' ? c : '_';
    response.headers.push_back(
        {"content-disposition", std::string(picture ? "inline" : "attachment") + "; filename=\"" +
                                    ascii + "\"; filename*=UTF-8''" +
                                    net::percent_encode(file.name)});
    response.headers.push_back({"content-security-policy", "default-src 'none'; sandbox"});
    response.headers.push_back({"cross-origin-resource-policy", "cross-origin"});
    response.headers.push_back({"referrer-policy", "no-referrer"});
}

// Whether the browser's copy is the one: files never change.
bool has_copy(const net::HttpRequest& request, const std::string& etag) {
    const std::string_view given = request.header("if-none-match");
    return given == "*" || given.find(etag) != std::string_view::npos;
}

void give(Context& context, net::Exchange& exchange, const core::File& file) {
    const net::HttpRequest& request = exchange.request();
    const std::string etag = "\"" + file.hash.substr(0, 32) + "\"";
    net::HttpResponse response;
    add_safety(response, file);
    response.headers.push_back({"etag", etag});
    response.headers.push_back({"cache-control", "private, max-age=600, immutable"});
    response.headers.push_back({"accept-ranges", "bytes"});
    if (has_copy(request, etag)) {
        response.status = 304;
        return respond(exchange, std::move(response));
    }
    auto mapped = files::MappedFile::open(context.options.files.folder->path_of(file.id));
    if (!mapped) return respond(exchange, problem("not_found", "Nothing is at this address."));
    std::string_view bytes = mapped->bytes();
    const std::string_view condition = request.header("if-range");
    const auto range = condition.empty() || condition == etag
                           ? read_range(request.header("range"), bytes.size())
                           : std::nullopt;
    const std::string total = std::to_string(bytes.size());
    if (range && range->unsatisfiable) {
        net::HttpResponse refusal = problem("range_not_satisfiable", "The file is shorter.");
        refusal.headers.push_back({"content-range", "bytes */" + total});
        return respond(exchange, std::move(refusal));
    }
    if (range && range->count > 0) {
        response.status = 206;
        response.headers.push_back(
            {"content-range", "bytes " + std::to_string(range->first) + "-" +
                                  std::to_string(range->first + range->count - 1) + "/" + total});
        bytes = bytes.substr(range->first, range->count);
    }
    ++context.commons.counters.files_given;
    response.static_body = bytes;
    response.static_body_owner = std::move(mapped);
    respond(exchange, std::move(response));
}

}  // namespace

void get_file_links(Context& context, ExchangePtr exchange) {
    auto hash = read_authority(context, exchange->request());
    if (!hash) return refuse(context, *exchange, hash.error());
    auto ids = read_ids(exchange->request());
    if (!ids) return refuse(context, *exchange, ids.error());
    submit(context, std::move(exchange), std::move(*hash), core::ReadFiles{std::move(*ids)},
           [](Context& alive, ExchangePtr asked, const Reply& reply) {
               const WallMs now = alive.loop.clock().wall_ms();
               std::string body = "{\"files\":[";
               for (const core::File& file : reply.files) {
                   if (body.back() != '[') body += ',';
                   body += file_with_link(alive.options.files.link_key, file, now);
               }
               respond(*asked, json_response(200, body + "]}"));
           });
}

void get_file(Context& context, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string id = request.path.substr(std::string_view("/v1/files/").size());
    const std::string ends = request.query_value("e").value_or("");
    const std::string signature = request.query_value("s").value_or("");
    const auto refused = link_refusal(context.options.files.link_key, id, ends, signature,
                                      context.loop.clock().wall_ms());
    if (refused || !context.options.files.folder || !files::is_file_id(id)) {
        return refuse(
            context, *exchange,
            Error{std::string(refused.value_or("link_invalid")),
                  "This address opens no file (any more); ask for a new one.", std::nullopt});
    }
    context.backend.submit(
        core::ReadFile{FileId(id)}, Address{},
        [weak = context.weak_from_this(), exchange = std::move(exchange)](const Reply& reply) {
            const auto alive = weak.lock();
            if (!alive) return;
            if (reply.refusal) return refuse(*alive, *exchange, *reply.refusal);
            const bool there =
                !reply.files.empty() && reply.files.front().state == core::FileState::ready;
            if (!there) return respond(*exchange, problem("not_found", "The file is gone."));
            give(*alive, *exchange, reply.files.front());
        });
}

}  // namespace deskbell::gateway
