#pragma once
// The last step of every API answer: what browsers must be told goes onto it here and only here.

#include "gateway/origins.hpp"
#include "net/http_server.hpp"

#include <utility>

namespace deskbell::gateway {

inline void add_api_headers(const net::HttpRequest& request, net::HttpResponse& response) {
    add_cors_headers(request, response);
    response.headers.push_back({"x-content-type-options", "nosniff"});
}

inline void respond(net::Exchange& exchange, net::HttpResponse response) {
    add_api_headers(exchange.request(), response);
    exchange.respond(std::move(response));
}

}  // namespace deskbell::gateway
