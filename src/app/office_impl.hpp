#pragma once
// The office's insides, apart from its door so that office.hpp drags no Slack along.

#include "app/office.hpp"
#include "bot/bot.hpp"
#include "courier/courier.hpp"
#include "desk/slack/slack_office.hpp"
#include "net/asio_loop.hpp"
#include "net/curl_client.hpp"

namespace deskbell::app {

// Everything on the office loop. Members stand in the order they need each other and go in reverse;
// the loop has ended before the first of them goes.
class Office::Impl final : public desk::DeskListener {
public:
    Impl(Setup setup, std::unique_ptr<bot::Bot> the_bot);

    void happened(core::Command command,
                  std::move_only_function<void(std::optional<Error>)> done) override;
    void post_echoed(const LetterId& post, const DeskMessageId& message, const DeskThreadId& thread,
                     std::string order) override;
    void destination_open(const Destination& destination) override;
    void desk_open() override;

    void list_threads(std::move_only_function<void(std::vector<desk::slack::ThreadCursor>)> done);
    void take_bot_turn(engine::BotTurn turn);
    void queue_changed();
    void keep_figures();

    const Config& config;
    FiguresBoard& figures;
    net::AsioLoop loop;
    OfficeSubmitter submitter;
    EngineLedger ledger;
    net::CurlClient http;
    desk::slack::SlackOffice slack;
    std::unique_ptr<bot::Bot> bot;
    courier::Courier courier;
    TimerId queue_timer = 0;
    bool started = false;  // main thread only
};

}  // namespace deskbell::app
