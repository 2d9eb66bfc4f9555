#include "desk/slack/marker.hpp"
#include "desk/slack/own_words.hpp"
#include "desk/slack/slack_fakes.hpp"
#include "desk/slack/slack_office.hpp"

#include <gtest/gtest.h>

#include <set>

namespace deskbell::desk::slack {
namespace {

// The engine as reconcile sees it: which letters, sessions and messages the old store has.
struct OldStore final : DeskListener {
    ManualLoop& loop;
    std::set<std::string> letters;
    std::set<std::string> sessions;
    std::vector<core::Command> commands;
    int busy = 0;  // so many refusals that pass

    explicit OldStore(ManualLoop& l) : loop(l) {}

    void happened(core::Command command,
                  std::move_only_function<void(std::optional<Error>)> done) override {
        std::optional<Error> refusal;
        if (busy > 0) {
            --busy;
            refusal = Error{"busy", "", 100};
        } else {
            refusal = refusal_of(command);
            commands.push_back(std::move(command));
        }
        loop.post([refusal, done = std::move(done)]() mutable { done(refusal); });
    }
    std::optional<Error> refusal_of(const core::Command& command) {
        if (const auto* post = std::get_if<core::PostConfirmed>(&command))
            return letters.erase(post->post.value) > 0
                       ? std::nullopt
                       : std::optional(Error{"letter_unknown", "", std::nullopt});
        if (const auto* thread = std::get_if<core::ThreadFound>(&command))
            return sessions.contains(thread->session.value)
                       ? std::nullopt
                       : std::optional(Error{"session_unknown", "", std::nullopt});
        return std::nullopt;
    }
    void post_echoed(const LetterId&, const DeskMessageId&, const DeskThreadId&,
                     std::string) override {}
    void destination_open(const Destination&) override {}
    void desk_open() override {}

    template <class Command>
    [[nodiscard]] std::vector<Command> all() const {
        std::vector<Command> found;
        for (const core::Command& command : commands)
            if (const auto* one = std::get_if<Command>(&command)) found.push_back(*one);
        return found;
    }
};

constexpr const char* old_session = "session_1763700000_aaaa";
constexpr const char* new_session = "session_1763800001_bbbb";

json::object own(const core::Post& post, const std::string& ts, const std::string& thread_ts) {
    const Message message = message_of(post, Look{"https://acme.slack.com/", true});
    json::object out = {{"type", "message"},
                        {"bot_id", "B0BRIDGE01"},
                        {"ts", ts},
                        {"text", message.text},
                        {"blocks", message.blocks}};
    out["metadata"] = parse_or_die(metadata_json(post));
    if (!thread_ts.empty()) out["thread_ts"] = thread_ts;
    return out;
}

core::Post parent_post(const std::string& letter, const std::string& session) {
    core::Post post;
    post.id = LetterId(letter);
    post.session = SessionId(session);
    post.kind = core::LetterKind::open_thread;
    post.card.session = post.session;
    return post;
}

core::Line line(const std::string& letter, const std::string& message, const std::string& text,
                int part = 1, int parts = 1) {
    core::Line one;
    one.at = 1'763'800'000'000;
    one.text = text;
    one.part = part;
    one.parts = parts;
    one.letter = LetterId(letter);
    one.message = MessageId(message);
    one.client_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    return one;
}

core::Post words(const std::string& session, std::vector<core::Line> lines) {
    core::Post post;
    post.id = lines.front().letter;
    post.session = SessionId(session);
    post.lines = std::move(lines);
    return post;
}

std::string agent(const std::string& ts, const std::string& thread_ts, const std::string& text) {
    return R"({"type":"message","user":"U0AGENT001","text":")" + text + R"(","ts":")" + ts +
           R"(","thread_ts":")" + thread_ts + R"("})";
}

