#include "engine/engine_thread.hpp"
#include "engine/test_world.hpp"

#include <atomic>

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

TEST(Engine, what_is_said_twice_is_stored_once) {
    World world;
    const SessionId session = world.open_conversation();
    const std::int64_t head = world.store->session(session)->head;
    const Reply first = world.say(session, "c1", "hello");
    const Reply again = world.say(session, "c1", "hello");
    EXPECT_FALSE(first.replayed);
    EXPECT_TRUE(again.replayed);
    ASSERT_EQ(again.events.size(), 1U);
    EXPECT_EQ(again.events[0].json, first.events[0].json);
    EXPECT_EQ(world.say(session, "c1", "other").refusal->code, "client_id_reused");
    EXPECT_EQ(world.store->session(session)->head, head + 1);

    const core::AgentSaid said =
        world.reply_of(world.thread_of(session), "m1", "1763800105.000300", "Hi");
    EXPECT_FALSE(world.run(said).replayed);
    EXPECT_TRUE(world.run(said).replayed);
    core::AgentSaid same_sender = said;
    same_sender.message = DeskMessageId("m2");  // the desk told it under another id
    EXPECT_TRUE(world.run(same_sender).replayed);
    EXPECT_EQ(world.kinds(session, head), "message message");
}

TEST(Engine, commands_of_one_batch_see_each_other) {
    World world;
    const SessionId session = world.arrive();
    const std::vector<Reply> replies = world.run_batch(
        {core::CustomerSaid{"c1", "one"}, core::CustomerSaid{"c1", "one"}, core::HumanRequested{},
         core::HumanRequested{}, core::CustomerSaid{"c2", "two"}, core::ReadEvents{0, 100}},
        {session, ""});
    ASSERT_EQ(replies.size(), 6U);
    EXPECT_TRUE(replies[1].replayed);
    EXPECT_EQ(replies[1].events[0].json, replies[0].events[0].json);
    EXPECT_EQ(replies[2].session.state, SessionState::waiting);
    EXPECT_TRUE(replies[3].replayed);
    EXPECT_EQ(replies[5].events.size(), 3U);
    EXPECT_EQ(world.effects.lanes.size(), 1U) << "told once, as it is at the end";
    EXPECT_EQ(world.effects.lanes[0].letters_queued, 3U);
    EXPECT_TRUE(world.effects.bot_turns.empty()) << "a human was asked for in the same batch";
}

TEST(Engine, a_batch_is_one_commit_and_one_flush) {
    World world;
    const SessionId session = world.arrive();
    const std::int64_t flushes = world.disk.flushes_of_log();
    const std::uint64_t batches = world.engine->figures().batches;
    std::vector<core::Command> commands;
    for (int i = 0; i < 100; ++i)
        commands.push_back(core::CustomerSaid{"c" + std::to_string(i), "hello"});
    for (const Reply& reply : world.run_batch(std::move(commands), {session, ""}))
        EXPECT_FALSE(reply.refusal);
    EXPECT_EQ(world.disk.flushes_of_log(), flushes + 1);
    EXPECT_EQ(world.engine->figures().batches, batches + 1);
}

TEST(Engine, a_failing_store_refuses_the_batch_and_nothing_of_it_happens) {
    World world;
    const SessionId session = world.arrive();
    world.disk.set_full(true);
    const Reply refused = world.say(session, "c1", "hello");
    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->code, "store_unavailable");
    EXPECT_TRUE(world.effects.pushes.empty());
    EXPECT_TRUE(world.effects.bot_turns.empty());
    world.disk.set_full(false);
    EXPECT_TRUE(world.log(session).empty());
    EXPECT_TRUE(world.say(session, "c1", "hello").refusal) << "it is not tried with every command";
    world.clock.advance(1000);
    EXPECT_FALSE(world.say(session, "c1", "hello").refusal) << "room again";
    EXPECT_EQ(world.effects.store_failures, 0);
}

TEST(Engine, after_a_failed_flush_nothing_is_accepted_any_more) {
    World world;
    const SessionId session = world.arrive();
    world.disk.set_flush_failing(true);
    EXPECT_EQ(world.say(session, "c1", "hello").refusal->code, "store_unavailable");
    world.disk.set_flush_failing(false);
    EXPECT_EQ(world.say(session, "c2", "hello").refusal->code, "store_unavailable");
    EXPECT_EQ(world.effects.store_failures, 1);
    EXPECT_TRUE(world.engine->figures().store_failed);
    world.reopen();
    EXPECT_FALSE(world.say(session, "c2", "hello").refusal);
}

