// What is kept so that nothing is there twice, or missing: over restarts, through the store.

#include "engine/test_world.hpp"

namespace deskbell::engine {
namespace {

// Unknown, twice not found, sent again and confirmed: what was posted.
core::Post send_twice(World& world, const SessionId& session) {
    const auto first = world.run(core::ClaimPost{session, false}).post;
    EXPECT_TRUE(first);
    EXPECT_FALSE(first->doubtful);
    world.run(core::PostUnknown{first->id});
    world.run(core::PostReleased{first->id, true});
    auto again = world.run(core::ClaimPost{session, false}).post;
    EXPECT_TRUE(again);
    EXPECT_TRUE(again->doubtful);
    const std::string order = world.next_desk_order();
    core::PostConfirmed confirmed;
    confirmed.post = again->id;
    confirmed.message = DeskMessageId("desk/" + order);
    confirmed.thread = again->thread.empty() ? DeskThreadId("thread/" + order) : again->thread;
    confirmed.order = order;
    EXPECT_FALSE(world.run(confirmed).refusal);
    return std::move(*again);
}

std::vector<core::Doubt> doubts_of(World& world) { return world.run(core::ReadDoubts{}).doubts; }

TEST(Doubts, are_kept_of_what_was_sent_again_and_of_nothing_else) {
    World world;
    const SessionId session = world.open_conversation();
    EXPECT_TRUE(doubts_of(world).empty());
    (void)world.say(session, "c1", "Hello");
    const core::Post post = send_twice(world, session);
    world.reopen();
    const auto doubts = doubts_of(world);
    ASSERT_EQ(doubts.size(), 1U);
    EXPECT_EQ(doubts[0].letter, post.id);
    EXPECT_EQ(doubts[0].session, session);
    EXPECT_EQ(doubts[0].thread, post.thread);
    EXPECT_TRUE(doubts[0].message.value.starts_with("desk/"));
    EXPECT_EQ(doubts[0].audits, 0);
}

TEST(Doubts, a_post_that_was_surely_not_sent_is_not_in_doubt) {
    World world;
    const SessionId session = world.open_conversation();
    (void)world.say(session, "c1", "Hello");
    const auto claimed = world.run(core::ClaimPost{session, false}).post;
    world.run(core::PostReleased{claimed->id});
    const auto again = world.deliver(session);
    EXPECT_EQ(again->attempts, 2);
    EXPECT_TRUE(doubts_of(world).empty());
}

TEST(Doubts, audits_count_and_a_copy_begins_them_anew) {
    World world;
    const SessionId session = world.open_conversation();
    (void)world.say(session, "c1", "Hello");
    const core::Post post = send_twice(world, session);
    world.run(core::PostAudited{session, post.id});
    world.run(core::PostAudited{session, post.id});
    EXPECT_EQ(doubts_of(world)[0].audits, 2);
    const core::Doubt doubt = doubts_of(world)[0];
    EXPECT_FALSE(world.run(core::CopySeen{doubt, DeskMessageId("copy"), post.thread}).refusal);
    world.reopen();
    EXPECT_EQ(doubts_of(world)[0].audits, 0);
    EXPECT_EQ(doubts_of(world)[0].message, doubt.message);
    EXPECT_TRUE(world.run(core::PostAudited{session, LetterId("nobody")}).replayed);
}

TEST(Doubts, are_forgotten_after_days_and_with_their_session) {
    World world;
    const SessionId one = world.open_conversation("one");
    const SessionId two = world.open_conversation("two");
    (void)world.say(one, "c1", "Hello");
    (void)send_twice(world, one);
    world.clock.advance(4 * 24 * 3'600'000LL);
    (void)world.say(two, "c1", "Hello");
    (void)send_twice(world, two);
    ASSERT_EQ(doubts_of(world).size(), 1U);
    EXPECT_EQ(doubts_of(world)[0].session, two);
    world.store->begin();
    world.store->forget_session(two);
    world.store->commit();
    EXPECT_TRUE(doubts_of(world).empty());
}

TEST(Doubts, answers_under_a_doubled_parent_reach_the_customer) {
    World world;
    const SessionId session = world.arrive();
    (void)world.ask(session);
    const core::Post parent = send_twice(world, session);
    EXPECT_EQ(parent.kind, core::LetterKind::open_thread);
    const core::AgentSaid said =
        world.reply_of("other thread", "agent/1", "1763800900.000100", "Hi");
    EXPECT_EQ(world.run(said).refusal->code, "thread_unknown");
    const core::Doubt doubt = doubts_of(world).at(0);
    const core::CopySeen seen{doubt, DeskMessageId("other parent"), DeskThreadId("other thread")};
    EXPECT_FALSE(world.run(seen).refusal);
    EXPECT_FALSE(world.run(seen).refusal) << "and again";
    EXPECT_FALSE(world.run(said).refusal);
    EXPECT_EQ(world.store->session(session)->state, core::SessionState::open);
    EXPECT_NE(world.thread_of(session), "other thread") << "nothing is posted there";
    EXPECT_TRUE(world.run(core::ThreadLost{DeskThreadId("other thread")}).replayed);
}

TEST(Doubts, a_copy_of_a_reply_opens_no_way_in) {
    World world;
    const SessionId session = world.open_conversation();
    (void)world.say(session, "c1", "Hello");
    (void)send_twice(world, session);
    world.run(core::CopySeen{doubts_of(world).at(0), DeskMessageId("copy"), DeskThreadId("other")});
    EXPECT_FALSE(world.store->thread_owner(DeskThreadId("other")));
}

// ---- Confirmed, and not there. ----

TEST(Missing, is_said_again_under_the_same_id_once_at_a_time) {
    World world;
    const SessionId session = world.open_conversation();
    (void)world.say(session, "c1", "Hello");
    auto post = world.deliver(session);
    world.effects.lanes.clear();
    EXPECT_FALSE(world.run(core::PostMissing{*post}).refusal);
    EXPECT_EQ(world.effects.lanes.size(), 1U);
    EXPECT_TRUE(world.run(core::PostMissing{*post}).replayed);
    world.reopen();
    const auto again = world.deliver(session);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, post->id);
    EXPECT_EQ(again->lines, post->lines);
    EXPECT_EQ(again->attempts, 2);
    EXPECT_EQ(doubts_of(world).size(), 1U) << "it may have been there after all";
    EXPECT_FALSE(world.deliver(session));
}

TEST(Missing, is_not_said_again_in_a_thread_that_was_introduced_with_it) {
    World world;
    const SessionId session = world.open_conversation();
    (void)world.say(session, "c1", "Hello");
    const auto post = world.deliver(session);
    world.run(core::ThreadLost{DeskThreadId(world.thread_of(session))});
    EXPECT_TRUE(world.run(core::PostMissing{*post}).replayed);
}

// ---- Agents. ----

core::AgentResolved resolved_by(const std::string& thread, const std::string& at, bool read_back) {
    core::AgentResolved resolved;
    resolved.thread = DeskThreadId(thread);
    resolved.agent = {.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
    resolved.reaction = {.key = "check/ana", .at = at, .read_back = read_back};
    return resolved;
}

TEST(Reactions, close_once_however_often_they_are_read_back) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    const auto state = [&] { return world.store->session(session)->state; };
    EXPECT_FALSE(world.run(resolved_by(thread, "100.5", false)).replayed);
    EXPECT_EQ(state(), core::SessionState::closed);
    (void)world.say(session, "c9", "One more thing");
    EXPECT_EQ(state(), core::SessionState::waiting);
    world.reopen();
    EXPECT_TRUE(world.run(resolved_by(thread, "900.0", true)).replayed) << "it still stands there";
    EXPECT_TRUE(world.run(resolved_by(thread, "100.5", false)).replayed) << "its event came again";
    EXPECT_EQ(state(), core::SessionState::waiting);
    EXPECT_FALSE(world.run(resolved_by(thread, "200.0", false)).replayed) << "added anew";
    EXPECT_EQ(state(), core::SessionState::closed);
}

TEST(Reactions, that_no_event_told_count_when_they_are_read) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    EXPECT_FALSE(world.run(resolved_by(thread, "200.5", true)).replayed);
    EXPECT_EQ(world.store->session(session)->state, core::SessionState::closed);
    (void)world.say(session, "c9", "One more thing");
    EXPECT_TRUE(world.run(resolved_by(thread, "199.0", false)).replayed) << "the event comes late";
}

