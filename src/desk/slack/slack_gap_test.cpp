// What events did not tell: edits, deletions, reactions, phantoms; and when threads are read.

#include "desk/slack/slack_office_fixture.hpp"

namespace deskbell::desk::slack {
namespace {

struct GapTest : OfficeTest {
    std::string thread_messages;  // of the one thread, besides its parent
    std::string latest = "1763800105.000300";
    std::string on_parent;  // more of the parent

    void SetUp() override {
        OfficeTest::SetUp();
        clock.step_wall(1763801000000 - clock.wall_ms());
        threads = {{DeskThreadId(thread_value), "1763800105.000300", true}};
        slack.answers["conversations.history"] = [this](const CallFields&) {
            return answered(200, page(parent(latest, on_parent)));
        };
        slack.answers["conversations.replies"] = [this](const CallFields& fields) {
            if (fields.at("ts") != root_ts) return refusal("thread_not_found");
            const auto only = fields.find("latest");
            if (only != fields.end()) {
                const bool there = thread_messages.find(only->second) != std::string::npos;
                return answered(200,
                                page(parent(latest) + (there ? "," + said(only->second) : "")));
            }
            return answered(200, page(parent(latest, on_parent) +
                                      (thread_messages.empty() ? "" : "," + thread_messages)));
        };
    }
    core::KnownReply known(const std::string& ts, const std::string& sender = "") const {
        core::KnownReply reply;
        reply.message = DeskMessageId("T0ACME0001/C0VIPSALES/" + ts);
        reply.order = ts;
        reply.sender_key = sender;
        return reply;
    }
    void start_and_read() {
        office->start();
        loop.advance(5'000);
    }
};

TEST_F(GapTest, AThreadInUseIsReadWholeEveryFiveMinutesAndAClosedOneHourly) {
    thread_messages = said("1763800105.000300");
    start_and_read();
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u) << "at the start";
    slack.calls.clear();
    loop.advance(4 * 60'000);
    EXPECT_TRUE(slack.of("conversations.replies").empty());
    loop.advance(2 * 60'000);
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u);
    EXPECT_EQ(slack.of("conversations.replies")[0].fields.at("oldest"), root_ts);
    threads[0].active = false;
    loop.advance(60'000);
    slack.calls.clear();
    loop.advance(50 * 60'000);
    EXPECT_TRUE(slack.of("conversations.replies").empty());
    loop.advance(12 * 60'000);
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u);
}

TEST_F(GapTest, AnotherCountOfRepliesMakesItReadAtOnce) {
    thread_messages = said("1763800105.000300");
    on_parent = R"(,"reply_count":2)";
    start_and_read();
    slack.calls.clear();
    on_parent = R"(,"reply_count":1)";
    loop.advance(61'000);
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u);
}

TEST_F(GapTest, AnEditWhoseEventWasLostIsFound) {
    thread_messages = said("1763800105.000300", "one");
    start_and_read();
    listener.commands.clear();
    thread_messages =
        said("1763800105.000300", "two", R"(,"edited":{"user":"U","ts":"1763800190.000000"})");
    loop.advance(6 * 60'000);
    const auto told = listener.all<core::AgentSaid>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].text, "two");
    EXPECT_TRUE(told[0].edited_since);
}

TEST_F(GapTest, ADeletionWhoseEventWasLostIsFoundAndConfirmedTwice) {
    listener.replies = {known("1763800103.000000"), known("1763800105.000300")};
    thread_messages = said("1763800105.000300");
    start_and_read();
    const auto told = listener.all<core::AgentDeleted>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].message.value, "T0ACME0001/C0VIPSALES/1763800103.000000");
    EXPECT_EQ(told[0].thread.value, thread_value);
    EXPECT_EQ(slack.of("conversations.replies").size(), 3u);
    EXPECT_EQ(office->counters().at("gap_deleted"), 1u);
}

TEST_F(GapTest, WhatAReadMayJustNotShowYetIsNotDeleted) {
    listener.replies = {known(ts_of_ms(clock.wall_ms() - 20'000))};
    start_and_read();
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty()) << "it is seconds old";
    listener.replies = {known("1763800103.000000")};
    slack.answers["conversations.replies"] = [this](const CallFields& fields) {
        if (!fields.contains("latest")) return answered(200, page(parent(latest)));
        return fields.at("ts") == root_ts ? answered(200, page(parent(latest)))
                                          : answered(200, page(said("1763800103.000000")));
    };
    loop.advance(10 * 60'000);
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty()) << "it stands in another thread";
    slack.answers["conversations.replies"] = [this](const CallFields& fields) {
        return fields.contains("latest") ? answered(500, "") : answered(200, page(parent(latest)));
    };
    loop.advance(10 * 60'000);
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty()) << "it could not be read";
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(200, R"({"ok":true,"messages":[],)"
                             R"("response_metadata":{"next_cursor":"for ever"}})");
    };
    loop.advance(20 * 60'000);
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty()) << "the thread was not read to its end";
}

TEST_F(GapTest, AReadThatIsBehindHidesADeletionForOneRoundOnly) {
    listener.replies = {known("1763800103.000000")};
    bool is_behind = true;
    slack.answers["conversations.replies"] = [&](const CallFields& fields) {
        if (fields.at("ts") == root_ts) return answered(200, page(parent(latest)));
        return answered(200, page(is_behind ? said("1763800103.000000") : ""));
    };
    start_and_read();
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty());
    is_behind = false;
    loop.advance(10 * 60'000);
    EXPECT_FALSE(listener.all<core::AgentDeleted>().empty());
}

TEST_F(GapTest, APhantomIsKnownByWhereItReallyStands) {
    const std::string sender = "T0ACME0001/C0VIPSALES/U0AGENT001/m1";
    listener.replies = {known("1763800084.000000", sender)};
    thread_messages = said("1763800105.000300", "Sure", R"(,"client_msg_id":"m1")");
    start_and_read();
    const auto moved = listener.all<core::AgentMoved>();
    ASSERT_EQ(moved.size(), 1u);
    EXPECT_EQ(moved[0].from.value, "T0ACME0001/C0VIPSALES/1763800084.000000");
    EXPECT_EQ(moved[0].to.value, "T0ACME0001/C0VIPSALES/1763800105.000300");
    EXPECT_EQ(moved[0].order, "1763800105.000300");
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty());
}

TEST_F(GapTest, OfTwoThatAreBothThereNeitherMoves) {
    const std::string sender = "T0ACME0001/C0VIPSALES/U0AGENT001/m1";
    listener.replies = {known("1763800104.000000", sender)};
    thread_messages = said("1763800104.000000", "Sure", R"(,"client_msg_id":"m1")") + "," +
                      said("1763800105.000300", "Sure", R"(,"client_msg_id":"m1")");
    start_and_read();
    EXPECT_TRUE(listener.all<core::AgentMoved>().empty());
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty());
}

// ---- A thread that was given up while its parent stands. ----

struct LostThreadTest : GapTest {
    const std::string old_ts = "1763800050.000100";
    std::string said_in_the_old;

