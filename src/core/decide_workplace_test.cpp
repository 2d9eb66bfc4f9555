// What agents do about a conversation: each gesture counts once, and no word reaches the customer.

#include "core/draft.hpp"
#include "core/rules_test.hpp"

#include <gtest/gtest.h>

namespace deskbell::core {
namespace {

const Agent ana{DeskAgentId("T/ANA"), "Ana", ""};
const Agent ben{DeskAgentId("T/BEN"), "Ben", ""};
const DeskThreadId thread("thread-1");

Gesture word(const char* id, const char* edit_key = "") { return {DeskMessageId(id), edit_key}; }

struct Workplace : ::testing::Test {
    Rules rules;
    // The decision, taken over into the session as the engine would.
    Decision run(const Command& command) {
        Decision decision = rules.decide(command);
        if (!decision.refusal) rules.session = decision.session;
        return decision;
    }
    std::string notices(const Decision& decision) {
        std::string all;
        for (const Letter& letter : decision.letters_added) all += letter.text + "\n";
        return all;
    }
    Message sent_reply(const char* edit_key = "") {
        Message message;
        message.id = MessageId("msg_1");
        message.session = rules.session.id;
        message.role = AuthorRole::agent;
        message.desk_message = DeskMessageId("T/C/5");
        message.desk_edit_key = edit_key;
        message.text = "the price is secret";
        return message;
    }
};

TEST_F(Workplace, AClaimThatFindsAnotherAgentIsRefused) {
    rules.enter(SessionState::waiting, true);
    EXPECT_EQ(run(AgentClaimed{thread, ana, {}, {}, true}).session.agent, ana);
    EXPECT_TRUE(run(AgentClaimed{thread, ana, {}, {}, true}).replayed) << "a double click";
    const Decision second = run(AgentClaimed{thread, ben, {}, {}, true});
    ASSERT_TRUE(second.refusal);
    EXPECT_EQ(second.refusal->code, "already_claimed");
    EXPECT_NE(second.refusal->detail.find("Ana"), std::string::npos);
    EXPECT_EQ(run(AgentClaimed{thread, ben, {}, {}, false}).session.agent, ben) << "taken over";
}

TEST_F(Workplace, AWordCountsOnceAndLeavesATombstone) {
    rules.enter(SessionState::open, true);
    const Decision first = run(AgentResolved{thread, ana, {}, word("T/C/9")});
    EXPECT_EQ(first.session.state, SessionState::closed);
    EXPECT_EQ(first.tombstone, DeskMessageId("T/C/9"));
    EXPECT_TRUE(first.messages_added.empty());
    // The customer came back; the same word, read again, must not close it again.
    rules.enter(SessionState::waiting, true);
    rules.facts.tombstone = true;
    const Decision again = run(AgentResolved{thread, ana, {}, word("T/C/9")});
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.session.state, SessionState::waiting);
    EXPECT_FALSE(again.tombstone);
}

TEST_F(Workplace, ANoteReachesNobodyAndItsEditsNeither) {
    rules.enter(SessionState::open, true);
    const Decision noted = run(AgentNoted{thread, ana, word("T/C/9")});
    EXPECT_TRUE(noted.events.empty());
    EXPECT_EQ(noted.tombstone, DeskMessageId("T/C/9"));
    rules.facts.tombstone = true;
    AgentEdited edited;
    edited.thread = thread;
    edited.message = DeskMessageId("T/C/9");
    edited.edit_key = "2";
    edited.order = "1763800100.000001";
    edited.agent = ana;
    edited.text = "no note any more";
    EXPECT_TRUE(run(edited).messages_added.empty());
}

TEST_F(Workplace, AReplyThatBecomesANoteIsTakenBack) {
    rules.enter(SessionState::open, true);
    rules.facts.known = sent_reply("3");
    const Decision noted = run(AgentNoted{thread, ana, word("T/C/5", "4")});
    ASSERT_EQ(noted.messages_changed.size(), 1u);
    EXPECT_TRUE(noted.messages_changed.front().deleted);
    EXPECT_TRUE(noted.messages_changed.front().text.empty());
    ASSERT_EQ(noted.events.size(), 1u);
    EXPECT_NE(noted.events.front().json.find("message_deleted"), std::string::npos);
    EXPECT_NE(notices(noted).find("taken back"), std::string::npos);
    EXPECT_EQ(noted.remarks, std::vector<std::string>{"withdrawn"});
}

TEST_F(Workplace, WhatWasSaidStaysSaidWhenOnlyTheHabitChanged) {
    rules.enter(SessionState::open, true);
    rules.facts.known = sent_reply("3");
    for (const char* key : {"", "2", "3"}) {
        const Decision read_back = run(AgentNoted{thread, ana, word("T/C/5", key)});
        EXPECT_TRUE(read_back.replayed) << key;
        EXPECT_TRUE(read_back.events.empty()) << key;
        EXPECT_TRUE(read_back.messages_changed.empty()) << key;
    }
}

TEST_F(Workplace, AColleagueIsCalledAndHasItFromThenOn) {
    rules.enter(SessionState::open, true);
    rules.session.agent = ana;
    AgentHandedOver handed{thread, ana, {}, ben, {}};
    const Decision decision = run(handed);
    EXPECT_EQ(decision.session.agent, ben);
    EXPECT_NE(notices(decision).find("Ana handed this conversation to " + calling(ben.id)),
              std::string::npos);
    EXPECT_TRUE(run(handed).letters_added.empty()) << "a double click calls nobody twice";
}

TEST_F(Workplace, AnotherPlaceGetsAThreadThatContinuesThisOne) {
    rules.enter(SessionState::open, true);
    rules.session.agent = ana;
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "still here");
    AgentHandedOver handed{thread, ana, word("T/C/9"), {}, Destination("desk-b")};
    const Decision decision = run(handed);
    EXPECT_EQ(decision.session.destination, Destination("desk-b"));
    EXPECT_TRUE(decision.session.thread.empty());
    EXPECT_EQ(decision.session.previous_thread, thread);
    EXPECT_EQ(decision.thread_lost, thread);
    EXPECT_EQ(decision.session.state, SessionState::waiting);
    EXPECT_FALSE(decision.session.agent);
    ASSERT_EQ(decision.letters_added.size(), 3u);
    EXPECT_EQ(decision.letters_added[0].kind, LetterKind::open_thread);
    EXPECT_EQ(decision.letters_added[1].kind, LetterKind::introduction);
    // What the customer said meanwhile goes along.
    ASSERT_EQ(decision.letters_moved.size(), 1u);
    EXPECT_GT(decision.letters_moved[0].letter.position, decision.letters_added[1].position);

