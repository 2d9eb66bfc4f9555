#pragma once
// Slack's v0 request signature: HMAC-SHA256 over "v0:<timestamp>:<raw body>".

#include <string>
#include <string_view>

namespace deskbell::sandbox {

// "v0=" and 64 lower-case hex digits.
[[nodiscard]] std::string sign(std::string_view secret, std::string_view timestamp,
                               std::string_view body);

}  // namespace deskbell::sandbox
