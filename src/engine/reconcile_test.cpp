#include "engine/reconcile.hpp"

#include "core/client_ids.hpp"
#include "engine/test_world.hpp"
#include "store/store.hpp"

#include <gtest/gtest.h>

namespace deskbell::engine {
namespace {

using core::LetterState;
using core::Stage;

core::PostConfirmed read_back(const std::string& letter, const std::string& thread,
                              const std::string& order) {
    core::PostConfirmed confirmed;
    confirmed.post = LetterId(letter);
    confirmed.message = DeskMessageId("desk/" + order);
    confirmed.thread = DeskThreadId(thread);
    confirmed.order = order;
    confirmed.read_back = true;
    return confirmed;
}

std::vector<core::Letter> lane_of(World& world, const SessionId& session) {
    return world.store->lane(session, 1'000);
}

std::string kinds_of(const std::vector<core::Event>& events) {
    std::string kinds;
    for (const core::Event& event : events) {
        const auto parsed = parse_json_object(event.json);
        kinds += string_or_empty(*parsed, "kind") + " ";
    }
    return kinds;
}

std::vector<core::Event> log_of(World& world, const SessionId& session) {
    return world.store->events(session, 0, 1'000);
}

core::CustomerFound found_words(const SessionId& session, const std::string& thread,
                                const std::string& id, const std::string& text,
                                const std::string& order) {
    core::CustomerFound found;
    found.session = session;
    found.thread = DeskThreadId(thread);
    found.id = MessageId(id);
    found.client_id = "client-" + id;
    found.text = text;
    found.message = DeskMessageId("desk/" + order);
    found.order = order;
    return found;
}

TEST(Reconcile, is_due_once_it_was_said_until_it_has_ended) {
    World world;
    const SessionId session = world.open_conversation();
    EXPECT_FALSE(prepare_reconcile(*world.store, false, world.clock, world.random).due);
    const ReconcilePlan plan = prepare_reconcile(*world.store, true, world.clock, world.random);
    EXPECT_TRUE(plan.due);
    EXPECT_GT(plan.since, 0);
    EXPECT_LE(plan.since, world.clock.wall_ms());
    EXPECT_FALSE(plan.log_run.empty());
    world.clock.advance(3'600'000);
    world.reopen();
    const ReconcilePlan again = prepare_reconcile(*world.store, false, world.clock, world.random);
    EXPECT_TRUE(again.due) << "a crash in the middle";
    EXPECT_EQ(again.since, plan.since);
    EXPECT_EQ(again.log_run, plan.log_run) << "the log goes on in the same run";
    EXPECT_FALSE(world.run(core::ReconcileEnded{}).refusal);
    EXPECT_FALSE(prepare_reconcile(*world.store, false, world.clock, world.random).due);
    // Put back a second time: from the earlier word on, in a run of its own.
    const ReconcilePlan second = prepare_reconcile(*world.store, true, world.clock, world.random);
    EXPECT_NE(second.log_run, plan.log_run);
    (void)session;
}

TEST(Reconcile, hands_out_every_lane_once_it_has_ended) {
    World world;
    const SessionId in_the_air = world.arrive("air");
    (void)world.ask(in_the_air);
    (void)world.run(core::ClaimPost{in_the_air, false});
    const SessionId queued = world.arrive("queued");
    (void)world.ask(queued);
    (void)prepare_reconcile(*world.store, true, world.clock, world.random);
    world.reopen();
    world.effects = RecordedEffects();
    (void)world.run(core::ReconcileEnded{});
    ASSERT_EQ(world.effects.lanes.size(), 2u);
    int unresolved = 0;
    for (const core::LaneNews& news : world.effects.lanes)
        unresolved += news.unresolved.has_value();
    EXPECT_EQ(unresolved, 1);
}

TEST(Reconcile, tells_the_parents_in_use_once_more_what_they_should_show) {
    World world;
    const SessionId open = world.open_conversation("open");
    const SessionId closed = world.open_conversation("closed");
    (void)world.run(core::CustomerClosed{}, {closed, ""});
    for (const SessionId& id : {open, closed}) {
        (void)world.deliver_all(id);
        const auto session = world.store->session(id);
        (void)world.run(core::CardShown{id, session->card_version});
    }
    (void)prepare_reconcile(*world.store, true, world.clock, world.random);
    world.effects = RecordedEffects();
    (void)world.run(core::ReconcileEnded{});
    EXPECT_EQ(world.effects.cards, std::vector{open});
    EXPECT_TRUE(world.run(core::ClaimCard{open}).card);
}

TEST(Reconcile, remembers_who_must_still_be_told) {
    World world;
    (void)prepare_reconcile(*world.store, true, world.clock, world.random);
    core::ReconcileEnded ended;
    ended.untold = {DeskThreadId("t/1"), DeskThreadId("t/2"), DeskThreadId("t/1")};
    (void)world.run(ended);
    world.reopen();
    auto plan = prepare_reconcile(*world.store, false, world.clock, world.random);
    EXPECT_FALSE(plan.due);
    EXPECT_EQ(plan.untold, (std::vector{DeskThreadId("t/1"), DeskThreadId("t/2")}));
    (void)world.run(core::ThreadTold{DeskThreadId("t/1")});
    plan = prepare_reconcile(*world.store, false, world.clock, world.random);
    EXPECT_EQ(plan.untold, (std::vector{DeskThreadId("t/2")}));
    (void)world.run(core::ThreadTold{DeskThreadId("t/2")});
    EXPECT_TRUE(prepare_reconcile(*world.store, false, world.clock, world.random).untold.empty());
}

TEST(Reconcile, a_letter_that_is_there_is_settled_though_it_was_never_attempted) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    (void)world.say(session, "c1", "one");
    (void)world.say(session, "c2", "two");
    const auto lane = lane_of(world, session);
    ASSERT_EQ(lane.size(), 2u);
    // Not by an echo, which nobody could have sent for it.
    core::PostConfirmed echo = read_back(lane[0].id.value, thread, world.next_desk_order());
    echo.read_back = false;
    EXPECT_EQ(world.run(echo).refusal->code, "letter_moved");
    EXPECT_FALSE(world.run(read_back(lane[0].id.value, thread, world.next_desk_order())).refusal);
    EXPECT_EQ(lane_of(world, session).size(), 1u);
    EXPECT_EQ(world.store->delivery(session, lane[0].message).stage, Stage::delivered);
    // Once more, after a crash: it is gone, and nothing changes.
    EXPECT_EQ(world.run(read_back(lane[0].id.value, thread, "1.0")).refusal->code,
              "letter_unknown");
    EXPECT_EQ(world.store->delivery(session, lane[1].message).stage, Stage::stored);
}

TEST(Reconcile, what_stands_before_a_letter_that_is_there_is_not_sent_after_it) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    for (const char* id : {"c1", "c2", "c3"}) (void)world.say(session, id, id);
    const auto lane = lane_of(world, session);
    ASSERT_EQ(lane.size(), 3u);
    (void)world.run(read_back(lane[1].id.value, thread, world.next_desk_order()));
    const auto left = lane_of(world, session);
    ASSERT_EQ(left.size(), 1u);
    EXPECT_EQ(left[0].id, lane[2].id);
    EXPECT_EQ(world.store->delivery(session, lane[0].message).stage, Stage::failed)
        << "both sides see that it failed";
    EXPECT_EQ(world.store->delivery(session, lane[1].message).stage, Stage::delivered);
}

TEST(Reconcile, a_thread_of_a_known_session_is_taken_over) {
    World world;
    const SessionId session = world.arrive();
    (void)world.say(session, "c1", "only to the bot");
    core::ThreadFound found;
    found.session = session;
    found.thread = DeskThreadId("thread/since");
    found.destination = Destination("desk-b");
    found.order = world.next_desk_order();
    const Reply reply = world.run(found);
    ASSERT_FALSE(reply.refusal);
    EXPECT_EQ(reply.session.state, core::SessionState::waiting);
    EXPECT_EQ(reply.session.thread.value, "thread/since");
    EXPECT_EQ(reply.session.destination.value, "desk-b");
    EXPECT_TRUE(lane_of(world, session).empty()) << "no second thread is opened";
    const std::size_t events = log_of(world, session).size();
    EXPECT_FALSE(world.run(found).refusal);
    EXPECT_EQ(log_of(world, session).size(), events) << "taking it again changes nothing";
    // Agents' words there reach the customer from now on.
    EXPECT_FALSE(
        world.run(world.reply_of("thread/since", "m1", world.next_desk_order(), "Hi")).refusal);
    core::ThreadFound nobodys = found;
    nobodys.session = SessionId("session_unknown");
    nobodys.thread = DeskThreadId("thread/other");
    EXPECT_EQ(world.run(nobodys).refusal->code, "session_unknown");
}

TEST(Reconcile, a_newer_thread_takes_the_place_of_one_that_was_about_to_be_opened) {
    World world;
    const SessionId session = world.arrive();
    (void)world.ask(session);
    (void)world.say(session, "c1", "waits");
    ASSERT_EQ(lane_of(world, session).size(), 3u);
    core::ThreadFound found;
    found.session = session;
    found.thread = DeskThreadId("thread/since");
    found.order = world.next_desk_order();
    ASSERT_FALSE(world.run(found).refusal);
    const auto lane = lane_of(world, session);
    ASSERT_EQ(lane.size(), 1u);
    EXPECT_EQ(lane[0].kind, core::LetterKind::customer_message) << "it goes to that thread";
    EXPECT_EQ(world.deliver(session)->thread.value, "thread/since");
}

TEST(Reconcile, a_thread_that_replaced_the_known_one_is_the_threads_successor) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string old = world.thread_of(session);
    core::ThreadFound found;
    found.session = session;
    found.thread = DeskThreadId("thread/since");
    found.order = world.next_desk_order();
    ASSERT_FALSE(world.run(found).refusal);
    EXPECT_EQ(world.thread_of(session), "thread/since");
    EXPECT_TRUE(world.store->thread_owner(DeskThreadId(old))->lost);
    // That the old one is gone is no news any more: nothing is opened.
    (void)world.run(core::ThreadLost{DeskThreadId(old)});
    EXPECT_TRUE(lane_of(world, session).empty());
    EXPECT_EQ(world.thread_of(session), "thread/since");
}

TEST(Reconcile, words_that_the_log_has_forgotten_come_back_once_with_their_names) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    const std::size_t before = log_of(world, session).size();
    const std::string order = world.next_desk_order();
    const auto words = found_words(session, thread, "msg_000000since", "since the backup", order);
    ASSERT_FALSE(world.run(words).refusal);
    ASSERT_FALSE(world.run(words).refusal);
    const auto log = log_of(world, session);
    ASSERT_EQ(log.size(), before + 2);
    EXPECT_EQ(kinds_of({log.end() - 2, log.end()}), "message receipt ");
    const auto message = world.store->message(session, MessageId("msg_000000since"));
    ASSERT_TRUE(message);
    EXPECT_EQ(message->stage, Stage::delivered);
    EXPECT_EQ(message->desk_order, order);
    EXPECT_TRUE(lane_of(world, session).empty()) << "they are there: nothing is posted";
    // The client that never got its answer says it again, perhaps not to the letter as read back.
    const Reply again = world.say(session, "client-msg_000000since", "since  the backup");
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(log_of(world, session).size(), before + 2);
    // A session's words stay in that session.
    const SessionId other = world.open_conversation("other");
    const auto foreign = found_words(other, thread, "msg_000000foreign", "not yours", order);
    EXPECT_EQ(world.run(foreign).refusal->code, "thread_unknown");
}

