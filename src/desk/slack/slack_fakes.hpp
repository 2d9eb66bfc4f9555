#pragma once
// A scripted Web API and a listener that writes down, for this room's tests.

#include "base/manual_loop.hpp"
#include "desk/desk.hpp"
#include "desk/slack/slack_json.hpp"
#include "net/http_client.hpp"

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

using CallFields = std::map<std::string, std::string>;

inline net::ClientAnswer answered(int status, std::string body,
                                  std::vector<net::Header> headers = {}) {
    net::ClientAnswer answer;
    answer.kind = net::ClientAnswer::Kind::answered;
    answer.status = status;
    answer.headers = std::move(headers);
    answer.body = std::move(body);
    return answer;
}
inline net::ClientAnswer refusal(const std::string& code) {
    return answered(200, R"({"ok":false,"error":")" + code + R"("})");
}
inline net::ClientAnswer limited(int seconds) {
    return answered(429, R"({"ok":false,"error":"ratelimited"})",
                    {{"retry-after", std::to_string(seconds)}});
}
inline net::ClientAnswer no_answer(net::ClientAnswer::Kind kind) {
    net::ClientAnswer answer;
    answer.kind = kind;
    return answer;
}

struct ScriptedSlack final : net::HttpClient {
    struct Call {
        SteadyMs at = 0;
        std::string method;
        CallFields fields;
        net::ClientRequest request;
    };
    using Answerer = std::function<net::ClientAnswer(const CallFields&)>;

    ManualLoop& loop;
    std::vector<Call> calls;
    std::map<std::string, std::deque<net::ClientAnswer>> script;  // first these,
    std::map<std::string, Answerer> answers;                      // then these, then {"ok":true}
    std::int64_t answer_ms = 0;

    explicit ScriptedSlack(ManualLoop& l) : loop(l) {}

    void send(net::ClientRequest request, Callback callback) override {
        Call call;
        call.at = loop.clock().steady_ms();
        call.method = request.url.substr(request.url.rfind('/') + 1);
        for (const net::Header& field : net::parse_form(request.body))
            call.fields[field.name] = field.value;
        call.request = request;
        net::ClientAnswer answer = answered(200, R"({"ok":true})");
        auto& scripted = script[call.method];
        if (!scripted.empty()) {
            answer = scripted.front();
            scripted.pop_front();
        } else if (const auto found = answers.find(call.method); found != answers.end()) {
            answer = found->second(call.fields);
        }
        calls.push_back(std::move(call));
        loop.after(answer_ms,
                   [answer = std::move(answer), callback = std::move(callback)]() mutable {
                       callback(std::move(answer));
                   });
    }

    [[nodiscard]] std::vector<Call> of(const std::string& method) const {
        std::vector<Call> found;
        for (const Call& call : calls)
            if (call.method == method) found.push_back(call);
        return found;
    }
};

struct FakeListener final : DeskListener {
    ManualLoop& loop;
    std::vector<core::Command> commands;
    std::deque<std::optional<Error>> refusals;  // then none
    std::vector<std::string> echoes;            // "post thread"
    std::vector<std::string> opened;            // destinations, "*" for the desk
    bool silent = false;
    std::vector<core::KnownReply> replies;  // what the engine knows
    std::map<Destination, std::string> places;

    explicit FakeListener(ManualLoop& l) : loop(l) {}

    void happened(core::Command command,
                  std::move_only_function<void(std::optional<Error>)> done) override {
        commands.push_back(std::move(command));
        if (silent) return;
        std::optional<Error> refusal_now;
        const bool tidies = std::holds_alternative<core::ReactionsRead>(commands.back()) ||
                            std::holds_alternative<core::CardSeen>(commands.back());
        if (!refusals.empty() && !tidies) {
            refusal_now = refusals.front();
            refusals.pop_front();
        }
        loop.post([refusal_now, done = std::move(done)]() mutable { done(refusal_now); });
    }
    void read_replies(const DeskThreadId&, std::string from,
                      std::move_only_function<void(std::vector<core::KnownReply>)> done) override {
        std::vector<core::KnownReply> found;
        for (const core::KnownReply& one : replies)
            if (one.order >= from) found.push_back(one);
        loop.post([found, done = std::move(done)]() mutable { done(std::move(found)); });
    }
    void read_destinations(
        std::move_only_function<void(std::map<Destination, std::string>)> done) override {
        loop.post([all = places, done = std::move(done)]() mutable { done(std::move(all)); });
    }
    void destination_found(const Destination& destination, std::string place) override {
        places[destination] = std::move(place);
    }
    void post_echoed(const LetterId& post, const DeskMessageId&, const DeskThreadId& thread,
                     std::string) override {
        echoes.push_back(post.value + " " + thread.value);
    }
    void destination_open(const Destination& destination) override {
        opened.push_back(destination.value);
    }
    void desk_open() override { opened.push_back("*"); }

    template <class Command>
    [[nodiscard]] std::vector<Command> all() const {
        std::vector<Command> found;
        for (const core::Command& command : commands)
            if (const auto* one = std::get_if<Command>(&command)) found.push_back(*one);
        return found;
    }
};

inline const std::string auth_test_answer =
    R"({"ok":true,"url":"https://acme.slack.com/","team":"Acme","user":"deskbell",
        "team_id":"T0ACME0001","user_id":"U0BRIDGEBT","bot_id":"B0BRIDGE01"})";
inline const std::string ana_answer =
    R"({"ok":true,"user":{"id":"U0AGENT001","team_id":"T0ACME0001","name":"erin",
        "profile":{"display_name":"Ana","image_192":"https://avatars.example/192.png"}}})";
inline const std::string channels_answer =
    R"({"ok":true,"channels":[{"id":"C0VIPSALES","name":"vip-sales","is_member":true}]})";

inline json::object parse_or_die(const std::string& text) {
    auto parsed = parse_slack_json(text);
    DESKBELL_ASSERT(parsed.has_value());
    return std::move(*parsed);
}

}  // namespace deskbell::desk::slack
