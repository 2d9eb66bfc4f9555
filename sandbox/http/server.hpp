#pragma once
// The Slack sandbox over sockets: the Web API under /api/, a page that looks like Slack under /,
// pictures, and events sent to the app.
//
// What this is: sandbox/model with one loop around it. Who calls it: `deskbell sandbox` and
// `deskbell demo`, tests, benches. Threads: its own one for everything inside; the public functions
// are for another thread, usually the main one, and may wait for it. What it never does: decide
// anything about Slack; reach for any host but the URLs it was given.

#include "base/result.hpp"
#include "base/web_asset.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace deskbell::sandbox {

struct ServerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8081;  // 0: a free one
    std::string state_file;     // empty: nothing is kept
    std::string events_url;     // asked for its challenge until it answers; empty: none
    std::string interactivity_url;
    std::string public_url;              // what browsers reach; empty: http://address:port
    std::span<const WebAsset> assets{};  // the page, under "/sandbox/…"; may be empty
    // Empty: drawn at random.
    std::string bot_token;
    std::string app_token;
    std::string signing_secret;
};

struct SandboxInfo {
    std::string api_url;  // with a final '/'
    std::string ui_url;   // with a final '/'
    std::string bot_token;
    std::string app_token;
    std::string signing_secret;
    std::string events_url;
    std::uint16_t port = 0;
};

class Server {
public:
    explicit Server(ServerOptions options);
    ~Server();  // stops
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // `listen_failed`, `invalid_state`, `state_file`.
    [[nodiscard]] Result<void> start();
    // Saves, ends every connection, joins the thread. Idempotent.
    void stop();

    [[nodiscard]] SandboxInfo info() const;
    // Asks the URL for its challenge and, on success, sends events there from now on; waits for the
    // result, about three seconds at most. An empty URL ends events. `url_not_verified`.
    [[nodiscard]] Result<void> set_events_url(const std::string& url);
    void set_interactivity_url(const std::string& url);
    // Slack's limits and the other switches (API.md, settings), as a JSON object's text.
    [[nodiscard]] Result<void> change_settings(const std::string& settings);

    class Impl;

private:
    std::shared_ptr<Impl> impl_;
};

}  // namespace deskbell::sandbox
