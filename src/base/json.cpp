#include "base/json.hpp"

#include <boost/json.hpp>

namespace deskbell {

Result<json::object> parse_json_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = 16;
    json::error_code failed;
    json::value value = json::parse(text, failed, {}, options);
    if (failed)
        return fail("invalid_json", "The body is not valid JSON: " + failed.message() + ".");
    if (!value.is_object()) return fail("json_not_object", "The body must be a JSON object.");
    return std::move(value.as_object());
}

const json::object* find_object(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}

const json::array* find_array(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value ? value->if_array() : nullptr;
}

std::optional<std::string_view> find_string(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

std::optional<std::int64_t> find_int(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value) return std::nullopt;
    if (value->is_int64()) return value->get_int64();
    if (value->is_uint64() && value->get_uint64() <= INT64_MAX)
        return static_cast<std::int64_t>(value->get_uint64());
    return std::nullopt;
}

std::optional<bool> find_bool(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (!value || !value->is_bool()) return std::nullopt;
    return value->get_bool();
}

std::string string_or_empty(const json::object& object, std::string_view key) {
    return std::string(find_string(object, key).value_or(std::string_view{}));
}

}  // namespace deskbell
