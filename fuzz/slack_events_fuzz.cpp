// Slack's events, signed but otherwise anything: whatever the JSON says, nobody but a member of our
// own workspace speaks to a customer, and every place that goes on is one that can exist.

#include "desk/slack/event_parser.hpp"
#include "fuzz/target.hpp"

#include <boost/json.hpp>

#include <string>
#include <variant>

namespace deskbell::desk::slack {
namespace {

const Self& self() {
    static const Self us{"T0ACME0001", "U0BRIDGEBT", "B0BRIDGE01", "A0BRIDGE01"};
    return us;
}

void check_place(const Place& place) {
    FUZZ_CHECK(place.team == self().team);
    FUZZ_CHECK(is_slack_id(place.channel, "CGD") && is_ts(place.ts));
    FUZZ_CHECK(parse_message(message_id(place)) == place);
}

// What the event itself says of the author, asked in another way than the parser does.
void check_author(const json::object& message, const AgentWords& words) {
    FUZZ_CHECK(text_at(message, "user") == words.user && is_slack_id(words.user, "UW"));
    FUZZ_CHECK(words.user != self().user_id && words.user != "USLACKBOT");
    FUZZ_CHECK(text_at(message, "bot_id").empty());
    FUZZ_CHECK(text_at(message, "app_id") != self().app_id);
    FUZZ_CHECK(text_at(message, "subtype") != "bot_message");
    for (const char* key : {"team", "user_team", "source_team"}) {
        const std::string_view team = text_at(message, key);
        FUZZ_CHECK(team.empty() || team == self().team);
    }
}

void check(const Meaning& meaning) {
    if (const auto* words = std::get_if<AgentWords>(&meaning)) {
        check_place(words->parent);
        check_place(words->message);
        FUZZ_CHECK(words->parent.channel == words->message.channel);
        FUZZ_CHECK(words->parent.ts != words->message.ts);
        FUZZ_CHECK(!words->is_edit || !words->edit_key.empty());
        check_author(words->source, *words);
    } else if (const auto* removed = std::get_if<AgentRemoved>(&meaning)) {
        check_place(removed->parent);
        check_place(removed->message);
    } else if (const auto* gone = std::get_if<ParentGone>(&meaning)) {
        check_place(gone->parent);
    } else if (const auto* reacted = std::get_if<Reacted>(&meaning)) {
        check_place(reacted->message);
        FUZZ_CHECK(is_slack_id(reacted->user, "UW") && reacted->user != self().user_id);
    } else if (const auto* own = std::get_if<OwnPost>(&meaning)) {
        check_place(own->message);
        check_place(own->parent);
        FUZZ_CHECK(!own->post.empty() && own->post.value.size() <= 64);
    } else if (const auto* ignored = std::get_if<Ignored>(&meaning)) {
        FUZZ_CHECK(!ignored->why.empty() && ignored->why.size() < 40);
    }
}

}  // namespace
}  // namespace deskbell::desk::slack

DESKBELL_FUZZ(slack_events) {
    using namespace deskbell::desk::slack;
    const auto envelope = parse_slack_json(input);
    if (!envelope) return;
    static_cast<void>(read_envelope(*envelope));
    const auto& inner = object_at(*envelope, "event");
    for (const auto* event : {&*envelope, &inner}) {
        check(read_event(*event, self()));
        check(read_message(*event, "C0VIPSALES", self()));
        check(read_message(*event, text_at(*event, "channel"), self()));
    }
}
