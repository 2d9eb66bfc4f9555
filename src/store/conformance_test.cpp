#include "store/conformance.hpp"

namespace deskbell::store {

using core::LetterState;
using core::SessionState;
using core::Stage;

TEST_P(StoreConformance, keeps_every_field_of_a_session) {
    core::Session session = session_named("a");
    session.state = SessionState::open;
    session.created_at = 1;
    session.customer = {
        .name = "John", .email = "j@e.c", .phone = "1", .attributes_json = R"({"a":"ü"})"};
    session.page = {.url = "u", .title = "t", .referrer = "r"};
    session.locale = "de";
    session.timezone = "Europe/Berlin";
    session.head = 2;
    session.last_order_us = 3;
    session.generation = 4;
    session.bot_turn = MessageId("msg");
    session.agent = core::Agent{.id = DeskAgentId("ana"), .name = "Ana", .avatar = "av"};
    session.asked_at = 5;
    session.topic = "topic";
    session.note = std::string("no\0te", 5);
    session.queue_position = 6;
    session.rating = core::Rating{.score = 5, .comment = "good"};
    session.read_seq = 7;
    session.closed_at = 8;
    session.delayed = true;
    session.destination = Destination("desk");
    session.thread = DeskThreadId("thread");
    session.previous_thread = DeskThreadId("lost");
    session.thread_cursor = "9";
    session.lane_position = 10;
    session.card_version = 11;
    session.card_shown_version = 12;
    store->begin();
    store->insert_session(session_named("a"));
    store->update_session(session_named("a"), session);
    store->commit();
    EXPECT_EQ(store->session(session.id), session);
    core::Session counted = session;
    counted.head = 20;
    counted.last_order_us = 30;
    counted.lane_position = 40;
    counted.read_seq = 50;
    store->begin();
    store->update_session(session, counted);
    store->commit();
    reopen();
    EXPECT_EQ(store->session(session.id), counted);
    EXPECT_EQ(store->session_of_token("hash-a"), session.id);
    EXPECT_FALSE(store->session_of_token("hash-b"));
    EXPECT_FALSE(store->session(SessionId("session_b")));
}

TEST_P(StoreConformance, forgets_what_was_not_committed) {
    store->begin();
    store->insert_session(session_named("a"));
    EXPECT_TRUE(store->session(SessionId("session_a")));
    store->rollback();
    EXPECT_FALSE(store->session(SessionId("session_a")));
    store->rollback();  // without a transaction it does nothing
    store->begin();
    store->insert_session(session_named("b"));
    reopen();
    EXPECT_FALSE(store->session(SessionId("session_b")));
}

TEST_P(StoreConformance, refuses_a_second_row_under_a_key) {
    const core::Session session = add_session("a", SessionState::bot, 1);
    const auto twice = [&](const std::function<void(int)>& insert) {
        return failure_of([&] {
            store->begin();
            insert(1);
            insert(2);
            store->commit();
        });
    };
    const auto messages = [&](const std::function<void(core::Message&)>& change) {
        return twice([&](int round) {
            core::Message message = message_of(session, "m" + std::to_string(round));
            change(message);
            store->insert_message(message);
        });
    };
    EXPECT_EQ(messages([](core::Message&) {}), "");
    EXPECT_EQ(messages([](core::Message& m) { m.id = MessageId("same"); }), "store_conflict");
    EXPECT_EQ(messages([](core::Message& m) {
                  m.id.value += "c";
                  m.client_id = "c1";
              }),
              "store_conflict");
    EXPECT_EQ(messages([](core::Message& m) {
                  m.id.value += "r";
                  m.in_reply_to = "q1";
              }),
              "store_conflict");
    EXPECT_EQ(messages([](core::Message& m) {
                  m.id.value += "k";
                  m.desk_sender_key = "k1";
              }),
              "store_conflict");
    EXPECT_EQ(messages([](core::Message& m) {
                  m.id.value += "a";
                  m.role = core::AuthorRole::agent;
                  m.desk_message = DeskMessageId("d1");
              }),
              "store_conflict");
    EXPECT_EQ(messages([](core::Message& m) {
                  m.id.value += "f";
                  m.desk_message = DeskMessageId("d2");  // two customers' lines in one post
              }),
              "");
    EXPECT_EQ(twice([&](int) { store->append_event(session.id, {1, "{}"}); }), "store_conflict");
    EXPECT_EQ(twice([&](int) { store->insert_session(session_named("b")); }), "store_conflict");
    EXPECT_EQ(twice([&](int) { store->insert_thread(DeskThreadId("t"), session.id); }),
              "store_conflict");
    EXPECT_EQ(twice([&](int round) {
                  core::Letter letter = letter_of(session, 5);
                  letter.id.value += std::to_string(round);
                  store->insert_letter(letter);
              }),
              "store_conflict");
}

TEST_P(StoreConformance, reads_the_log_in_order_after_a_point_and_up_to_a_limit) {
    const core::Session session = add_session("a", SessionState::bot, 1);
    const core::Session other = add_session("b", SessionState::bot, 1);
    store->begin();
    for (std::int64_t seq = 1; seq <= 5; ++seq) {
        store->append_event(session.id, {seq, "{\"seq\":" + std::to_string(seq) + "}"});
        store->append_event(other.id, {seq, "{}"});
    }
    store->commit();
    const auto events = store->events(session.id, 2, 2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].seq, 3);
    EXPECT_EQ(events[1].json, "{\"seq\":4}");
    EXPECT_TRUE(store->events(session.id, 5, 10).empty());
}