std::string page(const std::vector<std::string>& messages) {
    std::string list;
    for (const std::string& one : messages) list += (list.empty() ? "" : ",") + one;
    return R"({"ok":true,"messages":[)" + list + "]}";
}

struct ReconcileTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{3};
    ScriptedSlack slack{loop};
    OldStore store{loop};
    std::vector<ThreadCursor> threads;
    std::vector<std::string> history;
    std::map<std::string, std::vector<std::string>> replies;  // by the parent's ts
    std::unique_ptr<SlackOffice> office;
    int released = 0;

    void SetUp() override {
        slack.answers["auth.test"] = [](const CallFields&) {
            return answered(200, auth_test_answer);
        };
        slack.answers["conversations.list"] = [](const CallFields&) {
            return answered(200, channels_answer);
        };
        slack.answers["users.info"] = [](const CallFields&) { return answered(200, ana_answer); };
        slack.answers["conversations.history"] = [this](const CallFields&) {
            return answered(200, page(history));
        };
        slack.answers["conversations.replies"] = [this](const CallFields& fields) {
            return answered(200, page(replies[fields.at("ts")]));
        };
        slack.answers["chat.postMessage"] = [](const CallFields& fields) {
            return answered(200, R"({"ok":true,"channel":")" + fields.at("channel") +
                                     R"(","ts":"1763900000.000100","message":{"thread_ts":")" +
                                     fields.at("thread_ts") + R"("}})");
        };
    }
    void start(ReconcileOptions options) {
        OfficeOptions all;
        all.api_url = "http://slack/api/";
        all.bot_token = "xoxb";
        all.signing_secrets = {"secret"};
        all.destinations = {Destination("#vip-sales")};
        all.reconcile = std::move(options);
        all.all_threads = [this](WallMs,
                                 std::move_only_function<void(std::vector<ThreadCursor>)> done) {
            done(threads);
        };
        all.reconciled = [this] { ++released; };
        office = std::make_unique<SlackOffice>(
            loop, slack, store, random,
            [](std::move_only_function<void(std::vector<ThreadCursor>)> done) { done({}); }, all);
        office->start();
    }
    void start_due() { start({.due = true, .since = 1'763'800'000'000, .untold = {}}); }
    static DeskThreadId thread(const std::string& ts) {
        return DeskThreadId("T0ACME0001/C0VIPSALES/" + ts);
    }
};

const std::string ts_old = "1763700001.000100";
const std::string ts_new = "1763800010.000100";

