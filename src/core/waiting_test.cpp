// Nobody waits unseen, as tables.

#include "core/waiting.hpp"
#include "core/rules_test.hpp"

namespace deskbell::core {
namespace {

struct Waiting : testing::Test, Rules {
    Waiting() {
        policy.escalation = {.mention_after_ms = 120'000,
                             .mentions = {"S0SUPPORT", "@ana"},
                             .notify_after_ms = 300'000,
                             .notify_to = {"#leads", "U0BOSS"},
                             .customer_after_ms = 600'000,
                             .remind_after_ms = 240'000};
    }

    // The timer's own: as the store would hand it over once it is due.
    Decision fire(TimerKind kind, const std::string& payload, WallMs due_at) {
        facts.timer = Timer{session.id, kind, due_at, payload};
        return decide(TimerFired{session.id, kind, due_at});
    }
    Decision fire_rung(const std::string& rung, std::int64_t after_s) {
        return fire(TimerKind::escalation, rung, session.asked_at + after_s * 1000);
    }
    static std::string timers_of(const Decision& decision, WallMs from) {
        constexpr const char* names[] = {"escalation", "unanswered", "alert"};
        std::string timers;
        for (const Timer& timer : decision.timers_set) {
            if (!timers.empty()) timers += ' ';
            timers += names[static_cast<int>(timer.kind)];
            timers += "+" + std::to_string((timer.due_at - from) / 1000);
            if (timer.kind == TimerKind::escalation) timers += ":" + timer.payload;
        }
        return timers;
    }
    static bool cancels(const Decision& decision, TimerKind kind) {
        const bool set = std::ranges::any_of(
            decision.timers_set, [kind](const Timer& timer) { return timer.kind == kind; });
        return !set && std::ranges::find(decision.timers_cancelled, kind) !=
                           decision.timers_cancelled.end();
    }
    AgentSaid answer() {
        AgentSaid said;
        said.thread = session.thread;
        said.message = DeskMessageId("m");
        said.order = "1763800000.000100";
        said.agent = {.id = DeskAgentId("T0/U0ANA"), .name = "Ana", .avatar = ""};
        said.text = "Hello";
        return said;
    }
};

TEST_F(Waiting, the_ladder_begins_when_a_human_is_asked_for) {
    const Decision decision = decide(HumanRequested{});
    EXPECT_EQ(timers_of(decision, now), "escalation+120:mention");
    EXPECT_TRUE(decision.wait_begins);
    EXPECT_TRUE(cancels(decision, TimerKind::unanswered));
}

TEST_F(Waiting, without_rungs_there_is_no_ladder) {
    policy.escalation = {};
    EXPECT_EQ(timers_of(decide(HumanRequested{}), now), "");
}

TEST_F(Waiting, a_route_has_its_own_ladder) {
    policy.routes.front().escalation = Escalation{.mention_after_ms = 5'000,
                                                  .mentions = {},
                                                  .notify_after_ms = 0,
                                                  .notify_to = {},
                                                  .customer_after_ms = 0,
                                                  .remind_after_ms = 0};
    EXPECT_EQ(timers_of(decide(HumanRequested{}), now), "escalation+5:mention");
}

TEST_F(Waiting, each_rung_does_its_own_and_sets_the_next) {
    enter(SessionState::waiting, true);
    session.asked_at = now - 120'000;
    Decision decision = fire_rung("mention", 120);
    EXPECT_EQ(letters_of(decision), "notice");
    EXPECT_EQ(decision.letters_added.front().text,
              "\x02⏰ Nobody has taken this for 2 min. \x01S0SUPPORT\x01 \x01@ana\x01");
    EXPECT_EQ(timers_of(decision, session.asked_at), "escalation+300:notify");

    decision = fire_rung("notify", 300);
    ASSERT_EQ(decision.alerts.size(), 2U);
    EXPECT_EQ(decision.alerts[0].to, "#leads");
    EXPECT_EQ(decision.alerts[1].to, "U0BOSS");
    EXPECT_NE(decision.alerts[0].id, decision.alerts[1].id);
    EXPECT_EQ(decision.alerts[0].thread, session.thread);
    EXPECT_EQ(decision.alerts[0].attempts, 1);
    EXPECT_EQ(letters_of(decision), "");
    EXPECT_EQ(timers_of(decision, now), "alert+30 escalation+480:customer");

    decision = fire_rung("customer", 600);
    EXPECT_EQ(kinds_of(decision), "session message");
    EXPECT_NE(decision.events[0].json.find(R"("offer":{"reason":"nobody_yet","ways":)"),
              std::string::npos)
        << decision.events[0].json;
    EXPECT_EQ(decision.messages_added.front().role, AuthorRole::system);
    EXPECT_EQ(decision.notices.front().code, "nobody_yet");
    EXPECT_EQ(timers_of(decision, now), "");
    EXPECT_TRUE(cancels(decision, TimerKind::escalation));
}

TEST_F(Waiting, rungs_that_are_off_are_stepped_over_and_any_order_will_do) {
    enter(SessionState::waiting, true);
    policy.escalation.notify_to.clear();
    EXPECT_EQ(timers_of(fire_rung("mention", 120), session.asked_at), "escalation+600:customer");
    policy.escalation.customer_after_ms = 60'000;
    EXPECT_EQ(timers_of(fire_rung("customer", 60), session.asked_at), "escalation+120:mention");
    EXPECT_EQ(timers_of(fire_rung("mention", 120), session.asked_at), "");
}

TEST_F(Waiting, whoever_takes_it_ends_the_ladder) {
    enter(SessionState::waiting, true);
    session.offer = "nobody_yet";
    for (const Command& command :
         {Command(AgentClaimed{session.thread, {DeskAgentId("T0/U0ANA"), "Ana", ""}}),
          Command(answer()), Command(AgentResolved{session.thread, {DeskAgentId("a"), "A", ""}}),
          Command(CustomerClosed{})}) {
        const Decision decision = decide(command);
        EXPECT_TRUE(cancels(decision, TimerKind::escalation)) << command.index();
        EXPECT_TRUE(cancels(decision, TimerKind::alert)) << command.index();
        EXPECT_EQ(decision.session.offer, "") << command.index();
    }
}

TEST_F(Waiting, a_rung_that_comes_too_late_does_nothing) {
    enter(SessionState::open, true);
    const Decision decision = fire_rung("mention", 120);
    EXPECT_EQ(letters_of(decision), "");
    EXPECT_EQ(timers_of(decision, now), "");
    facts.timer.reset();
    EXPECT_TRUE(decide(TimerFired{session.id, TimerKind::escalation, now}).replayed);
}

TEST_F(Waiting, a_call_that_was_not_posted_before_the_claim_is_not_posted) {
    enter(SessionState::open, true);
    add_letter(LetterKind::notice, LetterState::queued, "\x02⏰ Nobody has taken this for 2 min.");
    EXPECT_EQ(moves_of(decide(ClaimPost{session.id, false})), "letter-1 queued>refused");
    session.state = SessionState::waiting;
    const Decision posted = decide(ClaimPost{session.id, false});
    ASSERT_TRUE(posted.post);
    EXPECT_EQ(posted.post->notice, "⏰ Nobody has taken this for 2 min.");
}

TEST_F(Waiting, alerts_come_again_until_each_is_settled) {
    enter(SessionState::waiting, true);
    const Decision said = fire_rung("notify", 300);
    const Timer pending = said.timers_set.front();
    facts.timer = pending;
    const Decision one = decide(AlertSettled{session.id, said.alerts[0].id});
    ASSERT_EQ(one.timers_set.size(), 1U);
    EXPECT_EQ(one.timers_set.front().due_at, pending.due_at);

    const Decision again = fire(TimerKind::alert, one.timers_set.front().payload, pending.due_at);
    ASSERT_EQ(again.alerts.size(), 1U);
    EXPECT_EQ(again.alerts[0].id, said.alerts[1].id);
    EXPECT_EQ(again.alerts[0].attempts, 2);
    EXPECT_EQ(again.alerts[0].first_attempt_at, now);

    facts.timer = again.timers_set.front();
    EXPECT_TRUE(decide(AlertSettled{session.id, said.alerts[0].id}).replayed);
    EXPECT_TRUE(cancels(decide(AlertSettled{session.id, said.alerts[1].id}), TimerKind::alert));
}

TEST_F(Waiting, an_alert_that_is_never_settled_is_given_up_at_last) {
    enter(SessionState::waiting, true);
    Decision decision = fire_rung("notify", 300);
    int said = 1;
    while (!decision.timers_set.empty() && said < 50) {
        decision = fire(TimerKind::alert, decision.timers_set.front().payload, now);
        ++said;
    }
    EXPECT_EQ(said, 10);
}

TEST_F(Waiting, a_silence_begins_with_the_first_words_and_is_called_once) {
    enter(SessionState::open, true);
    session.agent = Agent{DeskAgentId("T0/U0ANA"), "Ana", ""};
    Decision decision = decide(CustomerSaid{"c1", "Are you there?"});
    EXPECT_EQ(timers_of(decision, now), "unanswered+240");
    const Timer silence = decision.timers_set.front();

    facts.timer = silence;
    EXPECT_EQ(timers_of(decide(CustomerSaid{"c2", "Hello?"}), now), "");
    now += 240'000;
    decision = fire(TimerKind::unanswered, silence.payload, silence.due_at);
    EXPECT_EQ(decision.letters_added.front().text,
              "⏰ The customer has been waiting for an answer for 4 min. \x01T0/U0ANA\x01");
    ASSERT_EQ(decision.timers_set.size(), 1U);  // remembered, and never due

    facts.timer = decision.timers_set.front();
    EXPECT_EQ(timers_of(decide(CustomerSaid{"c3", "Anybody?"}), now), "");
    EXPECT_TRUE(cancels(decide(answer()), TimerKind::unanswered));
}

TEST_F(Waiting, taken_is_not_answered) {
    enter(SessionState::waiting, true);
    const AgentClaimed claimed{session.thread, {DeskAgentId("T0/U0ANA"), "Ana", ""}};
    EXPECT_EQ(timers_of(decide(claimed), now), "unanswered+240");
    EXPECT_FALSE(decide(claimed).wait_answered);
    EXPECT_TRUE(decide(answer()).wait_answered);
    EXPECT_EQ(timers_of(decide(answer()), now), "");
}

TEST_F(Waiting, what_is_estimated_was_seen_and_shrinks) {
    EXPECT_EQ(decide(HumanRequested{}).session.estimated_wait_s, 0);
    facts.answered_after_ms = {60'000, 30'000};
    EXPECT_EQ(decide(HumanRequested{}).session.estimated_wait_s, 0);  // two say nothing
    facts.answered_after_ms = {60'000, 30'000, 900'000, 45'000};
    const Decision decision = decide(HumanRequested{});
    EXPECT_EQ(decision.session.estimated_wait_s, 60);
    EXPECT_NE(decision.events.back().json.find(R"("estimated_wait_s":60)"), std::string::npos);
    enter(SessionState::waiting, true);
    session.asked_at = now - 35'000;
    facts.waiting_ahead = 2;
    EXPECT_EQ(decide(RefreshQueue{}).session.estimated_wait_s, 30);
    session.asked_at = now - 70'000;
    EXPECT_EQ(decide(RefreshQueue{}).session.estimated_wait_s, 0);
}

struct AtNight : Waiting {
    AtNight() {
        OpeningHours hours;
        EXPECT_TRUE(hours.add("mon-fri 09:00-18:00"));
        policy.opening_hours["office"] = hours;
        policy.hours = "office";
        now = opens_at - 3'600'000;  // a Monday, in UTC
    }
    const WallMs opens_at = 1'795'424'400'000;
};

TEST_F(AtNight, the_customer_is_told_and_nobody_is_called_before_the_morning) {
    facts.answered_after_ms = {60'000, 60'000, 60'000};
    const Decision decision = decide(HumanRequested{});
    EXPECT_EQ(kinds_of(decision), "session message");
    EXPECT_EQ(decision.session.offer, "closed");
    EXPECT_EQ(decision.session.estimated_wait_s, 0);
    EXPECT_NE(decision.messages_added.front().text.find("back today at 09:00 (UTC time)"),
              std::string::npos);
    EXPECT_EQ(timers_of(decision, opens_at), "escalation+120:mention");
    enter(SessionState::waiting, true);
    facts.timer = decision.timers_set.front();
    const Decision rung = decide(TimerFired{session.id, TimerKind::escalation, opens_at + 120'000});
    EXPECT_EQ(timers_of(rung, opens_at), "escalation+300:notify");
}

TEST_F(AtNight, a_route_or_a_site_has_its_own_hours) {
    policy.opening_hours["always"] = OpeningHours();
    EXPECT_TRUE(policy.opening_hours["always"].add("mon-sun 00:00-24:00"));
    policy.site_hours[session.site] = "always";
    EXPECT_EQ(decide(HumanRequested{}).session.offer, "");
    policy.routes.front().hours = "office";
    EXPECT_EQ(decide(HumanRequested{}).session.offer, "closed");
}

TEST_F(AtNight, hours_that_never_come_call_nobody) {
    policy.opening_hours["office"] = OpeningHours();
    const Decision decision = decide(HumanRequested{});
    EXPECT_EQ(timers_of(decision, now), "");
    EXPECT_EQ(decision.messages_added.front().text, policy.texts.closed_for_long);
}

TEST_F(AtNight, writing_into_a_closed_conversation_is_answered_the_same_way) {
    enter(SessionState::closed, true);
    const Decision decision = decide(CustomerSaid{"c1", "Hello again"});
    EXPECT_EQ(kinds_of(decision), "message session message");
    EXPECT_EQ(decision.session.offer, "closed");
}

TEST_F(AtNight, the_other_way_is_passed_on) {
    enter(SessionState::waiting, true);
    session.offer = "closed";
    CustomerDetails details;
    details.email = "john@email.com";
    EXPECT_EQ(letters_of(decide(details)), "notice");
    session.customer.email = "john@email.com";
    EXPECT_EQ(letters_of(decide(details)), "");
    session.customer.email.clear();
    session.offer.clear();
    EXPECT_EQ(letters_of(decide(details)), "");
}

TEST_F(Waiting, nobody_at_their_desk_is_said_and_somebody_is_called_all_the_same) {
    facts.agents_online = 0;
    const Decision decision = decide(HumanRequested{});
    EXPECT_EQ(decision.session.offer, "away");
    EXPECT_EQ(decision.messages_added.front().text, policy.texts.nobody_here);
    EXPECT_EQ(timers_of(decision, now), "escalation+120:mention");
    facts.agents_online = 2;
    EXPECT_EQ(kinds_of(decide(HumanRequested{})), "session");
}

TEST(DurationWords, are_short) {
    EXPECT_EQ(duration_words(0), "0 s");
    EXPECT_EQ(duration_words(89'999), "89 s");
    EXPECT_EQ(duration_words(120'000), "2 min");
    EXPECT_EQ(duration_words(3'600'000), "1 h");
    EXPECT_EQ(duration_words(5'400'000), "1 h 30 min");
}

}  // namespace
}  // namespace deskbell::core
