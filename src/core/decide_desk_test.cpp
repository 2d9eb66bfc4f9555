// The rules as tables: agents, the courier's letters, threads.

#include "core/letter_codec.hpp"
#include "core/order.hpp"
#include "core/rules_test.hpp"

namespace deskbell::core {
namespace {

Agent ana() { return {.id = DeskAgentId("ana"), .name = "Ana", .avatar = "https://a/ana.png"}; }
Agent ben() { return {.id = DeskAgentId("ben"), .name = "Ben", .avatar = ""}; }

AgentSaid said_by(const Agent& agent, const std::string& text = "Hi") {
    AgentSaid said;
    said.thread = DeskThreadId("thread-1");
    said.message = DeskMessageId("desk-1");
    said.order = "1763800105.000300";
    said.agent = agent;
    said.text = text;
    return said;
}

Message known_reply() {
    Message message;
    message.id = MessageId("msg_known");
    message.role = AuthorRole::agent;
    message.desk_message = DeskMessageId("desk-1");
    message.text = "Hi";
    message.markdown = true;
    return message;
}

TEST(AgentSaid, opens_the_conversation_and_takes_it_over) {
    struct Row {
        SessionState state;
        bool by_another;
        const char* kinds;
        std::int64_t generations;
        bool queue_changed;
    };
    const Row rows[] = {
        {SessionState::waiting, false, "session message", 1, true},
        {SessionState::open, false, "message", 0, false},
        {SessionState::open, true, "session message", 1, false},
        {SessionState::closed, false, "session message", 1, false},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(row.state, true);
        if (row.state == SessionState::open) rules.session.agent = ana();
        const Decision decision = rules.decide(said_by(row.by_another ? ben() : ana()));
        EXPECT_EQ(kinds_of(decision), row.kinds);
        EXPECT_EQ(decision.session.state, SessionState::open);
        EXPECT_EQ(decision.session.generation - rules.session.generation, row.generations);
        EXPECT_EQ(decision.queue_changed, row.queue_changed);
        EXPECT_EQ(decision.card_due, row.generations > 0);
        ASSERT_EQ(decision.messages_added.size(), 1U);
        EXPECT_EQ(decision.messages_added[0].order, "1763800105000300.1763800105000300");
    }
}

TEST(AgentSaid, marks_what_the_desk_had_before_as_seen) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.session.agent = ana();
    rules.facts.unseen = {{MessageId("msg_1"), Stage::delivered, DeskMessageId("d"), "1"},
                          {MessageId("msg_2"), Stage::delivered, DeskMessageId("d"), "1"}};
    const Decision decision = rules.decide(said_by(ana()));
    EXPECT_EQ(kinds_of(decision), "receipt receipt message");
    ASSERT_EQ(decision.deliveries.size(), 2U);
    EXPECT_EQ(decision.deliveries[0].stage, Stage::seen);
}

TEST(AgentSaid, never_sorts_before_what_the_desk_had_before_it) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.facts.order_floor = order_key(1763800200000000);  // our clock is ahead of the desk's
    const Decision decision = rules.decide(said_by(ana()));
    EXPECT_GT(decision.messages_added[0].order, rules.facts.order_floor);
    EXPECT_LT(decision.messages_added[0].order, order_key(1763800200000001));
    EXPECT_GE(decision.session.last_order_us, 1763800200000000);
}

TEST(AgentSaid, again_is_replayed_and_after_its_deletion_never_shown) {
    Rules rules;
    rules.enter(SessionState::waiting, true);
    rules.facts.known = known_reply();
    EXPECT_TRUE(rules.decide(said_by(ana())).replayed);
    rules.facts.known.reset();
    rules.facts.tombstone = true;
    const Decision decision = rules.decide(said_by(ana()));
    EXPECT_TRUE(decision.replayed);
    EXPECT_TRUE(decision.messages_added.empty());
    EXPECT_EQ(decision.session, rules.session);
}