TEST(Reconcile, what_a_client_said_again_before_it_was_read_is_not_posted_again) {
    for (const std::string client : {"c-17", "john@example.com"}) {
        World world;
        const SessionId session = world.open_conversation();
        const std::string thread = world.thread_of(session);
        (void)world.say(session, client, "said before the crash");
        auto words = found_words(session, thread, "msg_000000since", "said before the crash",
                                 world.next_desk_order());
        words.client_id = core::outward_client_id(session, client);
        ASSERT_EQ(lane_of(world, session).size(), 1u);
        ASSERT_FALSE(world.run(words).refusal);
        EXPECT_TRUE(lane_of(world, session).empty()) << client;
        EXPECT_FALSE(world.store->message(session, MessageId("msg_000000since"))) << client;
        EXPECT_EQ(kinds_of({log_of(world, session).back()}), "receipt ");
        // Again, after a crash: nothing more comes of it.
        const std::size_t events = log_of(world, session).size();
        ASSERT_FALSE(world.run(words).refusal);
        EXPECT_EQ(log_of(world, session).size(), events);
    }
}

TEST(Reconcile, a_client_that_says_it_again_afterwards_is_told_of_the_first) {
    for (const std::string client : {"c-17", "john@example.com"}) {
        World world;
        const SessionId session = world.open_conversation();
        auto words = found_words(session, world.thread_of(session), "msg_000000since", "once",
                                 world.next_desk_order());
        words.client_id = core::outward_client_id(session, client);
        ASSERT_FALSE(world.run(words).refusal);
        const Reply again = world.say(session, client, "once");
        EXPECT_TRUE(again.replayed) << client;
        EXPECT_TRUE(lane_of(world, session).empty()) << client;
    }
}

