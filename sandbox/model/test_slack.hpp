#pragma once
// A sandbox in a test's hand: a clock that stands still, a seed, and short ways to call and look.

#include "base/json.hpp"
#include "sandbox/model/slack.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace deskbell::sandbox {

struct TestSlack {
    ManualClock clock;
    SeededRandom random{7};
    Slack slack;
    std::string vip;  // channel ids
    std::string ana;

    explicit TestSlack(Options options = {}) : slack(std::move(options), clock, random) {
        vip = slack.workspace().find_channel("vip-sales")->id;
        ana = slack.workspace().find_user("ana")->id;
    }

    static Options with_events() {
        Options options;
        options.events_url = "http://app.test/slack/events";
        options.interactivity_url = "http://app.test/slack/interactivity";
        return options;
    }

    ApiAnswer raw(const std::string& method, std::map<std::string, std::string> args = {}) {
        ApiCall call;
        call.method = method;
        call.args = std::move(args);
        call.token = slack.workspace().app.bot_token;
        return slack.call(call);
    }

    json::object call(const std::string& method, std::map<std::string, std::string> args = {}) {
        return json::parse(raw(method, std::move(args)).body).as_object();
    }

    // Posts as the app, a second after the last: the new ts.
    std::string post(std::map<std::string, std::string> args) {
        clock.advance(1000);
        args.try_emplace("channel", vip);
        const json::object answer = call("chat.postMessage", std::move(args));
        EXPECT_TRUE(answer.at("ok").as_bool()) << json::serialize(answer);
        return answer.contains("ts") ? std::string(answer.at("ts").as_string()) : "";
    }

    std::string say(const std::string& text, const std::string& thread_ts = "",
                    bool broadcast = false) {
        clock.advance(10);
        const auto ts = slack.post({"ana", vip, text, thread_ts, broadcast});
        EXPECT_TRUE(ts) << (ts ? "" : ts.error().code);
        return ts.value_or("");
    }

    // The inner events that are due, each delivered well.
    std::vector<json::object> events() {
        std::vector<json::object> list;
        for (const Delivery& delivery : slack.next_deliveries(1000)) {
            list.push_back(json::parse(delivery.body).at("event").as_object());
            slack.delivered(delivery.id, {DeliveryOutcome::Kind::answered, 200, false});
        }
        return list;
    }
};

inline std::string error_of(const json::object& answer) { return string_or_empty(answer, "error"); }

inline std::string text_at(const json::value& value, std::string_view pointer) {
    json::error_code failed;
    const json::value* found = value.find_pointer(pointer, failed);
    if (!found) return "(absent)";
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

}  // namespace deskbell::sandbox