TEST(AgentEdited, takes_over_the_newest_edit_only) {
    struct Row {
        const char* why;
        const char* known_key;
        bool deleted;
        const char* key;
        const char* text;
        const char* kinds;
        std::size_t changed;
    };
    const Row rows[] = {
        {"first edit", "", false, "5", "Hello", "message_edited", 1},
        {"newer edit", "5", false, "6", "Hello", "message_edited", 1},
        {"same edit", "5", false, "5", "Hi", "", 0},
        {"older edit", "5", false, "4", "Hello", "", 0},
        {"same words", "5", false, "6", "Hi", "", 1},
        {"of a deleted message", "5", true, "6", "Hello", "", 0},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(SessionState::open, true);
        rules.facts.known = known_reply();
        rules.facts.known->desk_edit_key = row.known_key;
        rules.facts.known->deleted = row.deleted;
        AgentEdited edited;
        edited.message = DeskMessageId("desk-1");
        edited.edit_key = row.key;
        edited.text = row.text;
        const Decision decision = rules.decide(edited);
        EXPECT_EQ(kinds_of(decision), row.kinds) << row.why;
        EXPECT_EQ(decision.messages_changed.size(), row.changed) << row.why;
        AgentSaid read_back = said_by(ana(), row.text);
        read_back.edited_since = true;
        read_back.edit_key = row.key;
        EXPECT_EQ(kinds_of(rules.decide(read_back)), row.kinds) << row.why << ", read back";
    }
}

TEST(AgentEdited, before_the_message_itself_is_the_message) {
    Rules rules;
    rules.enter(SessionState::waiting, true);
    AgentEdited edited;
    edited.message = DeskMessageId("desk-1");
    edited.order = "1763800105.000300";
    edited.edit_key = "7";
    edited.agent = ana();
    edited.text = "Hello";
    const Decision decision = rules.decide(edited);
    EXPECT_EQ(kinds_of(decision), "session message");
    EXPECT_EQ(decision.messages_added[0].desk_edit_key, "7");
    rules.facts.tombstone = true;
    EXPECT_EQ(kinds_of(rules.decide(edited)), "");
}

TEST(AgentDeleted, is_told_once_and_remembered_when_it_comes_first) {
    Rules rules;
    rules.enter(SessionState::open, true);
    const AgentDeleted deleted{DeskThreadId("thread-1"), DeskMessageId("desk-1")};
    EXPECT_EQ(rules.decide(deleted).tombstone, DeskMessageId("desk-1"));
    rules.facts.tombstone = true;
    EXPECT_FALSE(rules.decide(deleted).tombstone);
    rules.facts.tombstone = false;
    rules.facts.known = known_reply();
    const Decision decision = rules.decide(deleted);
    EXPECT_EQ(kinds_of(decision), "message_deleted");
    EXPECT_TRUE(decision.messages_changed[0].deleted);
    EXPECT_TRUE(decision.messages_changed[0].text.empty());
    rules.facts.known->deleted = true;
    EXPECT_EQ(kinds_of(rules.decide(deleted)), "");
}

TEST(AgentClaimed, and_resolved_move_the_state_once) {
    Rules rules;
    rules.enter(SessionState::waiting, true);
    const Decision claimed = rules.decide(AgentClaimed{DeskThreadId("thread-1"), ana()});
    EXPECT_EQ(claimed.session.state, SessionState::open);
    EXPECT_EQ(claimed.session.agent, ana());
    rules.session = claimed.session;
    EXPECT_TRUE(rules.decide(AgentClaimed{DeskThreadId("thread-1"), ana()}).replayed);
    const Decision resolved = rules.decide(AgentResolved{DeskThreadId("thread-1"), ben()});
    EXPECT_EQ(resolved.session.state, SessionState::closed);
    EXPECT_EQ(resolved.session.agent, ana());
    rules.session = resolved.session;
    EXPECT_TRUE(rules.decide(AgentResolved{DeskThreadId("thread-1"), ben()}).replayed);
}

// ---- Letters. ----

TEST(Post, moves_only_from_the_states_its_command_names) {
    struct Row {
        LetterState state;
        bool confirmed;
        bool unknown;
        bool released;
        bool refused;
        bool strayed;
    };
    const Row rows[] = {
        {LetterState::queued, false, false, false, false, false},
        {LetterState::sending, true, true, true, true, true},
        {LetterState::unknown, true, false, true, false, true},
        {LetterState::sent, false, false, false, false, false},
        {LetterState::refused, false, false, false, false, false},
        {LetterState::folded, false, false, false, false, false},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(SessionState::open, true);
        const Letter letter = rules.add_letter(LetterKind::customer_message, row.state, "hello");
        rules.facts.letter = letter;
        rules.facts.thread_lost = true;
        const auto moves = [&](const Command& command) {
            const Decision decision = rules.decide(command);
            if (decision.refusal) {
                EXPECT_EQ(decision.refusal->code, "letter_moved");
                EXPECT_EQ(decision.session, rules.session);
            }
            return !decision.refusal;
        };
        EXPECT_EQ(moves(PostConfirmed{letter.id, {}, {}, "1"}), row.confirmed);
        EXPECT_EQ(moves(PostUnknown{letter.id}), row.unknown);
        EXPECT_EQ(moves(PostReleased{letter.id}), row.released);
        EXPECT_EQ(moves(PostRefused{letter.id, "no"}), row.refused);
        EXPECT_EQ(moves(PostStrayed{letter.id, DeskThreadId("old")}), row.strayed);
    }
}

