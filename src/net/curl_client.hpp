#pragma once
// The HttpClient over libcurl's multi interface: keep-alive, HTTPS, HTTP/2, proxies by environment.
//
// Threading: one thread of its own runs curl_multi_poll; answers come back on the owning loop.
// Bounded: past `in_flight_max` requests the answer is `not_sent` at once. Redirects are never
// followed: a bearer token must not travel to another host.

#include "base/loop.hpp"
#include "net/http_client.hpp"

#include <memory>

namespace deskbell::net {

class CurlClient final : public HttpClient {
public:
    struct Options {
        std::string user_agent = "Deskbell";
        std::size_t in_flight_max = 256;
        std::size_t connections_per_host_max = 8;
    };
    CurlClient(Loop& loop, Options options);
    ~CurlClient()
        override;  // on the loop's thread or after it has ended; in-flight requests are abandoned

    void send(ClientRequest request, Callback callback) override;

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace deskbell::net
