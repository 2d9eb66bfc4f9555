#include "desk/slack/slack_checks.hpp"

#include "desk/slack/channels.hpp"
#include "desk/slack/errors.hpp"
#include "desk/slack/manifest.hpp"
#include "desk/slack/pager.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

namespace deskbell::desk::slack {
namespace {

using Level = CheckRow::Level;

constexpr std::int64_t skew_warn_ms = 30'000;
constexpr std::int64_t skew_fail_ms = 300'000;  // past it no signature passes

struct Checks {
    Loop& loop;
    SlackClient& client;
    std::vector<Destination> destinations;
    std::function<void(std::vector<CheckRow>)> done;
    std::vector<CheckRow> rows;
    std::vector<json::object> channels;
    bool private_channels_only = false;
};

void add(Checks& checks, Level level, std::string name, std::string detail, std::string fix = {}) {
    checks.rows.push_back(CheckRow{level, std::move(name), std::move(detail), std::move(fix)});
}

void check_scopes(Checks& checks) {
    if (checks.client.scopes().empty())
        return add(checks, Level::warn, "slack scopes", "Slack did not say what is granted",
                   "Compare the app's scopes with `deskbell manifest`.");
    std::string missing;
    bool fatal = false;
    for (const std::string_view scope : bot_scopes()) {
        if (checks.client.has_scope(scope)) continue;
        missing += (missing.empty() ? "" : ", ") + std::string(scope);
        const auto& required = required_scopes();
        fatal |= std::find(required.begin(), required.end(), scope) != required.end();
    }
    if (missing.empty()) return add(checks, Level::ok, "slack scopes", "all granted");
    add(checks, fatal ? Level::fail : Level::warn, "slack scopes", "missing: " + missing,
        "Paste the manifest (`deskbell manifest`) into the app and install it again.");
}

void check_clock(Checks& checks) {
    const auto skew = checks.client.skew_ms();
    if (!skew) return add(checks, Level::warn, "clock", "Slack's answers carry no date");
    const std::int64_t away = std::abs(*skew);
    const std::string detail = std::to_string(away / 1000) + " s away from Slack's";
    const std::string fix =
        "Set this machine's clock (NTP): past 5 minutes Slack's events are refused.";
    if (away >= skew_fail_ms) return add(checks, Level::fail, "clock", detail, fix);
    if (away >= skew_warn_ms) return add(checks, Level::warn, "clock", detail, fix);
    add(checks, Level::ok, "clock", detail);
}

void check_channel(Checks& checks, const Destination& destination) {
    const std::string name = "channel " + destination.value;
    std::string_view wanted = parse_destination(destination.value).name;
    if (wanted.starts_with('#')) wanted.remove_prefix(1);
    const auto found = std::find_if(
        checks.channels.begin(), checks.channels.end(), [&](const json::object& channel) {
            return text_at(channel, "name") == wanted || text_at(channel, "id") == wanted;
        });
    if (found == checks.channels.end())
        return add(checks, Level::fail, name, "not found",
                   "Create it; a private one must invite the bot: /invite @Deskbell");
    const Objection objection = objection_to(*found, checks.private_channels_only);
    if (!objection.code.empty())
        return add(checks, Level::fail, name, objection.code, objection.fix);
    const bool is_private = find_bool(*found, "is_private").value_or(false);
    if (!find_bool(*found, "is_member").value_or(false)) {
        if (is_private || !checks.client.has_scope("channels:join"))
            return add(checks, Level::fail, name, "the bot is not a member",
                       "Invite it there: /invite @Deskbell");
        return add(checks, Level::ok, name, "the bot will join it by itself");
    }
    if (!is_private)
        return add(checks, Level::warn, name, "the bot is a member; the channel is public",
                   "Everybody in the workspace can read what customers write. Make it private if "
                   "they must not.");
    add(checks, Level::ok, name, "the bot is a member");
}

void finish(const std::shared_ptr<Checks>& checks) { checks->done(std::move(checks->rows)); }

void check_channels(const std::shared_ptr<Checks>& checks, bool with_private) {
    auto read = std::make_shared<PagedRead>();
    read->method = "conversations.list";
    read->items = "channels";
    read->fields = {{"types", with_private ? "public_channel,private_channel" : "public_channel"},
                    {"limit", "200"}};
    read->page = [checks](const json::array& items) {
        for (const json::value& value : items)
            if (const json::object* channel = value.if_object())
                checks->channels.push_back(*channel);
        return true;
    };
    read->done = [checks, with_private](const SlackReply& last) {
        if (last.error == "missing_scope" && with_private) {
            checks->channels.clear();
            return check_channels(checks, false);
        }
        if (last.ok()) {
            for (const Destination& destination : checks->destinations)
                check_channel(*checks, destination);
        } else {
            add(*checks, Level::fail, "slack channels", "could not be listed: " + last.error,
                "Grant channels:read, and try again.");
        }
        finish(checks);
    };
    read_pages(caller_of(checks->client), std::move(read));
}

}  // namespace

void run_slack_checks(Loop& loop, SlackClient& client, std::vector<Destination> destinations,
                      std::function<void(std::vector<CheckRow>)> done, bool private_channels_only) {
    auto checks = std::make_shared<Checks>(Checks{
        loop, client, std::move(destinations), std::move(done), {}, {}, private_channels_only});
    client.call("auth.test", {}, [checks](const SlackReply& reply) {
        if (!reply.ok()) {
            const bool refused = reply.kind == SlackReply::Kind::refused;
            add(*checks, Level::fail, "slack token",
                refused ? reply.error : "no answer from Slack: " + reply.detail,
                refused ? "Put the app's bot token (xoxb-…) into slack.bot_token."
                        : "Check slack.api_url and that this machine reaches it.");
            return finish(checks);
        }
        add(*checks, Level::ok, "slack token",
            "workspace " + std::string(text_at(reply.body, "team")) + " (" +
                std::string(text_at(reply.body, "team_id")) + ") as " +
                std::string(text_at(reply.body, "user")));
        if (text_at(reply.body, "bot_id").empty())
            add(*checks, Level::fail, "slack token kind", "this is a person's token, not the bot's",
                "Use the token that begins with xoxb-.");
        check_scopes(*checks);
        check_clock(*checks);
        check_channels(checks, true);
    });
}

}  // namespace deskbell::desk::slack