TEST(PostConfirmed, of_a_post_given_up_for_absent_counts_all_the_same) {
    Rules rules;
    rules.enter(SessionState::open, true);
    Letter letter = rules.add_letter(LetterKind::customer_message, LetterState::queued, "hello");
    letter.frozen_json = "{}";
    rules.facts.letter = letter;
    EXPECT_EQ(moves_of(rules.decide(PostConfirmed{letter.id, {}, {}, "1"})),
              "letter-1 queued>sent");
}

TEST(ClaimPost, freezes_the_head_of_the_lane) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "one");
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "two");
    const Decision decision = rules.decide(ClaimPost{rules.session.id, false});
    ASSERT_TRUE(decision.post);
    EXPECT_EQ(moves_of(decision), "letter-1 queued>sending");
    EXPECT_EQ(decision.post->lines.size(), 1U);
    EXPECT_EQ(decision.post->thread, rules.session.thread);
    EXPECT_EQ(decision.post->destination, rules.session.destination);
    EXPECT_EQ(decision.post->attempts, 1);
    const auto frozen = decode_post(decision.letters_moved[0].letter.frozen_json);
    ASSERT_TRUE(frozen);
    EXPECT_EQ(frozen->lines[0].text, "one");
}

TEST(ClaimPost, takes_nothing_while_something_is_in_the_air_or_there_is_no_thread) {
    Rules rules;
    rules.enter(SessionState::open, true);
    EXPECT_FALSE(rules.decide(ClaimPost{}).post) << "empty lane";
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "one");
    rules.facts.lane.in_the_air = 1;
    EXPECT_FALSE(rules.decide(ClaimPost{}).post);
    rules.facts.lane.in_the_air = 0;
    rules.session.thread = DeskThreadId();
    EXPECT_FALSE(rules.decide(ClaimPost{}).post);
}

TEST(ClaimPost, folds_what_waits_and_says_the_same_at_every_attempt) {
    Rules rules;
    rules.enter(SessionState::open, true);
    for (const char* text : {"one", "two", "three"})
        rules.add_letter(LetterKind::customer_message, LetterState::queued, text);
    rules.add_letter(LetterKind::notice, LetterState::queued, "closed");
    const Decision first = rules.decide(ClaimPost{rules.session.id, true});
    ASSERT_EQ(first.post->lines.size(), 3U);
    EXPECT_EQ(first.post->lines[2].at, rules.facts.lane_letters[2].queued_at);
    EXPECT_EQ(moves_of(first),
              "letter-2 queued>folded, letter-3 queued>folded, letter-1 queued>sending");
    EXPECT_EQ(first.letters_moved[0].letter.carrier, LetterId("letter-1"));

    Letter released = first.letters_moved.back().letter;
    released.state = LetterState::queued;
    rules.facts.lane_letters = {released, rules.facts.lane_letters[3]};
    rules.session.customer.name = "Somebody else";
    const Decision second = rules.decide(ClaimPost{rules.session.id, false});
    EXPECT_EQ(second.post->lines, first.post->lines);
    EXPECT_EQ(second.post->attempts, 2);
    EXPECT_EQ(second.post->first_attempt_at, rules.now);
    EXPECT_EQ(second.letters_moved.back().letter.frozen_json, released.frozen_json);
}

