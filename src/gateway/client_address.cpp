#include "gateway/client_address.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace deskbell::gateway {

namespace {

constexpr std::array<unsigned char, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t forwarded_hops_max = 32;

std::string_view without_port_and_zone(std::string_view text) {
    if (!text.empty() && text.front() == '[') {
        text.remove_prefix(1);
        text = text.substr(0, text.find(']'));
    } else if (std::ranges::count(text, ':') == 1) {
        text = text.substr(0, text.find(':'));
    }
    return text.substr(0, text.find('%'));
}

bool same_prefix(const IpAddress& left, const IpAddress& right, std::size_t bits) {
    const std::size_t whole = bits / 8;
    if (std::memcmp(left.bytes.data(), right.bytes.data(), whole) != 0) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - bits % 8));
    return (left.bytes[whole] & mask) == (right.bytes[whole] & mask);
}

// All X-Forwarded-For headers are one list; the right end was written nearest to us.
std::vector<std::string_view> forwarded_hops(const net::HttpRequest& request) {
    std::vector<std::string_view> hops;
    for (const net::Header& header : request.headers) {
        if (header.name != "x-forwarded-for") continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            hops.push_back(trim(rest.substr(0, comma)));
            rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        }
    }
    return hops;
}

}  // namespace

bool IpAddress::is_v4() const {
    return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

std::string IpAddress::text() const {
    char buffer[INET6_ADDRSTRLEN] = {};
    if (is_v4())
        inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
    else
        inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
    return buffer;
}

std::string IpAddress::network() const {
    if (is_v4()) return text();
    IpAddress masked = *this;
    std::fill(masked.bytes.begin() + 8, masked.bytes.end(), static_cast<unsigned char>(0));
    return masked.text() + "/64";
}

std::optional<IpAddress> parse_ip(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return std::nullopt;  // C would stop there
    const std::string bare(without_port_and_zone(trim(text)));
    IpAddress address;
    if (inet_pton(AF_INET6, bare.c_str(), address.bytes.data()) == 1) return address;
    std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
    if (inet_pton(AF_INET, bare.c_str(), address.bytes.data() + 12) == 1) return address;
    return std::nullopt;
}

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& entries) {
    TrustedProxies proxies;
    for (const std::string& entry : entries) {
        const std::size_t slash = entry.find('/');
        const auto address = parse_ip(std::string_view(entry).substr(0, slash));
        std::size_t bits = address && address->is_v4() ? 32 : 128;
        bool valid = address.has_value();
        if (valid && slash != std::string::npos) {
            const char* first = entry.data() + slash + 1;
            const char* last = entry.data() + entry.size();
            std::size_t asked = 0;
            const auto [end, error] = std::from_chars(first, last, asked);
            valid = error == std::errc{} && end == last && asked <= bits;
            bits = asked;
        }
        if (!valid)
            return fail("invalid_proxy", "server.trusted_proxies: \"" + entry +
                                             "\" is neither an address nor a network.");
        proxies.networks_.push_back({*address, address->is_v4() ? bits + 96 : bits});
    }
    return proxies;
}

bool TrustedProxies::trusts(const IpAddress& address) const {
    return std::ranges::any_of(networks_, [&](const Network& network) {
        return same_prefix(network.address, address, network.prefix_bits);
    });
}

IpAddress client_address(const net::HttpRequest& request, const TrustedProxies& proxies) {
    IpAddress client = parse_ip(request.peer_address).value_or(IpAddress{});
    const std::vector<std::string_view> hops = forwarded_hops(request);
    std::size_t looked_at = 0;
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        if (!proxies.trusts(client) || ++looked_at > forwarded_hops_max) break;
        const auto address = parse_ip(*hop);
        if (!address) break;  // whoever wrote this is not to be believed about what is left of it
        client = *address;
    }
    return client;
}

}  // namespace deskbell::gateway
