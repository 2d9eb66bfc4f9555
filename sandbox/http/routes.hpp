#pragma once
// Which request goes where, for the sandbox's server. Everything runs on the loop.

#include "base/loop.hpp"
#include "base/web_asset.hpp"
#include "net/http_server.hpp"
#include "sandbox/http/change_feed.hpp"
#include "sandbox/http/page_api.hpp"
#include "sandbox/http/socket_links.hpp"
#include "sandbox/model/slack.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

class Routes {
public:
    static constexpr std::size_t held_max = 1'000;

    Routes(Loop& loop, Slack& slack, ChangeFeed& feed, PageApi& page, SocketLinks& links,
           std::span<const WebAsset> assets, std::string public_host,
           std::function<void()> on_change);

    void handle(std::shared_ptr<net::Exchange> exchange);
    // Answers what is held in silence; for the end.
    void release_held() { held_.clear(); }

private:
    void handle_call(std::string method, std::shared_ptr<net::Exchange> exchange);
    void handle_page_api(std::string_view action, std::shared_ptr<net::Exchange> exchange);
    void answer(ApiAnswer answer, std::shared_ptr<net::Exchange> exchange);
    void hold(std::shared_ptr<net::Exchange> exchange);
    void serve_asset(std::string_view path, net::Exchange& exchange) const;
    [[nodiscard]] bool is_own_page(const net::HttpRequest& request) const;

    Loop& loop_;
    Slack& slack_;
    ChangeFeed& feed_;
    PageApi& page_;
    SocketLinks& links_;
    std::span<const WebAsset> assets_;
    std::string public_host_;
    std::function<void()> on_change_;
    // Requests that get silence, until their callers give up.
    std::map<std::uint64_t, std::shared_ptr<net::Exchange>> held_;
    std::uint64_t next_held_ = 1;
};

}  // namespace deskbell::sandbox
