#pragma once
// Reads back the forms that deliveries are made of.

#include <map>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

// Name/value pairs of application/x-www-form-urlencoded; of names that repeat, the last.
[[nodiscard]] std::map<std::string, std::string> parse_form(std::string_view body);

}  // namespace deskbell::sandbox
