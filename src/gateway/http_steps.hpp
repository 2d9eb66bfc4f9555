#pragma once
// What the routes have in common: who asks, may they, and the command on its way and back. For
// src/gateway only.

#include "gateway/context.hpp"
#include "gateway/http_api.hpp"

#include <functional>
#include <string>

namespace deskbell::gateway {

// Whose limits the client shares.
[[nodiscard]] std::string network_of(const Context& context, const net::HttpRequest& request);
void refuse(Context& context, net::Exchange& exchange, const Error& error);

// The token's hash, or why the request goes no further.
[[nodiscard]] Result<std::string> read_authority(Context& context, const net::HttpRequest& request);
// What is the same in every reply: refusals, and whether the page belongs to the session's site.
// False: it was answered.
[[nodiscard]] bool may_answer(Context& context, net::Exchange& exchange, const Reply& reply);

using OnReply = std::move_only_function<void(Context&, ExchangePtr, Reply)>;
// Submits on behalf of whoever holds the token; `on_reply` runs only when it was not refused.
void submit(Context& context, ExchangePtr exchange, std::string hash, core::Command command,
            OnReply on_reply);

}  // namespace deskbell::gateway
