#include "sandbox/model/metadata.hpp"

#include "base/json.hpp"

#include <algorithm>

namespace deskbell::sandbox {

namespace {

// Slack publishes no size; senders are told to stay near a kilobyte.
constexpr std::size_t metadata_bytes_max = 8u << 10;

bool is_plain(const json::value& value) {
    return value.is_string() || value.is_number() || value.is_bool();
}

bool is_flat_object(const json::value& value) {
    const json::object* object = value.if_object();
    return object &&
           std::ranges::all_of(*object, [](const auto& pair) { return is_plain(pair.value()); });
}

bool is_payload_value(const json::value& value) {
    if (is_plain(value) || is_flat_object(value)) return true;
    const json::array* list = value.if_array();
    return list && std::ranges::all_of(*list, [](const json::value& item) {
               return is_plain(item) || is_flat_object(item);
           });
}

}  // namespace

Result<std::optional<json::object>> parse_metadata(std::string_view text) {
    if (text.size() > metadata_bytes_max) return fail("metadata_too_large", {});
    auto parsed = parse_json_object(text);
    if (!parsed) return fail("invalid_metadata_format", {});
    if (parsed->empty()) return std::nullopt;
    const auto type = find_string(*parsed, "event_type");
    const json::object* payload = find_object(*parsed, "event_payload");
    if (!type || type->empty() || type->size() > 255 || !payload)
        return fail("invalid_metadata_schema", {});
    for (const auto& pair : *payload)
        if (!is_payload_value(pair.value())) return fail("invalid_metadata_schema", {});
    return json::object{{"event_type", *type}, {"event_payload", *payload}};
}

}  // namespace deskbell::sandbox
