// `deskbell doctor`: one line a check, ok/warn/fail and the fix.

#include "app/admin_command.hpp"
#include "app/bot_choice.hpp"
#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/doctor.hpp"
#include "app/installations.hpp"
#include "app/process.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "desk/slack/slack_checks.hpp"
#include "net/asio_loop.hpp"
#include "net/curl_client.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <future>
#include <memory>

namespace deskbell::app {
namespace {

using desk::slack::CheckRow;
using Level = CheckRow::Level;
using Rows = std::vector<CheckRow>;

constexpr std::chrono::seconds patience{60};

void check_config(const Config& config, Rows& rows) {
    rows.push_back({Level::ok, "configuration", "every key was understood", ""});
    const auto missing = [&](const std::string& key, const std::string& fix) {
        rows.push_back({Level::fail, key, "is missing", fix});
    };
    if (config.slack.socket_mode && config.slack.app_token.empty())
        missing("slack.app_token", "make an app-level token with connections:write (xapp-…)");
    if (!config.slack.socket_mode && config.slack.signing_secret.empty()) {
        missing("slack.signing_secret", "copy it from the app's Basic Information page");
    }
    if (has_first_workspace(config) && config.slack.bot_token.empty() &&
        config.slack.client_id.empty()) {
        missing("slack.bot_token", "install the app to the workspace and copy the xoxb- token");
    }
    for (const SiteConfig& site : config.sites) {
        if (site.origins.empty() && !config.server.demo_page) {
            missing("site \"" + site.id + "\" origins",
                    "name the exact origins that may embed the widget");
        }
    }
}

// The token of a workspace that let the app in by a browser.
void use_installation(Config& config, Rows& rows) {
    if (config.slack.client_id.empty()) return;
    const std::string fix = "open " + config.server.public_url + "/slack/install in a browser";
    auto keys = Keyring::read(config.slack.encryption_key.reveal());
    if (!keys) return;  // the configuration was read already
    const auto opened = Installations::open(Installations::file_beside(config.server.database_file),
                                            std::move(*keys), /*renews=*/false);
    if (!opened)
        return rows.push_back({Level::fail, "installation", opened.error().detail,
                               "give the keys it was sealed with, or install again"});
    for (WorkspaceConfig& workspace : config.slack.workspaces) {
        const auto token = opened->all().find(workspace.id);
        if (workspace.bot_token.empty() && token != opened->all().end())
            workspace.bot_token = Secret(token->second.token);
    }
    if (!has_first_workspace(config)) return;
    const Installations::Token* token = first_installed(config, *opened);
    if (token == nullptr)
        return rows.push_back(
            {Level::fail, "installation", "no workspace has let the app in yet", fix});
    config.slack.bot_token = Secret(token->token);
    rows.push_back({Level::ok, "installation", token->team_name + " (" + token->team + ")", ""});
}

// What the running server, or else the database, knows of reconciling and of backups.
void check_house(const Config& config, Rows& rows) {
    constexpr std::int64_t backup_age_ms_max = 48LL * 3'600'000;
    json::object house;
    const auto asked = ask_admin(config, {{"command", "status"}}, [&](const std::string& line) {
        if (auto answer = parse_json_object(line)) house = std::move(*answer);
        return true;
    });
    if (!asked) {
        rows.push_back({Level::warn, "admin door", asked.error().detail,
                        "run this as the server's user; backups of a running server need it"});
        return;
    }
    if (find_bool(house, "reconciling").value_or(false)) {
        rows.push_back({Level::warn, "reconciling",
                        "a backup was restored: Slack is read before anything is sent",
                        "it ends by itself; the log says how far it is"});
    }
    const std::string text = string_or_empty(house, "last_backup_at");
    std::int64_t at = 0;
    std::from_chars(text.data(), text.data() + text.size(), at);
    const std::string fix = "run `deskbell backup DIR --keep 14` every hour or so";
    if (at == 0) {
        rows.push_back({Level::warn, "backup", "none was made with `deskbell backup`", fix});
    } else if (SystemClock().wall_ms() - at > backup_age_ms_max) {
        rows.push_back({Level::warn, "backup", "the last one is of " + to_rfc3339(at), fix});
    } else {
        rows.push_back({Level::ok, "backup", "the last one is of " + to_rfc3339(at), ""});
    }
}

void check_disk(const Config& config, Rows& rows) {
    const store::DiskRoom room = store::disk_room(config.server.database_file);
    if (room.free_bytes < 0) return;  // no such folder: the database's row says it
    constexpr std::int64_t megabyte = 1 << 20;
    const std::string free = std::to_string(room.free_bytes / megabyte) + " MiB free";
    const std::string fix = "make room on the database's disk; the server goes on by itself";
    if (room.is_short()) {
        rows.push_back({Level::fail, "disk", "is full (" + free + "): customers are refused", fix});
    } else if (room.free_bytes < 4 * std::max(config.server.ballast_bytes, 64 * megabyte)) {
        rows.push_back({Level::warn, "disk", free, fix});
    } else {
        rows.push_back({Level::ok, "disk", free, ""});
    }
}

void check_database(const Config& config, Rows& rows) {
    const std::string& path = config.server.database_file;
    auto store = store::open_sqlite_store({.path = path});
    if (store) {
        rows.push_back({Level::ok, "database", path + " can be opened and written", ""});
        store->reset();  // the house is asked next, and may want to open it
        check_house(config, rows);
    } else if (store.error().code == "store_locked") {
        rows.push_back({Level::ok, "database", path + " is in use by a running server", ""});
        check_house(config, rows);
    } else {
        rows.push_back(
            {Level::fail, "database", store.error().detail, "check path, owner and free space"});
    }
}

// Runs `begin` on the loop and waits for the rows it brings.
Rows wait_for_rows(net::AsioLoop& loop, std::function<void(std::function<void(Rows)>)> begin) {
    const auto promise = std::make_shared<std::promise<Rows>>();
    auto future = promise->get_future();
    loop.post([begin = std::move(begin), promise] {
        begin([promise](Rows rows) { promise->set_value(std::move(rows)); });
    });
    if (future.wait_for(patience) == std::future_status::ready) return future.get();
    return {
        {Level::fail, "slack", "no answer within a minute", "check the network and slack.api_url"}};
}

void check_public_url(const Config& config, net::AsioLoop& loop, net::CurlClient& http,
                      Rows& rows) {
    if (config.server.public_url.empty()) {
        rows.push_back({Level::warn, "public URL", "server.public_url is not set",
                        config.slack.socket_mode
                            ? "set it: links in Slack and to files are made with it"
                            : "set it: Slack sends events there and the manifest needs it"});
        return;
    }
    const std::string url = config.server.public_url + "/healthz";
    const Rows found = wait_for_rows(loop, [&](std::function<void(Rows)> done) {
        http.send(
            {.method = "GET", .url = url, .headers = {}, .body = ""},
            [done = std::move(done), url](net::ClientAnswer answer) {
                if (answer.kind == net::ClientAnswer::Kind::answered && answer.status == 200) {
                    return done({{Level::ok, "public URL", url + " answers", ""}});
                }
                const std::string why = answer.kind == net::ClientAnswer::Kind::answered
                                            ? "answered " + std::to_string(answer.status)
                                            : answer.detail;
                done({{Level::warn, "public URL", url + ": " + why,
                       "start the server and let your proxy pass /healthz, /v1/ and /slack/"}});
            });
    });
    rows.insert(rows.end(), found.begin(), found.end());
}

// Not a question: that would cost, and be answered.
void check_bot_endpoint(const Config& config, net::AsioLoop& loop, net::CurlClient& http,
                        Rows& rows) {
    const auto dialect = dialect_of(config.bot);
    if (!dialect) return;
    net::ClientRequest request = dialect->check_request(SystemClock().wall_ms());
    request.timeout_ms = std::min<std::int64_t>(config.bot.timeout_s * 1'000, 10'000);
    const Rows found = wait_for_rows(loop, [&](std::function<void(Rows)> done) {
        http.send(request, [done = std::move(done),
                            url = config.bot.url](const net::ClientAnswer& answer) {
            const bool answered = answer.kind == net::ClientAnswer::Kind::answered;
            if (answered && answer.status == 200)
                return done({{Level::ok, "bot", url + " answers", ""}});
            const std::string why =
                answered ? "answered " + std::to_string(answer.status) : answer.detail;
            done({{Level::fail, "bot", url + ": " + why,
                   "check bot.url and bot.key; until then customers are offered a human"}});
        });
    });
    rows.insert(rows.end(), found.begin(), found.end());
}

void check_slack(const Config& config, net::AsioLoop& loop, net::CurlClient& http, Rows& rows) {
    if (config.slack.bot_token.empty()) return;
    std::vector<Destination> destinations;
    for (const core::Route& route : config.slack.routes) {
        destinations.insert(destinations.end(), route.destinations.begin(),
                            route.destinations.end());
    }
    std::unique_ptr<desk::slack::SlackClient> client;  // lives and dies on the loop
    const Rows found = wait_for_rows(loop, [&](std::function<void(Rows)> done) {
        client = std::make_unique<desk::slack::SlackClient>(
            loop, http,
            desk::slack::SlackClient::Options{.api_url = config.slack.api_url,
                                              .bot_token = config.slack.bot_token.reveal()});
        desk::slack::run_slack_checks(loop, *client, destinations, std::move(done),
                                      config.slack.private_channels_only);
    });
    std::promise<void> gone;
    loop.post([&] {
        client.reset();
        gone.set_value();
    });
    gone.get_future().wait();
    rows.insert(rows.end(), found.begin(), found.end());
}

// One more workspace, its rows under its name.
void check_workspace(const Config& config, const std::string& team, net::AsioLoop& loop,
                     net::CurlClient& http, Rows& rows) {
    Rows found;
    if (config.slack.bot_token.empty())
        found.push_back({Level::fail, "installation", "the app is not installed there",
                         "open " + config.server.public_url + "/slack/install in a browser"});
    check_slack(config, loop, http, found);
    for (CheckRow& row : found) {
        row.name = team + " " + row.name;
        rows.push_back(std::move(row));
    }
}

// Only where the token and a channel are good: the rows before say why when they are not.
void check_by_doing(const Config& config, const DoctorOptions& options, net::AsioLoop& loop,
                    net::CurlClient& http, Rows& rows) {
    const bool is_ill = std::ranges::any_of(rows, [](const CheckRow& row) {
        return row.level == Level::fail &&
               (row.name.starts_with("slack") || row.name.starts_with("channel"));
    });
    if (is_ill || config.slack.bot_token.empty()) return;
    SlackLine slack(loop, http,
                    {.api_url = config.slack.api_url,
                     .bot_token = config.slack.bot_token.reveal(),
                     .timeout_ms = 10'000});
    check_events(config, slack, rows);
    if (!options.live) return;
    if (options.channel.empty()) {
        rows.push_back({Level::fail, "live checks", "no scratch channel was named",
                        "run it with --channel '#deskbell-scratch', where the bot is a member"});
        return;
    }
    check_live(config, options.channel, slack, rows);
}

int print_rows(const Rows& rows) {
    constexpr const char* words[] = {"ok  ", "warn", "fail"};
    bool failed = false;
    for (const CheckRow& row : rows) {
        failed = failed || row.level == Level::fail;
        std::printf("%s %s: %s%s%s\n", words[static_cast<int>(row.level)], row.name.c_str(),
                    row.detail.c_str(), row.fix.empty() ? "" : " — ", row.fix.c_str());
    }
    return failed ? exit_failed : exit_done;
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
    auto config = load_config(options.config_file, process_environment());
    if (!config) {
        print_errors(config.error());
        return exit_usage;
    }
    set_up_log({.level = "error", .format = "text"});
    Rows rows;
    check_config(*config, rows);
    use_installation(*config, rows);
    check_database(*config, rows);
    check_disk(*config, rows);
    SystemClock clock;
    net::AsioLoop loop("doctor", clock);
    net::CurlClient http(loop, {});
    loop.start();
    if (has_first_workspace(*config)) check_slack(*config, loop, http, rows);
    for (const WorkspaceConfig& workspace : config->slack.workspaces)
        check_workspace(only_workspace(*config, workspace), workspace.id, loop, http, rows);
    if (config->slack.socket_mode && !config->slack.app_token.empty())
        check_sockets(*config, loop, http, rows);
    check_public_url(*config, loop, http, rows);
    check_bot_endpoint(*config, loop, http, rows);
    check_by_doing(*config, options, loop, http, rows);
    loop.stop_and_join();
    return print_rows(rows);
}

}  // namespace deskbell::app
