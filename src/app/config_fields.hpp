#pragma once
// The kinds of keys that configuration is made of, each with its check. For app/config*.cpp.

#include "app/config_reader.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <unistd.h>
#include <boost/url/parse.hpp>

namespace deskbell::app {

using Fields = std::vector<ConfigField>;

inline ConfigField text(std::string key, std::string& target) {
    return {std::move(key), ConfigKind::text, [&target](const ConfigValue& value) {
                target = std::get<std::string>(value);
                return std::string();
            }};
}

inline ConfigField secret(std::string key, Secret& target) {
    return {std::move(key), ConfigKind::secret, [&target](const ConfigValue& value) {
                target = Secret(std::get<std::string>(value));
                return std::string();
            }};
}

inline ConfigField mapping(std::string key, std::map<std::string, std::string>& target) {
    return {std::move(key), ConfigKind::mapping, [&target](const ConfigValue& value) {
                target = std::get<std::map<std::string, std::string>>(value);
                return std::string();
            }};
}

inline ConfigField list(std::string key, std::vector<std::string>& target) {
    return {std::move(key), ConfigKind::list, [&target](const ConfigValue& value) {
                target = std::get<std::vector<std::string>>(value);
                return std::string();
            }};
}

inline ConfigField integer(std::string key, std::int64_t& target, std::int64_t least,
                           std::int64_t most) {
    return {std::move(key), ConfigKind::integer, [&target, least, most](const ConfigValue& value) {
                const std::int64_t number = std::get<std::int64_t>(value);
                if (number < least || number > most) {
                    return "must be from " + std::to_string(least) + " to " + std::to_string(most) +
                           ".";
                }
                target = number;
                return std::string();
            }};
}

inline ConfigField number(std::string key, double& target) {
    return {std::move(key), ConfigKind::number, [&target](const ConfigValue& value) {
                const double given = std::get<double>(value);
                if (!std::isfinite(given) || given < 0)
                    return std::string("must not be negative; 0 lifts the limit.");
                target = given;
                return std::string();
            }};
}

inline ConfigField boolean(std::string key, bool& target) {
    return {std::move(key), ConfigKind::boolean, [&target](const ConfigValue& value) {
                target = std::get<bool>(value);
                return std::string();
            }};
}

// A file that must be there: better said now, with its line, than when something opens it.
inline ConfigField readable_file(std::string key, std::string& target) {
    return {std::move(key), ConfigKind::text, [&target](const ConfigValue& value) {
                target = std::get<std::string>(value);
                const bool readable = target.empty() || (access(target.c_str(), R_OK) == 0 &&
                                                         !std::filesystem::is_directory(target));
                return readable ? std::string() : "cannot read " + target + ".";
            }};
}

// "10.0.0.1" or "10.0.0.0/8".
inline bool is_address_or_network(const std::string& text) {
    if (text.find('\0') != std::string::npos) return false;  // C would stop there
    unsigned char ignored[sizeof(in6_addr)];
    const std::size_t slash = text.find('/');
    const std::string address = text.substr(0, slash);
    const bool is_v4 = inet_pton(AF_INET, address.c_str(), ignored) == 1;
    if (!is_v4 && inet_pton(AF_INET6, address.c_str(), ignored) != 1) return false;
    if (slash == std::string::npos) return true;
    unsigned bits = 0;
    const char* const last = text.data() + text.size();
    const auto [end, failed] = std::from_chars(text.data() + slash + 1, last, bits);
    return failed == std::errc() && end == last && bits <= (is_v4 ? 32u : 128u);
}

inline ConfigField addresses(std::string key, std::vector<std::string>& target) {
    ConfigField field = list(std::move(key), target);
    field.set = [&target](const ConfigValue& value) -> std::string {
        target = std::get<std::vector<std::string>>(value);
        for (const std::string& entry : target) {
            if (!is_address_or_network(entry))
                return "\"" + entry + "\" is neither an address nor a network.";
        }
        return {};
    };
    return field;
}

// A text key with a rule of its own.
inline ConfigField checked(std::string key, std::function<std::string(const std::string&)> set) {
    return {std::move(key), ConfigKind::text, [set = std::move(set)](const ConfigValue& value) {
                return set(std::get<std::string>(value));
            }};
}

inline bool is_web_url(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    return parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") &&
           !parsed->host().empty() && parsed->host().find('*') == std::string::npos &&
           !parsed->has_userinfo() && !parsed->has_query() && !parsed->has_fragment();
}

}  // namespace deskbell::app
