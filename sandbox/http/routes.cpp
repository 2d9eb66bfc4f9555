#include "sandbox/http/routes.hpp"

#include "base/text.hpp"
#include "net/http_response.hpp"
#include "sandbox/http/avatars.hpp"
#include "sandbox/http/decode_call.hpp"
#include "sandbox/http/file_routes.hpp"
#include "sandbox/http/oauth_page.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

constexpr std::int64_t silence_ms_max = 120'000;

net::HttpResponse to_response(ApiAnswer answer) {
    net::HttpResponse response;
    response.status = answer.status;
    for (auto& [name, value] : answer.headers)
        response.headers.push_back({std::move(name), std::move(value)});
    response.body = std::move(answer.body);
    return response;
}

void give(ApiAnswer answer, net::Exchange& exchange) {
    const std::size_t body_bytes = answer.body_bytes;
    if (answer.kind == ApiAnswer::Kind::reset) return exchange.drop();
    if (answer.kind == ApiAnswer::Kind::cut)
        return exchange.cut(to_response(std::move(answer)), body_bytes);
    exchange.respond(to_response(std::move(answer)));
}

net::HttpResponse plain(int status, std::string text) {
    return {status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text)};
}

// An address, or this machine's name: what a page of a stranger's domain cannot pretend to be.
bool is_local_host(std::string_view host) {
    if (host.starts_with('[')) return true;
    const std::string_view name = host.substr(0, host.find(':'));
    return name == "localhost" || (!name.empty() && std::ranges::all_of(name, [](char c) {
               return (c >= '0' && c <= '9') || c == '.';
           }));
}

net::HttpResponse avatar(std::string_view path) {
    std::string_view name = path.substr(std::string_view("/avatars/").size());
    if (!name.ends_with(".svg") || name.size() > 80)
        return plain(404, "There is no such picture.\n");
    name.remove_suffix(4);
    net::HttpResponse response;
    response.headers = {
        {"content-type", "image/svg+xml"},
        {"cache-control", "public, max-age=3600"},
        {"access-control-allow-origin", "*"},
        {"cross-origin-resource-policy", "cross-origin"},
        {"content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"},
        {"x-content-type-options", "nosniff"}};
    response.body = avatar_svg(name);
    return response;
}

}  // namespace

Routes::Routes(Loop& loop, Slack& slack, ChangeFeed& feed, PageApi& page, SocketLinks& links,
               std::span<const WebAsset> assets, std::string public_host,
               std::function<void()> on_change)
    : loop_(loop),
      slack_(slack),
      feed_(feed),
      page_(page),
      links_(links),
      assets_(assets),
      public_host_(std::move(public_host)),
      on_change_(std::move(on_change)) {}

void Routes::handle(std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    const std::string path = request.path;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    if (path.starts_with("/api/")) {
        if (!reads && request.method != "POST")
            return exchange->respond(plain(405, "GET or POST.\n"));
        return handle_call(path.substr(5), std::move(exchange));
    }
    if (path.starts_with("/sandbox/api/"))
        return handle_page_api(path.substr(13), std::move(exchange));
    if (path.starts_with("/response/") && request.method == "POST") {
        answer(slack_.respond(path.substr(10), request.body), exchange);
        return on_change_();
    }
    if (path == "/oauth/v2/authorize" && (reads || request.method == "POST")) {
        if (!reads && !is_own_page(request))
            return exchange->respond(plain(403, "This is for the sandbox's own page.\n"));
        exchange->respond(authorize_page(slack_, request));
        return on_change_();
    }
    if (handle_file_request(slack_, *exchange)) return on_change_();
    if (reads && path.starts_with("/sandbox/files/"))
        return exchange->respond(is_own_page(request)
                                     ? file_for_page(slack_, path)
                                     : plain(403, "This is for the sandbox's own page.\n"));
    if (reads && path.starts_with("/link/")) return links_.open(*exchange);
    if (!reads) return exchange->respond(plain(404, "There is nothing here.\n"));
    if (path.starts_with("/avatars/")) return exchange->respond(avatar(path));
    if (path == "/" || path.starts_with("/archives/"))
        return serve_asset("/sandbox/index.html", *exchange);
    serve_asset(path, *exchange);
}

