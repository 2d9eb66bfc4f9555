// What customers change or withdraw, as the desk comes to show it, and how they are forgotten.

#include "core/placed.hpp"
#include "engine/test_world.hpp"

#include <gtest/gtest.h>

namespace deskbell::engine {
namespace {

using core::CustomerEdited;
using core::CustomerWithdrew;
using core::LetterKind;

class Amendments : public ::testing::Test {
protected:
    MessageId say(const std::string& text) {
        const Reply said = world.say(session, "c-" + std::to_string(++said_), text);
        EXPECT_FALSE(said.refusal);
        return world.store->message_of_client(session, "c-" + std::to_string(said_))->id;
    }
    Reply edit(const MessageId& id, const std::string& text) {
        return world.run(CustomerEdited{id, text}, {session, ""});
    }
    Reply withdraw(const MessageId& id) { return world.run(CustomerWithdrew{id}, {session, ""}); }
    std::string code(const Reply& reply) { return reply.refusal ? reply.refusal->code : ""; }
    std::vector<std::string> posted() {
        std::vector<std::string> lines;
        for (const core::Post& post : world.deliver_all(session)) {
            std::string words = post.kind == LetterKind::amendment ? "amend:" : "";
            if (post.kind == LetterKind::notice) words += "notice:" + post.notice;
            for (const core::Line& line : post.lines) {
                if (words.size() > 6 || (!words.empty() && words != "amend:")) words += "|";
                words += line.deleted ? "DELETED" : line.text;
                if (line.edited) words += "*";
            }
            lines.push_back(words);
        }
        return lines;
    }
    using Words = std::vector<std::string>;

