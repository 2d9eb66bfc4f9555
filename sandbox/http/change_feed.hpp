#pragma once
// The page's event stream: tells every open page that there is something new to fetch.

#include "base/loop.hpp"
#include "net/http_server.hpp"
#include "sandbox/model/slack.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>

namespace deskbell::sandbox {

class ChangeFeed {
public:
    static constexpr std::size_t pages_max = 100;

    ChangeFeed(Loop& loop, const Slack& slack);
    ~ChangeFeed();

    void open(net::Exchange& exchange);
    // Several changes within 50 ms are told once.
    void changed();

    // Those who listen, shared with their connections, which may outlive the feed.
    struct Pages {
        std::set<net::ResponseStream*> streams;
    };

private:
    void tell();
    void keep_alive();
    [[nodiscard]] std::string news() const;

    Loop& loop_;
    const Slack& slack_;
    std::shared_ptr<Pages> pages_;
    std::uint64_t told_version_ = 0;
    TimerId tell_timer_ = 0;
    TimerId alive_timer_ = 0;
};

}  // namespace deskbell::sandbox