TEST(Engine, of_one_session_replies_and_pushes_come_in_the_order_of_the_commands) {
    World world;
    const SessionId session = world.arrive();
    std::vector<std::size_t> pushed_before;
    std::vector<Envelope> batch;
    const auto count = [&](Reply) { pushed_before.push_back(world.effects.pushes.size()); };
    const Address address{session, ""};
    batch.push_back({core::CustomerSaid{"c1", "one"}, address, count});
    batch.push_back({core::ReadSession{}, address, count});
    batch.push_back({core::CustomerSaid{"c2", "two"}, address, count});
    batch.push_back({core::ReadEvents{0, 10}, address, count});
    world.engine->run(std::move(batch));
    EXPECT_EQ(pushed_before, (std::vector<std::size_t>{0, 1, 1, 2}));
    EXPECT_EQ(world.effects.pushes[1].seq, 2);
}

TEST(Engine, a_restart_tells_again_what_was_unfinished) {
    World world;
    const SessionId asks = world.arrive("asks");
    (void)world.say(asks, "c1", "Anybody?");
    const SessionId talks = world.open_conversation("talks");
    (void)world.say(talks, "c1", "one");
    (void)world.say(talks, "c2", "two");
    const Reply claimed = world.run(core::ClaimPost{talks, false});
    ASSERT_TRUE(claimed.post);
    const SessionId waits = world.arrive("waits");
    (void)world.ask(waits);
    world.reopen();
    ASSERT_EQ(world.effects.lanes.size(), 2U);
    const core::LaneNews& lane = world.effects.lanes[0];
    EXPECT_EQ(lane.session, talks);
    EXPECT_TRUE(lane.thread_open);
    EXPECT_EQ(lane.letters_queued, 1U);
    ASSERT_TRUE(lane.unresolved);
    EXPECT_EQ(lane.unresolved->id, claimed.post->id);
    EXPECT_EQ(lane.unresolved->lines, claimed.post->lines);
    EXPECT_EQ(lane.unresolved->attempts, 1);
    EXPECT_FALSE(world.effects.lanes[1].thread_open);
    EXPECT_FALSE(world.effects.lanes[1].unresolved);
    ASSERT_EQ(world.effects.bot_turns.size(), 1U);
    EXPECT_EQ(world.effects.bot_turns[0].session, asks);
    EXPECT_EQ(world.effects.cards, std::vector{talks}) << "its parent still says waiting";
    EXPECT_FALSE(world.run(core::ClaimPost{talks, false}).post) << "one in the air";

    world.clock.advance(11 * 60'000);
    world.reopen();
    EXPECT_TRUE(world.effects.bot_turns.empty()) << "that visitor has left";
}

TEST(Engine, a_lost_thread_is_continued_and_its_late_replies_still_arrive) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string lost = world.thread_of(session);
    (void)world.say(session, "c1", "one");
    (void)world.say(session, "c2", "two");
    const Reply claimed = world.run(core::ClaimPost{session, false});
    EXPECT_FALSE(world.run(core::PostStrayed{claimed.post->id, DeskThreadId(lost)}).refusal);
    EXPECT_TRUE(world.run(core::ThreadLost{DeskThreadId(lost)}).replayed);
    const std::vector<core::Post> posts = world.deliver_all(session);
    ASSERT_EQ(posts.size(), 4U);
    EXPECT_EQ(posts[0].kind, LetterKind::open_thread);
    EXPECT_EQ(posts[0].previous_thread.value, lost);
    EXPECT_EQ(posts[1].kind, LetterKind::introduction);
    EXPECT_EQ(posts[2].id, claimed.post->id);
    EXPECT_EQ(posts[2].thread.value, world.thread_of(session));
    EXPECT_EQ(posts[2].attempts, 2);
    EXPECT_EQ(posts[3].lines[0].text, "two");
    EXPECT_NE(world.thread_of(session), lost);
    const Reply late =
        world.run(world.reply_of(lost, "late", world.next_desk_order(), "From before"));
    EXPECT_FALSE(late.refusal);
    EXPECT_EQ(late.session.id, session);
}

TEST(Engine, a_desk_message_of_another_thread_is_refused) {
    World world;
    const SessionId one = world.open_conversation("one");
    const SessionId two = world.open_conversation("two");
    (void)world.run(world.reply_of(world.thread_of(one), "m1", world.next_desk_order(), "Hi"));
    core::AgentEdited edited;
    edited.thread = DeskThreadId(world.thread_of(two));
    edited.message = DeskMessageId("m1");
    edited.edit_key = "9";
    edited.text = "crossed";
    EXPECT_EQ(world.run(edited).refusal->code, "thread_unknown");
    EXPECT_EQ(world.run(world.reply_of("nowhere", "m2", "1.000000", "Hi")).refusal->code,
              "thread_unknown");
    EXPECT_EQ(world.run(core::PostUnknown{LetterId("none")}).refusal->code, "letter_unknown");
}