    World world;
    SessionId session = world.open_conversation();
    int said_ = 0;
};

TEST_F(Amendments, what_was_not_tried_is_changed_where_it_waits) {
    const MessageId one = say("one");
    const MessageId two = say("two");
    EXPECT_FALSE(edit(one, "ONE").refusal);
    EXPECT_FALSE(withdraw(two).refusal);
    EXPECT_EQ(posted(), (Words{"ONE"}));
    EXPECT_EQ(world.store->message(session, one)->text, "ONE");
    EXPECT_TRUE(world.store->message(session, two)->deleted);
}

TEST_F(Amendments, another_number_of_parts_keeps_the_order) {
    world.policy.post_weight_max = 8;
    world.reopen();
    say("first");
    const MessageId long_one = say("short");
    say("last");
    EXPECT_FALSE(edit(long_one, "one two three").refusal);
    EXPECT_EQ(posted(), (Words{"first", "one two ", "three", "last"}));
    const auto message = world.store->message(session, long_one);
    EXPECT_EQ(core::read_placed(message->desk_posts).size(), 2U);
    EXPECT_EQ(message->stage, core::Stage::delivered);
}

TEST_F(Amendments, what_stands_at_the_desk_is_shown_anew_with_all_of_its_post) {
    const MessageId one = say("one");
    say("two");
    const auto post = world.deliver(session, true);
    ASSERT_EQ(post->lines.size(), 2U);
    EXPECT_TRUE(posted().empty());
    EXPECT_FALSE(edit(one, "ONE").refusal);
    const auto shown = world.deliver(session);
    ASSERT_TRUE(shown);
    EXPECT_EQ(shown->kind, LetterKind::amendment);
    EXPECT_EQ(shown->amends_letter, post->id);
    EXPECT_EQ(shown->amends, world.store->message(session, one)->desk_message);
    ASSERT_EQ(shown->lines.size(), 2U);
    EXPECT_EQ(shown->lines[0].text, "ONE");
    EXPECT_TRUE(shown->lines[0].edited);
    EXPECT_EQ(shown->lines[1].text, "two");
    EXPECT_FALSE(shown->lines[1].edited);
    EXPECT_FALSE(withdraw(one).refusal);
    EXPECT_EQ(posted(), (Words{"amend:DELETED*|two"}));
}

TEST_F(Amendments, of_several_changes_the_last_is_shown_once) {
    const MessageId one = say("one");
    EXPECT_EQ(posted(), (Words{"one"}));
    EXPECT_FALSE(edit(one, "two").refusal);
    EXPECT_FALSE(edit(one, "three").refusal);
    say("next");
    EXPECT_FALSE(withdraw(one).refusal);
    EXPECT_EQ(posted(), (Words{"amend:DELETED*", "next"}));
}

TEST_F(Amendments, a_change_waits_for_the_post_that_is_in_the_air) {
    const MessageId one = say("one");
    const Reply claimed = world.run(core::ClaimPost{session, false});
    ASSERT_TRUE(claimed.post);
    EXPECT_FALSE(edit(one, "ONE").refusal);
    EXPECT_FALSE(world.run(core::ClaimPost{session, false}).post);
    EXPECT_FALSE(world.run(core::PostUnknown{claimed.post->id}).refusal);
    EXPECT_FALSE(world.run(core::ClaimPost{session, false}).post);
    EXPECT_FALSE(world
                     .run(core::PostConfirmed{claimed.post->id, DeskMessageId("there"),
                                              claimed.post->thread, "1"})
                     .refusal);
    EXPECT_EQ(posted(), (Words{"amend:ONE*"}));
}

TEST_F(Amendments, what_is_surely_not_there_is_changed_in_its_frozen_post) {
    const MessageId one = say("one");
    say("two");
    const Reply claimed = world.run(core::ClaimPost{session, true});
    EXPECT_FALSE(world.run(core::PostReleased{claimed.post->id}).refusal);
    EXPECT_FALSE(withdraw(one).refusal);
    EXPECT_EQ(posted(), (Words{"DELETED|two"}));
}

TEST_F(Amendments, what_may_come_out_yet_is_sent_as_it_was_and_amended_behind) {
    const MessageId one = say("one");
    const Reply claimed = world.run(core::ClaimPost{session, true});
    EXPECT_FALSE(world.run(core::PostReleased{claimed.post->id, true}).refusal);
    EXPECT_FALSE(edit(one, "ONE").refusal);
    EXPECT_EQ(posted(), (Words{"one", "amend:ONE*"}));
}

TEST_F(Amendments, a_restart_in_its_midst_hands_it_out_as_unresolved) {
    const MessageId one = say("one");
    EXPECT_EQ(posted(), (Words{"one"}));
    EXPECT_FALSE(edit(one, "ONE").refusal);
    const Reply claimed = world.run(core::ClaimPost{session, false});
    ASSERT_TRUE(claimed.post);
    world.reopen();
    ASSERT_EQ(world.effects.lanes.size(), 1U);
    ASSERT_TRUE(world.effects.lanes[0].unresolved);
    EXPECT_EQ(world.effects.lanes[0].unresolved->kind, LetterKind::amendment);
    // Looked for and not there, as always; then it is claimed anew.
    EXPECT_FALSE(world.run(core::PostReleased{claimed.post->id}).refusal);
    EXPECT_FALSE(edit(one, "Uno").refusal);
    EXPECT_EQ(posted(), (Words{"amend:Uno*"}));
}

TEST_F(Amendments, what_cannot_be_changed_there_is_said_in_words) {
    const MessageId one = say("one");
    EXPECT_EQ(posted(), (Words{"one"}));
    EXPECT_FALSE(edit(one, "ONE").refusal);
    const Reply claimed = world.run(core::ClaimPost{session, false});
    EXPECT_FALSE(world.run(core::PostRefused{claimed.post->id, "edit_window_closed"}).refusal);
    const Words words = posted();
    ASSERT_EQ(words.size(), 1U);
    EXPECT_NE(words[0].find("notice:"), std::string::npos);
    EXPECT_NE(words[0].find("ONE"), std::string::npos);
}

TEST_F(Amendments, a_longer_text_than_its_posts_hold_goes_on_behind) {
    world.policy.post_weight_max = 8;
    world.reopen();
    const MessageId one = say("one");
    EXPECT_EQ(posted(), (Words{"one"}));
    EXPECT_FALSE(edit(one, "one two three").refusal);
    const Words words = posted();
    ASSERT_GE(words.size(), 2U);
    EXPECT_EQ(words[0], "amend:one two *");
    std::string rest;
    for (std::size_t i = 1; i < words.size(); ++i) rest += words[i].substr(7);
    EXPECT_NE(rest.find("three"), std::string::npos) << rest;
}

TEST_F(Amendments, the_same_again_is_no_change_and_the_log_tells_each_once) {
    const MessageId one = say("one");
    const std::int64_t before = world.store->session(session)->head;
    EXPECT_FALSE(edit(one, "ONE").refusal);
    EXPECT_TRUE(edit(one, "ONE").replayed);
    EXPECT_FALSE(withdraw(one).refusal);
    EXPECT_TRUE(withdraw(one).replayed);
    EXPECT_EQ(world.kinds(session, before), "message_edited message_deleted");
    EXPECT_EQ(code(edit(one, "again")), "message_deleted");
    EXPECT_TRUE(posted().empty());
}

TEST_F(Amendments, refusals_say_why) {
    const MessageId one = say("one");
    EXPECT_EQ(code(edit(MessageId("msg_nobody"), "x")), "message_unknown");
    EXPECT_EQ(code(edit(one, "  ")), "message_empty");
    EXPECT_EQ(code(edit(one, std::string(5000, 'x'))), "message_too_long");
    EXPECT_EQ(code(world.run(CustomerEdited{one, "x", 400}, {session, ""})), "too_many_messages");
    const SessionId other = world.open_conversation("two");
    EXPECT_EQ(code(world.run(CustomerWithdrew{one}, {other, ""})), "message_unknown");
    for (const core::Message& message : world.store->messages(session)) {
        if (message.role == core::AuthorRole::agent)
            EXPECT_EQ(code(withdraw(message.id)), "not_yours");
    }
    EXPECT_FALSE(world.run(core::CustomerClosed{}, {session, ""}).refusal);
    EXPECT_EQ(code(edit(one, "x")), "session_closed");
    say("again");
    EXPECT_FALSE(edit(one, "x").refusal);
    world.clock.advance(world.policy.edit_ms_max + 1);
    EXPECT_EQ(code(edit(one, "y")), "edit_too_late");
    EXPECT_EQ(code(withdraw(one)), "edit_too_late");
    EXPECT_TRUE(edit(one, "x").replayed);
}

TEST_F(Amendments, words_that_only_the_introduction_has_are_told_of) {
    World with_bot;
    const SessionId id = with_bot.arrive();
    EXPECT_FALSE(with_bot.say(id, "a", "to the bot").refusal);
    const MessageId said = with_bot.store->message_of_client(id, "a")->id;
    (void)with_bot.ask(id);
    // The introduction is still to be written: it will say it right by itself.
    EXPECT_FALSE(with_bot.run(CustomerEdited{said, "to you"}, {id, ""}).refusal);
    const auto posts = with_bot.deliver_all(id);
    ASSERT_EQ(posts.size(), 2U);
    EXPECT_EQ(posts[1].lines.front().text, "to you");
    EXPECT_FALSE(with_bot.run(CustomerEdited{said, "to all"}, {id, ""}).refusal);
    const auto told = with_bot.deliver_all(id);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].notice.find("to all"), std::string::npos);
}