TEST(PostConfirmed, delivers_each_message_whose_last_part_arrived) {
    Rules rules;
    rules.enter(SessionState::open, true);
    Letter carrier = rules.add_letter(LetterKind::customer_message, LetterState::sending, "end");
    carrier.part = carrier.parts = 2;
    Letter whole = rules.add_letter(LetterKind::customer_message, LetterState::folded, "whole");
    Letter begun = rules.add_letter(LetterKind::customer_message, LetterState::folded, "begin");
    begun.parts = 2;
    rules.facts.letter = carrier;
    rules.facts.folded = {whole, begun};
    for (const Letter* letter : {&carrier, &whole, &begun})
        rules.facts.carried.push_back({letter->message, Stage::stored, {}, ""});
    const Decision decision =
        rules.decide(PostConfirmed{carrier.id, DeskMessageId("desk-9"), {}, "9"});
    EXPECT_EQ(kinds_of(decision), "receipt receipt");
    // The third knows where its beginning is, and is not there yet.
    ASSERT_EQ(decision.deliveries.size(), 3U);
    EXPECT_EQ(decision.deliveries[2].stage, Stage::stored);
    EXPECT_EQ(decision.deliveries[2].desk_posts, "1/2 " + carrier.id.value + " desk-9\n");
    EXPECT_EQ(decision.deliveries[1].message, whole.message);
    EXPECT_EQ(decision.deliveries[1].stage, Stage::delivered);
    EXPECT_EQ(decision.deliveries[1].desk_order, "9");
    EXPECT_EQ(moves_of(decision),
              "letter-1 sending>sent, letter-2 folded>sent, letter-3 folded>sent");
}

TEST(PostConfirmed, of_the_parent_gives_the_session_its_thread) {
    Rules rules;
    rules.enter(SessionState::waiting, true);
    rules.session.thread = DeskThreadId();
    rules.session.card_version = 2;
    rules.session.card_shown_version = 0;
    rules.add_letter(LetterKind::open_thread, LetterState::queued);
    Decision claimed = rules.decide(ClaimPost{});
    ASSERT_TRUE(claimed.post);
    EXPECT_EQ(claimed.post->card.version, 2);
    EXPECT_TRUE(claimed.post->thread.empty());
    rules.session.card_version = 3;  // something changed while it was in the air
    rules.facts.letter = claimed.letters_moved[0].letter;
    const Decision decision = rules.decide(
        PostConfirmed{LetterId("letter-1"), DeskMessageId("d"), DeskThreadId("thread-1"), "1"});
    EXPECT_EQ(decision.session.thread, DeskThreadId("thread-1"));
    EXPECT_EQ(decision.thread_opened, DeskThreadId("thread-1"));
    EXPECT_EQ(decision.session.card_shown_version, 2);
    EXPECT_TRUE(decision.card_due);
}

TEST(PostRefused, keeps_the_lane_usable) {
    struct Row {
        LetterKind kind;
        const char* moves;
        const char* kinds;
        bool lane_changed;
    };
    const Row rows[] = {
        {LetterKind::open_thread, "letter-1 sending>queued", "", false},
        {LetterKind::introduction, "letter-1 sending>refused", "", true},
        {LetterKind::notice, "letter-1 sending>refused", "", true},
        {LetterKind::customer_message, "letter-1 sending>refused, letter-2 queued>refused",
         "receipt", true},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(SessionState::open, true);
        Letter letter = rules.add_letter(row.kind, LetterState::sending, "one");
        letter.parts = 2;
        Letter later = rules.add_letter(LetterKind::customer_message, LetterState::queued, "two");
        rules.facts.lane_letters[1].message = letter.message;
        rules.facts.letter = letter;
        if (row.kind == LetterKind::customer_message)
            rules.facts.carried = {{letter.message, Stage::stored, {}, ""}};
        const Decision decision = rules.decide(PostRefused{letter.id, "msg_too_long"});
        EXPECT_EQ(moves_of(decision), row.moves);
        EXPECT_EQ(kinds_of(decision), row.kinds);
        EXPECT_EQ(decision.lane_changed, row.lane_changed);
        EXPECT_EQ(decision.notices.size(), row.kind == LetterKind::open_thread ? 1U : 0U);
    }
}

// ---- Threads. ----

TEST(ThreadLost, puts_a_new_opening_before_what_waits) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.add_letter(LetterKind::introduction, LetterState::queued);
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "one");
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "two");
    const Decision decision = rules.decide(ThreadLost{DeskThreadId("thread-1")});
    EXPECT_TRUE(decision.session.thread.empty());
    EXPECT_EQ(decision.session.previous_thread, DeskThreadId("thread-1"));
    EXPECT_EQ(decision.thread_lost, DeskThreadId("thread-1"));
    EXPECT_EQ(letters_of(decision), "open introduction");
    EXPECT_EQ(moves_of(decision),
              "letter-1 queued>refused, letter-2 queued>queued, letter-3 queued>queued");
    std::int64_t last = 0;
    for (const Letter& letter : decision.letters_added) {
        EXPECT_GT(letter.position, last);
        last = letter.position;
    }
    for (std::size_t i = 1; i < decision.letters_moved.size(); ++i) {
        EXPECT_GT(decision.letters_moved[i].letter.position, last);
        last = decision.letters_moved[i].letter.position;
    }
    EXPECT_EQ(decision.session.lane_position, last);
    rules.session = decision.session;
    rules.facts.thread_lost = true;
    EXPECT_TRUE(rules.decide(ThreadLost{DeskThreadId("thread-1")}).replayed);
}

