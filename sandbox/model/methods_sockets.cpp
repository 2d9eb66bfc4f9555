#include "sandbox/model/methods.hpp"

namespace deskbell::sandbox {

Fields apps_connections_open(Request& request) {
    if (!request.world.workspace.settings.socket_mode) {
        request.messages.push_back(
            "[ERROR] this sandbox has Socket Mode switched off: use event URLs");
        return refuse("socket_mode_not_enabled");
    }
    // "http://…" becomes "ws://…", "https://…" "wss://…".
    const std::string& url = request.world.public_url;
    const std::string base = url.starts_with("http") ? "ws" + url.substr(4) : url;
    return json::object{{"url", base + make_socket_path(request.world)}};
}

}  // namespace deskbell::sandbox
