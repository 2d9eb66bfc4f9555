#pragma once
// Which pages may speak to us from a browser: an exact list a site, and our own pages.
//
// A request without an Origin does not come from a page; its token is its authority. Pure.

#include "base/id.hpp"
#include "gateway/options.hpp"
#include "net/http_types.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

class Origins {
public:
    Origins(const std::vector<Site>& sites, std::string_view public_url);

    // May this request be looked at at all? Yes when any site allows its origin.
    [[nodiscard]] bool allows(const net::HttpRequest& request) const;
    // May pages of `origin` act in this site's name? `same_origin`: it is the page's own server.
    [[nodiscard]] bool site_allows(const SiteId& site, std::string_view origin,
                                   bool same_origin) const;
    // The page was served by ourselves, under the public URL or under the name it asked for.
    [[nodiscard]] bool is_same_origin(const net::HttpRequest& request) const;

private:
    struct Rule {
        SiteId site;
        std::string origin;
    };
    std::vector<Rule> rules_;
    std::string public_origin_;
};

// "https://chat.example.com:8443" of "https://chat.example.com:8443/x"; empty when it is no URL.
[[nodiscard]] std::string origin_of_url(std::string_view url);

// Adds what a browser needs to let the page read the answer.
void add_cors_headers(const net::HttpRequest& request, net::HttpResponse& response);
// The answer to a preflight for these methods ("GET, POST").
[[nodiscard]] net::HttpResponse preflight_answer(const net::HttpRequest& request,
                                                 std::string_view methods);

}  // namespace deskbell::gateway
