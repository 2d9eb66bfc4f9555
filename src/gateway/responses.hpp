#pragma once
// How answers look: JSON, problems (RFC 9457), and which refusal is which HTTP status. Pure.

#include "base/result.hpp"
#include "core/session.hpp"
#include "gateway/backend.hpp"
#include "net/http_types.hpp"

#include <string>
#include <string_view>

namespace deskbell::gateway {

// The one table. Codes it does not know are 422: understood, and refused by the rules.
[[nodiscard]] int status_of(std::string_view code);

// The refusal as it goes out: those that pass by themselves say when to try again.
[[nodiscard]] Error with_retry_hint(Error error);

[[nodiscard]] net::HttpResponse problem(const Error& error);
[[nodiscard]] net::HttpResponse problem(std::string code, std::string detail);
[[nodiscard]] net::HttpResponse json_response(int status, std::string body);
[[nodiscard]] net::HttpResponse text_response(int status, std::string body);
[[nodiscard]] net::HttpResponse no_content();

[[nodiscard]] std::string json_string(std::string_view text);
// {"session":{…},"head":13}
[[nodiscard]] std::string session_and_head(const core::Session& session,
                                           std::string_view log_run = {});
// {"events":[…],"head":13}
// `live`: frames that are in no log.
[[nodiscard]] std::string events_and_head(const Reply& reply,
                                          const std::vector<std::string>& live = {});

// Frames of `deskbell.v1`.
[[nodiscard]] std::string welcome_frame(const core::Session& session, std::int64_t head,
                                        std::int64_t heartbeat_ms, std::string_view log_run);
[[nodiscard]] std::string event_frame(std::string_view event_json);
[[nodiscard]] std::string error_frame(std::string_view id_json, const Error& error);
[[nodiscard]] std::string notice_frame(std::string_view code, std::string_view text);
[[nodiscard]] std::string typing_frame(std::string_view role, std::string_view name, bool on);

}  // namespace deskbell::gateway
