#pragma once
// Who is at the other end, when proxies may stand between. Pure.

#include "base/result.hpp"
#include "net/http_types.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::gateway {

// An address in IPv6 form; IPv4 is mapped (::ffff:a.b.c.d).
struct IpAddress {
    std::array<unsigned char, 16> bytes{};

    [[nodiscard]] bool is_v4() const;
    [[nodiscard]] std::string text() const;
    // What rate limits count by: an IPv4 address, or the /64 of an IPv6 one.
    [[nodiscard]] std::string network() const;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// "203.0.113.7", "2001:db8::1", also with a port ("203.0.113.7:80", "[2001:db8::1]:80") or a zone.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);

class TrustedProxies {
public:
    // Addresses and networks; `invalid_proxy` names one that is neither.
    [[nodiscard]] static Result<TrustedProxies> parse(const std::vector<std::string>& entries);

    [[nodiscard]] bool trusts(const IpAddress& address) const;

private:
    struct Network {
        IpAddress address;
        std::size_t prefix_bits = 128;
    };
    std::vector<Network> networks_;
};

// The peer, or, when the peer is a trusted proxy, the last hop of X-Forwarded-For that is not one.
// Hops left of that one are hearsay and never believed.
[[nodiscard]] IpAddress client_address(const net::HttpRequest& request,
                                       const TrustedProxies& proxies);

}  // namespace deskbell::gateway
