// [[site]]: who may embed the widget, and what it says and asks there.

#include "app/config_fields.hpp"
#include "app/config_sections.hpp"

#include <algorithm>

#include <boost/url/parse.hpp>

namespace deskbell::app {
namespace {

constexpr std::size_t secret_bytes_min = 32;

bool is_origin(const std::string& origin) {
    const auto parsed = boost::urls::parse_uri(origin);
    return parsed && is_web_url(origin) && parsed->encoded_path().empty();
}

bool is_color(const std::string& text) {
    return text.size() == 7 && text.front() == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string::npos;
}

bool is_locale(const std::string& text) {
    return text.size() <= 35 && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-';
           });
}

// "name", "email", "phone" or "attributes.order".
bool is_detail(const std::string& field) {
    constexpr std::string_view attributes = "attributes.";
    return field == "name" || field == "email" || field == "phone" ||
           (field.starts_with(attributes) && field.size() > attributes.size());
}

ConfigField details(std::string key, std::vector<std::string>& target) {
    ConfigField field = list(std::move(key), target);
    field.set = [&target](const ConfigValue& value) -> std::string {
        target = std::get<std::vector<std::string>>(value);
        for (const std::string& one : target) {
            if (!is_detail(one))
                return "\"" + one + "\" must be name, email, phone or attributes.SOMETHING.";
        }
        return {};
    };
    return field;
}

ConfigField origins(SiteConfig& site) {
    ConfigField field = list("origins", site.origins);
    field.set = [&site](const ConfigValue& value) -> std::string {
        site.origins = std::get<std::vector<std::string>>(value);
        for (const std::string& origin : site.origins) {
            if (!is_origin(origin))
                return "\"" + origin +
                       "\" is not an origin; write scheme, host and port only, for example "
                       "https://www.example.com.";
        }
        return {};
    };
    return field;
}

ConfigField identity_secret(SiteConfig& site) {
    ConfigField field = secret("identity_secret", site.identity_secret);
    field.set = [&site](const ConfigValue& value) -> std::string {
        const std::string& text = std::get<std::string>(value);
        if (!text.empty() && text.size() < secret_bytes_min)
            return "must have at least 32 characters: whoever guesses it can be any customer.";
        site.identity_secret = Secret(text);
        return {};
    };
    return field;
}

}  // namespace

std::vector<ConfigField> site_fields(SiteConfig& site) {
    return {
        text("id", site.id),
        origins(site),
        identity_secret(site),
        text("title", site.title),
        text("greeting", site.greeting),
        checked("accent",
                [&site](const std::string& value) -> std::string {
                    if (!value.empty() && !is_color(value)) return "must be a colour like #0a66c2.";
                    return site.accent = value, "";
                }),
        checked("locale",
                [&site](const std::string& value) -> std::string {
                    if (!is_locale(value)) return "must be a language tag like en or pt-BR.";
                    return site.locale = value, "";
                }),
        text("hours", site.hours),
        text("hours_hint", site.hours_hint),
        list("quick_topics", site.quick_topics),
        mapping("texts", site.texts),
        checked("pre_chat_when",
                [&site](const std::string& value) -> std::string {
                    if (value != "start" && value != "handoff")
                        return "must be \"start\" or \"handoff\".";
                    return site.pre_chat.when = value, "";
                }),
        details("pre_chat_fields", site.pre_chat.fields),
        details("pre_chat_required", site.pre_chat.required),
        mapping("pre_chat_labels", site.pre_chat.labels),
    };
}

}  // namespace deskbell::app
