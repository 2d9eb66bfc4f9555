// Who asks, and from which page: client addresses behind proxies, origins, links. What somebody
// left of the last trusted hop claims is never believed; an origin is the site's own or it is not.

#include "base/text.hpp"
#include "core/rich.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/client_address.hpp"
#include "gateway/origins.hpp"

#include <string>
#include <vector>

namespace deskbell::gateway {
namespace {

void check_ip(std::string_view text) {
    const auto address = parse_ip(text);
    if (!address) return;
    // A NUL would end the text early for some and not for others.
    FUZZ_CHECK(text.find('\0') == std::string_view::npos);
    const auto again = parse_ip(address->text());
    FUZZ_CHECK(again && *again == *address);
    const std::string network = address->network();
    FUZZ_CHECK(address->is_v4() ? network == address->text() : network.ends_with("/64"));
    const auto proxies = TrustedProxies::parse({address->text()});
    FUZZ_CHECK(proxies && proxies->trusts(*address));
}

// Hops as somebody may write them; numbers choose among honest and forged ones.
std::string hop(fuzz::Input& input) {
    constexpr const char* hops[] = {
        "10.0.0.7", "192.0.2.9",     "203.0.113.5",  "::1",        "[2001:db8::1]",  "unknown",
        "",         "10.1.2.3:4711", "fe80::1%eth0", "10.0.0.999", "::ffff:10.0.0.8"};
    const std::size_t which = input.below(std::size(hops) + 2);
    return which < std::size(hops) ? hops[which] : input.text(40);
}

void check_proxies(fuzz::Input& input) {
    const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "::1", "fe80::/10"});
    FUZZ_CHECK(proxies.has_value());
    net::HttpRequest request;
    request.peer_address = hop(input);
    std::vector<std::string> hops;
    for (std::size_t headers = input.below(4); headers > 0; --headers) {
        std::string value;
        for (std::size_t i = 1 + input.below(4); i > 0; --i) {
            const std::string one = hop(input);
            if (one.find(',') != std::string::npos) continue;
            value += (value.empty() ? "" : ", ") + one;
        }
        request.headers.push_back({"x-forwarded-for", value});
    }
    const IpAddress client = client_address(request, *proxies);
    const auto peer = parse_ip(request.peer_address);
    if (!peer || !proxies->trusts(*peer)) FUZZ_CHECK(client == peer.value_or(IpAddress{}));
    static_cast<void>(TrustedProxies::parse({input.text(50), hop(input) + "/" + input.text(4)}));
}

void check_origins(fuzz::Input& input) {
    const std::vector<Site> sites = {{SiteId("default"), {"https://shop.example"}},
                                     {SiteId("other"), {"https://other.example:8443"}}};
    const Origins origins(sites, "https://chat.example.com");
    net::HttpRequest request;
    const std::string origin = input.text(80);
    const std::string host = input.text(60);
    if (!origin.empty()) request.headers.push_back({"origin", origin});
    if (!host.empty()) request.headers.push_back({"host", host});
    const bool same = origins.is_same_origin(request);
    const bool known = origin == "https://shop.example" || origin == "https://other.example:8443";
    FUZZ_CHECK(origins.allows(request) == (origin.empty() || same || known));
    FUZZ_CHECK(!origins.site_allows(SiteId("default"), "https://other.example:8443", false));
    FUZZ_CHECK(origins.site_allows(SiteId("default"), origin, false) ==
               (origin.empty() || origin == "https://shop.example"));
    if (same) FUZZ_CHECK(origin.starts_with("http") && origin.find("://") != std::string::npos);
    const std::string url = origin_of_url(origin);
    FUZZ_CHECK(url.empty() || (url.find("://") != std::string::npos && origin_of_url(url) == url));
}

void check_link(std::string_view href) {
    if (!core::is_safe_link(href)) return;
    const std::string scheme = to_lower_ascii(href.substr(0, href.find(':')));
    FUZZ_CHECK(scheme == "http" || scheme == "https" || scheme == "mailto" || scheme == "tel");
    for (const char c : href) FUZZ_CHECK(static_cast<unsigned char>(c) > 0x20 && c != 0x7f);
}

}  // namespace
}  // namespace deskbell::gateway

DESKBELL_FUZZ(addresses) {
    using namespace deskbell;
    using namespace deskbell::gateway;
    fuzz::Input bytes(input);
    switch (bytes.below(4)) {
        case 0:
            return check_ip(bytes.rest());
        case 1:
            return check_proxies(bytes);
        case 2:
            return check_origins(bytes);
        default:
            return check_link(bytes.rest());
    }
}
