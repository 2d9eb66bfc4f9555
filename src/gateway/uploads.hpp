#pragma once
// Customers' files on their way in: written to the disk as they arrive, known by their content,
// bounded before they are read. For src/gateway only.

#include "gateway/context.hpp"
#include "net/http_types.hpp"

#include <expected>
#include <memory>
#include <string_view>

namespace deskbell::gateway {

inline constexpr std::string_view upload_path = "/v1/session/files";

// Where the body of a request goes; null when it is no upload. What can be refused by its head is.
[[nodiscard]] std::expected<std::shared_ptr<net::BodySink>, net::BodyRefusal> sink_of_upload(
    Context& context, const net::HttpRequest& head);

}  // namespace deskbell::gateway