TEST_P(StoreConformance, finds_a_message_by_each_of_its_keys) {
    const core::Session session = add_session("a", SessionState::open, 1);
    core::Message message = message_of(session, "m1");
    message.seq = 2;
    message.at = 3;
    message.role = core::AuthorRole::agent;
    message.author_name = "Ana";
    message.author_avatar = "av";
    message.markdown = true;
    message.rich_json = "[]";
    message.client_id = "c1";
    message.body_hash = "hash";
    message.in_reply_to = "q1";
    message.desk_message = DeskMessageId("d1");
    message.desk_order = "7";
    message.desk_sender_key = "k1";
    message.desk_edit_key = "e1";
    message.stage = Stage::delivered;
    store->begin();
    store->insert_message(message);
    store->commit();
    for (const auto& found :
         {store->message_of_client(session.id, "c1"), store->message_in_reply_to(session.id, "q1"),
          store->message_of_desk(message.desk_message), store->message_of_sender("k1")}) {
        ASSERT_TRUE(found);
        EXPECT_EQ(found->id, message.id);
        EXPECT_EQ(found->seq, 2);
        EXPECT_EQ(found->author_avatar, "av");
        EXPECT_EQ(found->rich_json, "[]");
        EXPECT_EQ(found->body_hash, "hash");
        EXPECT_EQ(found->desk_order, "7");
        EXPECT_EQ(found->desk_edit_key, "e1");
        EXPECT_EQ(found->stage, Stage::delivered);
        EXPECT_TRUE(found->markdown);
    }
    EXPECT_FALSE(store->message_of_client(SessionId("session_b"), "c1"));
    EXPECT_FALSE(store->message_of_client(session.id, ""));
    EXPECT_FALSE(store->message_of_sender(""));
    message.text = "new";
    message.deleted = true;
    store->begin();
    store->update_message(message);
    store->update_delivery(session.id, {message.id, Stage::seen, DeskMessageId("d1"), "8"});
    store->insert_tombstone(DeskMessageId("d9"), session.id);
    store->commit();
    EXPECT_EQ(store->messages(session.id)[0].text, "new");
    EXPECT_TRUE(store->messages(session.id)[0].deleted);
    EXPECT_EQ(store->delivery(session.id, message.id).stage, Stage::seen);
    EXPECT_EQ(store->delivery(session.id, message.id).desk_order, "8");
    EXPECT_TRUE(store->has_tombstone(DeskMessageId("d9")));
    EXPECT_FALSE(store->has_tombstone(DeskMessageId("d1")));
}

TEST_P(StoreConformance, knows_what_the_desk_had_before_and_what_is_unseen) {
    const core::Session session = add_session("a", SessionState::open, 1);
    const auto add = [&](const std::string& id, core::AuthorRole role,
                         const std::string& desk_order, Stage stage) {
        core::Message message = message_of(session, id);
        message.role = role;
        message.desk_order = desk_order;
        message.stage = stage;
        if (role == core::AuthorRole::agent) message.desk_message = DeskMessageId(id);
        store->insert_message(message);
    };
    store->begin();
    add("m1", core::AuthorRole::customer, "10", Stage::seen);
    add("m2", core::AuthorRole::customer, "20", Stage::delivered);
    add("m3", core::AuthorRole::agent, "25", Stage::stored);
    add("m4", core::AuthorRole::customer, "30", Stage::delivered);
    add("m5", core::AuthorRole::customer, "30", Stage::delivered);
    add("m6", core::AuthorRole::customer, "", Stage::stored);
    store->commit();
    EXPECT_EQ(store->order_floor(session.id, "10"), "");
    EXPECT_EQ(store->order_floor(session.id, "11"), "m1");
    EXPECT_EQ(store->order_floor(session.id, "30"), "m3");
    EXPECT_EQ(store->order_floor(session.id, "31"), "m5");
    const auto unseen = store->unseen(session.id, "30");
    ASSERT_EQ(unseen.size(), 3U);
    EXPECT_EQ(unseen[0].message.value, "m2");
    EXPECT_EQ(unseen[2].message.value, "m5");
    EXPECT_EQ(store->unseen(session.id, "25").size(), 1U);
    EXPECT_TRUE(store->unseen(session.id, "10").empty());
}

