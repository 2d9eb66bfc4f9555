#pragma once
// An HTTP request to /api/<method> becomes the model's ApiCall: query, form, multipart or JSON.

#include "net/http_types.hpp"
#include "sandbox/model/slack.hpp"

namespace deskbell::sandbox {

[[nodiscard]] ApiCall decode_call(std::string method, const net::HttpRequest& request);

}  // namespace deskbell::sandbox
