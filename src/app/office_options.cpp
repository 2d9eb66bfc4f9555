#include "app/office_options.hpp"

#include "app/desk_policy.hpp"
#include "bot/markdown_rich.hpp"
#include "core/rich.hpp"

#include <algorithm>

namespace deskbell::app {
namespace {

std::vector<std::string> signing_secrets_of(const SlackConfig& slack) {
    std::vector<std::string> secrets;
    if (!slack.signing_secret.empty()) secrets.push_back(slack.signing_secret.reveal());
    if (!slack.signing_secret_previous.empty())
        secrets.push_back(slack.signing_secret_previous.reveal());
    return secrets;
}

// Which of the threads are that workspace's to tell.
std::vector<DeskThreadId> threads_in(const Config& config, std::string_view team,
                                     std::vector<DeskThreadId> threads) {
    std::erase_if(threads, [&](const DeskThreadId& thread) {
        const auto place = desk::slack::parse_thread(thread);
        const std::string of = place ? place->team : std::string();
        if (!team.empty()) return of != team;
        return std::ranges::find(config.slack.workspaces, of, &WorkspaceConfig::id) !=
               config.slack.workspaces.end();
    });
    return threads;
}

desk::slack::ReconcileOptions reconcile_options(const OfficeWork::Setup& setup,
                                                std::string_view team) {
    desk::slack::ReconcileOptions options;
    options.due = setup.reconcile.due;
    options.since = setup.reconcile.since;
    options.untold = threads_in(setup.config, team, setup.reconcile.untold);
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

desk::slack::FetchOptions fetch_options(const OfficeWork::Setup& setup) {
    desk::slack::FetchOptions options;
    options.folder = setup.folder;
    options.disk = setup.disk;
    options.bytes_max = setup.config.files.bytes_max;
    options.types = setup.config.files.types;
    return options;
}

desk::slack::FrontOptions front_options(const Config& config, std::string_view team) {
    desk::slack::FrontOptions options;
    for (const core::Route& route : config.slack.routes) {
        std::vector<Destination> here = route.destinations;
        std::erase_if(here, [team](const Destination& destination) {
            return desk::slack::parse_destination(destination.value).team != team;
        });
        if (!here.empty()) options.routes.push_back(std::move(here));
    }
    if (desk::slack::parse_destination(config.slack.operator_place).team == team)
        options.operator_place = config.slack.operator_place;
    options.presence_interval_ms = config.desk.presence_interval_ms;
    options.guests_may_answer = config.slack.guests_may_answer;
    options.day_began = [&config](WallMs now) { return day_began(config, now); };
    return options;
}

// What all of them have in common; tokens and places are each one's own.
desk::slack::OfficeOptions options_in(const OfficeWork::Setup& setup, std::string_view team) {
    const Config& config = setup.config;
    const std::set<Destination> places = destinations_in(config, team);
    desk::slack::OfficeOptions options;
    options.api_url = config.slack.api_url;
    options.signing_secrets = signing_secrets_of(config.slack);
    options.destinations = {places.begin(), places.end()};
    options.expected_team = team;
    options.guests_may_answer = config.slack.guests_may_answer;
    options.private_channels_only = config.slack.private_channels_only;
    options.files = fetch_options(setup);
    options.gap_repair_ms = config.slack.gap_repair_ms;
    options.reconcile = reconcile_options(setup, team);
    options.habits = habits_of(config.desk);
    options.canned_file = config.desk.canned_file;
    options.rich_of = [](const std::string& markdown) {
        return core::to_json(bot::markdown_to_rich(markdown));
    };
    options.front = front_options(config, team);
    return options;
}

}  // namespace

std::vector<desk::slack::OfficeOptions> office_options(
    const OfficeWork::Setup& setup, const std::optional<Installations>& installations) {
    std::vector<desk::slack::OfficeOptions> all;
    const SlackConfig& slack = setup.config.slack;
    if (has_first_workspace(setup.config)) {
        all.push_back(options_in(setup, ""));
        all.back().bot_token = slack.bot_token.reveal();
        const Installations::Token* token =
            installations ? first_installed(setup.config, *installations) : nullptr;
        if (token != nullptr) {
            all.back().bot_token = token->token;
            all.back().expected_team = token->team;
        }
    }
    for (const WorkspaceConfig& workspace : slack.workspaces) {
        desk::slack::OfficeOptions options = options_in(setup, workspace.id);
        if (!workspace.api_url.empty()) options.api_url = workspace.api_url;
        if (!workspace.signing_secret.empty())
            options.signing_secrets = {workspace.signing_secret.reveal()};
        options.bot_token = workspace.bot_token.reveal();
        if (installations && options.bot_token.empty()) {
            const auto token = installations->all().find(workspace.id);
            if (token != installations->all().end()) options.bot_token = token->second.token;
        }
        all.push_back(std::move(options));
    }
    return all;
}

}  // namespace deskbell::app