TEST_F(ReconcileTest, WaitsForWhatIsOnItsWayThenReadsEverythingBeforeItLetsGo) {
    start_due();
    loop.advance(19'000);
    EXPECT_TRUE(slack.of("conversations.history").empty());
    EXPECT_EQ(released, 0);
    loop.advance(5'000);
    const auto reads = slack.of("conversations.history");
    ASSERT_GE(reads.size(), 1u);
    EXPECT_EQ(reads[0].fields.at("include_all_metadata"), "true");
    EXPECT_EQ(reads[0].fields.at("oldest"), "1763799100.000000") << "a quarter of an hour before";
    EXPECT_EQ(released, 1);
    EXPECT_EQ(store.all<core::ReconcileEnded>().size(), 1u);
    EXPECT_TRUE(slack.of("chat.postMessage").empty());
}

TEST_F(ReconcileTest, TakesOverLettersWordsAndRepliesInTheirOrder) {
    threads = {{thread(ts_old), "1763700002.000000"}};
    store.letters = {"l-1", "l-2"};
    store.sessions = {old_session};
    json::object parent = own(parent_post("p-old", old_session), ts_old, "");
    parent["latest_reply"] = "1763800500.000100";
    history = {json::serialize(parent)};
    replies[ts_old] = {
        json::serialize(
            own(words(old_session, {line("l-1", "m-1", "one"), line("l-2", "m-2", "two"),
                                    line("l-3", "m-3", "three & <b>")}),
                "1763800100.000100", ts_old)),
        agent("1763800200.000100", ts_old, "Sure"),
        json::serialize(own(words(old_session, {line("l-4", "m-4", "first half ", 1, 2)}),
                            "1763800300.000100", ts_old)),
        json::serialize(own(words(old_session, {line("l-5", "m-4", "second half", 2, 2)}),
                            "1763800400.000100", ts_old)),
    };
    start_due();
    loop.advance(60'000);
    std::vector<std::string> said;
    for (const core::Command& command : store.commands) {
        if (const auto* post = std::get_if<core::PostConfirmed>(&command)) {
            EXPECT_TRUE(post->read_back);
            EXPECT_EQ(post->thread, thread(ts_old));
            said.push_back("letter " + post->post.value);
        }
        if (const auto* found = std::get_if<core::CustomerFound>(&command)) {
            EXPECT_EQ(found->session.value, old_session);
            EXPECT_EQ(found->client_id, "0f8fad5b-d9cb-469f-a165-70867728950e");
            said.push_back(found->id.value + " " + found->text);
        }
        if (const auto* reply = std::get_if<core::AgentSaid>(&command))
            said.push_back("agent " + reply->text);
        if (const auto* swept = std::get_if<core::ThreadSwept>(&command))
            said.push_back("swept " + swept->cursor);
        if (std::holds_alternative<core::ReconcileEnded>(command)) said.push_back("ended");
    }
    // A message that the store knows is told all the same, and refused there as known.
    EXPECT_EQ(said, (std::vector<std::string>{
                        "letter l-1", "letter l-2", "letter l-3", "m-1 one", "m-2 two",
                        "m-3 three & <b>", "agent Sure", "letter l-4", "letter l-5",
                        "m-4 first half second half", "swept 1763800400.000100", "ended"}));
}

TEST_F(ReconcileTest, AParentIsALetterAThreadOrNobodysAndAgentsOfThoseAreToldOnce) {
    store.letters = {"p-queued"};
    store.sessions = {old_session};
    history = {json::serialize(own(parent_post("p-queued", "session_1763700000_cccc"),
                                   "1763800011.000100", "")),
               json::serialize(own(parent_post("p-since", old_session), "1763800012.000100", "")),
               json::serialize(own(parent_post("p-nobodys", new_session), ts_new, "")),
               // Forgotten long before: its agents have known for as long.
               json::serialize(own(parent_post("p-forgotten", "session_1763700000_dddd"),
                                   "1763799500.000100", ""))};
    start_due();
    loop.advance(120'000);
    EXPECT_EQ(store.all<core::ThreadFound>().size(), 3u);
    const auto ended = store.all<core::ReconcileEnded>();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].untold, (std::vector{thread(ts_new)}));
    const auto posts = slack.of("chat.postMessage");
    ASSERT_EQ(posts.size(), 1u);
    EXPECT_EQ(posts[0].fields.at("thread_ts"), ts_new);
    EXPECT_EQ(posts[0].fields.at("reply_broadcast"), "false");
    EXPECT_EQ(store.all<core::ThreadTold>().size(), 1u);
    EXPECT_EQ(released, 1);
}

TEST_F(ReconcileTest, NobodyIsToldTwiceWhateverHappensInBetween) {
    start({.due = false, .since = 0, .untold = {thread(ts_new)}});
    EXPECT_EQ(released, 1) << "nothing is held back for it";
    // The notice of the process before us is there.
    slack.script["chat.postMessage"] = {no_answer(net::ClientAnswer::Kind::unknown)};
    std::string notice_post;
    slack.answers["conversations.replies"] = [&](const CallFields&) {
        std::vector<std::string> found;
        for (const auto& call : slack.of("chat.postMessage")) {
            json::object message = {{"bot_id", "B0BRIDGE01"},
                                    {"ts", "1763900000.000200"},
                                    {"thread_ts", ts_new},
                                    {"text", "n"}};
            message["metadata"] = parse_or_die(call.fields.at("metadata"));
            found.push_back(json::serialize(message));
        }
        return answered(200, page(found));
    };
    loop.advance(120'000);
    EXPECT_EQ(slack.of("chat.postMessage").size(), 1u);
    EXPECT_EQ(store.all<core::ThreadTold>().size(), 1u);
}

TEST_F(ReconcileTest, ManyAreToldSlowlyAndTheRestGoesOnMeanwhile) {
    std::vector<DeskThreadId> untold;
    for (int i = 0; i < 100; ++i) {
        char ts[32];
        std::snprintf(ts, sizeof ts, "17638%05d.000100", i);
        untold.push_back(thread(ts));
    }
    start({.due = false, .since = 0, .untold = untold});
    loop.advance(10 * 60'000);
    const auto posts = slack.of("chat.postMessage");
    EXPECT_EQ(posts.size(), 100u);
    for (std::size_t i = 0; i + 20 < posts.size(); ++i)
        EXPECT_GE(posts[i + 20].at - posts[i].at, 59'000) << i;
    std::set<std::string> places;
    for (const auto& post : posts) places.insert(post.fields.at("thread_ts"));
    EXPECT_EQ(places.size(), 100u);
}

TEST_F(ReconcileTest, WhatCannotBeReadIsReadAgainAndUntilThenNothingIsLetGo) {
    slack.script["conversations.history"] = {answered(500, "x"), limited(30),
                                             no_answer(net::ClientAnswer::Kind::unknown)};
    store.busy = 3;
    start_due();
    loop.advance(50'000);
    EXPECT_EQ(released, 0);
    loop.advance(60'000);
    EXPECT_EQ(released, 1);
}

TEST_F(ReconcileTest, AChannelThatIsClosedToUsDoesNotHoldUpTheOthers) {
    threads = {{DeskThreadId("T0ACME0001/C0GONE0001/" + ts_old), ""}};
    slack.answers["conversations.history"] = [this](const CallFields& fields) {
        if (fields.at("channel") == "C0GONE0001") return refusal("not_in_channel");
        return answered(200, page(history));
    };
    start_due();
    loop.advance(60'000);
    EXPECT_EQ(released, 1);
}

TEST_F(ReconcileTest, SecondCopiesAreTakenBack) {
    threads = {{thread(ts_old), ""}};
    json::object parent = own(parent_post("p-old", old_session), ts_old, "");
    parent["latest_reply"] = "1763800500.000100";
    history = {json::serialize(parent),
               json::serialize(own(parent_post("p-old", old_session), "1763800400.000100", ""))};
    const core::Post post = words(old_session, {line("l-1", "m-1", "one")});
    replies[ts_old] = {json::serialize(own(post, "1763800100.000100", ts_old)),
                       json::serialize(own(post, "1763800105.000100", ts_old))};
    start_due();
    loop.advance(60'000);
    std::set<std::string> deleted;
    for (const auto& call : slack.of("chat.delete")) deleted.insert(call.fields.at("ts"));
    EXPECT_EQ(deleted, (std::set<std::string>{"1763800105.000100", "1763800400.000100"}));
}

TEST_F(ReconcileTest, ReadingStaysWithinItsBudget) {
    std::vector<std::string> parents;
    for (int i = 0; i < 200; ++i) {
        char ts[32];
        std::snprintf(ts, sizeof ts, "17637%05d.000100", i);
        threads.push_back({thread(ts), ""});
        json::object parent = own(parent_post("p-" + std::to_string(i), old_session), ts, "");
        parent["latest_reply"] = "1763800500.000100";
        parents.push_back(json::serialize(parent));
    }
    history = parents;
    start_due();
    loop.advance(10 * 60'000);
    EXPECT_EQ(released, 1);
    const auto calls = slack.of("conversations.replies");
    EXPECT_GE(calls.size(), 200u);
    for (std::size_t i = 0; i + 51 < calls.size(); ++i)
        EXPECT_GE(calls[i + 51].at - calls[i].at, 60'000) << i;
}

// ---- What posts say of themselves. ----

TEST(OwnWords, AreReadBackAsTheyWereSaid) {
    const std::string texts[] = {"plain",
                                 "with\nlines\n\nand blanks  ",
                                 "a link https://example.com/x?a=1&b=2 in it",
                                 "& < > \" ' `code` *stars* _under_ ~tilde~",
                                 "  leading blanks",
                                 "emoji 👋🏽 and 漢字"};
    for (const std::string& text : texts) {
        for (const bool names : {true, false}) {
            for (const int count : {1, 3}) {
                std::vector<core::Line> lines;
                for (int i = 0; i < count; ++i)
                    lines.push_back(line("l-" + std::to_string(i), "m-" + std::to_string(i), text));
                const core::Post post = words(old_session, lines);
                const Message message = message_of(post, Look{"", names});
                json::object posted = {{"text", message.text}, {"blocks", message.blocks}};
                posted["metadata"] = parse_or_die(metadata_json(post));
                const OwnWords read = own_words_of(posted);
                ASSERT_EQ(read.lines.size(), lines.size());
                EXPECT_EQ(read.session.value, old_session);
                for (const OwnLine& one : read.lines) EXPECT_EQ(one.text, text) << names << count;
            }
        }
    }
}

TEST(OwnWords, OfAPlainTextAreStillTheWords) {
    const core::Post post = words(old_session, {line("l-1", "m-1", "1 < 2 & 3")});
    for (const bool names : {true, false}) {
        json::object posted = {{"text", message_of(post, Look{"", names}).text}};
        posted["metadata"] = parse_or_die(metadata_json(post));
        EXPECT_EQ(own_words_of(posted).lines.at(0).text, "1 < 2 & 3");
    }
}

TEST(OwnWords, TheirMarkIsSmallAndSaysNothingOfTheCustomer) {
    std::vector<core::Line> lines;
    for (int i = 0; i < 10; ++i) {
        lines.push_back(line("0190a5e2-7c3b-7d4e-8f50-6172839405a" + std::to_string(i),
                             "msg_00v1q2w3e4r5t6y7u8i9o" + std::to_string(i), "words"));
    }
    lines[3].client_id = "john@example.com";
    const core::Post post = words(old_session, lines);
    const std::string metadata = metadata_json(post);
    EXPECT_LT(metadata.size(), 1'100u);
    EXPECT_EQ(metadata.find("john"), std::string::npos);
    EXPECT_EQ(metadata.find("words"), std::string::npos);
    json::object posted = {{"text", "x"}};
    posted["metadata"] = parse_or_die(metadata);
    EXPECT_EQ(own_words_of(posted).lines.size(), 10u);
}

TEST(OwnWords, WhateverStandsThereNothingElseIsMadeOfIt) {
    for (const char* mark : {"", "x", "a b", ",,,", "l-1 m-1 - 9/3", "l-1 m;1 - ", "l-1", " "}) {
        json::object posted = {{"text", "x"}};
        posted["metadata"] = {
            {"event_type", "deskbell_post"},
            {"event_payload", {{"post", "p"}, {"session", old_session}, {"lines", mark}}}};
        for (const OwnLine& one : own_words_of(posted).lines)
            EXPECT_FALSE(one.letter.empty() || one.message.empty()) << mark;
    }
    EXPECT_EQ(session_made_at(SessionId("session_1763700000_aaaa")), 1'763'700'000'000);
    for (const char* id : {"", "session_", "session_x_y", "session_17", "other_1763700000_a"})
        EXPECT_EQ(session_made_at(SessionId(id)), 0) << id;
}

}  // namespace
}  // namespace deskbell::desk::slack