TEST(Reconcile, words_taken_over_stand_among_the_replies_where_they_stand_at_the_desk) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    const std::string first = world.next_desk_order();
    const std::string second = world.next_desk_order();
    const std::string third = world.next_desk_order();
    // The newest reply came as an event before the rest was read.
    (void)world.run(world.reply_of(thread, "m3", third, "third"));
    (void)world.run(found_words(session, thread, "msg_000000first", "first", first));
    (void)world.run(world.reply_of(thread, "m2", second, "second"));
    std::vector<std::string> texts;
    for (const core::Message& message : world.store->messages(session))
        texts.push_back(message.text);
    EXPECT_EQ(texts, (std::vector<std::string>{"Hello", "first", "second", "third"}));
}

TEST(Reconcile, words_said_after_the_end_take_the_conversation_up_again) {
    World world;
    const SessionId session = world.open_conversation();
    const std::string thread = world.thread_of(session);
    (void)world.run(core::CustomerClosed{}, {session, ""});
    (void)world.deliver_all(session);
    const auto words =
        found_words(session, thread, "msg_000000again", "hello again", world.next_desk_order());
    const Reply reply = world.run(words);
    ASSERT_FALSE(reply.refusal);
    EXPECT_EQ(reply.session.state, core::SessionState::waiting);
    EXPECT_TRUE(lane_of(world, session).empty());
}

