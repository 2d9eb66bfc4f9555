#include "courier/courier_fixture.hpp"

#include <algorithm>

namespace deskbell::courier {
namespace {

struct DoubtsTest : CourierTest {
    // A post that was unknown, twice not there, and sent again: confirmed at "m.p1".
    void send_twice() {
        desk.post_script.push_back(outcome(PostKind::unknown));
        say("s");
        loop.advance(20'100);
        ASSERT_EQ(posted(), (Recorded{"p1", "p1"}));
        ASSERT_EQ(ledger.doubts.size(), 1u);
        loop.run_ready();
    }
    static LookUpOutcome found_with(std::vector<std::string> copies,
                                    const std::string& kept = "m.p1") {
        LookUpOutcome made = look(LookKind::found);
        made.message = DeskMessageId(kept);
        for (std::string& copy : copies) made.copies.emplace_back(std::move(copy));
        return made;
    }
    void echo(const std::string& post, const std::string& message,
              const std::string& thread = "t.s") {
        courier->post_echoed(LetterId(post), DeskMessageId(message), DeskThreadId(thread), "1");
        loop.run_ready();
    }
    std::vector<std::string> taken_back() const {
        std::vector<std::string> messages;
        for (const desk::Copy& copy : desk.taken_back) messages.push_back(copy.message.value);
        return messages;
    }
};

TEST_F(DoubtsTest, ItsPlaceIsReadBackAndACopyTakenBackDurably) {
    send_twice();
    const std::size_t looks = desk.looks.size();
    desk.look_script = {found_with({"late"})};
    loop.advance(20'100);
    EXPECT_EQ(desk.looks.size(), looks + 1);
    EXPECT_EQ(desk.looks.back().post.confirmed.value, "m.p1");
    EXPECT_EQ(ledger.recorded.back(), "copy late") << "durable before it is begun";
    EXPECT_EQ(taken_back(), Recorded{"late"});
    EXPECT_EQ(courier->figures().dup_repaired, 1u);
    desk.look_script = {found_with({}), found_with({}), found_with({})};
    loop.advance(3'600'000);
    EXPECT_EQ(taken_back(), Recorded{"late"});
    EXPECT_EQ(desk.looks.size(), looks + 4) << "three that find nothing more, then only echoes";
}

TEST_F(DoubtsTest, WhatFailsToBeReadIsReadAgain) {
    send_twice();
    desk.look_script = {look(LookKind::failed), look(LookKind::failed), found_with({"late"})};
    loop.advance(600'000);
    EXPECT_EQ(taken_back(), Recorded{"late"});
}

TEST_F(DoubtsTest, ACopyThatAppearsLongAfterIsTakenBackAndTheConfirmedOneNever) {
    send_twice();
    loop.advance(12 * 3'600'000);
    echo("p1", "m.p1");
    EXPECT_TRUE(desk.taken_back.empty());
    echo("p1", "late");
    EXPECT_EQ(taken_back(), Recorded{"late"});
    EXPECT_EQ(courier->figures().posts_watched, 1u);
}

TEST_F(DoubtsTest, ACopyInAnotherPlaceIsACopyAllTheSame) {
    send_twice();
    echo("p1", "late", "another thread");
    EXPECT_EQ(taken_back(), Recorded{"late"});
}

TEST_F(DoubtsTest, ARestartForgetsNothing) {
    send_twice();
    start();
    echo("p1", "early");  // before the store was read
    loop.advance(100);
    EXPECT_EQ(taken_back(), Recorded{"early"});
    start();
    loop.advance(100);
    echo("p1", "late");
    EXPECT_EQ(taken_back(), (Recorded{"early", "late"}));
}

TEST_F(DoubtsTest, AnAuditThatWasDueAtARestartIsMade) {
    send_twice();
    start();
    desk.look_script = {found_with({"late"})};
    loop.advance(10'000);
    EXPECT_EQ(taken_back(), Recorded{"late"});
}

TEST_F(DoubtsTest, TakingBackThatFailsIsTriedAgainAndNotForEver) {
    send_twice();
    for (int i = 0; i < 50; ++i) {
        desk.take_back_script.push_back(desk::TakenBack::failed);
        desk.look_script.push_back(found_with({"late"}));
    }
    loop.advance(24 * 3'600'000);
    EXPECT_EQ(desk.taken_back.size(), 5u);
    EXPECT_EQ(courier->figures().dup_repaired, 0u);
}

TEST_F(DoubtsTest, OfCopiesFoundBeforeAnyIsConfirmedTheFirstIsKept) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    desk.look_script = {look(LookKind::absent), look(LookKind::absent)};
    desk.post_script.push_back(outcome(PostKind::unknown));
    loop.advance(20'200);
    desk.look_script = {found_with({"second"}, "first")};
    loop.advance(15'100);
    EXPECT_EQ(taken_back(), Recorded{"second"});
    EXPECT_EQ(ledger.doubts.at(LetterId("p1")).message.value, "first");
}

TEST_F(DoubtsTest, AnEchoFromElsewhereBeforeTheConfirmationIsTakenBackAfterIt) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    loop.advance(1'000);
    echo("p1", "lost", "a lost thread");
    EXPECT_TRUE(desk.taken_back.empty());
    echo("p1", "m.p1");
    EXPECT_EQ(taken_back(), Recorded{"lost"});
}

// ---- Parents. ----

TEST_F(DoubtsTest, ADoubledParentIsHandedOverWithTheThreadThatCounts) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    ask("s");
    desk.look_script = {look(LookKind::absent), look(LookKind::absent)};
    loop.advance(21'000);
    desk.take_back_script = {desk::TakenBack::stays};
    echo("open-s", "other parent", "t.other");
    ASSERT_EQ(desk.taken_back.size(), 1u);
    EXPECT_TRUE(desk.taken_back[0].opens_thread);
    EXPECT_EQ(desk.taken_back[0].thread.value, "t.other");
    EXPECT_EQ(desk.taken_back[0].goes_on_in.value, "t.s");
    for (int i = 0; i < 9; ++i)
        desk.look_script.push_back(found_with({"other parent"}, "m.open-s"));
    loop.advance(3'600'000);
    EXPECT_EQ(desk.taken_back.size(), 1u) << "it was answered: it stays";
    EXPECT_EQ(courier->figures().dup_repaired, 0u);
}

// ---- The echo is faster than the answer. ----

TEST_F(DoubtsTest, AnEchoDuringTheRequestConfirmsAtOnceAndTheNextLetterGoes) {
    desk.answer_ms = 9'000;
    say("s");
    say("s");
    loop.advance(300);
    EXPECT_EQ(courier->figures().posts_in_flight, 1u);
    echo("p1", "m.p1");
    loop.advance(1'000);
    EXPECT_EQ(ledger.recorded, Recorded{"confirmed p1"});
    EXPECT_EQ(posted(), (Recorded{"p1", "p2"}));
    EXPECT_EQ(courier->figures().posts_in_flight, 1u);
    loop.advance(20'000);
    EXPECT_EQ(ledger.recorded, (Recorded{"confirmed p1", "confirmed p2"}));
    EXPECT_EQ(courier->figures().posts_in_flight, 0u);
    EXPECT_EQ(courier->figures().confirmed_by_echo, 1u);
    EXPECT_EQ(courier->figures().posts_sent, 2u);
    EXPECT_TRUE(desk.taken_back.empty());
}

TEST_F(DoubtsTest, WhateverTheLateAnswerSaysItDoesNoHarm) {
    for (const PostKind kind :
         {PostKind::unknown, PostKind::not_sent, PostKind::rate_limited, PostKind::refused,
          PostKind::destination_parked, PostKind::desk_parked, PostKind::thread_lost}) {
        ledger.recorded.clear();
        desk.answer_ms = 5'000;
        desk.post_script.push_back(outcome(kind, 60'000));
        const std::string id = say("s");
        loop.advance(1'000);
        echo(id, "m." + id);
        loop.advance(30'000);
        EXPECT_EQ(ledger.recorded, Recorded{"confirmed " + id}) << static_cast<int>(kind);
        EXPECT_EQ(courier->figures().posts_in_flight, 0u);
        EXPECT_EQ(courier->figures().destinations_parked, 0u);
    }
}

TEST_F(DoubtsTest, TheSecondRequestsAnswerNamesTheCopyWhenTheFirstOnesEchoWasFaster) {
    desk.post_script.push_back(outcome(PostKind::unknown));
    say("s");
    loop.advance(19'900);
    desk.answer_ms = 5'000;
    loop.advance(200);
    ASSERT_EQ(posted(), (Recorded{"p1", "p1"}));
    echo("p1", "zombie");
    EXPECT_TRUE(desk.taken_back.empty());
    loop.advance(6'000);
    EXPECT_EQ(taken_back(), Recorded{"m.p1"}) << "the zombie is the confirmed one now";
    EXPECT_EQ(ledger.doubts.at(LetterId("p1")).message.value, "zombie");
}

TEST_F(DoubtsTest, AnEchoEndsTheSilenceAfterUnknownOutcomes) {
    desk.by_destination["#a"] = outcome(PostKind::unknown);
    for (int i = 0; i < 3; ++i) desk.look_script.push_back(look(LookKind::failed));
    for (int i = 0; i < 5; ++i) say("s" + std::to_string(i));
    loop.advance(10'000);
    const std::size_t tried = desk.posts.size();
    desk.by_destination.clear();
    echo("p1", "m.p1", "t.s0");
    loop.advance(5'000);
    EXPECT_GT(desk.posts.size(), tried);
}

// ---- Confirmed, and not there. ----

TEST_F(DoubtsTest, WhatIsConfirmedNeverEchoedAndTwiceNotThereIsSaidAgain) {
    say("s");
    loop.advance(29'000);
    EXPECT_TRUE(desk.looks.empty());
    desk.arrived.clear();
    loop.advance(10'000);
    EXPECT_EQ(desk.looks.size(), 2u);
    EXPECT_EQ(ledger.recorded.back(), "missing p1");
    EXPECT_EQ(courier->figures().confirmed_missing, 1u);
    tell("s", "#a");
    loop.advance(1'000);
    EXPECT_EQ(posted(), (Recorded{"p1", "p1"}));
    EXPECT_EQ(ledger.doubts.size(), 1u) << "should it have been there, the copy is found";
}

TEST_F(DoubtsTest, AnEchoOrOneLookThatFindsItEndsThat) {
    say("s");
    loop.advance(1'000);
    echo("p1", "m.p1");
    loop.advance(600'000);
    EXPECT_TRUE(desk.looks.empty());
    say("s");
    desk.look_script = {look(LookKind::absent), found_with({}, "m.p2")};
    loop.advance(600'000);
    EXPECT_EQ(desk.looks.size(), 2u);
    say("s");
    LookUpOutcome lost = look(LookKind::absent);
    lost.thread_lost = true;
    desk.look_script = {lost};
    loop.advance(600'000);
    say("s");
    desk.look_script = {look(LookKind::failed)};
    loop.advance(600'000);
    EXPECT_EQ(courier->figures().confirmed_missing, 0u);
    EXPECT_EQ(desk.looks.size(), 4u);
}

TEST_F(DoubtsTest, SamplesAreFewHoweverManyWereNotEchoed) {
    pace.posts_per_second_per_destination = 0;
    pace.posts_per_minute_per_desk = 0;
    start();
    for (int i = 0; i < 100; ++i) {
        say("s" + std::to_string(i));
        desk.look_script.push_back(found_with({}));
    }
    loop.advance(90'000);
    EXPECT_GE(desk.looks.size(), 9u);
    EXPECT_LE(desk.looks.size(), 11u);
}

}  // namespace
}  // namespace deskbell::courier
