#include "gateway/origins.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace deskbell::gateway {

namespace {

std::string_view without_default_port(std::string_view origin) {
    if (origin.starts_with("https://") && origin.ends_with(":443"))
        origin.remove_suffix(4);
    else if (origin.starts_with("http://") && origin.ends_with(":80"))
        origin.remove_suffix(3);
    return origin;
}

}  // namespace

std::string origin_of_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos || scheme == 0) return {};
    const std::size_t end = url.find_first_of("/?#", scheme + 3);
    return to_lower_ascii(without_default_port(url.substr(0, end)));
}

Origins::Origins(const std::vector<Site>& sites, std::string_view public_url)
    : public_origin_(origin_of_url(public_url)) {
    for (const Site& site : sites)
        for (const std::string& origin : site.origins)
            rules_.push_back({site.id, origin_of_url(origin)});
}

bool Origins::allows(const net::HttpRequest& request) const {
    const std::string_view origin = request.header("origin");
    if (origin.empty() || is_same_origin(request)) return true;
    return std::ranges::any_of(rules_, [&](const Rule& rule) { return rule.origin == origin; });
}

bool Origins::site_allows(const SiteId& site, std::string_view origin, bool same_origin) const {
    if (origin.empty() || same_origin) return true;
    return std::ranges::any_of(
        rules_, [&](const Rule& rule) { return rule.site == site && rule.origin == origin; });
}

bool Origins::is_same_origin(const net::HttpRequest& request) const {
    const std::string_view origin = request.header("origin");
    if (!public_origin_.empty() && origin == public_origin_) return true;
    const std::string host = to_lower_ascii(request.header("host"));
    if (host.empty()) return false;
    return origin == without_default_port("https://" + host) ||
           origin == without_default_port("http://" + host);
}

void add_cors_headers(const net::HttpRequest& request, net::HttpResponse& response) {
    response.headers.push_back({"vary", "Origin"});
    const std::string_view origin = request.header("origin");
    if (origin.empty()) return;
    response.headers.push_back({"access-control-allow-origin", std::string(origin)});
    response.headers.push_back({"access-control-expose-headers", "Retry-After"});
}

net::HttpResponse preflight_answer(const net::HttpRequest& request, std::string_view methods) {
    net::HttpResponse response{.status = 204, .headers = {}, .body = {}};
    response.headers.push_back({"allow", std::string(methods)});
    add_cors_headers(request, response);
    if (request.header("access-control-request-method").empty()) return response;
    response.headers.push_back({"access-control-allow-methods", std::string(methods)});
    response.headers.push_back(
        {"access-control-allow-headers", "Authorization, Content-Type, Last-Event-ID, X-Filename"});
    response.headers.push_back({"access-control-max-age", "600"});
    return response;
}

}  // namespace deskbell::gateway