TEST(Reconcile, posts_name_what_travels_in_them) {
    World world;
    const SessionId session = world.open_conversation();
    for (const char* id : {"c1", "c2", "c3"}) (void)world.say(session, id, id);
    const auto lane = lane_of(world, session);
    const Reply claimed = world.run(core::ClaimPost{session, true});
    ASSERT_TRUE(claimed.post);
    ASSERT_EQ(claimed.post->lines.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(claimed.post->lines[i].letter, lane[i].id);
        EXPECT_EQ(claimed.post->lines[i].message, lane[i].message);
        EXPECT_EQ(claimed.post->lines[i].client_id, "c" + std::to_string(i + 1));
    }
}

TEST(Reconcile, errands_stand_between_two_transactions) {
    World world;
    const SessionId session = world.arrive();
    std::vector<std::string> order;
    std::vector<Envelope> batch;
    const auto say = [&](const std::string& id) {
        batch.push_back({core::CustomerSaid{id, "x"}, {session, ""}, [&order, id](const Reply&) {
                             order.push_back(id);
                         }});
    };
    say("c1");
    batch.push_back({core::ReadSession{}, {}, {}, [&](store::Store& store) {
                         order.push_back("errand " + std::to_string(store.counts().messages));
                     }});
    say("c2");
    world.engine->run(std::move(batch));
    EXPECT_EQ(order, (std::vector<std::string>{"c1", "errand 1", "c2"}));
}

}  // namespace
}  // namespace deskbell::engine
