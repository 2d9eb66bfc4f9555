#include "app/admin_command.hpp"
#include "app/doctor.hpp"
#include "base/random.hpp"
#include "desk/slack/marker.hpp"
#include "desk/slack/slack_json.hpp"
#include "net/websocket_client.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>

namespace deskbell::app {
namespace {

using desk::slack::CheckRow;
using desk::slack::Fields;
using desk::slack::SlackReply;
using desk::slack::text_at;
using Level = CheckRow::Level;

constexpr std::int64_t event_patience_ms = 15'000;
constexpr std::int64_t sockets_patience_ms = 5'000;
constexpr std::chrono::seconds hello_patience{15};
constexpr std::size_t short_page = 15;

void add(CheckRows& rows, Level level, std::string name, std::string detail, std::string fix = {}) {
    rows.push_back({level, std::move(name), std::move(detail), std::move(fix)});
}

void check_marks(const SlackReply& read, const std::string& nonce, CheckRows& rows) {
    const json::array& messages = desk::slack::array_at(read.body, "messages");
    const json::object* found = messages.empty() ? nullptr : messages[0].if_object();
    if (!read.ok() || found == nullptr)
        return add(rows, Level::fail, "reading back",
                   read.ok() ? "our own post is not in the channel's history" : read.error,
                   "Grant channels:history (groups:history for private channels): what events do "
                   "not tell is read back.");
    add(rows, Level::ok, "reading back", "our own post is in the channel's history");
    const json::object& payload =
        desk::slack::object_at(desk::slack::object_at(*found, "metadata"), "event_payload");
    const json::array& blocks = desk::slack::array_at(*found, "blocks");
    const bool has_block = std::ranges::any_of(blocks, [&](const json::value& block) {
        return block.is_object() && text_at(block.get_object(), "block_id") == nonce;
    });
    const bool has_metadata = text_at(payload, "canary") == nonce;
    if (has_metadata && has_block)
        return add(rows, Level::ok, "marks", "metadata and block id come back");
    if (has_metadata || has_block)
        return add(rows, Level::warn, "marks",
                   has_metadata ? "only metadata comes back" : "only block ids come back",
                   "One mark is enough; should it be lost too, timed-out posts may be doubled.");
    add(rows, Level::fail, "marks", "neither metadata nor block ids come back",
        "Deskbell cannot recognise its own posts here: ask Slack why messages are stripped.");
}

void check_rationing(SlackLine& slack, const std::string& channel, CheckRows& rows) {
    const SlackReply page =
        slack.call("conversations.history", {{"channel", channel}, {"limit", "200"}}, false);
    const std::size_t items = desk::slack::array_at(page.body, "messages").size();
    const bool more = find_bool(page.body, "has_more").value_or(false);
    const bool is_short = page.ok() && more && items <= short_page;
    const bool is_long_limit =
        page.kind == SlackReply::Kind::rate_limited && page.retry_after_ms >= 30'000;
    if (is_short || is_long_limit)
        return add(
            rows, Level::warn, "reading pace", "one page of 15 messages a minute",
            "Slack rations apps that are distributed outside its Marketplace; make an app of "
            "your own workspace.");
    add(rows, Level::ok, "reading pace", "not rationed");
}

void check_arrival(const Config& config, SlackLine& slack, const std::string& nonce,
                   CheckRows& rows) {
    const json::object server = server_on_slack(config);
    if (server.empty())
        return add(rows, Level::warn, "events", "not checked: the server does not run",
                   "Start it, then run this again.");
    const std::int64_t took = slack.wait_until(
        [&] { return text_at(server_on_slack(config), "canary") == nonce; }, event_patience_ms);
    if (took >= 0)
        return add(rows, Level::ok, "events",
                   "a post's event reached the server within " + std::to_string(took) + " ms");
    add(rows, Level::fail, "events", "a post's event did not reach the server within 15 s",
        config.slack.socket_mode
            ? "Switch Socket Mode on at Slack, subscribe to message.channels and message.groups, "
              "and see that no other server runs with this app."
            : "At Slack: Event Subscriptions on, the request URL verified, message.channels and "
              "message.groups subscribed, Socket Mode off.");
}

}  // namespace

json::object server_on_slack(const Config& config) {
    json::object told;
    const auto asked = ask_admin(config, {{"command", "status"}}, [&](const std::string& line) {
        const auto answer = parse_json_object(line);
        const json::object* slack = answer ? find_object(*answer, "slack") : nullptr;
        if (slack != nullptr) told = *slack;
        return true;
    });
    return asked ? told : json::object{};
}

void check_events(const Config& config, SlackLine& slack, CheckRows& rows) {
    SystemRandom random;
    const std::string nonce = std::string(desk::slack::canary_prefix) + random.base32(12);
    const std::string words =
        "Deskbell checks that events arrive (" + nonce + "). This message removes itself.";
    const json::array blocks{{{"type", "section"},
                              {"block_id", nonce},
                              {"text", {{"type", "plain_text"}, {"text", words}}}}};
    const json::object metadata{{"event_type", "deskbell_canary"},
                                {"event_payload", {{"canary", nonce}}}};
    const std::string place = config.slack.routes.front().destinations.front().value;
    const SlackReply posted =
        slack.call("chat.postMessage", {{"channel", place},
                                        {"text", words},
                                        {"blocks", json::serialize(blocks)},
                                        {"metadata", json::serialize(metadata)}});
    if (!posted.ok())
        return add(rows, Level::fail, "posting", "in " + place + ": " + posted.error,
                   "The bot must be a member of the channel and hold chat:write.");
    add(rows, Level::ok, "posting", "in " + place);
    const std::string channel(text_at(posted.body, "channel"));
    const std::string ts(text_at(posted.body, "ts"));
    check_marks(slack.call("conversations.history", {{"channel", channel},
                                                     {"latest", ts},
                                                     {"oldest", ts},
                                                     {"inclusive", "true"},
                                                     {"include_all_metadata", "true"},
                                                     {"limit", "1"}}),
                nonce, rows);
    check_arrival(config, slack, nonce, rows);
    check_rationing(slack, channel, rows);
    const SlackReply removed = slack.call("chat.delete", {{"channel", channel}, {"ts", ts}});
    if (!removed.ok())
        add(rows, Level::warn, "taking back", "our own post could not be deleted: " + removed.error,
            "Delete the check's message in " + place + " by hand.");
}

// ---- Socket Mode. ----

namespace {

// Waits for the first frame.
struct Greeting final : net::ClientSocketHandler {
    std::promise<std::string> first;
    bool is_told = false;

