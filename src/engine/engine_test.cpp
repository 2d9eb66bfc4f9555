#include "engine/test_world.hpp"

namespace deskbell::engine {
namespace {

using core::LetterKind;
using core::SessionState;

TEST(Engine, a_token_opens_its_session_and_no_other_token_does) {
    World world;
    const SessionId session = world.arrive();
    EXPECT_EQ(world.run(core::ReadSession{}, {{}, "hash-one"}).session.id, session);
    EXPECT_EQ(world.run(core::ReadSession{}, {{}, "hash-two"}).refusal->code, "token_invalid");
    EXPECT_EQ(world.run(core::ReadSession{}, {{}, ""}).refusal->code, "token_invalid");
    EXPECT_EQ(world.run(core::ReadSession{}, {SessionId("nobody"), ""}).refusal->code,
              "session_unknown");
}

TEST(Engine, a_whole_conversation_goes_from_the_bot_to_the_desk_and_back) {
    World world;
    const SessionId session = world.arrive();
    const Reply asked = world.say(session, "c1", "Is there a discount?");
    ASSERT_FALSE(asked.refusal);
    ASSERT_EQ(world.effects.bot_turns.size(), 1U);
    const BotTurn& turn = world.effects.bot_turns.front();
    EXPECT_EQ(turn.conversation.back().text, "Is there a discount?");

    core::BotAnswered answer;
    answer.session = session;
    answer.in_reply_to = turn.message;
    answer.generation = turn.generation;
    answer.name = "Bell";
    answer.text = "Ask a human";
    answer.offers_human = true;
    EXPECT_FALSE(world.run(answer).refusal);

    const Reply requested = world.ask(session);
    EXPECT_EQ(requested.session.state, SessionState::waiting);
    EXPECT_EQ(requested.session.queue_position, 1);
    ASSERT_FALSE(world.effects.lanes.empty());
    EXPECT_EQ(world.effects.lanes.back().letters_queued, 2U);

    (void)world.say(session, "c2", "Hello?");
    const std::vector<core::Post> posts = world.deliver_all(session);
    ASSERT_EQ(posts.size(), 3U);
    EXPECT_EQ(posts[0].kind, LetterKind::open_thread);
    EXPECT_EQ(posts[1].kind, LetterKind::introduction);
    ASSERT_EQ(posts[1].lines.size(), 2U) << "what still waits in the lane is not introduced";
    EXPECT_EQ(posts[1].lines[0].text, "Is there a discount?");
    EXPECT_EQ(posts[1].lines[1].text, "Ask a human");
    EXPECT_EQ(posts[2].lines.front().text, "Hello?");

    const std::string order = world.next_desk_order();
    EXPECT_FALSE(world.run(world.reply_of(world.thread_of(session), "m1", order, "Hi")).refusal);
    EXPECT_EQ(world.kinds(session),
              "message message session message receipt session receipt message");
    EXPECT_EQ(world.store->session(session)->state, SessionState::open);
}

}  // namespace
}  // namespace deskbell::engine