TEST_P(StoreConformance, moves_a_letter_only_from_the_state_it_is_in) {
    const core::Session session = add_session("a", SessionState::open, 1);
    core::Letter letter = letter_of(session, 1);
    letter.text = "hello";
    store->begin();
    store->insert_letter(letter);
    letter.state = LetterState::sending;
    letter.frozen_json = "{}";
    letter.attempts = 1;
    letter.first_attempt_at = 5;
    EXPECT_FALSE(store->move_letter(LetterState::unknown, letter));
    EXPECT_EQ(store->letter(letter.id)->state, LetterState::queued);
    EXPECT_TRUE(store->move_letter(LetterState::queued, letter));
    EXPECT_FALSE(store->move_letter(LetterState::queued, letter));
    store->commit();
    reopen();
    const auto found = store->letter(letter.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, LetterState::sending);
    EXPECT_EQ(found->frozen_json, "{}");
    EXPECT_EQ(found->attempts, 1);
    EXPECT_EQ(found->first_attempt_at, 5);
    EXPECT_EQ(found->text, "hello");
    EXPECT_FALSE(store->letter(LetterId("none")));
    letter.state = LetterState::sent;
    store->begin();
    EXPECT_FALSE(store->move_letter(LetterState::unknown, letter));
    EXPECT_TRUE(store->letter(letter.id));
    EXPECT_TRUE(store->move_letter(LetterState::sending, letter));
    store->commit();
    EXPECT_FALSE(store->letter(letter.id)) << "it has done its work";
}

TEST_P(StoreConformance, shows_the_unsettled_part_of_a_lane_by_position) {
    const core::Session session = add_session("a", SessionState::open, 1);
    store->begin();
    store->insert_letter(letter_of(session, 4));
    store->insert_letter(letter_of(session, 1, LetterState::sent));
    store->insert_letter(letter_of(session, 3));
    store->insert_letter(letter_of(session, 2, LetterState::unknown));
    core::Letter folded = letter_of(session, 5, LetterState::folded);
    folded.carrier = LetterId("letter-session_a-4");
    store->insert_letter(folded);
    store->commit();
    const auto lane = store->lane(session.id, 10);
    ASSERT_EQ(lane.size(), 3U);
    EXPECT_EQ(lane[0].position, 2);
    EXPECT_EQ(lane[2].position, 4);
    EXPECT_EQ(store->lane(session.id, 1).size(), 1U);
    const core::LaneState state = store->lane_state(session.id);
    EXPECT_EQ(state.queued, 2U);
    EXPECT_EQ(state.in_the_air, 1U);
    EXPECT_EQ(state.oldest_queued_at, 1003);
    EXPECT_FALSE(state.opening);
    EXPECT_EQ(store->folded_in(folded.carrier).size(), 1U);
    EXPECT_EQ(store->sessions_with_letters(), std::vector{session.id});
}

TEST_P(StoreConformance, lines_sessions_up_and_counts_them) {
    (void)add_session("c", SessionState::waiting, 10);
    (void)add_session("b", SessionState::waiting, 20);
    (void)add_session("a", SessionState::waiting, 20);
    (void)add_session("d", SessionState::open, 5);
    (void)add_session("e", SessionState::closed, 100);
    EXPECT_EQ(store->waiting_ahead(SiteId("default"), 20, SessionId("session_b")), 2);
    EXPECT_EQ(store->waiting_ahead(SiteId("default"), 10, SessionId("session_c")), 0);
    EXPECT_EQ(store->waiting_ahead(SiteId("other"), 99, SessionId("session_z")), 0);
    EXPECT_EQ(store->waiting_line(2).size(), 2U);
    EXPECT_EQ(store->destination_load().at(Destination("desk")), 4U);
    EXPECT_EQ(store->threads(0, 100).size(), 5U);
    EXPECT_EQ(store->threads(100, 100).size(), 4U);
    EXPECT_EQ(store->threads(0, 2).size(), 2U);
    ASSERT_EQ(store->list_sessions(SessionId(), 2).size(), 2U);
    EXPECT_EQ(store->list_sessions(SessionId(), 2)[0].id.value, "session_e");
    EXPECT_EQ(store->list_sessions(SessionId("session_b"), 9).size(), 1U);
}

