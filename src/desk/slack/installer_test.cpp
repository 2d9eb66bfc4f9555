#include "desk/slack/installer.hpp"

#include "desk/slack/slack_fakes.hpp"

#include <gtest/gtest.h>

#include <map>

namespace deskbell::desk::slack {
namespace {

TEST(InstallStates, AreGoodOnceForTenMinutesInOneBrowser) {
    SeededRandom random(1);
    InstallStates states(random);
    constexpr WallMs now = 1'763'800'000'000;
    const auto first = states.make(now);
    const auto other = states.make(now);
    EXPECT_NE(first.state, other.state);
    EXPECT_EQ(states.redeem(first.state, other.cookie, now).error().code, "state_invalid");
    EXPECT_EQ(states.redeem(first.state, "", now).error().code, "state_invalid");
    EXPECT_EQ(states.redeem("", first.cookie, now).error().code, "state_invalid");
    EXPECT_EQ(states.redeem(first.state, first.cookie, now + 600'000).error().code,
              "state_expired");
    EXPECT_TRUE(states.redeem(first.state, first.cookie, now + 599'999));
    EXPECT_EQ(states.redeem(first.state, first.cookie, now + 599'999).error().code, "state_used");
    for (std::size_t at = 0; at < other.state.size(); ++at) {
        std::string changed = other.state;
        changed[at] = changed[at] == '1' ? '2' : '1';
        EXPECT_FALSE(states.redeem(changed, other.cookie, now)) << at;
    }
    // Another process's state: its key is not ours.
    InstallStates restarted(random);
    EXPECT_EQ(restarted.redeem(other.state, other.cookie, now).error().code, "state_invalid");
}

const std::string granted = R"({"ok":true,"token_type":"bot","access_token":"xoxb-new",
    "team":{"id":"T0ACME0001","name":"Acme <Ltd>"},"is_enterprise_install":false,"scope":"chat:write"})";

struct InstallerTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{1};
    ScriptedSlack slack{loop};
    std::vector<Installation> kept;
    Result<void> verdict{};
    std::unique_ptr<Installer> installer = std::make_unique<Installer>(
        loop, slack, random, AppCredentials{"https://slack.com/api/", "1.2", "sssh"},
        "https://chat.example.com/", [this](Installation installation) {
            kept.push_back(std::move(installation));
            return verdict;
        });
    std::vector<net::HttpResponse> answers;

    void SetUp() override {
        slack.answers["oauth.v2.access"] = [](const CallFields&) { return answered(200, granted); };
    }
    net::HttpResponse get(const std::string& path, const std::string& query = "",
                          const std::string& cookie = "") {
        net::HttpRequest request;
        request.method = "GET";
        request.path = path;
        request.query = query;
        if (!cookie.empty()) request.headers.push_back({"cookie", cookie});
        const std::size_t before = answers.size();
        installer->receive(request, [this](net::HttpResponse response) {
            answers.push_back(std::move(response));
        });
        loop.run_ready();
        return answers.size() > before ? answers.back() : net::HttpResponse{.status = 0};
    }
    struct Way {
        std::map<std::string, std::string> query;
        std::string cookie;
        std::string location;
        std::string set_cookie;
    };
    Way set_out() {
        const net::HttpResponse response = get("/slack/install");
        EXPECT_EQ(response.status, 302);
        Way way;
        way.location = net::find_header(response.headers, "location");
        way.set_cookie = net::find_header(response.headers, "set-cookie");
        way.cookie = way.set_cookie.substr(0, way.set_cookie.find(';'));
        for (const net::Header& one :
             net::parse_form(way.location.substr(way.location.find('?') + 1)))
            way.query[one.name] = one.value;
        return way;
    }
    net::HttpResponse come_back(const Way& way, const std::string& more = "code=c0de") {
        return get("/slack/oauth/callback",
                   more + "&state=" + net::percent_encode(way.query.at("state")),
                   "other=1; " + way.cookie);
    }
};

TEST_F(InstallerTest, GoesToSlackAndComesBackWithAToken) {
    const Way way = set_out();
    EXPECT_TRUE(way.location.starts_with("https://slack.com/oauth/v2/authorize?"));
    EXPECT_EQ(way.query.at("client_id"), "1.2");
    EXPECT_EQ(way.query.at("redirect_uri"), "https://chat.example.com/slack/oauth/callback");
    EXPECT_NE(way.query.at("scope").find("chat:write,"), std::string::npos);
    for (const char* word : {"HttpOnly", "SameSite=Lax", "Secure", "Path=/slack/oauth"})
        EXPECT_NE(way.set_cookie.find(word), std::string::npos) << word;

    const net::HttpResponse done = come_back(way);
    EXPECT_EQ(done.status, 200);
    EXPECT_NE(done.body.find("Acme &lt;Ltd&gt;"), std::string::npos);
    EXPECT_EQ(done.body.find("xoxb"), std::string::npos);
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(kept[0].team, "T0ACME0001");
    EXPECT_EQ(kept[0].grant.token, "xoxb-new");
    const auto asked = slack.of("oauth.v2.access");
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].fields.at("code"), "c0de");
    EXPECT_EQ(asked[0].fields.at("client_secret"), "sssh");
    EXPECT_EQ(asked[0].fields.at("redirect_uri"), way.query.at("redirect_uri"));
    EXPECT_EQ(come_back(way).status, 400) << "a state is good once";
    EXPECT_EQ(kept.size(), 1u);
}

TEST_F(InstallerTest, WithoutItsStateACodeIsWorthNothing) {
    const Way way = set_out();
    EXPECT_EQ(get("/slack/oauth/callback", "code=c0de").status, 400);
    EXPECT_EQ(get("/slack/oauth/callback", "code=c0de&state=" + way.query.at("state")).status, 400);
    const Way other = set_out();
    EXPECT_EQ(get("/slack/oauth/callback", "code=c0de&state=" + way.query.at("state"), other.cookie)
                  .status,
              400);
    EXPECT_TRUE(slack.of("oauth.v2.access").empty());
    clock.advance(600'000);
    EXPECT_NE(come_back(way).body.find("state_expired"), std::string::npos);
    EXPECT_TRUE(kept.empty());
}

TEST_F(InstallerTest, APersonMaySayNo) {
    EXPECT_NE(come_back(set_out(), "error=access_denied").body.find("not_allowed"),
              std::string::npos);
    EXPECT_TRUE(slack.of("oauth.v2.access").empty());
}

TEST_F(InstallerTest, WhatIsNotABotsTokenOfOneWorkspaceIsRefused) {
    const std::pair<std::string, std::string> table[] = {
        {R"({"ok":false,"error":"invalid_code"})", "invalid_code"},
        {"<html>", "unreadable_answer"},
        {R"({"ok":true})", "unreadable_answer"},
        {R"({"ok":true,"access_token":"xoxp-1","team":{"id":"T1"}})", "unreadable_answer"},
        {R"({"ok":true,"access_token":"xoxb-1","team":null,"is_enterprise_install":true})",
         "enterprise_install"},
        {R"({"ok":true,"access_token":"xoxb-1","team":{}})", "unreadable_answer"}};
    for (const auto& [body, code] : table) {
        slack.script["oauth.v2.access"].push_back(answered(200, body));
        const net::HttpResponse response = come_back(set_out());
        EXPECT_EQ(response.status, 400);
        EXPECT_NE(response.body.find(code), std::string::npos) << response.body;
    }
    EXPECT_TRUE(kept.empty());
}

TEST_F(InstallerTest, WhatCouldNotBeKeptIsNotInstalled) {
    verdict = fail("other_workspace", "This server belongs to another workspace.");
    const net::HttpResponse response = come_back(set_out());
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("other_workspace"), std::string::npos);
}

TEST_F(InstallerTest, OneExchangeAtATime) {
    slack.answer_ms = 1'000;
    const Way first = set_out();
    const Way second = set_out();
    EXPECT_EQ(come_back(first).status, 0);
    EXPECT_NE(come_back(second).body.find("busy"), std::string::npos);
    loop.advance(1'000);
    EXPECT_EQ(kept.size(), 1u);
    EXPECT_EQ(come_back(set_out()).status, 0);
    installer.reset();
    loop.advance(5'000);
    EXPECT_EQ(kept.size(), 1u);
}

struct TokenKeeperTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{1};
    ScriptedSlack slack{loop};
    std::vector<std::string> kept;
    Result<void> verdict{};
    int grants = 0;
    std::unique_ptr<TokenKeeper> keeper = std::make_unique<TokenKeeper>(
        loop, slack, random, AppCredentials{"https://slack.com/api/", "1.2", "sssh"},
        [this](const Grant& grant) {
            if (verdict) kept.push_back(grant.token);
            return verdict;
        });

    void SetUp() override {
        slack.answers["oauth.v2.access"] = [this](const CallFields&) {
            const std::string n = std::to_string(++grants);
            return answered(200, R"({"ok":true,"access_token":"xoxe.xoxb-1-)" + n +
                                     R"(","refresh_token":"xoxe-1-)" + n +
                                     R"(","expires_in":43200})");
        };
    }
    [[nodiscard]] Grant first() const {
        return {"xoxe.xoxb-1-0", "xoxe-1-0", clock.wall_ms() + 43'200'000};
    }
    [[nodiscard]] std::vector<std::string> used() const {
        std::vector<std::string> all;
        for (const auto& call : slack.of("oauth.v2.access"))
            all.push_back(call.fields.at("refresh_token"));
        return all;
    }
};
using Words = std::vector<std::string>;

TEST_F(TokenKeeperTest, RenewsAtHalfTimeAndGoesOn) {
    keeper->watch(first());
    loop.advance(21'599'000);
    EXPECT_TRUE(kept.empty());
    loop.advance(2'000);
    EXPECT_EQ(kept, Words{"xoxe.xoxb-1-1"});
    loop.advance(21'600'000);
    EXPECT_EQ(used(), (Words{"xoxe-1-0", "xoxe-1-1"}));
    EXPECT_EQ(slack.calls[0].fields.at("grant_type"), "refresh_token");
    keeper->watch({"xoxb-for-ever", "", 0});
    loop.advance(100'000'000);
    EXPECT_EQ(used().size(), 2u);
}

TEST_F(TokenKeeperTest, ATokenThatEndedWhileNobodyRanIsRenewedAtOnce) {
    Grant old = first();
    old.expires_at = 1;
    keeper->watch(old);
    loop.advance(10);
    EXPECT_EQ(kept.size(), 1u);
}

TEST_F(TokenKeeperTest, FailuresAreTriedAgainWithTheSameRefreshToken) {
    keeper->watch(first());
    slack.script["oauth.v2.access"] = {no_answer(net::ClientAnswer::Kind::unknown),
                                       answered(503, "<html>"), limited(30)};
    loop.advance(21'600'000 + 120'000);
    EXPECT_EQ(used(), (Words{"xoxe-1-0", "xoxe-1-0", "xoxe-1-0", "xoxe-1-0"}));
    EXPECT_EQ(kept.size(), 1u);
}

TEST_F(TokenKeeperTest, NothingIsUsedThatIsNotKept) {
    keeper->watch(first());
    verdict = fail("file_failed", "the disk is full");
    loop.advance(21'600'000 + 5'000);
    EXPECT_TRUE(kept.empty());
    verdict = {};
    loop.advance(60'000);
    EXPECT_EQ(kept.size(), 1u);
    EXPECT_EQ(used().front(), "xoxe-1-0");
    EXPECT_EQ(used()[1], "xoxe-1-1") << "the old one is used up";
}

TEST_F(TokenKeeperTest, OneRenewalAtATimeAndAnInstallationMeanwhileCounts) {
    slack.answer_ms = 1'000;
    Grant old = first();
    old.expires_at = 0;
    keeper->watch(old);
    loop.advance(10);
    keeper->watch({"xoxe.xoxb-1-9", "xoxe-1-9", clock.wall_ms() + 43'200'000});
    loop.advance(2'000);
    EXPECT_TRUE(kept.empty());
    EXPECT_EQ(used().size(), 1u);
    keeper.reset();
    loop.advance(50'000'000);
    EXPECT_EQ(used().size(), 1u);
}

}  // namespace
}  // namespace deskbell::desk::slack
