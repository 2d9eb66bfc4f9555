#include "app/office_work.hpp"

#include "app/desk_policy.hpp"
#include "base/log.hpp"
#include "bot/faq_bot.hpp"
#include "bot/markdown_rich.hpp"
#include "bot/none_bot.hpp"
#include "core/rich.hpp"

#include <fstream>
#include <set>
#include <sstream>

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

// Where alerts go is found and joined like any other channel; people need no joining.
void add_places(std::set<Destination>& all, const std::vector<std::string>& places) {
    for (const std::string& place : places) {
        if (place.starts_with('#') || place.starts_with('C') || place.starts_with('G'))
            all.emplace(place);
    }
}

std::vector<Destination> destinations_of(const Config& config) {
    std::set<Destination> all;
    for (const core::Route& route : config.slack.routes) {
        all.insert(route.destinations.begin(), route.destinations.end());
        if (route.escalation) add_places(all, route.escalation->notify_to);
    }
    add_places(all, config.desk.escalation.notify_to);
    add_places(all, {config.slack.operator_place});
    return {all.begin(), all.end()};
}

std::vector<std::string> signing_secrets_of(const Config& config) {
    std::vector<std::string> secrets;
    if (!config.slack.signing_secret.empty())
        secrets.push_back(config.slack.signing_secret.reveal());
    if (!config.slack.signing_secret_previous.empty()) {
        secrets.push_back(config.slack.signing_secret_previous.reveal());
    }
    return secrets;
}

desk::slack::ReconcileOptions reconcile_options(const OfficeWork::Setup& setup) {
    desk::slack::ReconcileOptions options;
    options.due = setup.reconcile.due;
    options.since = setup.reconcile.since;
    options.untold = setup.reconcile.untold;
    options.forgotten = {setup.reconcile.forgotten.begin(), setup.reconcile.forgotten.end()};
    // As long as the courier waits and looks before it sends an unknown post again.
    const courier::Pace& pace = setup.config.slack.pace;
    options.quiet_ms = pace.quiet_ms + pace.second_look_ms;
    return options;
}

desk::slack::Habits habits_of(const DeskConfig& config) {
    desk::slack::Habits habits;
    habits.replies_are_marked = config.replies_are_marked;
    habits.receipts = config.receipts;
    habits.hints = config.hints;
    habits.claim_reactions = config.claim_reactions;
    habits.resolve_reactions = config.resolve_reactions;
    return habits;
}

// Of the one workspace this server is for.
const Installations::Token* installed(const std::optional<Installations>& installations) {
    if (!installations || installations->all().empty()) return nullptr;
    return &installations->all().begin()->second;
}

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

desk::slack::FetchOptions fetch_options(const OfficeWork::Setup& setup) {
    desk::slack::FetchOptions options;
    options.folder = setup.folder;
    options.disk = setup.disk;
    options.bytes_max = setup.config.files.bytes_max;
    options.types = setup.config.files.types;
    return options;
}

desk::slack::FrontOptions front_options(const Config& config) {
    desk::slack::FrontOptions options;
    for (const core::Route& route : config.slack.routes)
        options.routes.push_back(route.destinations);
    options.operator_place = config.slack.operator_place;
    options.presence_interval_ms = config.desk.presence_interval_ms;
    options.guests_may_answer = config.slack.guests_may_answer;
    options.day_began = [&config](WallMs now) { return day_began(config, now); };
    return options;
}

Result<std::unique_ptr<bot::Bot>> make_bot(const BotConfig& config) {
    if (config.kind == BotKind::none) return std::make_unique<bot::NoneBot>();
    std::ifstream stream(config.faq_file, std::ios::binary);
    if (!stream) {
        return fail("faq_unreadable", "bot.faq: cannot read " + config.faq_file +
                                          ". Name the Markdown file, or set bot.kind = \"none\".");
    }
    std::ostringstream content;
    content << stream.rdbuf();
    auto faq = bot::FaqBot::make(content.str(), {.name = config.name});
    if (!faq) return std::unexpected(faq.error());
    return std::unique_ptr<bot::Bot>(std::move(*faq));
}

}  // namespace

OfficeWork::OfficeWork(Setup setup, std::unique_ptr<bot::Bot> the_bot,
                       std::optional<Installations> installations)
    : loop_(setup.loop),
      figures_(setup.figures),
      submitter_(loop_, setup.engine),
      ledger_(submitter_),
      installations_(std::move(installations)),
      house_(loop_, setup.engine),
      slack_(loop_, setup.http, *this, setup.random,
             [this](auto done) {
                 const WallMs closed_after = loop_.clock().wall_ms() - closed_threads_ms;
                 list_threads(closed_after, threads_swept_max, std::move(done));
             },
             {.api_url = setup.config.slack.api_url,
              .bot_token = installed(installations_) ? installed(installations_)->token
                                                     : setup.config.slack.bot_token.reveal(),
              .signing_secrets = signing_secrets_of(setup.config),
              .destinations = destinations_of(setup.config),
              .expected_team =
                  installed(installations_) ? installed(installations_)->team : std::string(),
              .customer_names = true,
              .guests_may_answer = setup.config.slack.guests_may_answer,
              .private_channels_only = setup.config.slack.private_channels_only,
              .files = fetch_options(setup),
              .gap_repair_ms = setup.config.slack.gap_repair_ms,
              .reconcile = reconcile_options(setup),
              .habits = habits_of(setup.config.desk),
              .canned_file = setup.config.desk.canned_file,
              .rich_of =
                  [](const std::string& markdown) {
                      return core::to_json(bot::markdown_to_rich(markdown));
                  },
              .all_threads =
                  [this](WallMs closed_after, auto done) {
                      list_threads(closed_after, threads_reconciled_max, std::move(done));
                  },
              .reconciled = [this] { reconciling_ = false; },
              .front = front_options(setup.config)}),
      bot_(std::move(the_bot)),
      courier_(loop_, slack_.desk(), ledger_, setup.random, setup.config.slack.pace),
      reconciling_(setup.reconcile.due),
      files_keep_ms_(setup.config.files.keep_days * 24 * 3'600'000) {
    if (setup.config.slack.socket_mode && setup.sockets != nullptr) listen_over_sockets(setup);
    if (installations_) let_install(setup);
}

