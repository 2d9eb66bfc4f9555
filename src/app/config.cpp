#include "app/config.hpp"

#include "app/config_desk.hpp"
#include "app/config_fields.hpp"
#include "app/config_reader.hpp"
#include "app/config_sections.hpp"
#include "app/keyring.hpp"
#include "base/text.hpp"
#include "desk/slack/socket_mode.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace deskbell::app {
namespace {

// For keys whose feature this version does not have: empty is fine, anything else must not pass in
// silence.
ConfigField reserved(std::string key, ConfigKind kind, std::string feature) {
    return {std::move(key), kind, [feature = std::move(feature)](const ConfigValue& value) {
                const std::string* given = std::get_if<std::string>(&value);
                return given && given->empty()
                           ? std::string()
                           : feature + " is not available in this version; leave it empty.";
            }};
}

std::string set_url(std::string& target, const std::string& url) {
    if (!url.empty() && !is_web_url(url))
        return "must be an http:// or https:// URL without user, query and fragment.";
    target = url;
    return {};
}

Fields server_fields(ServerConfig& server) {
    return {
        checked("server.listen",
                [&](const std::string& value) -> std::string {
                    const auto listen = parse_listen(value);
                    if (!listen) return "must be ADDRESS:PORT, for example 127.0.0.1:8080.";
                    server.listen = *listen;
                    return {};
                }),
        checked("server.public_url",
                [&](const std::string& value) { return set_url(server.public_url, value); }),
        checked(
            "server.data",
            [&](const std::string& value) -> std::string {
                if (value.starts_with("postgres:"))
                    return "PostgreSQL is not available in this version; use sqlite:./deskbell.db.";
                if (!value.starts_with("sqlite:") || value.size() == 7)
                    return "must be sqlite:FILE, for example sqlite:./deskbell.db.";
                server.database_file = value.substr(7);
                return {};
            }),
        integer("server.ballast_bytes", server.ballast_bytes, 0, 1LL << 40),
        reserved("server.nats", ConfigKind::text, "More than one node (NATS)"),
        addresses("server.trusted_proxies", server.trusted_proxies),
        readable_file("server.tls_certificate", server.tls_certificate),
        readable_file("server.tls_key", server.tls_key),
        integer("server.gateway_threads", server.gateway_threads, 0, 256),
        integer("server.heartbeat_s", server.heartbeat_s, 1, 60),
        boolean("server.demo_page", server.demo_page),
    };
}

Fields slack_fields(SlackConfig& slack) {
    return {
        checked("slack.mode",
                [&](const std::string& value) -> std::string {
                    slack.socket_mode = value == "socket";
                    if (slack.socket_mode) return {};
                    return value == "http" ? "" : "must be \"http\" or \"socket\".";
                }),
        checked("slack.api_url",
                [&](const std::string& value) -> std::string {
                    if (value.empty() || !value.ends_with('/'))
                        return "must be an http(s) URL that ends with '/'.";
                    return set_url(slack.api_url, value);
                }),
        secret("slack.bot_token", slack.bot_token),
        text("slack.client_id", slack.client_id),
        secret("slack.client_secret", slack.client_secret),
        secret("slack.encryption_key", slack.encryption_key),
        secret("slack.signing_secret", slack.signing_secret),
        secret("slack.signing_secret_previous", slack.signing_secret_previous),
        text("slack.operator", slack.operator_place),
        boolean("slack.guests_may_answer", slack.guests_may_answer),
        boolean("slack.private_channels_only", slack.private_channels_only),
        secret("slack.app_token", slack.app_token),
        integer("slack.socket_connections", slack.socket_connections, 1,
                desk::slack::SocketMode::connections_max),
        number("slack.pace.posts_per_second_per_channel",
               slack.pace.posts_per_second_per_destination),
        number("slack.pace.burst_per_channel", slack.pace.burst_per_destination),
        number("slack.pace.posts_per_minute_per_workspace", slack.pace.posts_per_minute_per_desk),
        integer("slack.pace.unknown_quiet_ms", slack.pace.quiet_ms, 100, 600'000),
        integer("slack.pace.unknown_second_look_ms", slack.pace.second_look_ms, 100, 600'000),
        integer("slack.pace.gap_repair_ms", slack.gap_repair_ms, 1000, 3'600'000),
    };
}

// "eyes" or ":eyes:", as people write it.
ConfigField reactions(std::string key, std::vector<std::string>& target) {
    ConfigField field = list(std::move(key), target);
    field.set = [&target](const ConfigValue& value) -> std::string {
        target = std::get<std::vector<std::string>>(value);
        for (std::string& name : target) {
            if (name.size() > 2 && name.starts_with(':') && name.ends_with(':'))
                name = name.substr(1, name.size() - 2);
            if (name.empty() || name.find_first_of(": ") != std::string::npos)
                return "\"" + name + "\" is not the name of an emoji; write eyes or :eyes:.";
        }
        return {};
    };
    return field;
}

Fields desk_fields(DeskConfig& desk) {
    return {
        checked("desk.replies",
                [&](const std::string& value) -> std::string {
                    if (value != "all" && value != "marked")
                        return "must be \"all\" or \"marked\".";
                    desk.replies_are_marked = value == "marked";
                    return {};
                }),
        boolean("desk.receipts", desk.receipts),
        boolean("desk.hints", desk.hints),
        boolean("desk.typing", desk.typing),
        readable_file("desk.canned", desk.canned_file),
        reactions("desk.claim_reactions", desk.claim_reactions),
        reactions("desk.resolve_reactions", desk.resolve_reactions),
    };
}

Fields other_fields(Config& config) {
    return {
        integer("limits.sessions_per_minute_per_ip", config.limits.sessions_per_minute_per_ip, 0,
                1'000'000),
        number("limits.messages_per_second_per_session",
               config.limits.messages_per_second_per_session),
        integer("limits.message_characters_max", config.limits.message_characters_max, 1, 16'000),
        integer("limits.edit_minutes", config.limits.edit_minutes, 0, 365 * 24 * 60),
        checked("log.level",
                [&](const std::string& value) -> std::string {
                    for (const std::string_view level : {"debug", "info", "warn", "error"}) {
                        if (value == level) return config.log.level = value, "";
                    }
                    return "must be \"debug\", \"info\", \"warn\" or \"error\".";
                }),
        checked("log.format",
                [&](const std::string& value) -> std::string {
                    if (value != "text" && value != "json") return "must be \"text\" or \"json\".";
                    config.log.format = value;
                    return {};
                }),
    };
}

Fields route_fields(core::Route& route, std::string& workspace) {
    Fields fields = {
        text("workspace", workspace),
        {"channels", ConfigKind::list,
         [&route](const ConfigValue& value) -> std::string {
             route.destinations.clear();
             for (const std::string& channel : std::get<std::vector<std::string>>(value)) {
                 if (channel.empty() || channel == "#") return "has an empty channel name.";
                 route.destinations.emplace_back(channel);
             }
             return route.destinations.empty() ? "must name at least one channel." : "";
         }},
        checked(
            "when.site",
            [&](const std::string& value) { return route.site = SiteId(value), std::string(); }),
        text("hours", route.hours),
        text("when.topic", route.topic),
        text("when.url_prefix", route.url_prefix),
        {"when.attribute", ConfigKind::mapping,
         [&route](const ConfigValue& value) {
             route.attributes = std::get<std::map<std::string, std::string>>(value);
             return std::string();
         }},
    };
    for (ConfigField& field : escalation_fields_of_route(route)) fields.push_back(std::move(field));
    return fields;
}

bool has_condition(const core::Route& route) {
    return !route.site.empty() || !route.topic.empty() || !route.url_prefix.empty() ||
           !route.attributes.empty();
}

// Installing by a browser needs all of its keys, and a token that is pasted in needs none.
void check_installation(const Config& config, ConfigReader& reader) {
    const SlackConfig& slack = config.slack;
    if (slack.client_id.empty()) return;
    const auto need = [&reader](const std::string& key, bool is_there, const std::string& fix) {
        if (!is_there) reader.add_error(key, "is needed with slack.client_id. " + fix);
    };
    need("slack.client_secret", !slack.client_secret.empty(),
         "Copy it from the app's Basic Information page.");
    need("server.public_url", !config.server.public_url.empty(), "Slack sends the browser there.");
    need("slack.encryption_key", !slack.encryption_key.empty(),
         "Make one with: openssl rand -hex 32");
    if (const auto keys = Keyring::read(slack.encryption_key.reveal());
        !slack.encryption_key.empty() && !keys)
        reader.add_error("slack.encryption_key", keys.error().detail + ".");
    if (!slack.bot_token.empty())
        reader.add_error("slack.bot_token",
                         "is set, and slack.client_id too: leave one of them empty.");
}

// What no single key can be blamed for.
void check_whole(Config& config, ConfigReader& reader) {
    if (config.server.tls_certificate.empty() != config.server.tls_key.empty()) {
        reader.add_error("server.tls_certificate",
                         "TLS needs both server.tls_certificate and server.tls_key.");
    }
    check_installation(config, reader);
    check_bot(config.bot, reader);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < config.sites.size(); ++i) {
        const std::string key = "site." + std::to_string(i);
        if (config.sites[i].id.empty()) reader.add_error(key + ".id", "must not be empty.");
        if (!ids.insert(config.sites[i].id).second)
            reader.add_error(key + ".id", "is used twice: \"" + config.sites[i].id + "\".");
    }
    for (std::size_t i = 0; i < config.slack.routes.size(); ++i) {
        const core::Route& route = config.slack.routes[i];
        const std::string key = "slack.route." + std::to_string(i);
        const bool last = i + 1 == config.slack.routes.size();
        if (route.destinations.empty())
            reader.add_error(key + ".channels", "must name at least one channel.");
        if (last && has_condition(route))
            reader.add_error(
                key,
                "the last route must have no `when`, or some customers would have nowhere to go.");
        if (!last && !has_condition(route))
            reader.add_error(key, "has no `when`, so the routes after it can never match.");
        if (!route.site.empty() && !ids.contains(route.site.value))
            reader.add_error(key + ".when.site",
                             "no [[site]] has the id \"" + route.site.value + "\".");
    }
}

}  // namespace

std::optional<ListenAddress> parse_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    ListenAddress listen;
    listen.address = text.substr(0, colon);
    if (listen.address.starts_with('[') && listen.address.ends_with(']')) {
        listen.address = listen.address.substr(1, listen.address.size() - 2);
    }
    if (listen.address == "localhost") listen.address = "127.0.0.1";
    if (listen.address.contains('/') || !is_address_or_network(listen.address)) return std::nullopt;
    const std::string_view port = text.substr(colon + 1);
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), listen.port);
    if (failed != std::errc() || end != port.data() + port.size() || port.empty())
        return std::nullopt;
    return listen;
}

Environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        if (!value) return std::nullopt;
        return std::string(value);
    };
}

std::expected<Config, ConfigErrors> parse_config(std::string_view content, const std::string& file,
                                                 const Environment& environment) {
    Config config;
    ConfigReader reader(content, file, environment);
    if (reader.errors().empty()) {
        reader.read(server_fields(config.server));
        reader.read(slack_fields(config.slack));
        reader.read(desk_fields(config.desk));
        reader.read(waiting_fields(config.desk));
        reader.read(other_fields(config));
        reader.read(file_fields(config.files));
        reader.read(bot_fields(config.bot));
        const std::size_t sites = reader.read_array("site", [&](std::size_t i) {
            if (config.sites.size() <= i) config.sites.resize(i + 1);
            return site_fields(config.sites[i]);
        });
        config.sites.resize(sites);
        const std::size_t workspaces = reader.read_array("slack.workspace", [&](std::size_t i) {
            if (config.slack.workspaces.size() <= i) config.slack.workspaces.resize(i + 1);
            return workspace_fields(config.slack.workspaces[i]);
        });
        config.slack.workspaces.resize(workspaces);
        std::vector<std::string> workspaces_of_routes;
        const std::size_t routes = reader.read_array("slack.route", [&](std::size_t i) {
            if (config.slack.routes.size() <= i) config.slack.routes.resize(i + 1);
            if (workspaces_of_routes.size() <= i) workspaces_of_routes.resize(i + 1);
            return route_fields(config.slack.routes[i], workspaces_of_routes[i]);
        });
        config.slack.routes.resize(routes);
        const std::size_t hours = reader.read_array("hours", [&](std::size_t i) {
            if (config.desk.opening_hours.size() <= i) config.desk.opening_hours.resize(i + 1);
            return hours_fields(config.desk.opening_hours[i]);
        });
        config.desk.opening_hours.resize(hours);
        reader.refuse_unknown();
        if (config.sites.empty()) config.sites.emplace_back();
        if (config.slack.routes.empty())
            config.slack.routes.push_back({.destinations = {Destination("#vip-sales")},
                                           .site = {},
                                           .topic = {},
                                           .url_prefix = {},
                                           .attributes = {}});
        settle_workspaces(config, workspaces_of_routes, reader);
        check_whole(config, reader);
        check_hours(config, reader);
    }
    if (!reader.errors().empty()) return std::unexpected(ConfigErrors{reader.errors()});
    return config;
}

std::expected<Config, ConfigErrors> load_config(const std::optional<std::string>& file,
                                                const Environment& environment) {
    const std::string path = file.value_or("deskbell.toml");
    std::ifstream stream(path, std::ios::binary);
    if (!stream || std::filesystem::is_directory(path)) {
        if (file)
            return std::unexpected(
                ConfigErrors{{path + ": cannot be read. Check the path given with --config."}});
        return parse_config("", "", environment);
    }
    std::ostringstream content;
    content << stream.rdbuf();
    return parse_config(content.str(), path, environment);
}

}  // namespace deskbell::app
