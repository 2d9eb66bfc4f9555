#pragma once
// The small currencies of Slack: message timestamps, identifiers, tokens, cursors.

#include "base/random.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

// What "1763800105.000300" says, as microseconds since 1970; an identity, not a time. 0: none.
using Ts = std::int64_t;

[[nodiscard]] std::string to_text(Ts ts);
// Digits, a dot, six digits; nullopt otherwise.
[[nodiscard]] std::optional<Ts> parse_ts(std::string_view text);
// What `oldest` and `latest` accept: also whole seconds and shorter fractions.
[[nodiscard]] std::optional<Ts> parse_bound(std::string_view text);

// Prefix and upper-case base 36: "C0A1B2C3D4".
[[nodiscard]] std::string make_id(Random& random, std::string_view prefix);
// `characters` of letters and digits, for tokens.
[[nodiscard]] std::string make_secret(Random& random, std::size_t characters);
[[nodiscard]] std::string make_hex(Random& random, std::size_t characters);

[[nodiscard]] std::string to_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
// Opaque cursors are base64 of "<kind>:<value>".
[[nodiscard]] std::string make_cursor(std::string_view kind, std::string_view value);
[[nodiscard]] std::optional<std::string> read_cursor(std::string_view kind,
                                                     std::string_view cursor);

}  // namespace deskbell::sandbox
