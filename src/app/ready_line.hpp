#pragma once
// The one JSON line by which programs find a sandbox or a demo (protocol, "Commands"). Its secrets
// open the sandbox and nothing else.

#include "sandbox/http/server.hpp"

#include <string>

namespace deskbell::app {

struct DemoUrls {
    std::string server_url;
    std::string shop_url;
    std::string demo_url;  // shop and agents' page beside each other
};

void print_ready_line(const std::string& kind, const sandbox::SandboxInfo& info,
                      const DemoUrls* demo = nullptr);

}  // namespace deskbell::app
