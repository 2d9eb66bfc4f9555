#pragma once
// /oauth/v2/authorize: the page on which a person lets the app in, and where their browser goes.

#include "net/http_server.hpp"
#include "sandbox/model/slack.hpp"

namespace deskbell::sandbox {

// GET asks; POST is the answer. Changes the model.
[[nodiscard]] net::HttpResponse authorize_page(Slack& slack, const net::HttpRequest& request);

}  // namespace deskbell::sandbox
