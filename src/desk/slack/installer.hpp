#pragma once
// Installing the app with a browser: to Slack's page, and back with a code that becomes a token.
//
// Who calls it: the app, with GET /slack/install and /slack/oauth/callback, on the office loop.
// What it never does: take a code without the state that belongs to it; show or log a code or a
// token; let in what is not durable.

#include "base/loop.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "desk/slack/install_states.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/token_keeper.hpp"
#include "net/http_client.hpp"
#include "net/http_types.hpp"

#include <functional>
#include <memory>
#include <string>

namespace deskbell::desk::slack {

struct Installation {
    std::string team;
    std::string team_name;
    Grant grant;
};

class Installer {
public:
    using Answer = std::move_only_function<void(net::HttpResponse)>;
    // Durable, and in use, when it returns well; refuses workspaces that do not belong here.
    using Keep = std::function<Result<void>(Installation)>;

    Installer(Loop& loop, net::HttpClient& http, Random& random, AppCredentials app,
              std::string public_url, Keep keep);

    void receive(const net::HttpRequest& request, Answer answer);

private:
    [[nodiscard]] net::HttpResponse set_out();
    void come_back(const net::HttpRequest& request, Answer answer);
    void exchanged(const SlackReply& reply, Answer& answer);
    [[nodiscard]] Result<Installation> read(const SlackReply& reply) const;
    [[nodiscard]] std::string redirect_uri() const;

    Loop& loop_;
    net::HttpClient& http_;
    AppCredentials app_;
    std::string public_url_;
    Keep keep_;
    InstallStates states_;
    bool is_exchanging_ = false;  // one at a time: this door stands open to everybody
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace deskbell::desk::slack