TEST_F(Amendments, the_bot_answers_what_the_question_says_now) {
    World with_bot;
    const SessionId id = with_bot.arrive();
    EXPECT_FALSE(with_bot.say(id, "a", "How mach?").refusal);
    const BotTurn first = with_bot.effects.bot_turns.back();
    EXPECT_FALSE(with_bot.run(CustomerEdited{first.message, "How much?"}, {id, ""}).refusal);
    ASSERT_EQ(with_bot.effects.bot_turns.size(), 2U);
    EXPECT_EQ(with_bot.effects.bot_turns.back().conversation.back().text, "How much?");
    core::BotAnswered answer;
    answer.session = id;
    answer.in_reply_to = first.message;
    answer.generation = first.generation;
    answer.text = "To what?";
    EXPECT_EQ(code(with_bot.run(answer)), "too_late");
    EXPECT_FALSE(with_bot.run(CustomerWithdrew{first.message}, {id, ""}).refusal);
    answer.generation = with_bot.effects.bot_turns.back().generation;
    EXPECT_EQ(code(with_bot.run(answer)), "too_late");
}

TEST(Forgetting, leaves_only_what_must_be_taken_away_at_the_desk) {
    World world;
    const SessionId session = world.open_conversation();
    const DeskThreadId thread(world.thread_of(session));
    (void)world.say(session, "a", "hello");
    EXPECT_FALSE(world.run(core::CustomerForgot{}, {session, ""}).refusal);
    EXPECT_FALSE(world.store->session(session));
    EXPECT_FALSE(world.store->session_of_token("hash-one"));
    EXPECT_TRUE(world.store->messages(session).empty());
    const Reply read = world.run(core::ReadErasures{});
    ASSERT_EQ(read.erasures.size(), 1U);
    EXPECT_EQ(read.erasures[0].thread, thread);
    EXPECT_EQ(world.run(core::CustomerForgot{}, {session, ""}).refusal->code, "session_unknown");
    // Once more a little later, then for good.
    (void)world.run(core::ErasureDone{thread.value, world.clock.wall_ms() + 5});
    EXPECT_EQ(world.run(core::ReadErasures{}).erasures.at(0).passes, 1);
    (void)world.run(core::ErasureDone{thread.value, 0});
    EXPECT_TRUE(world.run(core::ReadErasures{}).erasures.empty());
}

TEST(Forgetting, a_parent_in_the_air_is_looked_for) {
    World world;
    const SessionId session = world.arrive();
    (void)world.ask(session);
    const Reply claimed = world.run(core::ClaimPost{session, false});
    ASSERT_TRUE(claimed.post);
    EXPECT_FALSE(world.run(core::CustomerForgot{}, {session, ""}).refusal);
    const Reply read = world.run(core::ReadErasures{});
    ASSERT_EQ(read.erasures.size(), 1U);
    EXPECT_EQ(read.erasures[0].letter, claimed.post->id);
    EXPECT_EQ(read.erasures[0].destination, claimed.post->destination);
    EXPECT_TRUE(read.erasures[0].thread.empty());
    // What its request comes to is nobody's any more.
    EXPECT_TRUE(
        world.run(core::PostConfirmed{claimed.post->id, DeskMessageId("m"), DeskThreadId("t"), "1"})
            .refusal);
}

TEST(Forgetting, stands_between_the_others_of_its_batch) {
    World world;
    const SessionId session = world.open_conversation();
    std::vector<core::Command> commands;
    commands.push_back(core::CustomerSaid{"x", "before"});
    commands.push_back(core::CustomerForgot{});
    commands.push_back(core::CustomerSaid{"y", "after"});
    const auto replies = world.run_batch(std::move(commands), {session, ""});
    ASSERT_EQ(replies.size(), 3U);
    EXPECT_FALSE(replies[0].refusal);
    EXPECT_FALSE(replies[1].refusal);
    EXPECT_EQ(replies[2].refusal->code, "session_unknown");
}

}  // namespace
}  // namespace deskbell::engine
