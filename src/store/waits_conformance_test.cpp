// How long customers waited, and what people look for, as every store must tell it.

#include "store/conformance.hpp"

namespace deskbell::store {

using core::SessionState;

TEST_P(StoreConformance, waits_begin_end_once_and_are_told_newest_first) {
    const core::Session early = add_session("a", SessionState::waiting, 100);
    core::Session late = add_session("b", SessionState::waiting, 200);
    store->begin();
    store->begin_wait(early);
    store->begin_wait(early);  // read back
    store->begin_wait(late);
    store->end_wait(early.id, 150);
    store->end_wait(early.id, 190);  // it was over
    store->commit();
    reopen();
    EXPECT_EQ(store->waits(early.site, 0, 9), std::vector<std::int64_t>{50});

    // Given up, and asked again: what was never answered stays so.
    late.asked_at = 300;
    store->begin();
    store->begin_wait(late);
    store->end_wait(late.id, 310);
    store->commit();
    EXPECT_EQ(store->waits(late.site, 0, 9), (std::vector<std::int64_t>{10, 50}));
    EXPECT_EQ(store->waits(late.site, 0, 1), std::vector<std::int64_t>{10});
    EXPECT_EQ(store->waits(late.site, 200, 9), std::vector<std::int64_t>{10});
    EXPECT_TRUE(store->waits(SiteId("another"), 0, 9).empty());
}

TEST_P(StoreConformance, a_day_has_its_figures) {
    core::Session rated = add_session("a", SessionState::open, 100);
    const core::Session before = add_session("b", SessionState::waiting, 50);
    store->begin();
    store->begin_wait(before);
    store->begin_wait(rated);
    store->end_wait(rated.id, 130);
    const core::Session unrated = rated;
    rated.rating = core::Rating{4, "good"};
    store->update_session(unrated, rated);
    store->commit();
    const WaitFigures day = store->wait_figures(60);
    EXPECT_EQ(day.asked, 1);
    EXPECT_EQ(day.answered, 1);
    EXPECT_EQ(day.answered_after_ms, std::vector<std::int64_t>{30});
    EXPECT_EQ(day.ratings, 1);
    EXPECT_EQ(day.rating_sum, 4);
    EXPECT_EQ(store->wait_figures(0).asked, 2);
    EXPECT_EQ(store->wait_figures(1'000).asked, 0);
    EXPECT_EQ(store->wait_figures(1'000).ratings, 0);

    store->begin();
    store->forget_session(rated.id);
    store->commit();
    EXPECT_EQ(store->wait_figures(60).asked, 0);
    EXPECT_TRUE(store->waits(rated.site, 0, 9).empty());
}

TEST_P(StoreConformance, who_waits_longest_comes_first_and_the_newest_of_the_open) {
    add_session("w2", SessionState::waiting, 20);
    add_session("w1", SessionState::waiting, 10);
    add_session("o1", SessionState::open, 10);
    add_session("o2", SessionState::open, 20);
    add_session("c", SessionState::closed, 30);
    std::string order;
    for (const core::Session& session : store->active_sessions(9))
        order += session.id.value.substr(8) + " ";
    EXPECT_EQ(order, "w1 w2 o2 o1 ");
    EXPECT_EQ(store->active_sessions(1).size(), 2u);
    EXPECT_EQ(store->sessions_in(SessionState::waiting), 2);
    EXPECT_EQ(store->sessions_in(SessionState::open), 2);
}

TEST_P(StoreConformance, words_are_found_whatever_their_case_once_a_session) {
    const core::Session older = add_session("a", SessionState::open, 1);
    const core::Session newer = add_session("b", SessionState::open, 2);
    store->begin();
    for (const char* id : {"m1", "m2"}) {
        core::Message message = message_of(older, id);
        message.text = "My Parcel 100% lost";
        store->insert_message(message);
    }
    core::Message deleted = message_of(newer, "m3");
    deleted.text = "a parcel that is not to be found";
    store->insert_message(deleted);
    deleted.deleted = true;
    store->update_message(deleted);
    store->commit();
    const auto hits = store->search("PARCEL 100%", 9);
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(hits[0].session, older.id);
    EXPECT_EQ(hits[0].excerpt, "My Parcel 100% lost");
    EXPECT_EQ(store->search("session_B", 9).size(), 1u);
    EXPECT_TRUE(store->search("session_b", 9)[0].excerpt.empty());
    EXPECT_TRUE(store->search("_arcel", 9).empty());
    EXPECT_EQ(store->search("session", 1).size(), 1u);
}

TEST_P(StoreConformance, what_a_waiting_customer_was_told_is_kept) {
    core::Session session = add_session("a", SessionState::waiting, 1);
    const core::Session before = session;
    session.offer = "closed";
    session.estimated_wait_s = 120;
    store->begin();
    store->update_session(before, session);
    store->commit();
    reopen();
    EXPECT_EQ(store->session(session.id)->offer, "closed");
    EXPECT_EQ(store->session(session.id)->estimated_wait_s, 120);
}

}  // namespace deskbell::store