TEST_P(StoreConformance, remembers_lost_threads_as_names_of_their_session) {
    const core::Session session = add_session("a", SessionState::open, 1);
    store->begin();
    store->insert_thread(DeskThreadId("t1"), session.id);
    store->lose_thread(DeskThreadId("t1"));
    store->insert_thread(DeskThreadId("t2"), session.id);
    store->commit();
    EXPECT_EQ(store->thread_owner(DeskThreadId("t1"))->session, session.id);
    EXPECT_TRUE(store->thread_owner(DeskThreadId("t1"))->lost);
    EXPECT_FALSE(store->thread_owner(DeskThreadId("t2"))->lost);
    EXPECT_FALSE(store->thread_owner(DeskThreadId("t3")));
    const auto threads = store->threads(0, 100);
    ASSERT_EQ(threads.size(), 2U) << "the one in use, then the lost one";
    EXPECT_FALSE(threads[0].lost);
    EXPECT_EQ(threads[1].thread.value, "t1");
    EXPECT_TRUE(threads[1].lost);
}

// Whoever compares a thread with what was said must know of all places where it may stand.
TEST_P(StoreConformance, tells_the_lost_threads_of_every_session_whose_thread_it_tells) {
    const core::Session before = add_session("a", SessionState::closed, 1);
    core::Session session = before;
    session.thread = DeskThreadId("t2");
    session.closed_at = 5'000;
    store->begin();
    store->update_session(before, session);
    store->insert_thread(DeskThreadId("t1"), session.id);
    store->lose_thread(DeskThreadId("t1"));
    store->insert_thread(DeskThreadId("t2"), session.id);
    store->commit();
    const auto threads = store->threads(4'000, 100);
    ASSERT_EQ(threads.size(), 2U);
    EXPECT_EQ(threads[1].thread.value, "t1");
    EXPECT_TRUE(threads[1].lost);
    EXPECT_TRUE(store->threads(6'000, 100).empty());
}

TEST_P(StoreConformance, tells_a_conversation_without_what_still_waits) {
    const core::Session session = add_session("a", SessionState::waiting, 1);
    store->begin();
    for (const char* id : {"m1", "m2", "m3", "m4"}) store->insert_message(message_of(session, id));
    core::Message deleted = message_of(session, "m5");
    deleted.deleted = true;
    store->insert_message(deleted);
    core::Letter waits = letter_of(session, 1);
    waits.message = MessageId("m4");
    store->insert_letter(waits);
    core::Letter rest = letter_of(session, 2);  // its first part is there already
    rest.message = MessageId("m3");
    rest.part = rest.parts = 2;
    store->insert_letter(rest);
    store->commit();
    const auto lines = store->conversation(session.id, 2);
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "text of m2");
    EXPECT_EQ(lines[1].text, "text of m3");
}

TEST_P(StoreConformance, finds_what_a_former_process_left) {
    core::Session session = add_session("a", SessionState::open, 1);
    core::Session changed = session;
    changed.card_version = 2;
    changed.bot_turn = MessageId("msg");
    store->begin();
    store->update_session(session, changed);
    store->commit();
    (void)add_session("b", SessionState::open, 1);
    EXPECT_EQ(store->sessions_with_card_due(), std::vector{session.id});
    EXPECT_EQ(store->sessions_with_bot_turn(), std::vector{session.id});
}

TEST_P(StoreConformance, forgets_a_session_whole) {
    const core::Session session = add_session("a", SessionState::open, 1);
    store->begin();
    store->append_event(session.id, {1, "{}"});
    store->insert_message(message_of(session, "m1"));
    store->insert_letter(letter_of(session, 1));
    store->insert_thread(DeskThreadId("t1"), session.id);
    store->insert_tombstone(DeskMessageId("d1"), session.id);
    store->forget_session(session.id);
    store->commit();
    EXPECT_FALSE(store->session(session.id));
    EXPECT_TRUE(store->events(session.id, 0, 10).empty());
    EXPECT_TRUE(store->messages(session.id).empty());
    EXPECT_TRUE(store->lane(session.id, 10).empty());
    EXPECT_FALSE(store->thread_owner(DeskThreadId("t1")));
    EXPECT_FALSE(store->has_tombstone(DeskMessageId("d1")));
}

}  // namespace deskbell::store
