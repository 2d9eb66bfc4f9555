#pragma once
// For tests only: a running sandbox, a client on a raw socket, and an app that gets its events.

#include "base/json.hpp"
#include "net/test_peer.hpp"
#include "sandbox/http/server.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>
#include <vector>

namespace deskbell::sandbox::testing {

namespace json = boost::json;
using net::testing::Peer;
using net::testing::TestServer;

struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    [[nodiscard]] json::value parsed() const {
        json::error_code failed;
        return json::parse(body, failed);
    }
};

// One request on a connection of its own.
class Client {
public:
    explicit Client(const Server& server) : info_(server.info()) {}

    Answer request(const std::string& method, const std::string& target,
                   const std::string& headers = {}, const std::string& body = {}) const {
        Peer peer(info_.port);
        peer.send(method + " " + target +
                  " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(info_.port) + "\r\n" + headers +
                  "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        const std::string raw = peer.read_response();
        const std::size_t blank = raw.find("\r\n\r\n");
        if (blank == std::string::npos) return {};
        return {std::stoi(raw.substr(9, 3)), raw.substr(0, blank), raw.substr(blank + 4)};
    }
    Answer call(const std::string& method, const std::string& form) const {
        return request("POST", "/api/" + method,
                       "Authorization: Bearer " + info_.bot_token +
                           "\r\nContent-Type: application/x-www-form-urlencoded\r\n",
                       form);
    }
    Answer page(const std::string& action, const std::string& body,
                const std::string& headers = {}) const {
        return request("POST", "/sandbox/api/" + action,
                       "Content-Type: application/json\r\n" + headers, body);
    }
    [[nodiscard]] const SandboxInfo& info() const { return info_; }

private:
    SandboxInfo info_;
};

inline ServerOptions test_options() {
    ServerOptions options;
    options.port = 0;
    return options;
}

struct Running {
    Server server;
    explicit Running(ServerOptions options = test_options()) : server(std::move(options)) {
        const auto started = server.start();
        EXPECT_TRUE(started) << (started ? "" : started.error().detail);
    }
};

// An app that answers the challenge and keeps what it gets; `status` answers events.
struct App {
    struct Got {
        std::vector<net::Header> headers;
        std::string body;
    };
    std::vector<Got> got;  // the loop's thread only
    int status = 200;
    bool knows_the_challenge = true;
    TestServer server;

    App() : server([this](const std::shared_ptr<net::Exchange>& exchange) { answer(*exchange); }) {}

    void answer(net::Exchange& exchange) {
        const net::HttpRequest& request = exchange.request();
        const auto body = parse_json_object(request.body);
        net::HttpResponse response;
        response.headers = {{"content-type", "text/plain"}};
        if (body && string_or_empty(*body, "type") == "url_verification") {
            if (knows_the_challenge) response.body = string_or_empty(*body, "challenge");
        } else {
            got.push_back({request.headers, request.body});
            response.status = status;
        }
        exchange.respond(std::move(response));
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()) + "/e"; }
    bool gets(std::size_t count) {
        return server.eventually([&] { return got.size() >= count; });
    }
};

}  // namespace deskbell::sandbox::testing
