#pragma once
// What the office does, whichever loop and network it is given: the desk, the courier and the bot,
// and the wires between them and the engine.
//
// Who makes it: Office, on a thread of its own with libcurl; a simulation, on a loop it turns by
// hand. Threading: everything on `loop`. What it never does: start a thread, open a socket.

#include "app/bot_turns.hpp"
#include "app/config.hpp"
#include "app/engine_glue.hpp"
#include "app/house_reader.hpp"
#include "app/installations.hpp"
#include "app/metrics.hpp"
#include "app/typing_relay.hpp"
#include "app/workspaces.hpp"
#include "base/result.hpp"
#include "bot/bot.hpp"
#include "courier/courier.hpp"
#include "desk/slack/installer.hpp"
#include "desk/slack/slack_office.hpp"
#include "desk/slack/socket_mode.hpp"
#include "desk/slack/token_keeper.hpp"
#include "engine/reconcile.hpp"
#include "net/http_client.hpp"
#include "net/websocket_client.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace deskbell::app {

class OfficeWork final : public desk::DeskListener {
public:
    struct Setup {
        const Config& config;
        Loop& loop;
        net::HttpClient& http;
        Random& random;
        engine::Intake& engine;
        FiguresBoard& figures;
        // What engine::prepare_reconcile said; the default: nothing is due. See
        // engine/reconcile.hpp.
        engine::ReconcilePlan reconcile{};
        net::WebSocketClient* sockets = nullptr;  // for Socket Mode
        // Where files are kept; none: no file passes.
        const files::FileFolder* folder = nullptr;
        files::DiskThread* disk = nullptr;
        // A frame for whoever listens to the session, in no log. May be empty.
        std::function<void(const SessionId&, std::string frame)> tell_live{};
        net::HttpClient* bot_http = nullptr;  // for a bot behind HTTP; none: `http`
    };
    // `installations`: when the app is installed by a browser.
    OfficeWork(Setup setup, std::unique_ptr<bot::Bot> the_bot,
               std::optional<Installations> installations = std::nullopt);
    ~OfficeWork() override;
    // With the bot that the configuration names: `faq_unreadable`, `faq_empty`. Nothing runs yet.
    [[nodiscard]] static Result<std::unique_ptr<OfficeWork>> make(Setup setup);

    // What the engine's effects reach; handed out before the engine starts.
    [[nodiscard]] EffectsHub::OfficeDoor door();
    void start();
    // A request of Slack's, or of a browser that installs the app; the answer comes later, here.
    void receive(net::HttpRequest request, std::move_only_function<void(net::HttpResponse)> answer);
    // The store is older than the world, and what the world knows is still being read: until then
    // nothing is sent. From any thread.
    [[nodiscard]] bool reconciling() const { return reconciling_; }
    // A sign from a customer's widget; shown in the thread where Slack allows it.
    void customer_types(const SessionId& session, bool on);
    // See Courier::stop.
    void finish(std::int64_t deadline_ms, std::function<void()> done);

    void happened(core::Command command,
                  std::move_only_function<void(std::optional<Error>)> done) override;
    void asked(core::Command command, std::move_only_function<void(desk::Heard)> done) override;
    void read_conversation(const DeskThreadId& thread,
                           std::move_only_function<void(Result<desk::Conversation>)> done) override;
    void post_echoed(const LetterId& post, const DeskMessageId& message, const DeskThreadId& thread,
                     std::string order) override;
    void read_replies(const DeskThreadId& thread, std::string from,
                      std::move_only_function<void(std::vector<core::KnownReply>)> done) override;
    void read_destinations(
        std::move_only_function<void(std::map<Destination, std::string>)> done) override;
    void destination_found(const Destination& destination, std::string place) override;
    void agents_online(std::int64_t count) override;
    void read_away(std::move_only_function<void(std::vector<std::string>)> done) override;
    void keep_away(std::vector<std::string> agents) override;
    void read_house(WallMs day_began_at,
                    std::move_only_function<void(std::optional<desk::House>)> done) override;
    void search(
        std::string text,
        std::move_only_function<void(std::optional<std::vector<desk::Found>>)> done) override;
    void read_erasures(std::move_only_function<void(std::vector<core::Erasure>)> done) override;
    void destination_open(const Destination& destination) override;
    void desk_open() override;

private:
    void list_threads(WallMs closed_after, std::size_t limit,
                      std::move_only_function<void(std::vector<desk::slack::ThreadCursor>)> done);
    void listen_over_sockets(const Setup& setup);
    void let_install(const Setup& setup);
    [[nodiscard]] Result<void> keep(const desk::slack::Installation& installation);
    [[nodiscard]] desk::slack::TokenKeeper& keeper_of(
        const desk::slack::Installation& installation);
    [[nodiscard]] std::vector<desk::slack::OfficeOptions> options_for(const Setup& setup);
    void file_due(core::File file);
    void queue_changed();
    void say_alert(core::Alert alert);
    void keep_figures();
    void expire_files();

    // In the order they need each other; they go in reverse.
    const Config& config_;
    Loop& loop_;
    FiguresBoard& figures_;
    OfficeSubmitter submitter_;
    EngineLedger ledger_;
    std::optional<Installations> installations_;
    HouseReader house_;
    Workspaces slack_;
    std::unique_ptr<bot::Bot> bot_;
    BotTurns bot_turns_;
    TypingRelay typing_;
    courier::Courier courier_;
    std::unique_ptr<desk::slack::SocketMode> socket_mode_;  // null: Slack comes to us by HTTP
    bool sockets_started_ = false;
    std::map<std::string, std::unique_ptr<desk::slack::TokenKeeper>> token_keepers_;  // by team
    std::function<std::unique_ptr<desk::slack::TokenKeeper>(const std::string& team,
                                                            const std::string& name)>
        make_keeper_;
    std::unique_ptr<desk::slack::Installer> installer_;  // null: the token is in the configuration
    std::atomic<bool> reconciling_;
    TimerId queue_timer_ = 0;
    TimerId figures_timer_ = 0;
    TimerId files_timer_ = 0;
    const std::int64_t files_keep_ms_;  // 0: for ever
};

}  // namespace deskbell::app
