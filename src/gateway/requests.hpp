#pragma once
// What customers may ask, read from JSON and checked field by field. Pure.
//
// The same readers serve REST bodies and WebSocket frames, so that both know the same fields and
// refuse with the same codes. null counts as absent; unknown fields are refused, so that a typing
// error is heard of.

#include "base/json.hpp"
#include "base/result.hpp"
#include "core/command.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::gateway {

enum class RequestKind : std::uint8_t {
    message,
    handoff,
    customer,
    typing,
    read,
    close,
    rating,
    change,    // "edit": a message of their own says something else
    withdraw,  // "delete"
    ping
};

struct Request {
    RequestKind kind = RequestKind::ping;
    core::Command command;   // all kinds but typing and ping
    bool typing_on = false;  // typing
};

// The body of a REST request of that kind. An empty body is an empty object.
[[nodiscard]] Result<Request> read_request(RequestKind kind, std::string_view body);
// PATCH and DELETE /v1/session/messages/{id}: the id is in the path, the rest in the body.
[[nodiscard]] Result<core::CustomerEdited> read_edit(std::string_view id, std::string_view body);
[[nodiscard]] Result<MessageId> read_message_id(std::string_view id);
// For what takes no body: whatever is in it is refused.
[[nodiscard]] std::optional<Error> read_nothing(std::string_view body);
// PATCH /v1/session {customer?, page?, locale?}
// `identity`: the signed text, still to be verified.
[[nodiscard]] Result<core::CustomerDetails> read_details(std::string_view body,
                                                         std::string* identity = nullptr);
// POST /v1/sessions; `session` and `token_hash` are left for the caller.
[[nodiscard]] Result<core::CustomerArrived> read_arrival(std::string_view body,
                                                         std::string* identity = nullptr);

struct Hello {
    std::string token;
    std::int64_t after = 0;
    std::string instance;            // may be empty: then no other socket is replaced
    std::optional<std::string> log;  // which run of the log `after` is of; older clients do not say
};

// One text frame of `deskbell.v1`.
struct Frame {
    enum class Kind : std::uint8_t { hello, request, pong };
    Kind kind = Kind::request;
    std::string id_json;         // as it came, to be echoed; empty: no answer is wanted
    std::optional<Error> error;  // what is wrong with it; with an `id_json` it can be answered
    Request request;
    Hello hello;
};

[[nodiscard]] Frame read_frame(std::string_view text);

// A query parameter that is a number. nullopt: absent. `invalid_field` when it is no number or
// negative.
[[nodiscard]] Result<std::optional<std::int64_t>> read_number(
    std::string_view name, const std::optional<std::string>& text);

}  // namespace deskbell::gateway
