// What a site's widget should look and ask like: one answer that browsers and proxies may keep.

#include "base/text.hpp"
#include "gateway/http_answer.hpp"
#include "gateway/http_steps.hpp"
#include "gateway/responses.hpp"

#include <algorithm>
#include <utility>

namespace deskbell::gateway {

void get_config(Context& context, ExchangePtr exchange) {
    const net::HttpRequest& request = exchange->request();
    const auto& sites = context.options.sites;
    const std::string asked = request.query_value("site").value_or("");
    const auto site =
        asked.empty() ? sites.begin() : std::ranges::find(sites, SiteId(asked), &Site::id);
    if (site == sites.end())
        return refuse(context, *exchange,
                      Error{"site_unknown", "No site of that id is configured.", std::nullopt});
    if (!context.origins.site_allows(site->id, request.header("origin"),
                                     context.origins.is_same_origin(request)))
        return exchange->respond(
            problem("origin_not_allowed", "This site does not list the page's origin."));
    net::HttpResponse response = json_response(200, site->config_json);
    const std::string etag = "\"" + sha256_hex(site->config_json).substr(0, 32) + "\"";
    std::erase_if(response.headers,
                  [](const net::Header& header) { return header.name == "cache-control"; });
    response.headers.push_back({"etag", etag});
    response.headers.push_back({"cache-control", "public, max-age=60"});
    if (request.header("if-none-match").find(etag) != std::string_view::npos) {
        response.status = 304;
        response.body.clear();
    }
    respond(*exchange, std::move(response));
}

}  // namespace deskbell::gateway
