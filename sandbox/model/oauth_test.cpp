#include "sandbox/model/oauth.hpp"

#include "sandbox/model/test_slack.hpp"

#include <gtest/gtest.h>

namespace deskbell::sandbox {
namespace {

constexpr const char* redirect = "http://app.test/callback";

struct OAuthSlack : TestSlack {
    std::string client_id;
    std::string client_secret;

    OAuthSlack() : TestSlack(with_events()) {
        const json::object state = slack.snapshot(0);
        client_id = text_at(state, "/oauth/client_id");
        client_secret = text_at(state, "/oauth/client_secret");
    }
    AuthorizeRequest request(const std::string& uri = redirect) const {
        return {client_id, "chat:write,pins:write", uri, "st&te"};
    }
    std::string code() {
        const std::string url = slack.authorize(request(), "ana", true).value_or("");
        const std::size_t at = url.find("code=") + 5;
        return url.substr(at, url.find('&', at) - at);
    }
    json::object access(std::map<std::string, std::string> args) {
        ApiCall call;
        call.method = "oauth.v2.access";
        args.try_emplace("client_id", client_id);
        args.try_emplace("client_secret", client_secret);
        call.args = std::move(args);
        call.content_type = "application/x-www-form-urlencoded";
        return json::parse(slack.call(call).body).as_object();
    }
    json::object redeem() { return access({{"code", code()}, {"redirect_uri", redirect}}); }
    std::string test_token(const std::string& token) {
        ApiCall call;
        call.method = "auth.test";
        call.token = token;
        const json::object answer = json::parse(slack.call(call).body).as_object();
        return answer.at("ok").as_bool() ? "ok" : error_of(answer);
    }
};

TEST(OAuth, SendsTheBrowserBackWithACodeAndTheState) {
    OAuthSlack test;
    const auto url = test.slack.authorize(test.request(), "ana", true);
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->starts_with("http://app.test/callback?code=" + test.client_id));
    EXPECT_TRUE(url->ends_with("&state=st%26te"));
    EXPECT_EQ(test.slack.authorize(test.request(), "ana", false).value_or(""),
              "http://app.test/callback?error=access_denied&state=st%26te");
}

TEST(OAuth, AsksOnlyForWhatItKnows) {
    OAuthSlack test;
    AuthorizeRequest wrong = test.request();
    wrong.client_id = "1.2";
    EXPECT_EQ(test.slack.authorize_complaint(wrong), "Invalid client_id parameter");
    wrong = test.request();
    wrong.scope = "";
    EXPECT_EQ(test.slack.authorize_complaint(wrong), "Invalid permissions requested");
    EXPECT_NE(test.slack.authorize_complaint(test.request("")), "");
    EXPECT_NE(test.slack.authorize_complaint(test.request("javascript:alert(1)")), "");
    ASSERT_TRUE(test.slack.apply_manifest(
        json::parse(R"({"oauth_config":{"redirect_urls":["http://app.test/callback"]}})")
            .as_object()));
    EXPECT_EQ(test.slack.authorize_complaint(test.request("http://app.test/callback/deeper")), "");
    EXPECT_EQ(test.slack.authorize_complaint(test.request("")), "") << "there is just the one";
    EXPECT_TRUE(test.slack.authorize_complaint(test.request("http://app.test/callbacks"))
                    .starts_with("redirect_uri did not match any configured URIs"));
}

TEST(OAuth, ACodeIsGoodOnceForTenMinutesAndForItsRedirect) {
    OAuthSlack test;
    const std::string code = test.code();
    const json::object granted = test.access({{"code", code}, {"redirect_uri", redirect}});
    EXPECT_EQ(text_at(granted, "/access_token"), test.slack.workspace().app.bot_token);
    EXPECT_EQ(text_at(granted, "/authed_user/id"), test.ana);
    EXPECT_EQ(text_at(granted, "/refresh_token"), "(absent)");
    EXPECT_TRUE(text_at(granted, "/scope").contains("pins:write")) << "scopes add up";
    EXPECT_EQ(error_of(test.access({{"code", code}, {"redirect_uri", redirect}})), "invalid_code");
    EXPECT_EQ(error_of(test.access({{"code", test.code()}})), "bad_redirect_uri");
    const std::string old = test.code();
    test.clock.advance(10 * 60'000 + 1);
    EXPECT_EQ(error_of(test.access({{"code", old}, {"redirect_uri", redirect}})), "invalid_code");
    EXPECT_EQ(error_of(test.access({{"code", old}, {"client_secret", "x"}})), "bad_client_secret");
    EXPECT_EQ(error_of(test.access({{"code", old}, {"client_id", "x"}})), "invalid_client_id");
    EXPECT_EQ(error_of(test.access({{"grant_type", "password"}})), "invalid_grant_type");
}

TEST(OAuth, RotatingTokensEndAfterTwelveHoursAndRefreshOnce) {
    OAuthSlack test;
    test.slack.change_settings({{"token_rotation", true}});
    const json::object first = test.redeem();
    EXPECT_EQ(text_at(first, "/expires_in"), "43200");
    const std::string token = text_at(first, "/access_token");
    EXPECT_TRUE(token.starts_with("xoxe.xoxb-1-"));
    EXPECT_EQ(test.test_token(token), "ok");
    const std::string refresh = text_at(first, "/refresh_token");
    test.clock.advance(43'200'000);
    EXPECT_EQ(test.test_token(token), "token_expired");
    const json::object second =
        test.access({{"grant_type", "refresh_token"}, {"refresh_token", refresh}});
    EXPECT_EQ(test.test_token(text_at(second, "/access_token")), "ok");
    EXPECT_EQ(error_of(test.access({{"grant_type", "refresh_token"}, {"refresh_token", refresh}})),
              "invalid_refresh_token");
    EXPECT_EQ(test.test_token("xoxe.xoxb-1-nonsense"), "invalid_auth");
}

TEST(OAuth, TwoRotatingTokensAreAliveAtMost) {
    OAuthSlack test;
    test.slack.change_settings({{"token_rotation", true}});
    std::vector<std::string> tokens;
    for (int i = 0; i < 3; ++i) tokens.push_back(text_at(test.redeem(), "/access_token"));
    EXPECT_EQ(test.test_token(tokens[0]), "token_expired");
    EXPECT_EQ(test.test_token(tokens[1]), "ok");
    EXPECT_EQ(test.test_token(tokens[2]), "ok");
}

TEST(OAuth, ALongLivedTokenIsExchangedOnce) {
    OAuthSlack test;
    const std::map<std::string, std::string> client = {{"client_id", test.client_id},
                                                       {"client_secret", test.client_secret}};
    EXPECT_EQ(error_of(test.call("oauth.v2.exchange", client)), "token_rotation_not_enabled");
    test.slack.change_settings({{"token_rotation", true}});
    EXPECT_TRUE(test.call("oauth.v2.exchange", client).at("ok").as_bool());
    EXPECT_EQ(error_of(test.call("oauth.v2.exchange", client)), "token_already_exchanged");
}

TEST(OAuth, ARevokedTokenIsGoneAndAFreshInstallationBringsANewOne) {
    OAuthSlack test;
    const std::string old = test.slack.workspace().app.bot_token;
    EXPECT_TRUE(test.call("auth.revoke", {{"test", "1"}}).at("revoked").as_bool());
    EXPECT_EQ(test.test_token(old), "ok");
    test.call("auth.revoke");
    EXPECT_EQ(test.test_token(old), "token_revoked");
    EXPECT_EQ(text_at(test.events().at(0), "/type"), "tokens_revoked");
    const std::string fresh = text_at(test.redeem(), "/access_token");
    EXPECT_NE(fresh, old);
    EXPECT_EQ(test.test_token(fresh), "ok");
    EXPECT_EQ(test.test_token(old), "invalid_auth");
}

TEST(OAuth, UninstallingNeedsTheClientAndTellsTheApp) {
    OAuthSlack test;
    EXPECT_EQ(error_of(test.call("apps.uninstall", {{"client_id", "x"}})),
              "client_id_token_mismatch");
    test.clock.advance(60'000);
    const json::object gone = test.call(
        "apps.uninstall", {{"client_id", test.client_id}, {"client_secret", test.client_secret}});
    EXPECT_TRUE(gone.at("ok").as_bool()) << json::serialize(gone);
    std::vector<std::string> types;
    for (const auto& event : test.events()) types.push_back(text_at(event, "/type"));
    EXPECT_EQ(types, (std::vector<std::string>{"tokens_revoked", "app_uninstalled"}));
    EXPECT_EQ(test.test_token(test.slack.workspace().app.bot_token), "account_inactive");
}

TEST(OAuth, SecretsAndTokensOutliveARestart) {
    OAuthSlack test;
    test.slack.change_settings({{"token_rotation", true}});
    const json::object granted = test.redeem();
    OAuthSlack again;
    ASSERT_TRUE(again.slack.load(test.slack.save()));
    again.client_id = test.client_id;
    again.client_secret = test.client_secret;
    EXPECT_EQ(again.test_token(text_at(granted, "/access_token")), "ok");
    EXPECT_TRUE(again
                    .access({{"grant_type", "refresh_token"},
                             {"refresh_token", text_at(granted, "/refresh_token")}})
                    .at("ok")
                    .as_bool());
}

}  // namespace
}  // namespace deskbell::sandbox