TEST(Reactions, that_were_taken_away_may_come_again) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    (void)world.run(resolved_by(thread, "100.5", false));
    (void)world.say(session, "c9", "One more thing");
    core::ReactionsRead read;
    read.thread = DeskThreadId(thread);
    read.before = "100.0";  // a read may be a little behind
    (void)world.run(read);
    EXPECT_TRUE(world.run(resolved_by(thread, "300.0", true)).replayed);
    read.before = "200.0";
    read.keys = {"check/ana"};
    (void)world.run(read);
    EXPECT_TRUE(world.run(resolved_by(thread, "300.0", true)).replayed);
    read.keys.clear();
    (void)world.run(read);
    EXPECT_FALSE(world.run(resolved_by(thread, "300.0", true)).replayed);
    EXPECT_EQ(world.store->session(session)->state, core::SessionState::closed);
}

TEST(Phantoms, are_one_message_known_by_where_it_stands) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    core::AgentSaid phantom = world.reply_of(thread, "agent/phantom", "1763800900.000100", "Hi");
    phantom.sender_key = "s/1";
    core::AgentSaid real = world.reply_of(thread, "agent/real", "1763800921.000100", "Hi");
    real.sender_key = "s/1";
    EXPECT_FALSE(world.run(phantom).replayed);
    EXPECT_TRUE(world.run(real).replayed);
    const std::int64_t head = world.store->session(session)->head;
    core::AgentEdited edited;
    edited.thread = real.thread;
    edited.message = real.message;
    edited.order = real.order;
    edited.sender_key = "s/1";
    edited.edit_key = "1763800999.000100";
    edited.agent = real.agent;
    edited.text = "Hello";
    EXPECT_FALSE(world.run(edited).replayed);
    EXPECT_EQ(world.kinds(session, head), "message_edited") << "and no second message";
    world.run(core::AgentMoved{real.thread, phantom.message, real.message, real.order});
    EXPECT_FALSE(world.run(core::AgentDeleted{real.thread, real.message}).replayed);
    EXPECT_EQ(world.kinds(session, head), "message_edited message_deleted");
    const auto replies = world.run(core::ReadReplies{real.thread, "1763800920.000000"}).replies;
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].message, real.message);
    EXPECT_TRUE(replies[0].deleted);
}