void Routes::handle_call(std::string method, std::shared_ptr<net::Exchange> exchange) {
    ApiAnswer result = slack_.call(decode_call(std::move(method), exchange->request()));
    answer(std::move(result), std::move(exchange));
    on_change_();
}

void Routes::answer(ApiAnswer answer, std::shared_ptr<net::Exchange> exchange) {
    if (answer.date_skew_s != 0)
        answer.headers.emplace_back(
            "date", net::to_http_date(loop_.clock().wall_ms() + answer.date_skew_s * 1000));
    if (answer.kind == ApiAnswer::Kind::silence) return hold(std::move(exchange));
    if (answer.delay_ms == 0) return give(std::move(answer), *exchange);
    const std::int64_t delay_ms = answer.delay_ms;
    loop_.after(delay_ms, [answer = std::move(answer), exchange = std::move(exchange)]() mutable {
        give(std::move(answer), *exchange);
    });
}

void Routes::hold(std::shared_ptr<net::Exchange> exchange) {
    if (held_.size() >= held_max) held_.erase(held_.begin());
    const std::uint64_t id = next_held_++;
    exchange->on_abandoned([this, id] { loop_.post([this, id] { held_.erase(id); }); });
    held_.emplace(id, std::move(exchange));
    loop_.after(silence_ms_max, [this, id] { held_.erase(id); });
}

bool Routes::is_own_page(const net::HttpRequest& request) const {
    const std::string_view host = request.header("host");
    if (!is_local_host(host) && host != public_host_) return false;
    const std::string_view site = request.header("sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none") return false;
    const std::string_view origin = request.header("origin");
    return origin.empty() || origin == "http://" + std::string(host) ||
           origin == "https://" + std::string(host);
}

void Routes::handle_page_api(std::string_view action, std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    if (!is_own_page(request))
        return exchange->respond(
            page_refusal(403, "foreign_origin", "This is for the sandbox's own page."));
    if (request.method == "POST") {
        page_.act(action, std::move(exchange));
        return on_change_();
    }
    if (request.method == "GET" && action == "state")
        return exchange->respond(page_.state(request));
    if (request.method == "GET" && action == "emoji") return exchange->respond(page_.emoji());
    if (request.method == "GET" && action == "stream") return feed_.open(*exchange);
    exchange->respond(page_refusal(404, "unknown_action", "There is nothing of that name."));
}

void Routes::serve_asset(std::string_view path, net::Exchange& exchange) const {
    const auto asset = std::ranges::find(assets_, path, &WebAsset::path);
    if (!path.starts_with("/sandbox/") || asset == assets_.end())
        return exchange.respond(plain(404, "There is nothing here.\n"));
    net::HttpResponse response;
    response.headers = {
        {"content-type", std::string(asset->content_type)},
        {"etag", std::string(asset->etag)},
        {"cache-control", "no-cache"},
        {"vary", "accept-encoding"},
        {"x-content-type-options", "nosniff"},
        {"referrer-policy", "no-referrer"},
        {"content-security-policy",
         "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src * data:; object-src "
         "'none'; base-uri 'none'"}};
    const net::HttpRequest& request = exchange.request();
    if (request.header("if-none-match") == asset->etag) {
        response.status = 304;
        return exchange.respond(std::move(response));
    }
    const std::string_view accepted = request.header("accept-encoding");
    response.static_body = asset->raw;
    if (!asset->brotli.empty() && accepted.contains("br")) {
        response.static_body = asset->brotli;
        response.headers.push_back({"content-encoding", "br"});
    } else if (!asset->gzip.empty() && accepted.contains("gzip")) {
        response.static_body = asset->gzip;
        response.headers.push_back({"content-encoding", "gzip"});
    }
    exchange.respond(std::move(response));
}

}  // namespace deskbell::sandbox
