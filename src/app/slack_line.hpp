#pragma once
// Slack for a command that has nothing else to do: a call, then its answer.
//
// Who makes one: `deskbell doctor`, on the main thread; the calls run on a loop of their own.
// Limits are waited out, within reason. What it never does: run inside a server.

#include "base/json.hpp"
#include "desk/slack/slack_client.hpp"
#include "net/asio_loop.hpp"
#include "net/http_client.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace deskbell::app {

class SlackLine {
public:
    SlackLine(net::AsioLoop& loop, net::HttpClient& http,
              desk::slack::SlackClient::Options options);
    ~SlackLine();
    SlackLine(const SlackLine&) = delete;
    SlackLine& operator=(const SlackLine&) = delete;

    [[nodiscard]] desk::slack::SlackReply call(const std::string& method,
                                               const desk::slack::Fields& fields,
                                               bool waits_out_limits = true);
    [[nodiscard]] bool has_scope(std::string_view scope);
    // Asks until it is told yes, a quarter of a second between; how long that took, or -1.
    [[nodiscard]] std::int64_t wait_until(const std::function<bool()>& holds,
                                          std::int64_t patience_ms);
    void pause(std::int64_t ms);
    [[nodiscard]] const Clock& clock() const { return loop_.clock(); }

private:
    net::AsioLoop& loop_;
    std::unique_ptr<desk::slack::SlackClient> client_;  // lives and dies on the loop
};

}  // namespace deskbell::app
