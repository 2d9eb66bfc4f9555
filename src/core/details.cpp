#include "core/details.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace deskbell::core {
namespace {

constexpr std::size_t name_characters_max = 200;
constexpr std::size_t email_characters_max = 320;
constexpr std::size_t phone_characters_max = 40;
constexpr std::size_t attributes_bytes_max = 4096;
constexpr std::size_t url_bytes_max = 2048;
constexpr std::size_t title_bytes_max = 300;
constexpr std::size_t locale_bytes_max = 35;
constexpr std::size_t timezone_bytes_max = 64;

std::string clean(std::string_view text) {
    std::string kept = without_controls(text);
    std::ranges::replace(kept, '\n', ' ');
    std::ranges::replace(kept, '\t', ' ');
    return std::string(trim(kept));
}

std::string cut(std::string_view text, std::size_t bytes_max) {
    return std::string(prefix_at_most(clean(text), bytes_max));
}

bool looks_like_email(std::string_view email) {
    const std::size_t at = email.find('@');
    if (at == 0 || at == std::string_view::npos ||
        email.find('@', at + 1) != std::string_view::npos)
        return false;
    const std::string_view host = email.substr(at + 1);
    const std::size_t dot = host.rfind('.');
    return dot != std::string_view::npos && dot > 0 && dot + 1 < host.size() &&
           email.find_first_of(" <>,;\"()") == std::string_view::npos;
}

Result<std::string> clean_attributes(std::string_view text) {
    if (text.empty()) return "{}";
    if (text.size() <= attributes_bytes_max) {
        // Rewritten rather than kept: events carry it as it stands here.
        if (const auto object = parse_json_object(text)) return json::serialize(*object);
    }
    return fail("attributes_invalid", "customer.attributes must be a JSON object of at most 4 KB.");
}

}  // namespace

Result<Customer> merged(const Customer& customer, const CustomerDetails& details) {
    Customer after = customer;
    if (details.name) after.name = clean(*details.name);
    if (details.email) after.email = clean(*details.email);
    if (details.phone) after.phone = clean(*details.phone);
    if (details.name && count_characters(after.name) > name_characters_max)
        return fail("name_invalid", "customer.name may have at most 200 characters.");
    if (details.email && !after.email.empty() &&
        (count_characters(after.email) > email_characters_max || !looks_like_email(after.email)))
        return fail("email_invalid", "customer.email is not an e-mail address.");
    if (details.phone && count_characters(after.phone) > phone_characters_max)
        return fail("phone_invalid", "customer.phone may have at most 40 characters.");
    if (details.attributes_json) {
        auto attributes = clean_attributes(*details.attributes_json);
        if (!attributes) return std::unexpected(attributes.error());
        after.attributes_json = std::move(*attributes);
    }
    return after;
}

namespace {

bool is_given(const Customer& customer, std::string_view field) {
    if (field == "name") return !customer.name.empty();
    if (field == "email") return !customer.email.empty();
    if (field == "phone") return !customer.phone.empty();
    constexpr std::string_view prefix = "attributes.";
    if (!field.starts_with(prefix)) return true;
    const auto attributes = parse_json_object(customer.attributes_json);
    const json::value* value =
        attributes ? attributes->if_contains(field.substr(prefix.size())) : nullptr;
    if (!value || value->is_null()) return false;
    return !value->is_string() || !trim(std::string_view(value->get_string())).empty();
}

}  // namespace

std::optional<Error> missing_details(const Customer& customer, const PreChat& pre_chat) {
    std::string missing;
    for (const std::string& field : pre_chat.required) {
        if (!is_given(customer, field)) missing += (missing.empty() ? "" : ", ") + field;
    }
    if (missing.empty()) return std::nullopt;
    return Error{"pre_chat_incomplete", "Please give first: " + missing + ".", std::nullopt};
}

Page clean_page(const Page& page) {
    return {.url = cut(page.url, url_bytes_max),
            .title = cut(page.title, title_bytes_max),
            .referrer = cut(page.referrer, url_bytes_max)};
}

std::string clean_locale(std::string_view locale) { return cut(locale, locale_bytes_max); }

std::string clean_timezone(std::string_view timezone) { return cut(timezone, timezone_bytes_max); }

std::string clean_line(std::string_view text, std::size_t characters_max) {
    std::string line = clean(text);
    std::size_t end = 0;
    for (std::size_t characters = 0; end < line.size(); ++end) {
        if ((static_cast<unsigned char>(line[end]) & 0xc0) != 0x80 &&
            characters++ == characters_max)
            break;
    }
    line.resize(end);
    return line;
}

}  // namespace deskbell::core
