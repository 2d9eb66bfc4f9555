#include "app/ready_line.hpp"

#include <cstdio>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace deskbell::app {

void print_ready_line(const std::string& kind, const sandbox::SandboxInfo& info,
                      const DemoUrls* demo) {
    boost::json::object line{
        {"deskbell", kind},
        {"api_url", info.api_url},
        {"ui_url", info.ui_url},
        {"bot_token", info.bot_token},
        {"app_token", info.app_token},
        {"signing_secret", info.signing_secret},
        {"events_url", info.events_url},
    };
    if (demo) {
        line["server_url"] = demo->server_url;
        line["shop_url"] = demo->shop_url;
        line["demo_url"] = demo->demo_url;
    }
    std::printf("%s\n", boost::json::serialize(line).c_str());
    std::fflush(stdout);
}

}  // namespace deskbell::app