// It was lost while the conversation was closed; then an agent went on from the old one.
TEST(ThreadLost, of_a_conversation_that_goes_on_is_opened_anew_by_the_next_word) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.session.thread = DeskThreadId();
    CustomerSaid said;
    said.client_id = "c1";
    said.text = "Are you there?";
    const Decision decision = rules.decide(said);
    ASSERT_EQ(decision.letters_added.size(), 3u);
    EXPECT_EQ(decision.letters_added[0].kind, LetterKind::open_thread);
    EXPECT_EQ(decision.letters_added[2].kind, LetterKind::customer_message);
    rules.facts.lane.opening = true;
    EXPECT_EQ(rules.decide(said).letters_added.size(), 1u) << "one is on its way";
}

TEST(ThreadLost, of_a_closed_conversation_makes_no_new_thread) {
    Rules rules;
    rules.enter(SessionState::closed, true);
    rules.add_letter(LetterKind::notice, LetterState::queued, "closed");
    Decision decision = rules.decide(ThreadLost{DeskThreadId("thread-1")});
    EXPECT_EQ(letters_of(decision), "");
    EXPECT_EQ(moves_of(decision), "letter-1 queued>refused");
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "still to say");
    decision = rules.decide(ThreadLost{DeskThreadId("thread-1")});
    EXPECT_EQ(letters_of(decision), "open introduction");
}

TEST(PostStrayed, waits_again_behind_the_new_opening) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.facts.letter =
        rules.add_letter(LetterKind::customer_message, LetterState::sending, "one");
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "two");
    const Decision decision =
        rules.decide(PostStrayed{LetterId("letter-1"), DeskThreadId("thread-1")});
    EXPECT_EQ(letters_of(decision), "open introduction");
    EXPECT_EQ(moves_of(decision), "letter-1 sending>queued, letter-2 queued>queued");
    EXPECT_GT(decision.letters_moved[0].letter.position, decision.letters_added[1].position);
    EXPECT_GT(decision.letters_moved[1].letter.position, decision.letters_moved[0].letter.position);
    EXPECT_TRUE(decision.lane_changed);
}

TEST(PostStrayed, after_the_loss_is_known_only_waits_again) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.session.thread = DeskThreadId();
    rules.facts.thread_lost = true;
    rules.facts.letter =
        rules.add_letter(LetterKind::customer_message, LetterState::unknown, "one");
    const Decision decision =
        rules.decide(PostStrayed{LetterId("letter-1"), DeskThreadId("thread-1")});
    EXPECT_EQ(letters_of(decision), "");
    EXPECT_EQ(moves_of(decision), "letter-1 unknown>queued");
}

TEST(ClaimPost, aims_a_released_post_at_the_new_thread) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.add_letter(LetterKind::customer_message, LetterState::queued, "one");
    Letter letter = rules.decide(ClaimPost{}).letters_moved[0].letter;
    letter.state = LetterState::queued;
    rules.facts.lane_letters = {letter};
    rules.session.thread = DeskThreadId("thread-2");
    const Decision decision = rules.decide(ClaimPost{});
    EXPECT_EQ(decision.post->thread, DeskThreadId("thread-2"));
    EXPECT_EQ(decision.post->lines[0].text, "one");
    EXPECT_EQ(decode_post(decision.letters_moved[0].letter.frozen_json)->thread,
              DeskThreadId("thread-2"));
}

TEST(DeskDelay, is_told_when_it_begins_and_shown_on_the_card) {
    Rules rules;
    rules.enter(SessionState::open, true);
    const Decision begun = rules.decide(DeskDelay{rules.session.id, true});
    ASSERT_EQ(begun.notices.size(), 1U);
    EXPECT_EQ(begun.notices[0].code, "desk_delayed");
    EXPECT_TRUE(begun.card_due);
    EXPECT_TRUE(card_of(begun.session).delayed);
    rules.session = begun.session;
    EXPECT_TRUE(rules.decide(DeskDelay{rules.session.id, true}).notices.empty());
    EXPECT_TRUE(rules.decide(DeskDelay{rules.session.id, false}).notices.empty());
}

}  // namespace
}  // namespace deskbell::core
