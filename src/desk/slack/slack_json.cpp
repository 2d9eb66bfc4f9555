#include "desk/slack/slack_json.hpp"

namespace deskbell::desk::slack {

Result<json::object> parse_slack_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = 64;
    json::error_code failed;
    json::value value = json::parse(text, failed, {}, options);
    if (failed) return fail("invalid_json", "Not valid JSON: " + failed.message() + ".");
    if (!value.is_object()) return fail("json_not_object", "Not a JSON object.");
    return std::move(value.as_object());
}

const json::object& object_at(const json::object& object, std::string_view key) {
    static const json::object none;
    const json::object* found = find_object(object, key);
    return found ? *found : none;
}

const json::array& array_at(const json::object& object, std::string_view key) {
    static const json::array none;
    const json::array* found = find_array(object, key);
    return found ? *found : none;
}

std::string_view text_at(const json::object& object, std::string_view key) {
    return find_string(object, key).value_or(std::string_view{});
}

}  // namespace deskbell::desk::slack