    void tell(std::string text) {
        if (!std::exchange(is_told, true)) first.set_value(std::move(text));
    }
    void on_open() override {}
    void on_text(std::string_view text) override { tell(std::string(text)); }
    void on_ping() override {}
    void on_pong() override {}
    void on_closed(const std::string& why) override { tell("closed: " + why); }
};

std::string greeting_of(net::AsioLoop& loop, const std::string& url) {
    Greeting greeting;
    auto first = greeting.first.get_future();
    std::unique_ptr<net::BeastWebSocketClient> client;
    std::unique_ptr<net::ClientSocket> socket;
    loop.post([&] {
        client =
            std::make_unique<net::BeastWebSocketClient>(loop, net::BeastWebSocketClient::Options{});
        socket = client->connect(url, greeting);
    });
    std::string said = "no hello";
    if (first.wait_for(hello_patience) == std::future_status::ready) said = first.get();
    std::promise<void> gone;
    loop.post([&] {
        socket.reset();
        client.reset();
        gone.set_value();
    });
    gone.get_future().wait();
    return said;
}

}  // namespace

void check_sockets(const Config& config, net::AsioLoop& loop, net::HttpClient& http,
                   CheckRows& rows) {
    SlackLine app(loop, http,
                  {.api_url = config.slack.api_url,
                   .bot_token = config.slack.app_token.reveal(),
                   .timeout_ms = 10'000});
    json::object server = server_on_slack(config);
    const std::int64_t wanted = find_int(server, "sockets_wanted").value_or(0);
    if (wanted > 0) {
        // A server that has just begun needs a moment.
        static_cast<void>(app.wait_until(
            [&] {
                server = server_on_slack(config);
                return find_int(server, "sockets_live").value_or(0) >= wanted;
            },
            sockets_patience_ms));
        const std::int64_t live = find_int(server, "sockets_live").value_or(0);
        const std::string detail =
            std::to_string(live) + " of " + std::to_string(wanted) + " connections are live";
        const std::string trouble(text_at(server, "sockets_trouble"));
        return add(rows,
                   live == 0       ? Level::fail
                   : live < wanted ? Level::warn
                                   : Level::ok,
                   "socket mode", detail + (trouble.empty() ? "" : " (" + trouble + ")"),
                   live < wanted ? "See the server's log; Socket Mode must be on at Slack." : "");
    }
    const SlackReply opened = app.call("apps.connections.open", {});
    if (!opened.ok())
        return add(
            rows, Level::fail, "socket mode", opened.error,
            "slack.app_token must be an app-level token (xapp-…) with connections:write, and "
            "Socket Mode must be on at Slack.");
    const std::string said = greeting_of(loop, std::string(text_at(opened.body, "url")));
    const auto frame = parse_json_object(said);
    if (!frame || text_at(*frame, "type") != "hello")
        return add(rows, Level::fail, "socket mode", said.substr(0, 200),
                   "This machine must reach Slack's WebSockets (wss, port 443).");
    const std::int64_t others = find_int(*frame, "num_connections").value_or(1) - 1;
    if (others > 0)
        return add(rows, Level::warn, "socket mode",
                   std::to_string(others) + " other connections of this app are open",
                   "Another server runs with it, or has just ended: each hears only a part.");
    add(rows, Level::ok, "socket mode", "a connection was opened and greeted");
}

}  // namespace deskbell::app
