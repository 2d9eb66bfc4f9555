#include "app/office_work.hpp"

#include "app/bot_choice.hpp"
#include "app/office_options.hpp"
#include "base/log.hpp"
#include "bot/markdown_rich.hpp"
#include "core/rich.hpp"

#include <algorithm>

namespace deskbell::app {
namespace {

// How long a finished conversation still listens: a late answer of an agent reaches the customer.
constexpr std::int64_t closed_threads_ms = 7 * 24 * 3'600'000LL;
constexpr std::size_t threads_swept_max = 1'000;
constexpr std::size_t threads_reconciled_max = 50'000;
constexpr std::int64_t queue_refresh_delay_ms = 1'000;
constexpr std::int64_t figures_interval_ms = 1'000;
constexpr std::int64_t unsent_files_ms = 24 * 3'600'000LL;
constexpr std::int64_t files_expired_at_once = 100;
constexpr std::int64_t files_sweep_ms = 3'600'000;
constexpr std::int64_t files_more_ms = 5'000;

// Nothing, when the token is in the configuration.
Result<std::optional<Installations>> open_installations(const Config& config) {
    if (config.slack.client_id.empty()) return std::optional<Installations>();
    auto keys = Keyring::read(config.slack.encryption_key.reveal());
    if (!keys) return std::unexpected(keys.error());
    auto opened = Installations::open(Installations::file_beside(config.server.database_file),
                                      std::move(*keys));
    if (!opened) return std::unexpected(opened.error());
    return std::optional<Installations>(std::move(*opened));
}

}  // namespace

OfficeWork::OfficeWork(Setup setup, std::unique_ptr<bot::Bot> the_bot,
                       std::optional<Installations> installations)
    : config_(setup.config),
      loop_(setup.loop),
      figures_(setup.figures),
      submitter_(loop_, setup.engine),
      ledger_(submitter_),
      installations_(std::move(installations)),
      house_(loop_, setup.engine),
      slack_({.loop = loop_,
              .http = setup.http,
              .listener = *this,
              .random = setup.random,
              .lister =
                  [this](auto done) {
                      const WallMs closed_after = loop_.clock().wall_ms() - closed_threads_ms;
                      list_threads(closed_after, threads_swept_max, std::move(done));
                  },
              .all_threads =
                  [this](WallMs closed_after, auto done) {
                      list_threads(closed_after, threads_reconciled_max, std::move(done));
                  }},
             options_for(setup), has_first_workspace(setup.config)),
      bot_(std::move(the_bot)),
      bot_turns_(loop_, *bot_, submitter_, std::move(setup.tell_live)),
      typing_(loop_, house_,
              [this](const DeskThreadId& thread, const std::string& name, bool on) {
                  slack_.show_typing(thread, name, on);
              }),
      courier_(loop_, slack_.desk(), ledger_, setup.random, setup.config.slack.pace),
      reconciling_(setup.reconcile.due),
      files_keep_ms_(setup.config.files.keep_days * 24 * 3'600'000) {
    if (setup.config.slack.socket_mode && setup.sockets != nullptr) listen_over_sockets(setup);
    if (installations_) let_install(setup);
}

std::vector<desk::slack::OfficeOptions> OfficeWork::options_for(const Setup& setup) {
    auto options = office_options(setup, installations_);
    for (desk::slack::OfficeOptions& one : options)
        one.reconciled = [this] { reconciling_ = false; };
    return options;
}

OfficeWork::~OfficeWork() {
    loop_.cancel(queue_timer_);
    loop_.cancel(figures_timer_);
    loop_.cancel(files_timer_);
}

Result<std::unique_ptr<OfficeWork>> OfficeWork::make(Setup setup) {
    net::HttpClient& bot_http = setup.bot_http ? *setup.bot_http : setup.http;
    auto bot = make_bot(setup.config.bot, setup.loop, bot_http);
    if (!bot) return std::unexpected(bot.error());
    auto installations = open_installations(setup.config);
    if (!installations) return std::unexpected(installations.error());
    return std::make_unique<OfficeWork>(setup, std::move(*bot), std::move(*installations));
}

void OfficeWork::happened(core::Command command,
                          std::move_only_function<void(std::optional<Error>)> done) {
    submitter_.submit_or_refuse(
        std::move(command),
        [done = std::move(done)](engine::Reply reply) mutable { done(std::move(reply.refusal)); });
}

void OfficeWork::asked(core::Command command, std::move_only_function<void(desk::Heard)> done) {
    submitter_.submit_or_refuse(std::move(command),
                                [done = std::move(done)](engine::Reply reply) mutable {
                                    done({.refusal = std::move(reply.refusal),
                                          .replayed = reply.replayed,
                                          .remarks = std::move(reply.remarks),
                                          .session = std::move(reply.session)});
                                });
}

void OfficeWork::read_conversation(const DeskThreadId& thread,
                                   std::move_only_function<void(Result<desk::Conversation>)> done) {
    submitter_.submit_or_refuse(
        core::ReadConversation{thread}, [done = std::move(done)](engine::Reply reply) mutable {
            if (reply.refusal) return done(std::unexpected(std::move(*reply.refusal)));
            done(desk::Conversation{std::move(reply.session), std::move(reply.messages)});
        });
}

void OfficeWork::post_echoed(const LetterId& post, const DeskMessageId& message,
                             const DeskThreadId& thread, std::string order) {
    courier_.post_echoed(post, message, thread, order);
}

void OfficeWork::agents_online(std::int64_t count) {
    submitter_.submit(core::AgentsOnline{count}, {});
    slack_.homes_changed();
}

void OfficeWork::read_away(std::move_only_function<void(std::vector<std::string>)> done) {
    house_.read_away(std::move(done));
}

void OfficeWork::keep_away(std::vector<std::string> agents) {
    house_.keep_away(std::move(agents));
    slack_.homes_changed();
}

void OfficeWork::read_house(WallMs day_began_at,
                            std::move_only_function<void(std::optional<desk::House>)> done) {
    house_.read_house(day_began_at,
                      [this, done = std::move(done)](std::optional<desk::House> house) mutable {
                          if (house) {
                              const courier::Figures way = courier_.figures();
                              house->behind_ms = way.oldest_wait_ms;
                              house->parked = way.desk_parked ? way.desk_parked_why : "";
                              house->destinations_parked = slack_.destinations_parked();
                          }
                          done(std::move(house));
                      });
}

void OfficeWork::search(
    std::string text, std::move_only_function<void(std::optional<std::vector<desk::Found>>)> done) {
    house_.search(std::move(text), std::move(done));
}

void OfficeWork::destination_open(const Destination& destination) {
    courier_.destination_open(destination);
}

// Events are understood once we know who we are: only now may they come.
void OfficeWork::desk_open() {
    courier_.desk_open();
    if (socket_mode_ && !std::exchange(sockets_started_, true)) socket_mode_->start();
}

void OfficeWork::listen_over_sockets(const Setup& setup) {
    const SlackConfig& slack = setup.config.slack;
    socket_mode_ = std::make_unique<desk::slack::SocketMode>(
        loop_, setup.http, *setup.sockets, setup.random,
        desk::slack::SocketOptions{
            .api_url = slack.api_url,
            .app_token = slack.app_token.reveal(),
            .connections = static_cast<std::size_t>(slack.socket_connections)},
        [this](desk::slack::SocketEnvelope envelope, desk::slack::SocketMode::Answer answer) {
            slack_.take(std::move(envelope), std::move(answer));
        });
    socket_mode_->on_gap([this](const std::string& why) { slack_.sweep(why); });
    slack_.on_missed([this](SteadyMs at) { socket_mode_->suspect(at); });
}

void OfficeWork::let_install(const Setup& setup) {
    const SlackConfig& slack = setup.config.slack;
    const desk::slack::AppCredentials app{.api_url = slack.api_url,
                                          .client_id = slack.client_id,
                                          .client_secret = slack.client_secret.reveal()};
    installer_ = std::make_unique<desk::slack::Installer>(
        loop_, setup.http, setup.random, app, setup.config.server.public_url,
        [this](desk::slack::Installation installation) -> Result<void> {
            auto kept = keep(installation);
            if (kept) keeper_of(installation).watch(std::move(installation.grant));
            return kept;
        });
    make_keeper_ = [this, app, &http = setup.http, &random = setup.random](
                       const std::string& team, const std::string& name) {
        return std::make_unique<desk::slack::TokenKeeper>(
            loop_, http, random, app, [this, team, name](const desk::slack::Grant& grant) {
                return keep({team, name, grant});
            });
    };
    for (const auto& [team, token] : installations_->all())
        keeper_of({team, token.team_name, {}})
            .watch({token.token, token.refresh, token.expires_at});
}

desk::slack::TokenKeeper& OfficeWork::keeper_of(const desk::slack::Installation& installation) {
    auto& keeper = token_keepers_[installation.team];
    if (!keeper) keeper = make_keeper_(installation.team, installation.team_name);
    return *keeper;
}

// A conversation is of one workspace: who installs the app in another that no route names does not
// take it over.
Result<void> OfficeWork::keep(const desk::slack::Installation& installation) {
    const Installations::Token* first = first_installed(config_, *installations_);
    const bool is_named = std::ranges::find(config_.slack.workspaces, installation.team,
                                            &WorkspaceConfig::id) != config_.slack.workspaces.end();
    const bool is_free = first == nullptr && has_first_workspace(config_);
    if (!is_named && !is_free && (first == nullptr || first->team != installation.team)) {
        std::string belongs = "This server's routes name other workspaces";
        if (first != nullptr) belongs = "This server belongs to the workspace " + first->team_name;
        return fail("other_workspace",
                    belongs + ", not to " + installation.team_name +
                        ". To add it, give it a [[slack.workspace]] with the id " +
                        installation.team + ", and a route.");
    }
    const desk::slack::Grant& grant = installation.grant;
    auto kept = installations_->put(
        {installation.team, installation.team_name, grant.token, grant.refresh, grant.expires_at});
    if (kept) slack_.use_token(installation.team, grant.token);
    return kept;
}

// Slack is listened to until the last post has come to its end: echoes are proof.
void OfficeWork::finish(std::int64_t deadline_ms, std::function<void()> done) {
    courier_.stop(deadline_ms, [this, done = std::move(done)] {
        if (socket_mode_) socket_mode_->stop();
        done();
    });
}

void OfficeWork::list_threads(
    WallMs closed_after, std::size_t limit,
    std::move_only_function<void(std::vector<desk::slack::ThreadCursor>)> done) {
    const core::ReadThreads read{.closed_after = closed_after, .limit = limit};
    submitter_.submit(read, [done = std::move(done)](engine::Reply reply) mutable {
        std::vector<desk::slack::ThreadCursor> threads;
        threads.reserve(reply.threads.size());
        for (engine::ThreadCursor& cursor : reply.threads) {
            threads.push_back({std::move(cursor.thread), std::move(cursor.cursor), cursor.active,
                               cursor.lost, std::move(cursor.session)});
        }
        done(std::move(threads));
    });
}

void OfficeWork::read_replies(const DeskThreadId& thread, std::string from,
                              std::move_only_function<void(std::vector<core::KnownReply>)> done) {
    submitter_.submit(
        core::ReadReplies{thread, std::move(from)},
        [done = std::move(done)](engine::Reply reply) mutable { done(std::move(reply.replies)); });
}

void OfficeWork::read_destinations(
    std::move_only_function<void(std::map<Destination, std::string>)> done) {
    submitter_.submit(core::ReadDestinations{},
                      [done = std::move(done)](engine::Reply reply) mutable {
                          done(std::move(reply.destinations));
                      });
}

void OfficeWork::destination_found(const Destination& destination, std::string place) {
    submitter_.submit(core::DestinationFound{destination, std::move(place)}, {});
}

void OfficeWork::read_erasures(std::move_only_function<void(std::vector<core::Erasure>)> done) {
    submitter_.submit(core::ReadErasures{}, [done = std::move(done)](engine::Reply reply) mutable {
        done(std::move(reply.erasures));
    });
}

// Many who come and go at once make one refresh.
void OfficeWork::queue_changed() {
    slack_.homes_changed();
    if (queue_timer_ != 0) return;
    queue_timer_ = loop_.after(queue_refresh_delay_ms, [this] {
        queue_timer_ = 0;
        submitter_.submit(core::RefreshQueue{}, {});
    });
}

void OfficeWork::say_alert(core::Alert alert) {
    const core::AlertSettled settled{alert.session, alert.id};
    slack_.say_alert(std::move(alert), [this, settled](bool is_settled) {
        if (is_settled) submitter_.submit(settled, {});
    });
}

void OfficeWork::keep_figures() {
    DeskFigures desk;
    desk.events_missed = slack_.events_missed();
    desk.trouble = slack_.trouble().code;
    desk.canary = slack_.last_canary();
    if (socket_mode_) {
        desk.sockets = socket_mode_->figures();
        desk.sockets_trouble = socket_mode_->trouble().code;
    }
    figures_.put(courier_.figures(), desk);
    figures_timer_ = loop_.after(figures_interval_ms, [this] { keep_figures(); });
}

// Files past their time, and those that were uploaded and never sent; some at a time.
void OfficeWork::expire_files() {
    const WallMs now = loop_.clock().wall_ms();
    const core::ReadOldFiles old{.before = files_keep_ms_ > 0 ? now - files_keep_ms_ : 0,
                                 .unsent_before = now - unsent_files_ms,
                                 .limit = files_expired_at_once};
    submitter_.submit(old, [this](const engine::Reply& reply) {
        for (const core::File& file : reply.files)
            submitter_.submit(core::FileExpired{file.id}, {});
        const bool more = static_cast<std::int64_t>(reply.files.size()) == files_expired_at_once;
        files_timer_ =
            loop_.after(more ? files_more_ms : files_sweep_ms, [this] { expire_files(); });
    });
}

// Where there are several workspaces, the conversation says which of them has the file.
void OfficeWork::file_due(core::File file) {
    if (slack_.is_one()) return slack_.file_due({}, std::move(file));
    house_.read_place(file.session,
                      [this, file](const std::optional<HouseReader::ThreadPlace>& place) {
                          slack_.file_due(place ? place->thread : DeskThreadId(), file);
                      });
}

void OfficeWork::customer_types(const SessionId& session, bool on) {
    if (config_.desk.typing) typing_.typed(session, on);
}

EffectsHub::OfficeDoor OfficeWork::door() {
    return {
        .loop = &loop_,
        // While reconciling, lanes stay where they are; the engine hands all of them out at its
        // end.
        .lane_ready =
            [this](core::LaneNews news) {
                if (!reconciling_) courier_.lane_ready(std::move(news));
            },
        .card_changed =
            [this](const SessionId& session) {
                if (!reconciling_) courier_.card_changed(session);
            },
        .bot_turn = [this](engine::BotTurn turn) { bot_turns_.take(std::move(turn)); },
        .bot_turn_over = [this](const SessionId& session) { bot_turns_.over(session); },
        .queue_changed = [this] { queue_changed(); },
        .file_due = [this](core::File file) { file_due(std::move(file)); },
        .alert = [this](core::Alert alert) { say_alert(std::move(alert)); },
        .forgotten = [this] { slack_.erase(); },
    };
}

void OfficeWork::start() {
    slack_.start();
    keep_figures();
    expire_files();
}

void OfficeWork::receive(net::HttpRequest request,
                         std::move_only_function<void(net::HttpResponse)> answer) {
    const bool installs =
        request.path == "/slack/install" || request.path == "/slack/oauth/callback";
    if (!installs) return slack_.receive(std::move(request), std::move(answer));
    if (installer_) return installer_->receive(request, std::move(answer));
    answer({.status = 404,
            .headers = {{"content-type", "application/problem+json"}},
            .body = R"({"type":"about:blank","title":"Not Found","status":404,"code":)"
                    R"("not_found","detail":"This server's token is in its configuration."})"});
}

}  // namespace deskbell::app
