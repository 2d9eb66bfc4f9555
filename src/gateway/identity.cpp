#include "gateway/identity.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <sodium.h>
#include <boost/json.hpp>

#include <array>
#include <cmath>
#include <optional>
#include <vector>

namespace deskbell::gateway {
namespace {

constexpr std::size_t jwt_bytes_max = 8u << 10;
constexpr std::int64_t lifetime_s_max = 600;
constexpr std::int64_t clocks_differ_s = 60;
constexpr std::size_t user_characters_max = 200;
constexpr std::size_t use_characters_max = 256;

std::optional<std::string> decode(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    const int failed = sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()),
                                         bytes.size(), text.data(), text.size(), nullptr, &length,
                                         nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    if (failed != 0) return std::nullopt;
    bytes.resize(length);
    return bytes;
}

bool is_signed(std::string_view text, std::string_view signature, std::string_view secret) {
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                                secret.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                  text.size());
    crypto_auth_hmacsha256_final(&state, mac.data());
    return signature.size() == mac.size() &&
           sodium_memcmp(signature.data(), mac.data(), mac.size()) == 0;
}

// Seconds since 1970; libraries write them with and without a fraction.
std::optional<std::int64_t> time_at(const json::object& claims, std::string_view name) {
    const json::value* value = claims.if_contains(name);
    if (!value) return std::nullopt;
    if (const auto whole = find_int(claims, name)) return whole;
    const double* number = value->if_double();
    if (!number || !std::isfinite(*number) || std::abs(*number) > 1e12) return std::nullopt;
    return static_cast<std::int64_t>(*number);
}

bool is_for(const json::object& claims, std::string_view site) {
    const json::value* audience = claims.if_contains("aud");
    if (!audience) return false;
    if (audience->is_string()) return std::string_view(audience->get_string()) == site;
    const json::array* list = audience->if_array();
    if (!list) return false;
    for (const json::value& one : *list)
        if (one.is_string() && std::string_view(one.get_string()) == site) return true;
    return false;
}

std::optional<std::string> text_at(const json::object& claims, std::string_view name) {
    const auto text = find_string(claims, name);
    if (!text) return std::nullopt;
    return std::string(*text);
}

Result<void> check_header(std::string_view part) {
    const auto text = decode(part);
    const auto header = text ? parse_json_object(*text) : fail("", "");
    if (!header) return fail("identity_malformed", "The identity is no JWT.");
    if (string_or_empty(*header, "alg") != "HS256" || header->contains("crit"))
        return fail("identity_algorithm_refused", "Identities are signed with HS256.");
    return {};
}

Result<void> check_times(const json::object& claims, WallMs now) {
    const auto issued = time_at(claims, "iat");
    const auto ends = time_at(claims, "exp");
    if (!issued || !ends)
        return fail("identity_claim_missing", "The identity needs `iat` and `exp`.");
    const std::int64_t now_s = now / 1000;
    if (*ends <= now_s - clocks_differ_s)
        return fail("identity_expired", "The identity has expired; ask for a fresh one.");
    if (*issued > now_s + clocks_differ_s)
        return fail("identity_not_yet_valid", "The identity is of the future; check the clocks.");
    const auto not_before = time_at(claims, "nbf");
    if (not_before && *not_before > now_s + clocks_differ_s)
        return fail("identity_not_yet_valid", "The identity is of the future; check the clocks.");
    if (*ends - *issued > lifetime_s_max)
        return fail("identity_lifetime_too_long", "An identity may live for 10 minutes at most.");
    return {};
}

Result<core::Identity> read_claims(const json::object& claims, std::string_view site, WallMs now) {
    if (!is_for(claims, site))
        return fail("identity_audience_wrong", "`aud` must be the site's id.");
    if (auto times = check_times(claims, now); !times) return std::unexpected(times.error());
    core::Identity identity;
    identity.user = std::string(trim(without_controls(string_or_empty(claims, "sub"))));
    const std::string use = string_or_empty(claims, "jti");
    if (identity.user.empty() || count_characters(identity.user) > user_characters_max)
        return fail("identity_claim_missing", "`sub` must name the user, in 200 characters.");
    if (use.empty() || use.size() > use_characters_max)
        return fail("identity_claim_missing", "`jti` must be a text that is used once.");
    identity.use = std::string(site) + "/" + sha256_hex(use);
    identity.ends_at = (*time_at(claims, "exp") + 2 * clocks_differ_s) * 1000;
    identity.name = text_at(claims, "name");
    identity.email = text_at(claims, "email");
    identity.phone = text_at(claims, "phone");
    if (const json::object* attributes = find_object(claims, "attributes"))
        identity.attributes_json = json::serialize(*attributes);
    return identity;
}

}  // namespace

Result<core::Identity> read_identity(std::string_view jwt, std::string_view secret,
                                     std::string_view site, WallMs now) {
    if (secret.empty())
        return fail("identity_not_supported", "This site has no identity_secret configured.");
    const std::size_t first = jwt.find('.');
    const std::size_t second = first == std::string_view::npos ? first : jwt.find('.', first + 1);
    if (jwt.size() > jwt_bytes_max || second == std::string_view::npos ||
        jwt.find('.', second + 1) != std::string_view::npos)
        return fail("identity_malformed", "The identity is no JWT.");
    if (auto header = check_header(jwt.substr(0, first)); !header)
        return std::unexpected(header.error());
    const auto signature = decode(jwt.substr(second + 1));
    if (!signature || !is_signed(jwt.substr(0, second), *signature, secret))
        return fail("identity_signature_invalid",
                    "The identity is not signed with this site's secret.");
    const auto payload = decode(jwt.substr(first + 1, second - first - 1));
    const auto claims = payload ? parse_json_object(*payload) : fail("", "");
    if (!claims) return fail("identity_malformed", "The identity's claims are no JSON object.");
    return read_claims(*claims, site, now);
}

}  // namespace deskbell::gateway
