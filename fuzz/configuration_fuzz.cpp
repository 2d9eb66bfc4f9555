// deskbell.toml and its environment, of any content: a configuration within its bounds, or errors
// that say where and what; a secret is in neither.

#include "app/config.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"
#include "gateway/client_address.hpp"
#include "gateway/origins.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace deskbell::app {
namespace {

constexpr std::string_view secret = "xoxb-0123456789-never-to-be-shown";

void check_errors(const ConfigErrors& errors) {
    FUZZ_CHECK(!errors.lines.empty());
    for (const std::string& line : errors.lines) {
        FUZZ_CHECK(line.find(": ") != std::string::npos);
        FUZZ_CHECK(line.find(secret) == std::string::npos);
    }
}

bool is_plain(const std::string& text) { return text.find('\0') == std::string::npos; }

void check_config(const Config& config) {
    FUZZ_CHECK(!config.sites.empty() && !config.slack.routes.empty());
    FUZZ_CHECK(gateway::parse_ip(config.server.listen.address).has_value());
    // Whatever names an address, a host or a file says all of it: C functions stop at a NUL.
    FUZZ_CHECK(is_plain(config.server.listen.address) && is_plain(config.server.database_file));
    FUZZ_CHECK(is_plain(config.server.tls_key) && is_plain(config.server.tls_certificate));
    FUZZ_CHECK(is_plain(config.bot.faq_file));
    for (const std::string& proxy : config.server.trusted_proxies) FUZZ_CHECK(is_plain(proxy));
    FUZZ_CHECK(config.slack.api_url.ends_with('/') && config.slack.api_url.starts_with("http"));
    FUZZ_CHECK(config.server.tls_certificate.empty() == config.server.tls_key.empty());
    FUZZ_CHECK(config.slack.gap_repair_ms >= 1000);
    FUZZ_CHECK(config.limits.message_characters_max >= 1);
    FUZZ_CHECK(config.limits.message_characters_max <= 16'000);
    FUZZ_CHECK(config.limits.messages_per_second_per_session >= 0);
    std::set<std::string> ids;
    for (const SiteConfig& site : config.sites) {
        FUZZ_CHECK(!site.id.empty() && ids.insert(site.id).second);
        for (const std::string& origin : site.origins)
            FUZZ_CHECK(!gateway::origin_of_url(origin).empty());
    }
    for (const core::Route& route : config.slack.routes) {
        FUZZ_CHECK(!route.destinations.empty());
        FUZZ_CHECK(route.site.empty() || ids.contains(route.site.value));
    }
    const core::Route& last = config.slack.routes.back();
    FUZZ_CHECK(last.site.empty() && last.topic.empty() && last.url_prefix.empty());
}

// A value may name a file to be read; a fuzzer must not read devices.
bool names_a_file(std::string_view text) {
    return text.find("_file") != std::string_view::npos ||
           text.find("tls_") != std::string_view::npos ||
           text.find("faq") != std::string_view::npos || text.find("\\") != std::string_view::npos;
}

}  // namespace
}  // namespace deskbell::app

// Byte 0: how many variables of the environment come first, each a key's number and its value; then
// the file.
DESKBELL_FUZZ(configuration) {
    using namespace deskbell;
    using namespace deskbell::app;
    constexpr const char* names[] = {"SERVER_LISTEN",
                                     "SERVER_PUBLIC_URL",
                                     "SERVER_TRUSTED_PROXIES",
                                     "SITE_ORIGINS",
                                     "SITE_0_ID",
                                     "SITE_1_ID",
                                     "SLACK_ROUTE_CHANNELS",
                                     "SLACK_ROUTE_0_WHEN_ATTRIBUTE",
                                     "LIMITS_SESSIONS_PER_MINUTE_PER_IP",
                                     "SLACK_API_URL",
                                     "SLACK_PACE_BURST_PER_CHANNEL",
                                     "BOT_KIND",
                                     "SERVER_DEMO_PAGE",
                                     "SLACK_MODE",
                                     "LOG_LEVEL",
                                     "SLACK_APP_TOKEN"};
    fuzz::Input bytes(input);
    std::map<std::string, std::string> environment;
    environment["DESKBELL_SLACK_BOT_TOKEN"] = secret;
    for (std::size_t i = bytes.below(8); i > 0; --i) {
        const std::string name = names[bytes.below(std::size(names))];
        std::string value = bytes.text(100);
        value.resize(std::min(value.find('\0'), value.size()));  // as environments are
        environment["DESKBELL_" + name] = value;
    }
    const std::string_view text = bytes.rest();
    if (names_a_file(text)) return;
    const auto config = parse_config(text, "deskbell.toml", [&](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    });
    config ? check_config(*config) : check_errors(config.error());
}
