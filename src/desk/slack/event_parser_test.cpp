#include "desk/slack/event_parser.hpp"

#include "base/random.hpp"
#include "desk/slack/slack_fakes.hpp"

#include <gtest/gtest.h>

namespace deskbell::desk::slack {
namespace {

const Self self{"T0ACME0001", "U0BRIDGEBT", "B0BRIDGE01", "A0BRIDGE01"};

// A reply of Ana's; `change` adds or replaces fields.
json::object reply(const std::string& change = "{}") {
    json::object event = parse_or_die(R"({
        "client_msg_id":"968c94da","type":"message","user":"U0AGENT001","text":"Sure",
        "ts":"1763800105.000300","team":"T0ACME0001","thread_ts":"1763800000.000100",
        "parent_user_id":"U0BRIDGEBT","channel":"C0VIPSALES","event_ts":"1763800105.000300",
        "channel_type":"channel"})");
    for (const auto& [key, value] : parse_or_die(change)) event[key] = value;
    return event;
}

std::string name_of(const Meaning& meaning) {
    if (const auto* ignored = std::get_if<Ignored>(&meaning)) return ignored->why;
    constexpr const char* names[] = {"words",     "removed", "parent gone", "reacted", "own",
                                     "misplaced", "channel", "desk closed", "sweep"};
    return names[meaning.index()];
}

TEST(EventParser, AnAgentsReplyIsWords) {
    const Meaning meaning = read_event(reply(), self);
    const auto& words = std::get<AgentWords>(meaning);
    EXPECT_EQ(words.parent, (Place{"T0ACME0001", "C0VIPSALES", "1763800000.000100"}));
    EXPECT_EQ(words.message.ts, "1763800105.000300");
    EXPECT_EQ(words.user, "U0AGENT001");
    EXPECT_EQ(words.client_msg_id, "968c94da");
    EXPECT_FALSE(words.is_edit);
    EXPECT_TRUE(words.edit_key.empty());
}

TEST(EventParser, WhoSpeaksAndWhereDecides) {
    const std::pair<const char*, const char*> table[] = {
        {R"({})", "words"},
        {R"({"subtype":"thread_broadcast"})", "words"},
        {R"({"subtype":"me_message"})", "words"},
        {R"({"subtype":"file_share","files":[{"id":"F1","name":"a"}],"text":""})", "words"},
        {R"({"subtype":"brand_new"})", "words"},
        {R"({"subtype":"brand_new","hidden":true})", "unknown_hidden_subtype"},
        {R"({"user":"W0GRIDUSER"})", "words"},
        {R"({"bot_id":"B0OTHER001"})", "foreign_bot"},
        {R"({"subtype":"bot_message","bot_id":"B0OTHER001","user":null})", "foreign_bot"},
        {R"({"subtype":"bot_message","user":null})", "foreign_bot"},
        {R"({"user":"USLACKBOT"})", "nobody"},
        {R"({"user":"UREVOKEDU"})", "nobody"},
        {R"({"user":null})", "nobody"},
        {R"({"user":7})", "nobody"},
        {R"({"user_team":"T0OTHER001"})", "stranger"},
        {R"({"source_team":"T0OTHER001"})", "stranger"},
        {R"({"team":"T0OTHER001"})", "stranger"},
        {R"({"thread_ts":null})", "misplaced"},
        {R"({"thread_ts":"1763800105.000300"})", "misplaced"},
        {R"({"subtype":"channel_join"})", "service_message"},
        {R"({"subtype":"channel_topic"})", "service_message"},
        {R"({"subtype":"huddle_thread"})", "service_message"},
        {R"({"ts":"1763800105.0003"})", "malformed"},
        {R"({"ts":null})", "malformed"},
        {R"({"channel":"#vip"})", "malformed"},
        {R"({"channel":null})", "malformed"},
        {R"({"bot_id":"B0BRIDGE01"})", "own_unmarked"},
        {R"({"user":"U0BRIDGEBT"})", "own_unmarked"},
        {R"({"app_id":"A0BRIDGE01"})", "own_unmarked"},
        {R"({"app_id":"A0BRIDGE01","files":[{"id":"F0FILE0001"}]})", "own"},
        {R"({"bot_profile":{"app_id":"A0BRIDGE01"}})", "own_unmarked"},
        {R"({"type":"app_mention"})", "unknown_event"},
        {R"({"type":null})", "unknown_event"},
    };
    for (const auto& [change, meaning] : table)
        EXPECT_EQ(name_of(read_event(reply(change), self)), meaning) << change;
}

TEST(EventParser, OurOwnPostIsKnownByEitherMark) {
    const char* marks[] = {
        R"({"bot_id":"B0BRIDGE01","metadata":{"event_type":"deskbell_post","event_payload":{"post":"p1"}}})",
        R"({"subtype":"bot_message","user":null,"bot_id":"B0BRIDGE01","blocks":[{"block_id":"deskbell.p1"}]})"};
    for (const char* mark : marks) {
        const auto meaning = read_event(reply(mark), self);
        const auto& own = std::get<OwnPost>(meaning);
        EXPECT_EQ(own.post.value, "p1");
        EXPECT_EQ(own.parent.ts, "1763800000.000100");
        EXPECT_FALSE(own.is_stray);
    }
    // A mark alone proves nothing: anybody's app could write it.
    EXPECT_EQ(
        name_of(read_event(
            reply(R"({"metadata":{"event_type":"deskbell_post","event_payload":{"post":"p1"}}})"),
            self)),
        "words");
}

TEST(EventParser, AReplyOfOursInTheChannelIsAStrayAndAParentIsNot) {
    const std::pair<const char*, bool> table[] = {
        {R"([{"block_id":"deskbell.p1"}])", true},
        {R"([{"block_id":"deskbell.parent.p1"}])", false},
        {R"([])", false},  // only the block says; without it nothing is taken back
    };
    for (const auto& [blocks, stray] : table) {
        const Meaning meaning = read_event(
            reply(std::string(
                      R"({"bot_id":"B0BRIDGE01","thread_ts":null,"metadata":{"event_type":)") +
                  R"("deskbell_post","event_payload":{"post":"p1"}},"blocks":)" + blocks + "}"),
            self);
        const auto& own = std::get<OwnPost>(meaning);
        EXPECT_EQ(own.is_stray, stray) << blocks;
        EXPECT_EQ(own.parent.ts, own.message.ts);
    }
}

json::object change(const std::string& message, const std::string& previous) {
    json::object event =
        parse_or_die(R"({"type":"message","subtype":"message_changed","hidden":true,
        "channel":"C0VIPSALES","ts":"1763800190.000600"})");
    event["message"] = reply(message);
    if (!previous.empty()) event["previous_message"] = reply(previous);
    return event;
}

TEST(EventParser, OnlyARealEditIsAnEdit) {
    const std::string edited = R"("edited":{"user":"U0AGENT001","ts":"1763800190.000000"})";
    const struct {
        std::string message, previous, meaning;
    } table[] = {
        {"{\"text\":\"new\"," + edited + "}", "{}", "words"},
        {"{\"text\":\"new\"}", "{}", "words"},
        {"{" + edited + "}", "", "words"},
        {"{" + edited + "}", "{" + edited + "}", "change_without_edit"},
        {R"({"attachments":[{"from_url":"https://a.b"}]})", "{}", "change_without_edit"},
        {"{}", "", "change_without_edit"},
        {R"({"files":[{"id":"F1","mode":"tombstone"}]})",
         R"({"files":[{"id":"F1","mode":"hosted"}]})", "words"},
        {R"({"files":[{"id":"F1","size":5}]})", R"({"files":[{"id":"F1","size":0}]})",
         "change_without_edit"},
        {R"({"bot_id":"B0BRIDGE01","text":"x"})", "{}", "own_change"},
        {R"({"bot_id":"B0OTHER001","text":"x"})", "{}", "foreign_bot"},
        {R"({"thread_ts":null,"text":"x"})", "{}", "misplaced"},
    };
    for (const auto& row : table)
        EXPECT_EQ(name_of(read_event(change(row.message, row.previous), self)), row.meaning)
            << row.message;
    const Meaning meaning = read_event(change(table[0].message, "{}"), self);
    const auto& words = std::get<AgentWords>(meaning);
    EXPECT_TRUE(words.is_edit);
    EXPECT_EQ(words.message.ts, "1763800105.000300");
    EXPECT_EQ(words.edit_key, "1763800190.000600");
}

TEST(EventParser, TombstonesAndDeletions) {
    const auto deletion = [](const std::string& previous) {
        return parse_or_die(R"({"type":"message","subtype":"message_deleted","channel":"C0VIPSALES",
            "deleted_ts":"1763800105.000300","ts":"1763800200.000700")" +
                            previous + "}");
    };
    const std::string in_thread =
        R"(,"previous_message":{"user":"U0AGENT001","ts":"1763800105.000300","thread_ts":"1763800000.000100")";
    EXPECT_EQ(name_of(read_event(deletion(in_thread + "}"), self)), "removed");
    EXPECT_EQ(name_of(read_event(deletion(in_thread + R"(,"bot_id":"B0BRIDGE01"})"), self)),
              "own_post_deleted");
    EXPECT_EQ(name_of(read_event(deletion(""), self)), "parent gone");
    EXPECT_EQ(name_of(read_event(deletion(R"(,"previous_message":{"user":"U0BRIDGEBT"})"), self)),
              "parent gone");
    EXPECT_EQ(name_of(read_event(deletion(R"(,"previous_message":{"user":"U0AGENT001"})"), self)),
              "foreign_root_deleted");
    EXPECT_EQ(
        name_of(read_event(
            change(R"({"subtype":"tombstone","user":"USLACKBOT","ts":"1763800000.000100"})", ""),
            self)),
        "parent gone");
    EXPECT_EQ(
        name_of(read_event(change(R"({"subtype":"tombstone","user":"USLACKBOT"})", ""), self)),
        "removed");
    EXPECT_EQ(name_of(read_event(change(R"({"subtype":"tombstone","ts":5})", ""), self)),
              "malformed");
}

TEST(EventParser, ReactionsNameAMessage) {
    const auto event = [](const std::string& fields) {
        return parse_or_die(R"({"type":"reaction_added",)" + fields + "}");
    };
    const std::string item =
        R"("item":{"type":"message","channel":"C0VIPSALES","ts":"1763800000.000100"})";
    const Meaning meaning =
        read_event(event(R"("user":"U0AGENT001","reaction":"wave::skin-tone-3",)" + item), self);
    EXPECT_EQ(std::get<Reacted>(meaning).name, "wave");
    EXPECT_EQ(name_of(read_event(event(R"("user":"U0BRIDGEBT","reaction":"eyes",)" + item), self)),
              "own_reaction");
    EXPECT_EQ(name_of(read_event(event(R"("user":"U0AGENT001","item":{"type":"file"})"), self)),
              "reaction_elsewhere");
    EXPECT_EQ(name_of(read_event(event(R"("user":"x","reaction":"eyes",)" + item), self)),
              "malformed");
}

TEST(EventParser, TheWorkspacesLife) {
    const std::pair<const char*, const char*> table[] = {
        {R"({"type":"member_left_channel","user":"U0BRIDGEBT","channel":"C1"})", "channel"},
        {R"({"type":"member_left_channel","user":"U0AGENT001","channel":"C1"})", "member_left"},
        {R"({"type":"member_joined_channel","user":"U0BRIDGEBT","channel":"C1"})", "channel"},
        {R"({"type":"channel_archive","channel":"C1"})", "channel"},
        {R"({"type":"group_unarchive","channel":{"id":"C1"}})", "channel"},
        {R"({"type":"channel_shared","channel":"C1"})", "channel"},
        {R"({"type":"tokens_revoked","tokens":{"bot":["U0BRIDGEBT"]}})", "desk closed"},
        {R"({"type":"tokens_revoked","tokens":{"oauth":["U0AGENT001"],"bot":[]}})",
         "other_token_revoked"},
        {R"({"type":"app_uninstalled"})", "desk closed"},
        {R"({"type":"app_rate_limited","team_id":"T0ACME0001"})", "sweep"},
    };
    for (const auto& [event, meaning] : table)
        EXPECT_EQ(name_of(read_event(parse_or_die(event), self)), meaning) << event;
    const Meaning left = read_event(parse_or_die(table[0].first), self);
    EXPECT_FALSE(std::get<ChannelChanged>(left).open);
}

TEST(EventParser, AReadBackMessageSaysItsEdit) {
    const Meaning meaning =
        read_message(reply(R"({"edited":{"ts":"1763800190.000000"}})"), "C0VIPSALES", self);
    EXPECT_EQ(std::get<AgentWords>(meaning).edit_key, "1763800190.000000");
    EXPECT_FALSE(std::get<AgentWords>(meaning).is_edit);
}

TEST(Envelope, TheAuthorizationSaysWhoseItIs) {
    const Envelope envelope = read_envelope(parse_or_die(
        R"({"type":"event_callback","event_id":"Ev1","team_id":"T0OTHER001","api_app_id":"A1",
            "context_team_id":"T0THIRD001","authorizations":[{"team_id":"T0ACME0001"}]})"));
    EXPECT_EQ(envelope.team, "T0ACME0001");
    EXPECT_EQ(envelope.event_id, "Ev1");
    EXPECT_EQ(read_envelope(parse_or_die(R"({"team_id":"T1","authorizations":[7]})")).team, "T1");
}

// Any shape of JSON under the names we read: a meaning, never a crash.
TEST(EventParser, SurvivesAnyJson) {
    SeededRandom random(23);
    const std::vector<std::string> keys = {"type",
                                           "subtype",
                                           "channel",
                                           "user",
                                           "ts",
                                           "thread_ts",
                                           "message",
                                           "previous_message",
                                           "item",
                                           "blocks",
                                           "metadata",
                                           "event_type",
                                           "event_payload",
                                           "post",
                                           "files",
                                           "edited",
                                           "bot_id",
                                           "deleted_ts",
                                           "tokens",
                                           "bot",
                                           "reaction",
                                           "elements",
                                           "text",
                                           "block_id",
                                           "hidden"};
    const std::vector<std::string> words = {
        "message",       "message_changed", "message_deleted", "tombstone",  "reaction_added",
        "C0VIPSALES",    "U0AGENT001",      "U0BRIDGEBT",      "B0BRIDGE01", "1763800000.000100",
        "deskbell_post", "deskbell.x",      "tokens_revoked",  "rich_text",  ""};
    const std::function<json::value(int)> make = [&](int depth) -> json::value {
        switch (random.below(depth > 3 ? 4 : 6)) {
            case 0:
                return nullptr;
            case 1:
                return static_cast<std::int64_t>(random.below(9));
            case 2:
            case 3:
                return json::value(words[random.below(words.size())]);
            case 4: {
                json::array array;
                for (auto i = random.below(3); i > 0; --i) array.push_back(make(depth + 1));
                return array;
            }
            default: {
                json::object object;
                for (auto i = random.below(8); i > 0; --i)
                    object[keys[random.below(keys.size())]] = make(depth + 1);
                return object;
            }
        }
    };
    for (int round = 0; round < 20'000; ++round) {
        const json::value value = make(0);
        if (const json::object* object = value.if_object()) {
            (void)read_event(*object, self);
            (void)read_event(change(json::serialize(*object), "{}"), self);
        }
    }
}

}  // namespace
}  // namespace deskbell::desk::slack