    void SetUp() override {
        GapTest::SetUp();
        const SessionId session("session_1");
        threads = {{DeskThreadId(thread_value), "1763800105.000300", true, false, session},
                   {DeskThreadId("T0ACME0001/C0VIPSALES/" + old_ts), "", false, true, session}};
        const auto in_use = slack.answers["conversations.replies"];
        slack.answers["conversations.history"] = [this](const CallFields&) {
            return answered(200, page(parent(latest, on_parent) + "," + old_parent()));
        };
        slack.answers["conversations.replies"] = [this, in_use](const CallFields& fields) {
            if (fields.at("ts") != old_ts) return in_use(fields);
            return answered(200, page(old_parent() + "," + said_in_the_old));
        };
    }
    [[nodiscard]] std::string old_parent() const {
        return R"({"bot_id":"B0BRIDGE01","ts":")" + old_ts +
               R"(","reply_count":1,"latest_reply":"1763800103.000000"})";
    }
};

TEST_F(LostThreadTest, AnAnswerThereIsReadBackAndNothingOfItIsTakenForDeleted) {
    said_in_the_old = said("1763800103.000000", "here", R"(,"client_msg_id":"m1")");
    listener.replies = {known("1763800104.000000", "T0ACME0001/C0VIPSALES/U0AGENT001/m1")};
    start_and_read();
    const auto told = listener.all<core::AgentSaid>();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told[0].message.value, "T0ACME0001/C0VIPSALES/1763800103.000000");
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty()) << "its event named a wrong ts";
    EXPECT_EQ(listener.all<core::AgentMoved>().size(), 1u);
}

