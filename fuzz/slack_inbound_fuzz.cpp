// Slack's door: requests signed rightly, wrongly, late, early, twice or not at all, around any
// body. Nothing acts and nothing is parsed without a signature that is right and fresh; every
// request gets one answer in time.

#include "desk/slack/people.hpp"
#include "desk/slack/relay.hpp"
#include "desk/slack/slack_client.hpp"
#include "desk/slack/slack_fakes.hpp"
#include "desk/slack/slack_inbound.hpp"
#include "fuzz/input.hpp"
#include "fuzz/target.hpp"

#include <spdlog/spdlog.h>

#include <string>

namespace deskbell::desk::slack {
namespace {

constexpr const char* secret = "8f742231b10e8888abcd99yyyzzz85a5";

// A desk around the door, with a Slack that knows one agent.
struct Door {
    ManualClock clock;
    ManualLoop loop{clock};
    ScriptedSlack http{loop};
    SlackClient client{loop, http, {"https://slack.com/api/", "xoxb-fuzz", 10'000}};
    People people{loop, client};
    Workspace workspace;
    FakeListener listener{loop};
    Relay relay{client, people, workspace, listener, false};
    SlackInbound inbound{loop, relay, workspace, {secret, ""}};

    Door() {
        spdlog::set_level(spdlog::level::off);
        workspace.self = {"T0ACME0001", "U0BRIDGEBT", "B0BRIDGE01", ""};
        http.answers["users.info"] = [](const CallFields&) { return answered(200, ana_answer); };
    }
};

// How the next request is signed.
struct Signing {
    std::int64_t off_s = 0;  // its time, from now
    bool is_signed = true;
    std::size_t flipped = 0;  // 1 + which character of the signature is wrong
    bool other_body = false;

    [[nodiscard]] bool is_right() const {
        return is_signed && flipped == 0 && !other_body && off_s <= 300 && off_s >= -300;
    }
};

Signing signing_from(fuzz::Input& input) {
    Signing signing;
    switch (input.below(8)) {
        case 0:
            signing.is_signed = false;
            break;
        case 1:
            signing.flipped = 1 + input.below(67);
            break;
        case 2:
            signing.off_s = static_cast<std::int64_t>(input.number(2)) - 32'768;
            break;
        case 3:
            signing.other_body = true;
            break;
        default:
            break;
    }
    return signing;
}

net::HttpRequest request_of(const Door& door, const Signing& signing, std::string body) {
    net::HttpRequest request;
    request.method = "POST";
    request.path = "/slack/events";
    request.body = std::move(body);
    if (!signing.is_signed) return request;
    const std::string time = std::to_string(door.clock.wall_ms() / 1000 + signing.off_s);
    std::string signature =
        signature_of(secret, time, request.body + (signing.other_body ? " " : ""));
    if (signing.flipped > 0) signature[signing.flipped - 1] ^= 1;
    request.headers = {{"x-slack-request-timestamp", time}, {"x-slack-signature", signature}};
    return request;
}

void ask(Door& door, const Signing& signing, const std::string& body) {
    const std::size_t commands_before = door.listener.commands.size();
    const std::size_t echoes_before = door.listener.echoes.size();
    int answers = 0;
    net::HttpResponse answer;
    door.inbound.receive(request_of(door, signing, body), [&](net::HttpResponse given) {
        ++answers;
        answer = std::move(given);
    });
    door.loop.advance(3'000);
    FUZZ_CHECK(answers == 1);
    if (signing.is_right()) {
        FUZZ_CHECK(answer.status == 200 || answer.status == 503);
        return;
    }
    FUZZ_CHECK(answer.status == 401 && answer.body.find("signature_invalid") != std::string::npos);
    FUZZ_CHECK(door.listener.commands.size() == commands_before);
    FUZZ_CHECK(door.listener.echoes.size() == echoes_before);
}

}  // namespace
}  // namespace deskbell::desk::slack

// Requests in a row: how each is signed, then its body with its length before it.
DESKBELL_FUZZ(slack_inbound) {
    using namespace deskbell;
    using namespace deskbell::desk::slack;
    fuzz::Input bytes(input);
    Door door;
    std::string body;
    for (int i = 0; i < 6 && !bytes.empty(); ++i) {
        const Signing signing = signing_from(bytes);
        if (!bytes.flag() || i == 0) body = bytes.text(2'000);  // else the last one again
        door.listener.silent = bytes.below(8) == 1;
        ask(door, signing, body);
    }
    door.loop.advance(60'000);
}
