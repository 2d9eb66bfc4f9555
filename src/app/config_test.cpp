#include "app/config.hpp"

#include <cstdio>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

namespace deskbell::app {
namespace {

Environment variables(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
    };
}

std::string errors_of(std::string_view text, std::map<std::string, std::string> environment = {}) {
    const auto config = parse_config(text, "deskbell.toml", variables(std::move(environment)));
    std::string lines;
    if (!config) {
        for (const std::string& line : config.error().lines) lines += line + "\n";
    }
    return lines;
}

TEST(Config, the_example_of_the_contract_is_read) {
    const auto config = parse_config(R"(
[server]
listen = "127.0.0.1:9000"
public_url = "https://chat.example.com"
data = "sqlite:/tmp/x.db"
nats = ""
trusted_proxies = ["127.0.0.1"]
[[site]]
id = "default"
origins = ["https://www.example.com"]
identity_secret = ""
[slack]
mode = "http"
bot_token = "xoxb-1"
signing_secret = "s"
[slack.pace]
posts_per_second_per_channel = 2
[[slack.route]]
channels = ["#gold"]
when = { site = "default", topic = "billing", attribute = { plan = "gold" } }
[[slack.route]]
channels = ["#vip-sales", "#vip-sales-2"]
[bot]
kind = "none"
)",
                                     "deskbell.toml", variables({}));
    ASSERT_TRUE(config) << config.error().lines.front();
    EXPECT_EQ(config->server.listen.port, 9000);
    EXPECT_EQ(config->server.database_file, "/tmp/x.db");
    EXPECT_EQ(config->sites.front().origins.front(), "https://www.example.com");
    EXPECT_EQ(config->slack.pace.posts_per_second_per_destination, 2);
    ASSERT_EQ(config->slack.routes.size(), 2u);
    EXPECT_EQ(config->slack.routes[0].attributes.at("plan"), "gold");
    EXPECT_EQ(config->bot.kind, BotKind::none);
}

TEST(Config, errors_name_file_line_and_key) {
    struct Row {
        std::string_view text;
        std::string_view expected;
    };
    const Row rows[] = {
        {"[server]\nlisten = 8080\n", "deskbell.toml:2: server.listen: must be text."},
        {"[server]\nlisten = \"8080\"\n", "deskbell.toml:2: server.listen: must be ADDRESS:PORT"},
        {"[server]\nlisen = \"a:1\"\n", "deskbell.toml:2: server.lisen: unknown key"},
        {"[sever]\nlisten = \"a:1\"\n", "deskbell.toml:2: sever.listen: unknown key"},
        {"[server]\ndata = \"postgres://x\"\n", "PostgreSQL is not available"},
        {"[server]\ntls_key = \"k.pem\"\n", "needs both"},
        {"[server\n", "deskbell.toml:1:"},
        {"[slack]\nsocket_connections = 6\n", "must be from 1 to 5"},
        {"[slack]\nmode = \"carrier pigeon\"\n", "must be \"http\" or \"socket\""},
        {"[slack.pace]\nburst_per_channel = -1\n", "must not be negative"},
        {"[limits]\nmessage_characters_max = 0\n", "must be from 1 to"},
        {"[[site]]\norigins = [\"www.example.com\"]\n", "is not an origin"},
        {"[[site]]\norigins = [\"https://a.example/x\"]\n", "is not an origin"},
        {"[[site]]\nid = \"a\"\n[[site]]\nid = \"a\"\n", "used twice"},
        {"[[slack.route]]\nchannels = [\"#a\"]\n[[slack.route]]\nchannels = [\"#b\"]\n",
         "can never match"},
        {"[[slack.route]]\nchannels = [\"#a\"]\nwhen = { topic = \"x\" }\n",
         "the last route must have no `when`"},
        {"[[slack.route]]\nchannels = [1]\n", "must be a list of text"},
        {"[bot]\nkind = \"openai\"\n", "bot.model: is needed"},
        {"[bot]\nkind = \"webhook\"\n", "bot.url: is needed"},
        {"[bot]\nkind = \"parrot\"\n", "must be"},
        {"[bot]\nurl = \"http://bot.example/x\"\n", "must be https://"},
        {"[bot]\nurl = \"ftp://127.0.0.1/\"\n", "must be an https:// URL"},
        {"[bot]\ntimeout_s = 0\n", "must be from 1"},
        {"[server]\nlisten = \"nowhere:80\"\n",
         "deskbell.toml:2: server.listen: must be ADDRESS:PORT"},
        {"\n\n[[site]]\norigins = [\"http://a.example/\"]\n", "deskbell.toml:4: site.0.origins"},
        {"site = 3\n", "must be an array of tables"},
        {"[server]\ntrusted_proxies = [\"10.0.0.0/33\"]\n", "is neither an address nor a network"},
        {"[slack]\napi_url = \"https://slack.com@a.example/\"\n", "without user"},
        {"[slack]\napi_url = \"https://slack.com/api/?/\"\n", "without user, query"},
        {"[[site]]\norigins = [\"https://*\"]\n", "is not an origin"},
        {"\n[é]\n", "deskbell.toml:2:"},
        {"\n[.a]\n", "deskbell.toml:2:"},
        {"[server]\nlisten = \"127.0.0.1\\u0000:1\"\n", "deskbell.toml:2: server.listen"},
        {"[server]\ntrusted_proxies = [\"::1\\u0000x\"]\n", "is neither an address nor a network"},
    };
    for (const Row& row : rows) {
        EXPECT_NE(errors_of(row.text).find(row.expected), std::string::npos)
            << row.text << "→ " << errors_of(row.text);
    }
}