TEST_F(LostThreadTest, WhileItCannotBeReadNothingIsCalledDeleted) {
    const auto readable = slack.answers["conversations.replies"];
    slack.answers["conversations.replies"] = [this, readable](const CallFields& fields) {
        return fields.at("ts") == old_ts ? answered(500, "") : readable(fields);
    };
    listener.replies = {known("1763800104.000000")};
    start_and_read();
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty());
}

// The conversation was handed over from another channel; an answer given there still stands there.
TEST_F(LostThreadTest, AnAnswerInTheChannelItCameFromIsAskedForThere) {
    threads.pop_back();  // no list names the thread that it had over there
    core::KnownReply answer = known("1763800103.000000");
    answer.message = DeskMessageId("T0ACME0001/C0SUPPORT2/1763800103.000000");
    listener.replies = {answer};
    const auto here = slack.answers["conversations.replies"];
    slack.answers["conversations.replies"] = [here](const CallFields& fields) {
        if (fields.at("channel") != "C0SUPPORT2") return here(fields);
        return answered(200, page(said("1763800103.000000")));
    };
    start_and_read();
    EXPECT_TRUE(listener.all<core::AgentDeleted>().empty());
}

// ---- What the parent shows. ----

TEST_F(GapTest, AParentThatShowsAnOlderCardTwiceIsReportedOnce) {
    on_parent = R"(,"blocks":[{"type":"header","block_id":"deskbell.card.session_1.4"}])";
    start_and_read();
    EXPECT_TRUE(listener.all<core::CardSeen>().empty()) << "a read may be old";
    loop.advance(4 * 60'000);
    const auto seen = listener.all<core::CardSeen>();
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].version, 4);
    EXPECT_EQ(seen[0].thread.value, thread_value);
}

// ---- Reactions. ----