    const Decision again =
        rules.decide(AgentHandedOver{thread, ana, {}, {}, Destination("desk-a")});
    ASSERT_TRUE(again.refusal);
    EXPECT_EQ(again.refusal->code, "moving");
}

TEST_F(Workplace, TheParentBeforeShowsTheWayUntilThatWasShown) {
    rules.enter(SessionState::waiting, true);
    rules.session.moved = true;
    rules.session.previous_thread = DeskThreadId("thread-0");
    rules.session.card_version = 3;
    rules.session.card_shown_version = 2;
    EXPECT_EQ(run(ClaimCard{rules.session.id}).card->moved_from, DeskThreadId("thread-0"));
    EXPECT_TRUE(run(CardShown{rules.session.id, 2}).session.moved) << "an older card";
    EXPECT_FALSE(run(CardShown{rules.session.id, 3}).session.moved);
}

TEST_F(Workplace, HandingOverIsRefusedWhereItMakesNoSense) {
    rules.enter(SessionState::open, true);
    EXPECT_EQ(run(AgentHandedOver{thread, ana, {}, {}, Destination("desk-a")}).refusal->code,
              "already_there");
    rules.enter(SessionState::closed, true);
    EXPECT_EQ(run(AgentHandedOver{thread, ana, {}, {}, Destination("desk-b")}).refusal->code,
              "conversation_closed");
    EXPECT_EQ(run(AgentHandedBack{thread, ana, {}}).refusal->code, "conversation_closed");
    rules.enter(SessionState::open, true);
    rules.policy.bot_answers = false;
    EXPECT_EQ(run(AgentHandedBack{thread, ana, {}}).refusal->code, "no_bot");
}