OfficeWork::~OfficeWork() {
    loop_.cancel(queue_timer_);
    loop_.cancel(figures_timer_);
    loop_.cancel(files_timer_);
}

Result<std::unique_ptr<OfficeWork>> OfficeWork::make(Setup setup) {
    auto bot = make_bot(setup.config.bot);
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
    slack_.front().home().changed();
}

void OfficeWork::read_away(std::move_only_function<void(std::vector<std::string>)> done) {
    house_.read_away(std::move(done));
}

void OfficeWork::keep_away(std::vector<std::string> agents) {
    house_.keep_away(std::move(agents));
    slack_.front().home().changed();
}

void OfficeWork::read_house(WallMs day_began_at,
                            std::move_only_function<void(std::optional<desk::House>)> done) {
    house_.read_house(day_began_at,
                      [this, done = std::move(done)](std::optional<desk::House> house) mutable {
                          if (house) {
                              const courier::Figures way = courier_.figures();
                              house->behind_ms = way.oldest_wait_ms;
                              house->parked = way.desk_parked ? way.desk_parked_why : "";
                              for (const auto& [destination, channel] : slack_.channels().all())
                                  house->destinations_parked += !channel.ready;
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
            if (kept) token_keeper_->watch(std::move(installation.grant));
            return kept;
        });
    token_keeper_ = std::make_unique<desk::slack::TokenKeeper>(
        loop_, setup.http, setup.random, app, [this](const desk::slack::Grant& grant) {
            const Installations::Token* token = installed(installations_);
            return keep({token->team, token->team_name, grant});
        });
    if (const Installations::Token* token = installed(installations_))
        token_keeper_->watch({token->token, token->refresh, token->expires_at});
}

// A conversation is of one workspace: who installs the app elsewhere does not take it over.
Result<void> OfficeWork::keep(const desk::slack::Installation& installation) {
    const Installations::Token* before = installed(installations_);
    if (before != nullptr && before->team != installation.team)
        return fail("other_workspace", "This server belongs to the workspace " + before->team_name +
                                           ", not to " + installation.team_name + ".");
    const desk::slack::Grant& grant = installation.grant;
    auto kept = installations_->put(
        {installation.team, installation.team_name, grant.token, grant.refresh, grant.expires_at});
    if (kept) slack_.use_token(grant.token);
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

void OfficeWork::take_bot_turn(engine::BotTurn turn) {
    bot::Question question{.session = turn.session,
                           .site = turn.site,
                           .locale = turn.locale,
                           .conversation = std::move(turn.conversation)};
    bot_->answer(std::move(question), [this, session = turn.session, message = turn.message,
                                       generation = turn.generation](bot::Answer answer) {
        core::BotAnswered answered;
        answered.session = session;
        answered.in_reply_to = message;
        answered.generation = generation;
        answered.name = answer.name;
        answered.rich_json = core::to_json(bot::markdown_to_rich(answer.text));
        answered.text = std::move(answer.text);
        answered.offers_human = answer.offers_human;
        submitter_.submit(std::move(answered), {});
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

// Many who come and go at once make one refresh.
void OfficeWork::queue_changed() {
    slack_.front().home().changed();
    if (queue_timer_ != 0) return;
    queue_timer_ = loop_.after(queue_refresh_delay_ms, [this] {
        queue_timer_ = 0;
        submitter_.submit(core::RefreshQueue{}, {});
    });
}

void OfficeWork::say_alert(core::Alert alert) {
    const core::AlertSettled settled{alert.session, alert.id};
    slack_.alerts().say(std::move(alert), [this, settled](bool is_settled) {
        if (is_settled) submitter_.submit(settled, {});
    });
}

void OfficeWork::keep_figures() {
    DeskFigures desk;
    desk.events_missed = slack_.events_missed();
    desk.trouble = slack_.trouble().code;
    desk.canary = slack_.workspace().last_canary;
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
        .bot_turn = [this](engine::BotTurn turn) { take_bot_turn(std::move(turn)); },
        .queue_changed = [this] { queue_changed(); },
        .file_due = [this](core::File file) { slack_.file_due(std::move(file)); },
        .alert = [this](core::Alert alert) { say_alert(std::move(alert)); },
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