TEST_F(GapTest, ReactionsOnTheParentAreReadBackOnce) {
    on_parent = R"(,"reactions":[{"name":"eyes","users":["U0AGENT001"],"count":1},)"
                R"({"name":"white_check_mark::skin-tone-3","users":["U0AGENT001","U0BRIDGEBT"]},)"
                R"({"name":"tada","users":["U0AGENT001"]}])";
    start_and_read();
    const auto claimed = listener.all<core::AgentClaimed>();
    const auto resolved = listener.all<core::AgentResolved>();
    ASSERT_EQ(claimed.size(), 1u);
    ASSERT_EQ(resolved.size(), 1u);
    EXPECT_EQ(resolved[0].reaction.key, "white_check_mark/U0AGENT001");
    EXPECT_TRUE(resolved[0].reaction.read_back);
    EXPECT_FALSE(resolved[0].reaction.at.empty());
    loop.advance(10 * 60'000);
    EXPECT_EQ(listener.all<core::AgentResolved>().size(), 1u);
    EXPECT_EQ(listener.all<core::ReactionsRead>().size(), 1u);
    on_parent.clear();
    loop.advance(2 * 60'000);
    const auto read = listener.all<core::ReactionsRead>();
    ASSERT_EQ(read.size(), 2u);
    EXPECT_TRUE(read[1].keys.empty()) << "then it may be added again";
}

TEST_F(GapTest, AReactionsEventSaysWhichAndWhen) {
    start();
    std::string event_text = reaction("white_check_mark", root_ts);
    event_text.insert(event_text.size() - 1, R"(,"event_ts":"1763800200.000100")");
    EXPECT_EQ(event(event_text), 200);
    const auto resolved = listener.all<core::AgentResolved>();
    ASSERT_EQ(resolved.size(), 1u);
    EXPECT_EQ(resolved[0].reaction.key, "white_check_mark/U0AGENT001");
    EXPECT_EQ(resolved[0].reaction.at, "1763800200.000100");
    EXPECT_FALSE(resolved[0].reaction.read_back);
}

TEST_F(GapTest, AReactionOnAReplyWhoseEventWasLostMeansSeen) {
    thread_messages = said("1763800105.000300", "x",
                           R"(,"bot_id":"B0BRIDGE01","blocks":[{"block_id":"deskbell.p1"}],)"
                           R"("reactions":[{"name":"eyes","users":["U0AGENT001"]}])");
    start_and_read();
    const auto saw = listener.all<core::AgentSaw>();
    ASSERT_EQ(saw.size(), 1u);
    EXPECT_EQ(saw[0].order, "1763800105.000300");
    EXPECT_TRUE(listener.all<core::AgentClaimed>().empty());
}

// ---- When. ----

TEST_F(GapTest, AConversationThatWasClosedIsReadOnceMore) {
    thread_messages = said("1763800105.000300");
    start_and_read();
    slack.calls.clear();
    core::Card card;
    card.thread = DeskThreadId(thread_value);
    card.state = core::SessionState::closed;
    office->desk().show_card(card, [](const CardOutcome&) {});
    loop.advance(61'000);
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u);
}

TEST_F(GapTest, EventsThatCouldNotBeTakenAskForASweep) {
    start_and_read();
    loop.advance(10'000);
    slack.calls.clear();
    listener.silent = true;
    EXPECT_EQ(event(said("1763800205.000300")), 0);
    loop.advance(2'500);
    EXPECT_EQ(responses.back().status, 503);
    listener.silent = false;
    loop.advance(6'000);
    EXPECT_FALSE(slack.of("conversations.history").empty());
}

TEST_F(GapTest, AfterASilenceOfSlackThreadsAreSwept) {
    start_and_read();
    slack.script["chat.postMessage"] = {refusal("token_revoked")};
    core::Post post;
    post.thread = DeskThreadId(thread_value);
    office->desk().post(post, [](const PostOutcome&) {});
    loop.run_ready();
    const auto rounds = office->sweeps();
    slack.calls.clear();
    loop.advance(40'000);
    EXPECT_FALSE(slack.of("auth.test").empty());
    EXPECT_GT(office->sweeps(), rounds);
}

TEST_F(GapTest, AnAnsweredDoubledParentIsReadThoughNoListNamesIt) {
    start_and_read();
    const std::string other = "1763800050.000000";
    slack.answers["conversations.replies"] = [&](const CallFields& fields) {
        if (fields.at("ts") != other) return answered(200, page(parent(latest)));
        std::string answer = said("1763800060.000000", "from the other");
        answer.replace(answer.find(root_ts), root_ts.size(), other);
        return answered(200, page(answer));
    };
    listener.commands.clear();
    Copy copy;
    copy.message = DeskMessageId("T0ACME0001/C0VIPSALES/" + other);
    copy.opens_thread = true;
    copy.goes_on_in = DeskThreadId(thread_value);
    std::optional<TakenBack> came;
    office->desk().take_back(copy, [&](TakenBack what) { came = what; });
    loop.advance(10'000);
    EXPECT_EQ(came, TakenBack::stays);
    const auto told = listener.all<core::AgentSaid>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].thread.value, "T0ACME0001/C0VIPSALES/" + other);
    EXPECT_TRUE(slack.of("chat.delete").empty());
}

}  // namespace
}  // namespace deskbell::desk::slack
