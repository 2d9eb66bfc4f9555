// The rules as tables: customers and the bot. Agents, the courier and threads are in
// decide_desk_test.cpp.

#include "core/rules_test.hpp"

#include "base/text.hpp"

namespace deskbell::core {
namespace {

TEST(CustomerSaid, is_refused_with_a_clear_code) {
    struct Row {
        const char* why;
        std::string client_id;
        std::string text;
        const char* code;
    };
    const Row rows[] = {
        {"no client id", "", "hello", "client_id_invalid"},
        {"client id too long", std::string(129, 'x'), "hello", "client_id_invalid"},
        {"client id with a control", "a\nb\x01", "hello", "client_id_invalid"},
        {"empty", "c1", "", "message_empty"},
        {"blank", "c1", " \n\t ", "message_empty"},
        {"controls only", "c1", std::string("\0\x01", 2), "message_empty"},
        {"too long", "c1", std::string(4001, 'a'), "message_too_long"},
    };
    for (const Row& row : rows) {
        Rules rules;
        const Decision decision = rules.decide(CustomerSaid{row.client_id, row.text});
        ASSERT_TRUE(decision.refusal) << row.why;
        EXPECT_EQ(decision.refusal->code, row.code) << row.why;
        EXPECT_EQ(decision.session, rules.session) << row.why;
        EXPECT_TRUE(decision.events.empty()) << row.why;
    }
}

TEST(CustomerSaid, counts_characters_not_bytes) {
    Rules rules;
    std::string text;
    for (int i = 0; i < 4000; ++i) text += "ü";
    EXPECT_FALSE(rules.decide(CustomerSaid{"c1", text}).refusal);
}

TEST(CustomerSaid, loses_nul_and_controls_and_keeps_lines) {
    Rules rules;
    const Decision decision =
        rules.decide(CustomerSaid{"c1", std::string("a\0b\x1b[1m\nc\u202e", 13)});
    ASSERT_EQ(decision.messages_added.size(), 1U);
    EXPECT_EQ(decision.messages_added[0].text, "ab[1m\nc");
}

TEST(CustomerSaid, again_with_the_same_body_is_replayed_and_with_another_refused) {
    Rules rules;
    Message known;
    known.body_hash = sha256_hex("hello");
    rules.facts.known = known;
    rules.facts.known_event = Event{4, "{}"};
    const Decision again = rules.decide(CustomerSaid{"c1", "hello"});
    EXPECT_TRUE(again.replayed);
    ASSERT_EQ(again.found.size(), 1U);
    EXPECT_EQ(again.found[0].seq, 4);
    EXPECT_TRUE(again.messages_added.empty());
    EXPECT_EQ(again.session, rules.session);
    EXPECT_EQ(rules.decide(CustomerSaid{"c1", "other"}).refusal->code, "client_id_reused");
    EXPECT_EQ(rules.decide(CustomerSaid{"c1", ""}).refusal->code, "client_id_reused");
}

TEST(CustomerSaid, over_its_rate_is_answered_only_when_it_was_said_before) {
    Rules rules;
    const Decision refused = rules.decide(CustomerSaid{"c1", "hello", 700});
    ASSERT_TRUE(refused.refusal);
    EXPECT_EQ(refused.refusal->code, "too_many_messages");
    EXPECT_EQ(refused.refusal->retry_after_ms, 700);
    EXPECT_TRUE(refused.messages_added.empty());
    Message known;
    known.body_hash = sha256_hex("hello");
    rules.facts.known = known;
    rules.facts.known_event = Event{4, "{}"};
    EXPECT_TRUE(rules.decide(CustomerSaid{"c1", "hello", 700}).replayed);
}

TEST(CustomerSaid, comes_to_what_the_state_says) {
    struct Row {
        SessionState state;
        bool routed;
        SessionState after;
        const char* kinds;
        const char* letters;
        bool bot_due;
    };
    const Row rows[] = {
        {SessionState::bot, false, SessionState::bot, "message", "", true},
        {SessionState::waiting, true, SessionState::waiting, "message", "words", false},
        {SessionState::open, true, SessionState::open, "message", "words", false},
        {SessionState::closed, true, SessionState::waiting, "message session", "notice words",
         false},
        {SessionState::closed, false, SessionState::bot, "message session", "", true},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(row.state, row.routed);
        const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
        ASSERT_FALSE(decision.refusal);
        EXPECT_EQ(decision.session.state, row.after);
        EXPECT_EQ(kinds_of(decision), row.kinds);
        EXPECT_EQ(letters_of(decision), row.letters);
        EXPECT_EQ(decision.bot_due, row.bot_due);
        EXPECT_EQ(decision.lane_changed, !std::string_view(row.letters).empty());
        EXPECT_EQ(decision.session.bot_turn.empty(), !row.bot_due);
    }
}

TEST(CustomerSaid, into_a_closed_conversation_starts_waiting_anew) {
    Rules rules;
    rules.enter(SessionState::closed, true);
    rules.session.agent = Agent{.id = DeskAgentId("ana"), .name = "Ana", .avatar = ""};
    rules.session.generation = 3;
    rules.facts.waiting_ahead = 4;
    const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
    EXPECT_EQ(decision.session.asked_at, rules.now);
    EXPECT_EQ(decision.session.generation, 4);
    EXPECT_EQ(decision.session.queue_position, 5);
    EXPECT_FALSE(decision.session.agent);
    EXPECT_TRUE(decision.queue_changed);
    EXPECT_TRUE(decision.card_due);
}

TEST(CustomerSaid, after_the_thread_of_a_closed_conversation_was_lost_opens_a_new_one) {
    Rules rules;
    rules.enter(SessionState::closed, true);
    rules.session.thread = DeskThreadId();
    const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
    EXPECT_EQ(letters_of(decision), "open introduction words");
}

TEST(CustomerSaid, without_a_bot_waits_silently) {
    Rules rules;
    rules.policy.bot_answers = false;
    const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
    EXPECT_FALSE(decision.bot_due);
    EXPECT_TRUE(decision.session.bot_turn.empty());
}

TEST(CustomerSaid, beyond_the_bound_of_the_lane_is_refused_for_a_while) {
    Rules rules;
    rules.enter(SessionState::open, true);
    rules.facts.lane.queued = 199;
    EXPECT_FALSE(rules.decide(CustomerSaid{"c1", "hello"}).refusal);
    rules.facts.lane.queued = 200;
    const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
    ASSERT_TRUE(decision.refusal);
    EXPECT_EQ(decision.refusal->code, "session_busy");
    EXPECT_TRUE(decision.refusal->retry_after_ms);
}

TEST(CustomerSaid, that_is_long_becomes_several_letters_of_one_message) {
    Rules rules;
    rules.enter(SessionState::open, true);
    const std::string text(4000, '&');
    const Decision decision = rules.decide(CustomerSaid{"c1", text});
    ASSERT_EQ(decision.letters_added.size(), 6U);
    std::string joined;
    for (std::size_t i = 0; i < decision.letters_added.size(); ++i) {
        const Letter& letter = decision.letters_added[i];
        EXPECT_EQ(letter.part, static_cast<int>(i + 1));
        EXPECT_EQ(letter.parts, 6);
        EXPECT_EQ(letter.position, static_cast<std::int64_t>(i + 1));
        EXPECT_EQ(letter.message, decision.messages_added[0].id);
        joined += letter.text;
    }
    EXPECT_EQ(joined, text);
}

TEST(CustomerSaid, has_an_order_that_never_goes_backwards) {
    Rules rules;
    rules.session.last_order_us = rules.now * 1000 + 5'000'000;  // the clock stepped back
    const Decision decision = rules.decide(CustomerSaid{"c1", "hello"});
    EXPECT_EQ(decision.session.last_order_us, rules.session.last_order_us + 1);
}

TEST(HumanRequested, opens_a_thread_on_the_least_loaded_destination) {
    Rules rules;
    rules.facts.load = {{Destination("desk-a"), 3}, {Destination("desk-b"), 1}};
    rules.session.bot_turn = MessageId("msg_1");
    const Decision decision = rules.decide(HumanRequested{});
    ASSERT_FALSE(decision.refusal);
    EXPECT_EQ(decision.session.state, SessionState::waiting);
    EXPECT_EQ(decision.session.destination, Destination("desk-b"));
    EXPECT_EQ(decision.session.generation, 1);
    EXPECT_EQ(decision.session.queue_position, 1);
    EXPECT_TRUE(decision.session.bot_turn.empty());
    EXPECT_EQ(letters_of(decision), "open introduction");
    EXPECT_EQ(kinds_of(decision), "session");
    EXPECT_TRUE(decision.queue_changed);
    EXPECT_FALSE(decision.card_due) << "there is no parent yet";
}

TEST(HumanRequested, twice_is_once_and_new_details_are_welcome) {
    for (const SessionState state : {SessionState::waiting, SessionState::open}) {
        Rules rules;
        rules.enter(state, true);
        HumanRequested request;
        const Decision again = rules.decide(request);
        EXPECT_TRUE(again.replayed);
        EXPECT_EQ(again.session, rules.session);
        EXPECT_TRUE(again.letters_added.empty());
        request.details.email = "new@example.com";
        const Decision told = rules.decide(request);
        EXPECT_TRUE(told.replayed);
        EXPECT_EQ(kinds_of(told), "customer");
        EXPECT_TRUE(told.card_due);
        EXPECT_TRUE(told.letters_added.empty());
    }
}

TEST(HumanRequested, with_details_says_them_before_the_new_state) {
    Rules rules;
    HumanRequested request;
    request.details.name = "  John\tSmith ";
    request.details.email = "john@email.com";
    request.topic = "sales";
    request.note = "urgent";
    const Decision decision = rules.decide(request);
    EXPECT_EQ(kinds_of(decision), "customer session");
    EXPECT_EQ(decision.session.customer.name, "John Smith");
    EXPECT_EQ(decision.session.topic, "sales");
    EXPECT_EQ(decision.session.note, "urgent");
}

TEST(HumanRequested, without_a_route_is_refused) {
    Rules rules;
    rules.policy.routes.clear();
    const Decision decision = rules.decide(HumanRequested{});
    ASSERT_TRUE(decision.refusal);
    EXPECT_EQ(decision.refusal->code, "no_route");
    EXPECT_EQ(decision.session, rules.session);
}

TEST(HumanRequested, in_a_closed_conversation_goes_on_in_its_thread) {
    Rules rules;
    rules.enter(SessionState::closed, true);
    const Decision decision = rules.decide(HumanRequested{});
    EXPECT_EQ(decision.session.state, SessionState::waiting);
    EXPECT_EQ(decision.session.thread, rules.session.thread);
    EXPECT_EQ(letters_of(decision), "notice");
}

TEST(CustomerDetails, are_made_clean_or_refused) {
    struct Row {
        const char* why;
        CustomerDetails details;
        const char* code;
    };
    const auto named = [](std::string name) {
        CustomerDetails d;
        d.name = std::move(name);
        return d;
    };
    const auto mail = [](std::string email) {
        CustomerDetails d;
        d.email = std::move(email);
        return d;
    };
    const auto phone = [](std::string one) {
        CustomerDetails d;
        d.phone = std::move(one);
        return d;
    };
    const auto more = [](std::string one) {
        CustomerDetails d;
        d.attributes_json = std::move(one);
        return d;
    };
    const Row rows[] = {
        {"name", named("John"), ""},
        {"name of 200", named(std::string(200, 'n')), ""},
        {"name of 201", named(std::string(201, 'n')), "name_invalid"},
        {"email", mail("john@email.com"), ""},
        {"no email any more", mail(""), ""},
        {"email without host", mail("john@"), "email_invalid"},
        {"email without dot", mail("john@host"), "email_invalid"},
        {"email with two @", mail("a@b@c.com"), "email_invalid"},
        {"email with a blank", mail("a b@c.com"), "email_invalid"},
        {"email without name", mail("@c.com"), "email_invalid"},
        {"long email", mail(std::string(320, 'e') + "@c.com"), "email_invalid"},
        {"phone", phone("+1 555 0100"), ""},
        {"long phone", phone(std::string(41, '1')), "phone_invalid"},
        {"attributes", more(R"({"plan":"vip"})"), ""},
        {"attributes of another type", more("[1]"), "attributes_invalid"},
        {"attributes that are no JSON", more("{"), "attributes_invalid"},
        {"large attributes", more("{\"a\":\"" + std::string(4096, 'x') + "\"}"),
         "attributes_invalid"},
    };
    for (const Row& row : rows) {
        Rules rules;
        const Decision decision = rules.decide(row.details);
        EXPECT_EQ(decision.refusal ? decision.refusal->code : "", row.code) << row.why;
    }
}

TEST(CustomerDetails, change_the_card_once_a_human_was_asked_for) {
    Rules rules;
    CustomerDetails details;
    details.name = "Jane";
    EXPECT_EQ(rules.decide(details).session.card_version, 0);
    rules.enter(SessionState::open, true);
    const Decision decision = rules.decide(details);
    EXPECT_EQ(kinds_of(decision), "customer");
    EXPECT_TRUE(decision.card_due);
    EXPECT_NE(decision.events[0].json.find(R"("customer":{"name":"Jane"})"), std::string::npos);
    rules.session = decision.session;
    EXPECT_EQ(kinds_of(rules.decide(details)), "") << "nothing changed";
}

TEST(CustomerDetails, a_page_alone_is_kept_and_redraws_nothing) {
    Rules rules;
    rules.enter(SessionState::open, true);
    CustomerDetails details;
    details.page = Page{.url = "https://shop.example/next", .title = "Next", .referrer = ""};
    const Decision decision = rules.decide(details);
    EXPECT_EQ(decision.session.page.url, "https://shop.example/next");
    EXPECT_EQ(kinds_of(decision), "");
    EXPECT_FALSE(decision.card_due);
}

TEST(CustomerRead, only_grows_and_never_passes_the_log) {
    Rules rules;
    rules.session.head = 10;
    rules.session.read_seq = 4;
    EXPECT_EQ(rules.decide(CustomerRead{7}).session.read_seq, 7);
    EXPECT_EQ(rules.decide(CustomerRead{3}).session.read_seq, 4);
    EXPECT_EQ(rules.decide(CustomerRead{99}).session.read_seq, 10);
}

TEST(CustomerClosed, tells_the_desk_when_there_is_a_thread) {
    for (const SessionState state :
         {SessionState::bot, SessionState::waiting, SessionState::open}) {
        Rules rules;
        const bool routed = state != SessionState::bot;
        rules.enter(state, routed);
        const Decision decision = rules.decide(CustomerClosed{});
        EXPECT_EQ(decision.session.state, SessionState::closed);
        EXPECT_EQ(decision.session.closed_at, rules.now);
        EXPECT_EQ(kinds_of(decision), "session");
        EXPECT_EQ(letters_of(decision), routed ? "notice" : "");
        EXPECT_EQ(decision.card_due, routed);
        EXPECT_EQ(decision.queue_changed, state == SessionState::waiting);
        rules.session = decision.session;
        EXPECT_TRUE(rules.decide(CustomerClosed{}).replayed);
    }
}

TEST(CustomerRated, takes_scores_from_one_to_five) {
    for (const int score : {-1, 0, 6}) {
        Rules rules;
        EXPECT_EQ(rules.decide(CustomerRated{score, ""}).refusal->code, "rating_invalid");
    }
    Rules rules;
    rules.enter(SessionState::closed, true);
    const Decision decision = rules.decide(CustomerRated{5, " great "});
    EXPECT_EQ(kinds_of(decision), "rating");
    EXPECT_EQ(letters_of(decision), "notice");
    EXPECT_EQ(decision.session.rating, (Rating{.score = 5, .comment = "great"}));
    rules.session = decision.session;
    EXPECT_TRUE(rules.decide(CustomerRated{5, "great"}).replayed);
}

TEST(BotAnswered, speaks_only_while_it_is_its_turn) {
    struct Row {
        const char* why;
        SessionState state;
        std::int64_t generation;
        const char* in_reply_to;
        const char* code;
    };
    const Row rows[] = {
        {"in time", SessionState::bot, 2, "msg_2", ""},
        {"a human was asked for", SessionState::waiting, 2, "msg_2", "too_late"},
        {"a human took over and left", SessionState::bot, 1, "msg_2", "too_late"},
        {"an older question", SessionState::bot, 2, "msg_1", "too_late"},
        {"closed", SessionState::closed, 2, "msg_2", "too_late"},
    };
    for (const Row& row : rows) {
        Rules rules;
        rules.enter(row.state, row.state == SessionState::waiting);
        rules.session.generation = 2;
        rules.session.bot_turn = MessageId("msg_2");
        BotAnswered answer;
        answer.in_reply_to = MessageId(row.in_reply_to);
        answer.generation = row.generation;
        answer.name = "Bell";
        answer.text = "Hello";
        answer.offers_human = true;
        const Decision decision = rules.decide(answer);
        EXPECT_EQ(decision.refusal ? decision.refusal->code : "", row.code) << row.why;
        if (decision.refusal) continue;
        EXPECT_TRUE(decision.session.bot_turn.empty());
        EXPECT_NE(decision.events[0].json.find(R"(},"offers":["human"]})"), std::string::npos);
    }
}

TEST(BotAnswered, twice_is_once) {
    Rules rules;
    rules.facts.known = Message{};
    rules.facts.known_event = Event{3, "{}"};
    EXPECT_TRUE(rules.decide(BotAnswered{}).replayed);
}

TEST(CustomerArrived, keeps_what_the_browser_says_within_bounds) {
    Rules rules;
    rules.session = Session();
    CustomerArrived arrived;
    arrived.session = SessionId("session_1_a");
    arrived.token_hash = "hash";
    arrived.page.url = "https://shop.example/" + std::string(5000, 'x');
    const Decision decision = rules.decide(arrived);
    EXPECT_EQ(decision.session.page.url.size(), 2048U);
    EXPECT_EQ(decision.session.created_at, rules.now);
    EXPECT_EQ(decision.session.head, 0);
    rules.session = decision.session;
    EXPECT_EQ(rules.decide(arrived).refusal->code, "session_exists");
}

TEST(RefreshQueue, tells_a_place_only_when_it_changed) {
    Rules rules;
    rules.enter(SessionState::waiting, true);
    rules.session.queue_position = 3;
    rules.facts.waiting_ahead = 2;
    EXPECT_EQ(kinds_of(rules.decide(RefreshQueue{})), "");
    rules.facts.waiting_ahead = 1;
    const Decision decision = rules.decide(RefreshQueue{});
    EXPECT_EQ(kinds_of(decision), "session");
    EXPECT_NE(decision.events[0].json.find(R"("queue":{"position":2})"), std::string::npos);
}

}  // namespace
}  // namespace deskbell::core
