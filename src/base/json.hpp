#pragma once
// The few things we ask of Boost.JSON, with our bounds: depth 16, no duplicates surprises, no
// exceptions.

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell {

namespace json = boost::json;

// Parses one JSON object. `invalid_json` or `json_not_object` otherwise.
[[nodiscard]] Result<json::object> parse_json_object(std::string_view text);

// Typed readers: nullptr/nullopt when the key is absent, null or of another type.
[[nodiscard]] const json::object* find_object(const json::object& object, std::string_view key);
[[nodiscard]] const json::array* find_array(const json::object& object, std::string_view key);
[[nodiscard]] std::optional<std::string_view> find_string(const json::object& object,
                                                          std::string_view key);
[[nodiscard]] std::optional<std::int64_t> find_int(const json::object& object,
                                                   std::string_view key);
[[nodiscard]] std::optional<bool> find_bool(const json::object& object, std::string_view key);
// The string, or empty text.
[[nodiscard]] std::string string_or_empty(const json::object& object, std::string_view key);

}  // namespace deskbell