TEST(Config, the_environment_wins_and_the_first_table_needs_no_number) {
    const auto config =
        parse_config("[server]\nlisten = \"127.0.0.1:1\"\n", "deskbell.toml",
                     variables({{"DESKBELL_SERVER_LISTEN", "0.0.0.0:2"},
                                {"DESKBELL_SITE_ORIGINS", "https://a.example, https://b.example"},
                                {"DESKBELL_SITE_1_ID", "second"},
                                {"DESKBELL_SLACK_ROUTE_CHANNELS", "#one,#two"}}));
    ASSERT_TRUE(config) << config.error().lines.front();
    EXPECT_EQ(config->server.listen.port, 2);
    ASSERT_EQ(config->sites.size(), 2u);
    EXPECT_EQ(config->sites[0].origins.size(), 2u);
    EXPECT_EQ(config->sites[1].id, "second");
    EXPECT_EQ(config->slack.routes.front().destinations.size(), 2u);
    EXPECT_NE(errors_of("", {{"DESKBELL_SERVER_GATEWAY_THREADS", "many"}})
                  .find("DESKBELL_SERVER_GATEWAY_THREADS: must be a whole number"),
              std::string::npos);
}

TEST(Config, secrets_come_from_files_and_never_appear_in_errors) {
    const std::string path = testing::TempDir() + "deskbell_secret";
    std::ofstream(path) << "xoxb-from-file\n";
    const auto config =
        parse_config("[slack]\nbot_token_file = \"" + path + "\"\n", "deskbell.toml",
                     variables({{"DESKBELL_SLACK_SIGNING_SECRET_FILE", path}}));
    ASSERT_TRUE(config) << config.error().lines.front();
    EXPECT_EQ(config->slack.bot_token.reveal(), "xoxb-from-file");
    EXPECT_EQ(config->slack.signing_secret.reveal(), "xoxb-from-file");
    std::remove(path.c_str());
    const std::string errors = errors_of(
        "[slack]\nbot_token = \"xoxb-secret\"\nbot_token_file = \"/nowhere\"\nsigning_secret_file "
        "= \"/nowhere\"\nsecret = \"xoxb-secret\"\n");
    EXPECT_NE(errors.find("contradicts slack.bot_token"), std::string::npos) << errors;
    EXPECT_NE(errors.find("cannot read /nowhere"), std::string::npos) << errors;
    EXPECT_EQ(errors.find("xoxb-secret"), std::string::npos) << errors;
}

TEST(Config, routes_lead_to_workspaces) {
    const auto config = parse_config(R"(
[desk.escalation]
notify = ["#leads"]
[[slack.workspace]]
id = "T0AGENCY1"
bot_token = "xoxb-2"
[[slack.route]]
workspace = "T0AGENCY1"
channels = ["#clients", "C0123456789"]
when = { topic = "agency" }
[[slack.route]]
workspace = "T0AGENCY1"
channels = ["#clients"]
when = { topic = "urgent" }
escalation = { notify_after_s = 60, notify = ["#bosses", "U0123456789"] }
[[slack.route]]
channels = ["#vip-sales"]
)",
                                     "deskbell.toml", variables({}));
    ASSERT_TRUE(config.has_value());
    const auto& routes = config->slack.routes;
    EXPECT_EQ(routes[0].destinations, (std::vector{Destination("T0AGENCY1/#clients"),
                                                   Destination("T0AGENCY1/C0123456789")}));
    ASSERT_TRUE(routes[0].escalation);  // of the common ladder, but for the first one's places
    EXPECT_EQ(routes[0].escalation->mention_after_ms, 180'000);
    EXPECT_TRUE(routes[0].escalation->notify_to.empty());
    EXPECT_EQ(routes[1].escalation->notify_to,
              (std::vector<std::string>{"T0AGENCY1/#bosses", "T0AGENCY1/U0123456789"}));
    EXPECT_EQ(routes[2].destinations, std::vector{Destination("#vip-sales")});

    EXPECT_TRUE(has_first_workspace(*config));
    EXPECT_EQ(destinations_in(*config, ""),
              (std::set{Destination("#leads"), Destination("#vip-sales")}));
    EXPECT_EQ(destinations_in(*config, "T0AGENCY1"),
              (std::set{Destination("T0AGENCY1/#bosses"), Destination("T0AGENCY1/#clients"),
                        Destination("T0AGENCY1/C0123456789")}));
    const Config one = only_workspace(*config, config->slack.workspaces[0]);
    ASSERT_EQ(one.slack.routes.size(), 1u);
    EXPECT_EQ(one.slack.routes[0].destinations[1], Destination("#clients"));
}

TEST(Config, workspaces_that_cannot_be_reached_are_errors) {
    const std::string route = "[[slack.route]]\nchannels = [\"#a\"]\n";
    EXPECT_NE(errors_of("[[slack.workspace]]\nid = \"agency\"\nbot_token = \"x\"\n" + route)
                  .find("slack.workspace.0.id"),
              std::string::npos);
    EXPECT_NE(errors_of("[[slack.workspace]]\nid = \"T0AGENCY1\"\n" + route)
                  .find("slack.workspace.0.bot_token"),
              std::string::npos);
    EXPECT_NE(errors_of("[[slack.route]]\nworkspace = \"T0AGENCY1\"\nchannels = [\"#a\"]\n")
                  .find("no [[slack.workspace]] has the id"),
              std::string::npos);
    const std::string twice = "[[slack.workspace]]\nid = \"T0AGENCY1\"\nbot_token = \"x\"\n";
    EXPECT_NE(errors_of(twice + twice + route).find("is used twice"), std::string::npos);
}

}  // namespace
}  // namespace deskbell::app
