#pragma once
// Bytes of files over HTTP: what is uploaded, what is downloaded, and what the page shows.

#include "net/http_server.hpp"
#include "sandbox/model/slack.hpp"

#include <string_view>

namespace deskbell::sandbox {

// The largest body that an upload may have.
inline constexpr std::size_t upload_bytes_max = 44u << 20;

// "/upload/…", "/files-pri/…", "/files-tmb/…": true when it was one of these and is answered.
// Uploads change the model.
bool handle_file_request(Slack& slack, net::Exchange& exchange);
// "/sandbox/files/<id>/<name>", for the page itself.
[[nodiscard]] net::HttpResponse file_for_page(const Slack& slack, std::string_view path);

}  // namespace deskbell::sandbox