TEST_F(Workplace, TheBotGoesOnAndAHumanIsOneQuestionAway) {
    rules.enter(SessionState::open, true);
    rules.session.agent = ana;
    const std::int64_t generation = rules.session.generation;
    const Decision back = run(AgentHandedBack{thread, ana, {}});
    EXPECT_EQ(back.session.state, SessionState::bot);
    EXPECT_FALSE(back.session.agent);
    EXPECT_GT(back.session.generation, generation);
    EXPECT_TRUE(run(AgentHandedBack{thread, ana, {}}).letters_added.empty());
    const Decision said = run(CustomerSaid{"c1", "opening hours?"});
    EXPECT_TRUE(said.bot_due);
    EXPECT_TRUE(said.letters_added.empty());
    const Decision asked = run(HumanRequested{});
    EXPECT_EQ(asked.session.state, SessionState::waiting);
    EXPECT_EQ(asked.session.thread, thread) << "the same thread";
}

TEST_F(Workplace, ABlockedCustomerIsRefusedUntilTheBlockIsLifted) {
    rules.enter(SessionState::open, true);
    const Decision blocked = run(AgentBlocked{thread, ana, {}, true});
    EXPECT_EQ(blocked.session.state, SessionState::closed);
    EXPECT_TRUE(run(AgentBlocked{thread, ben, {}, true}).letters_added.empty());
    EXPECT_EQ(run(CustomerSaid{"c1", "you"}).refusal->code, "customer_blocked");
    EXPECT_EQ(run(HumanRequested{}).refusal->code, "customer_blocked");
    EXPECT_TRUE(card_of(rules.session).blocked);
    run(AgentBlocked{thread, ana, {}, false});
    EXPECT_FALSE(run(CustomerSaid{"c1", "sorry"}).refusal);
}

TEST_F(Workplace, OnlyAClosedConversationIsReopened) {
    rules.enter(SessionState::closed, true);
    const Decision reopened = run(AgentReopened{thread, ana, {}});
    EXPECT_EQ(reopened.session.state, SessionState::open);
    EXPECT_EQ(reopened.session.agent, ana);
    EXPECT_TRUE(run(AgentReopened{thread, ben, {}}).events.empty());
    EXPECT_EQ(rules.session.agent, ana);
}

TEST_F(Workplace, ACannedReplyIsShownInTheThreadAndSentOnce) {
    rules.enter(SessionState::waiting, true);
    AgentSaid said;
    said.thread = thread;
    said.message = DeskMessageId("T/view/V1");
    said.agent = ana;
    said.text = "We open at **nine**.";
    said.canned = "hours";
    const Decision sent = run(said);
    ASSERT_EQ(sent.messages_added.size(), 1u);
    EXPECT_TRUE(sent.messages_added[0].desk_order.empty()) << "a form stands nowhere at the desk";
    EXPECT_NE(notices(sent).find("Ana sent \"hours\":\nWe open at **nine**."), std::string::npos);
    rules.facts.known = sent.messages_added[0];
    EXPECT_TRUE(run(said).replayed);
}

TEST_F(Workplace, ATranscriptKeepsToAFewPosts) {
    rules.enter(SessionState::open, true);
    for (int i = 0; i < 2000; ++i) {
        Message& message = rules.facts.transcript.emplace_back();
        message.role = i % 2 == 0 ? AuthorRole::customer : AuthorRole::bot;
        message.text = "line " + std::to_string(i) + std::string(40, '&');
    }
    const Decision told = run(AgentWantsTranscript{thread, ana, {}});
    EXPECT_LE(told.letters_added.size(), 9u);
    EXPECT_NE(notices(told).find("line 1999"), std::string::npos);
    EXPECT_NE(notices(told).find("earlier messages"), std::string::npos);
    EXPECT_EQ(notices(told).find("line 0&"), std::string::npos);
}

TEST_F(Workplace, ARemarkSaysWhatAReplyDidBesides) {
    rules.enter(SessionState::closed, true);
    AgentSaid said;
    said.thread = DeskThreadId("thread-0");
    said.message = DeskMessageId("T/C/5");
    said.order = "1763800100.000001";
    said.agent = ana;
    said.text = "hello again";
    EXPECT_EQ(run(said).remarks, (std::vector<std::string>{"reopened", "moved"}));
}

}  // namespace
}  // namespace deskbell::core