TEST(Edits, and_deletions_before_their_message_and_late_messages_find_their_place) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    const std::string early = world.next_desk_order();
    const std::string late = world.next_desk_order();
    core::AgentEdited edited;
    edited.thread = DeskThreadId(thread);
    edited.message = DeskMessageId("agent/late");
    edited.order = late;
    edited.edit_key = late + "9";
    edited.agent = {.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
    edited.text = "second, mended";
    EXPECT_FALSE(world.run(edited).refusal);
    EXPECT_TRUE(world.run(world.reply_of(thread, "agent/late", late, "second")).replayed);
    EXPECT_FALSE(world.run(world.reply_of(thread, "agent/early", early, "first")).replayed);
    EXPECT_FALSE(
        world.run(core::AgentDeleted{DeskThreadId(thread), DeskMessageId("agent/gone")}).refusal);
    world.reopen();
    EXPECT_TRUE(
        world.run(world.reply_of(thread, "agent/gone", world.next_desk_order(), "gone")).replayed);
    std::vector<std::string> texts;
    for (const core::Message& message : world.store->messages(session))
        if (message.role == core::AuthorRole::agent) texts.push_back(message.text);
    EXPECT_EQ(texts, (std::vector<std::string>{"Hello", "first", "second, mended"}));
}

TEST(Edits, of_one_second_are_settled_by_what_stands_there) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    core::AgentSaid said = world.reply_of(thread, "agent/1", world.next_desk_order(), "one");
    (void)world.run(said);
    core::AgentEdited edited;
    edited.thread = said.thread;
    edited.message = said.message;
    edited.order = said.order;
    edited.edit_key = "1763800190.000600";
    edited.agent = said.agent;
    edited.text = "two";
    EXPECT_FALSE(world.run(edited).replayed);
    said.edited_since = true;
    said.edit_key = "1763800190.000000";
    said.text = "two";
    EXPECT_TRUE(world.run(said).replayed);
    said.text = "three";  // its event was lost, and `edited` has whole seconds
    EXPECT_FALSE(world.run(said).replayed);
    EXPECT_TRUE(world.run(said).replayed);
    EXPECT_EQ(world.store->message_of_desk(said.message)->text, "three");
}

// ---- Destinations. ----

TEST(Destinations, that_were_found_are_remembered) {
    World world;
    EXPECT_TRUE(world.run(core::ReadDestinations{}).destinations.empty());
    world.run(core::DestinationFound{Destination("#a"), "C1"});
    world.run(core::DestinationFound{Destination("#b"), "C2"});
    world.run(core::DestinationFound{Destination("#a"), "C3"});
    world.reopen();
    const std::map<Destination, std::string> expected = {{Destination("#a"), "C3"},
                                                         {Destination("#b"), "C2"}};
    EXPECT_EQ(world.run(core::ReadDestinations{}).destinations, expected);
}

}  // namespace
}  // namespace deskbell::engine