TEST(Engine, a_message_deleted_before_it_arrived_is_never_shown) {
    World world;
    const SessionId session = world.open_conversation();
    const std::int64_t head = world.store->session(session)->head;
    const std::string thread = world.thread_of(session);
    (void)world.run(core::AgentDeleted{DeskThreadId(thread), DeskMessageId("m1")});
    (void)world.run(core::AgentDeleted{DeskThreadId(thread), DeskMessageId("m1")});
    EXPECT_TRUE(world.run(world.reply_of(thread, "m1", world.next_desk_order(), "oops")).replayed);
    EXPECT_EQ(world.kinds(session, head), "");
}

TEST(Engine, the_line_moves_up_and_only_the_first_are_told) {
    World world;
    std::vector<SessionId> line;
    for (int i = 0; i < 23; ++i) {
        line.push_back(world.arrive("w" + std::to_string(100 + i)));
        world.clock.advance(1);
        EXPECT_EQ(world.ask(line.back()).session.queue_position, i + 1);
    }
    (void)world.deliver_all(line[0]);
    world.effects.pushes.clear();
    world.effects.queue_changes = 0;
    (void)world.run(core::AgentClaimed{DeskThreadId(world.thread_of(line[0])),
                                       {.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""}});
    EXPECT_EQ(world.effects.queue_changes, 1);
    world.effects.pushes.clear();
    (void)world.run(core::RefreshQueue{});
    EXPECT_EQ(world.effects.pushes.size(), 20U);
    EXPECT_EQ(world.store->session(line[1])->queue_position, 1);
    EXPECT_EQ(world.store->session(line[20])->queue_position, 20);
    EXPECT_EQ(world.store->session(line[22])->queue_position, 23) << "told on coming near";
    world.effects.pushes.clear();
    (void)world.run(core::RefreshQueue{});
    EXPECT_TRUE(world.effects.pushes.empty());
}

TEST(Engine, sessions_of_one_batch_see_each_others_places) {
    World world;
    const SessionId one = world.arrive("one");
    const SessionId two = world.arrive("two");
    std::vector<core::Session> after;
    std::vector<Envelope> batch;
    for (const SessionId& session : {one, two}) {
        batch.push_back({core::HumanRequested{}, Address{session, ""},
                         [&](Reply reply) { after.push_back(std::move(reply.session)); }});
    }
    world.engine->run(std::move(batch));
    EXPECT_EQ(after[0].queue_position, 1);
    EXPECT_EQ(after[1].queue_position, 2);
    EXPECT_NE(after[0].destination, after[1].destination);
}

TEST(Engine, new_threads_spread_over_the_destinations) {
    World world;
    std::map<std::string, int> opened;
    for (int i = 0; i < 6; ++i)
        ++opened[world.ask(world.arrive("s" + std::to_string(i))).session.destination.value];
    EXPECT_EQ(opened["desk-a"], 3);
    EXPECT_EQ(opened["desk-b"], 3);
}

TEST(Engine, threads_to_read_back_are_those_in_use) {
    World world;
    const SessionId open = world.open_conversation("open");
    const SessionId closed = world.open_conversation("closed");
    (void)world.run(core::CustomerClosed{}, {closed, ""});
    EXPECT_EQ(world.run(core::ReadThreads{0, 10}).threads.size(), 2U);
    EXPECT_EQ(world.run(core::ReadThreads{world.clock.wall_ms(), 10}).threads.size(), 1U);
    (void)world.run(core::ThreadSwept{DeskThreadId(world.thread_of(open)), "77"});
    EXPECT_EQ(world.run(core::ReadThreads{world.clock.wall_ms(), 10}).threads[0].cursor, "77");
}

TEST(EngineThread, finishes_what_it_was_given_and_then_refuses) {
    World world;
    EngineThread thread(*world.engine);
    thread.start();
    std::atomic<int> replies = 0;
    for (int i = 0; i < 1000; ++i) {
        core::CustomerArrived arrived;
        arrived.session = SessionId("session_" + std::to_string(i));
        arrived.token_hash = std::to_string(i);
        Envelope envelope{arrived, {}, [&](const Reply& reply) { replies += !reply.refusal; }};
        ASSERT_TRUE(thread.try_submit(envelope, i % 2 ? Lane::customers : Lane::office));
    }
    thread.stop_and_join();
    EXPECT_EQ(replies, 1000);
    Envelope late{core::ReadSession{}, {}, {}};
    EXPECT_FALSE(thread.try_submit(late, Lane::office));
    EXPECT_GE(world.engine->figures().commands, 1000U);
}

}  // namespace
}  // namespace deskbell::engine
