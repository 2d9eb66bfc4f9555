#pragma once
// The HttpClient over libcurl's multi interface: keep-alive, HTTPS, proxies by environment (never
// for this machine itself). HTTP/1.1 on purpose; net/curl_transfer.hpp says why, and how it tells
// `not_sent` from `unknown`.
//
// Threading: one thread of its own runs curl_multi_poll; answers come back on the owning loop.
// Bounded: past `in_flight_max` requests the answer is `not_sent` at once; past
// `connections_per_host_max` a request waits, and its time runs. Redirects are never
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
