#pragma once
// A Slack and its office for tests: what Slack sends, what the engine is told, what gap repair
// reads.

#include "desk/slack/slack_fakes.hpp"
#include "desk/slack/slack_office.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace deskbell::desk::slack {

inline const std::string root_ts = "1763800000.000100";
inline const std::string thread_value = "T0ACME0001/C0VIPSALES/" + root_ts;

// Slack and its office: what Slack sends, what the engine is told, what gap repair reads.
struct OfficeTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{1};
    ScriptedSlack slack{loop};
    FakeListener listener{loop};
    std::vector<ThreadCursor> threads;
    OfficeOptions options;
    std::unique_ptr<SlackOffice> office;
    std::vector<net::HttpResponse> responses;
    int event_number = 0;

    void SetUp() override {
        slack.answers["auth.test"] = [](const CallFields&) {
            return answered(200, auth_test_answer);
        };
        slack.answers["conversations.list"] = [](const CallFields&) {
            return answered(200, channels_answer);
        };
        slack.answers["users.info"] = [](const CallFields&) { return answered(200, ana_answer); };
        options.api_url = "http://slack/api/";
        options.bot_token = "xoxb";
        options.signing_secrets = {"secret", "next secret"};
        options.destinations = {Destination("#vip-sales")};
        make_office();
    }
    void make_office() {
        office = std::make_unique<SlackOffice>(
            loop, slack, listener, random,
            [this](std::move_only_function<void(std::vector<ThreadCursor>)> done) {
                done(threads);
            },
            options);
    }
    void start() {
        office->start();
        loop.run_ready();
        loop.advance(2'500);
        slack.calls.clear();
    }
    net::HttpRequest signed_request(const std::string& body, const std::string& secret = "secret") {
        net::HttpRequest request;
        request.method = "POST";
        request.path = "/slack/events";
        request.body = body;
        const std::string timestamp = std::to_string(clock.wall_ms() / 1000);
        request.headers = {{"x-slack-request-timestamp", timestamp},
                           {"x-slack-signature", signature_of(secret, timestamp, body)}};
        return request;
    }
    int give(net::HttpRequest request) {
        const std::size_t before = responses.size();
        office->receive(std::move(request), [this](net::HttpResponse response) {
            responses.push_back(std::move(response));
        });
        loop.run_ready();
        return responses.size() > before ? responses.back().status : 0;
    }
    std::string envelope(const std::string& event, const std::string& team = "T0ACME0001") {
        return R"({"type":"event_callback","event_id":"Ev)" + std::to_string(++event_number) +
               R"(","team_id":")" + team + R"(","api_app_id":"A0BRIDGE01","event":)" + event + "}";
    }
    int event(const std::string& event) { return give(signed_request(envelope(event))); }
    static std::string said(const std::string& ts, const std::string& text = "Sure",
                            const std::string& more = "") {
        return R"({"type":"message","user":"U0AGENT001","text":")" + text + R"(","ts":")" + ts +
               R"(","team":"T0ACME0001","thread_ts":")" + root_ts + R"(","channel":"C0VIPSALES")" +
               more + "}";
    }
    static std::string reaction(const std::string& name, const std::string& ts) {
        return R"({"type":"reaction_added","user":"U0AGENT001","reaction":")" + name +
               R"(","item":{"type":"message","channel":"C0VIPSALES","ts":")" + ts + R"("}})";
    }
};

inline std::string parent(const std::string& latest, const std::string& more = "") {
    return R"({"bot_id":"B0BRIDGE01","ts":")" + root_ts + R"(","thread_ts":")" + root_ts +
           R"(","latest_reply":")" + latest + "\"" + more +
           R"(,"metadata":{"event_type":"deskbell_post","event_payload":{"post":"p0"}}})";
}
inline std::string page(const std::string& messages) {
    return R"({"ok":true,"messages":[)" + messages + "]}";
}

}  // namespace deskbell::desk::slack
