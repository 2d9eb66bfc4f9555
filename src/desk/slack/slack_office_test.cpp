#include "desk/slack/slack_office_fixture.hpp"

namespace deskbell::desk::slack {
namespace {

TEST_F(OfficeTest, AnAgentsReplyIsToldAndThenAcked) {
    start();
    EXPECT_EQ(
        event(said("1763800105.000300", "Hi <@U0AGENT001> *now*", R"(,"client_msg_id":"m1")")),
        200);
    const auto told = listener.all<core::AgentSaid>();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].thread.value, thread_value);
    EXPECT_EQ(told[0].message.value, "T0ACME0001/C0VIPSALES/1763800105.000300");
    EXPECT_EQ(told[0].order, "1763800105.000300");
    EXPECT_EQ(told[0].sender_key, "T0ACME0001/C0VIPSALES/U0AGENT001/m1");
    EXPECT_EQ(told[0].agent.id.value, "T0ACME0001/U0AGENT001");
    EXPECT_EQ(told[0].agent.name, "Ana");
    EXPECT_EQ(told[0].agent.avatar, "https://avatars.example/192.png");
    EXPECT_EQ(told[0].text, "Hi @Ana **now**");
    EXPECT_NE(told[0].rich_json.find(R"("t":"b")"), std::string::npos);
    EXPECT_FALSE(told[0].edited_since);
}

TEST_F(OfficeTest, NothingPassesWithoutASignature) {
    start();
    const std::string body = envelope(said("1763800105.000300"));
    net::HttpRequest unsigned_request;
    unsigned_request.body = body;
    EXPECT_EQ(give(unsigned_request), 401);
    EXPECT_NE(responses.back().body.find(R"("code":"signature_invalid")"), std::string::npos);
    EXPECT_EQ(responses.back().headers.at(0).value, "application/problem+json");
    EXPECT_EQ(give(signed_request(body, "wrong")), 401);
    EXPECT_EQ(give(signed_request("not json", "wrong")), 401);
    auto late = signed_request(body);
    clock.step_wall(301'000);
    EXPECT_EQ(give(std::move(late)), 401);
    EXPECT_TRUE(listener.commands.empty());
    EXPECT_EQ(give(signed_request(body, "next secret")), 200);
}

TEST_F(OfficeTest, TheChallengeIsAnsweredBeforeAnythingIsKnown) {
    const std::string body = R"({"type":"url_verification","challenge":"abc123"})";
    EXPECT_EQ(give(signed_request(body)), 200);
    EXPECT_EQ(responses.back().body, "abc123");
    EXPECT_EQ(give(signed_request(body, "wrong")), 401);
    EXPECT_EQ(event(said("1763800105.000300")), 503) << "we do not know yet whose words these are";
}

TEST_F(OfficeTest, WhatCannotBeStoredMustComeAgain) {
    start();
    const std::string body = envelope(said("1763800105.000300"));
    listener.refusals = {Error{"store_unavailable", "", std::nullopt}, Error{"busy", "", 1000}};
    EXPECT_EQ(give(signed_request(body)), 503);
    EXPECT_EQ(give(signed_request(body)), 503);
    EXPECT_EQ(give(signed_request(body)), 200);
    EXPECT_EQ(listener.commands.size(), 3u);
    EXPECT_EQ(give(signed_request(body)), 200) << "a replay does nothing";
    clock.advance(2'000);
    EXPECT_EQ(give(signed_request(body)), 200) << "nor does a redelivery, signed anew";
    EXPECT_EQ(listener.commands.size(), 3u);
}

TEST_F(OfficeTest, ARefusalOfTheRulesIsAcked) {
    start();
    listener.refusals = {Error{"message_empty", "", std::nullopt}};
    EXPECT_EQ(event(said("1763800105.000300")), 200);
}

TEST_F(OfficeTest, TheAnswerComesInTimeWhateverHappens) {
    start();
    listener.silent = true;
    EXPECT_EQ(event(said("1763800105.000300")), 0);
    loop.advance(2'500);
    ASSERT_EQ(responses.size(), 1u);
    EXPECT_EQ(responses[0].status, 503);
}

// Who says it might be a guest, whose words must not reach a customer.
TEST_F(OfficeTest, WordsWaitUntilSlackSaysWhoseTheyAre) {
    start();
    slack.answer_ms = 10'000;
    EXPECT_EQ(event(said("1763800105.000300")), 0);
    loop.advance(1'600);
    ASSERT_EQ(responses.size(), 1u);
    EXPECT_EQ(responses[0].status, 503);
    EXPECT_TRUE(listener.all<core::AgentSaid>().empty());
    loop.advance(10'000);
    slack.answer_ms = 0;
    EXPECT_EQ(event(said("1763800105.000300")), 200);
    EXPECT_EQ(listener.all<core::AgentSaid>().at(0).agent.name, "Ana");
}

TEST_F(OfficeTest, WhileTheTokenIsRefusedNobodyIsTakenForAnAgent) {
    start();
    slack.answers["users.info"] = [](const CallFields&) {
        return answered(200, R"({"ok":false,"error":"token_expired"})");
    };
    EXPECT_EQ(event(said("1763800105.000300")), 503);
    EXPECT_TRUE(listener.all<core::AgentSaid>().empty());
}

TEST_F(OfficeTest, WithoutTheRightToAskNamesArePlain) {
    slack.answers["users.info"] = [](const CallFields&) {
        return answered(200, R"({"ok":false,"error":"missing_scope","needed":"users:read"})");
    };
    start();
    EXPECT_EQ(event(said("1763800105.000300")), 200);
    EXPECT_EQ(listener.all<core::AgentSaid>().at(0).agent.name, "Support");
}

TEST_F(OfficeTest, WhoIsNotOfTheWorkspaceDoesNotReachTheCustomer) {
    slack.answers["users.info"] = [](const CallFields&) {
        return answered(200, R"({"ok":false,"error":"user_not_found"})");
    };
    start();
    EXPECT_EQ(event(said("1763800105.000300")), 200);
    EXPECT_TRUE(listener.all<core::AgentSaid>().empty());
}

TEST_F(OfficeTest, SignedButNoneOfOurBusinessIsAckedAndCounted) {
    start();
    EXPECT_EQ(give(signed_request(envelope(said("1763800105.000300"), "T0OTHER001"))), 200);
    EXPECT_EQ(give(signed_request("{not json")), 200);
    EXPECT_EQ(give(signed_request("[]")), 200);
    EXPECT_EQ(give(signed_request(R"({"type":"new_thing","team_id":"T0ACME0001"})")), 200);
    EXPECT_EQ(event(R"({"type":"new_event"})"), 200);
    EXPECT_TRUE(listener.commands.empty());
    const Counters& counters = office->counters();
    EXPECT_EQ(counters.at("ignored_other_team"), 1u);
    EXPECT_EQ(counters.at("unreadable_event"), 2u);
    EXPECT_EQ(counters.at("ignored_unknown_event"), 1u);
}

TEST_F(OfficeTest, GuestsStrangersAndBotsDoNotAnswerForTheTeam) {
    start();
    for (const char* trait :
         {R"("is_restricted":true)", R"("is_ultra_restricted":true)", R"("is_stranger":true)",
          R"("is_bot":true)", R"("team_id":"T0OTHER001")"}) {
        const std::string user = "U0GUEST" + std::to_string(event_number);
        slack.answers["users.info"] = [trait](const CallFields&) {
            return answered(200, std::string(R"({"ok":true,"user":{"name":"x",)") + trait + "}}");
        };
        std::string message = said("1763800105.000300");
        message.replace(message.find("U0AGENT001"), 10, user);
        EXPECT_EQ(event(message), 200);
        EXPECT_TRUE(listener.commands.empty()) << trait;
    }
}

TEST_F(OfficeTest, EditsAndDeletionsAreTold) {
    start();
    EXPECT_EQ(
        event(
            R"({"type":"message","subtype":"message_changed","channel":"C0VIPSALES","ts":"1763800190.000600",
        "message":)" +
            said("1763800105.000300", "new", R"(,"edited":{"ts":"1763800190.000000"})") +
            R"(,"previous_message":)" + said("1763800105.000300", "old") + "}"),
        200);
    const auto edited = listener.all<core::AgentEdited>();
    ASSERT_EQ(edited.size(), 1u);
    EXPECT_EQ(edited[0].text, "new");
    EXPECT_EQ(edited[0].edit_key, "1763800190.000600");
    EXPECT_EQ(edited[0].order, "1763800105.000300");
    EXPECT_EQ(
        event(
            R"({"type":"message","subtype":"message_deleted","channel":"C0VIPSALES","deleted_ts":"1763800105.000300",
        "previous_message":)" +
            said("1763800105.000300") + "}"),
        200);
    EXPECT_EQ(listener.all<core::AgentDeleted>().at(0).message.value,
              "T0ACME0001/C0VIPSALES/1763800105.000300");
}

TEST_F(OfficeTest, ADeletedParentLosesItsThreadAndNothingMoreGoesThere) {
    start();
    EXPECT_EQ(
        event(
            R"({"type":"message","subtype":"message_deleted","channel":"C0VIPSALES","deleted_ts":")" +
            root_ts + R"("})"),
        200);
    EXPECT_EQ(listener.all<core::ThreadLost>().at(0).thread.value, thread_value);
    core::Post post;
    post.thread = DeskThreadId(thread_value);
    std::optional<PostOutcome::Kind> came;
    office->desk().post(post, [&](const PostOutcome& outcome) { came = outcome.kind; });
    loop.run_ready();
    EXPECT_EQ(came, PostOutcome::Kind::thread_lost);
}

TEST_F(OfficeTest, ADeletionThatDoesNotSayWhatOfIsUnderstoodFromWhatWasSeen) {
    start();
    EXPECT_EQ(event(said("1763800105.000300")), 200);
    EXPECT_EQ(event(R"({"type":"message","subtype":"message_deleted","channel":"C0VIPSALES",)"
                    R"("deleted_ts":"1763800105.000300"})"),
              200);
    EXPECT_TRUE(listener.all<core::ThreadLost>().empty());
    EXPECT_EQ(listener.all<core::AgentDeleted>().at(0).thread.value, thread_value);
}

TEST_F(OfficeTest, OurOwnPostIsEchoedAndAStrayTakenBack) {
    start();
    const std::string marks = R"(,"bot_id":"B0BRIDGE01","blocks":[{"block_id":"deskbell.p1"}])";
    EXPECT_EQ(event(said("1763800105.000300", "x", marks)), 200);
    EXPECT_EQ(listener.echoes, std::vector<std::string>{"p1 " + thread_value});
    std::string stray = said("1763800106.000300", "x", marks);
    stray.replace(stray.find(R"(,"thread_ts":")" + root_ts + "\""), 15 + root_ts.size(), "");
    EXPECT_EQ(event(stray), 200);
    EXPECT_EQ(listener.echoes.size(), 1u);
    EXPECT_EQ(slack.of("chat.delete").at(0).fields.at("ts"), "1763800106.000300");
}

// ---- Reactions. ----

TEST_F(OfficeTest, ReactionsOnTheParentClaimAndResolve) {
    start();
    EXPECT_EQ(event(reaction("eyes", root_ts)), 200);
    EXPECT_EQ(event(reaction("white_check_mark", root_ts)), 200);
    EXPECT_EQ(event(reaction("heavy_check_mark::skin-tone-2", root_ts)), 200);
    EXPECT_EQ(listener.all<core::AgentClaimed>().size(), 1u);
    EXPECT_EQ(listener.all<core::AgentResolved>().size(), 2u);
    EXPECT_EQ(listener.all<core::AgentResolved>()[0].agent.name, "Ana");
    EXPECT_TRUE(slack.of("conversations.replies").empty());
}

TEST_F(OfficeTest, ReactionsOnRepliesMeanSeenAndAreFoundByAsking) {
    start();
    listener.refusals = {Error{"thread_unknown", "", std::nullopt}};
    slack.answers["conversations.replies"] = [](const CallFields& fields) {
        return answered(200, R"({"ok":true,"messages":[{"ts":")" + fields.at("ts") +
                                 R"(","thread_ts":")" + root_ts + R"("}]})");
    };
    EXPECT_EQ(event(reaction("white_check_mark", "1763800111.000500")), 200);
    auto saw = listener.all<core::AgentSaw>();
    ASSERT_EQ(saw.size(), 1u);
    EXPECT_EQ(saw[0].thread.value, thread_value);
    EXPECT_EQ(saw[0].order, "1763800111.000500");
    EXPECT_EQ(event(reaction("heart", "1763800111.000500")), 200);
    EXPECT_EQ(slack.of("conversations.replies").size(), 1u) << "the place is remembered";
    EXPECT_EQ(listener.all<core::AgentSaw>().size(), 2u);
}

// ---- Gap repair. ----

TEST_F(OfficeTest, WhatNoEventToldIsReadBackAndTheCursorMoves) {
    threads = {{DeskThreadId(thread_value), "1763800104.000000"}};
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(parent("1763800109.000000")));
    };
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(
            200, page(parent("1763800109.000000") + "," + said("1763800105.000300", "one") + "," +
                      said("1763800109.000000", "two", R"(,"edited":{"ts":"1763800190.000000"})")));
    };
    office->start();
    loop.advance(5'000);
    const auto told = listener.all<core::AgentSaid>();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].text, "one");
    EXPECT_TRUE(told[1].edited_since);
    EXPECT_EQ(told[1].edit_key, "1763800190.000000");
    const auto swept = listener.all<core::ThreadSwept>();
    ASSERT_EQ(swept.size(), 1u);
    EXPECT_EQ(swept[0].cursor, "1763800109.000000");
    EXPECT_FALSE(listener.echoes.empty()) << "a parent of ours proves its post";
    EXPECT_EQ(slack.of("conversations.replies").at(0).fields.at("oldest"), root_ts)
        << "the overlap, but not before the parent";
    threads[0].cursor = swept[0].cursor;
    slack.calls.clear();
    loop.advance(60'000);
    EXPECT_EQ(slack.of("conversations.history").size(), 1u);
    EXPECT_TRUE(slack.of("conversations.replies").empty()) << "nothing newer, nothing read";
}

TEST_F(OfficeTest, ACursorNeverPassesWhatIsNotDurable) {
    threads = {{DeskThreadId(thread_value), ""}};
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(parent("1763800109.000000")));
    };
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(200, page(said("1763800105.000300") + "," + said("1763800109.000000")));
    };
    listener.refusals = {std::nullopt, Error{"store_unavailable", "", std::nullopt}};
    office->start();
    loop.advance(5'000);
    EXPECT_EQ(listener.all<core::AgentSaid>().size(), 2u);
    EXPECT_TRUE(listener.all<core::ThreadSwept>().empty());
    loop.advance(20'000);
    EXPECT_EQ(listener.all<core::AgentSaid>().size(), 4u);
    EXPECT_EQ(listener.all<core::ThreadSwept>().size(), 1u);
}

TEST_F(OfficeTest, AThreadWhoseParentIsGoneIsLost) {
    threads = {{DeskThreadId(thread_value), ""}};
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(""));
    };
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return refusal("thread_not_found");
    };
    office->start();
    loop.advance(5'000);
    EXPECT_EQ(listener.all<core::ThreadLost>().size(), 1u);
}

TEST_F(OfficeTest, AReplyToAThreadNobodyKnowsYetIsSweptSoon) {
    start();
    listener.refusals = {Error{"thread_unknown", "", std::nullopt}};
    EXPECT_EQ(event(said("1763800105.000300")), 200);
    threads = {{DeskThreadId(thread_value), ""}};
    slack.answers["conversations.history"] = [](const CallFields&) {
        return answered(200, page(parent("1763800105.000300")));
    };
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(200, page(said("1763800105.000300")));
    };
    loop.advance(6'000);
    EXPECT_EQ(listener.all<core::AgentSaid>().size(), 2u);
    EXPECT_EQ(listener.all<core::ThreadSwept>().size(), 1u);
}

TEST_F(OfficeTest, SlacksOwnLimitOnEventsAsksForASweep) {
    start();
    threads = {{DeskThreadId(thread_value), ""}};
    for (
        const char* body :
        {R"({"type":"app_rate_limited","team_id":"T0ACME0001"})",
         R"({"type":"event_callback","event_id":"EvX","team_id":"T0ACME0001","event":{"type":"app_rate_limited"}})"}) {
        slack.calls.clear();
        EXPECT_EQ(give(signed_request(body)), 200);
        loop.advance(6'000);
        EXPECT_EQ(slack.of("conversations.history").size(), 1u) << body;
    }
}

TEST_F(OfficeTest, SweepsStayWithinTheirBudgetAndWaitOutLimits) {
    for (int i = 0; i < 300; ++i) {
        char ts[32];
        std::snprintf(ts, sizeof ts, "17638%05d.000100", i);
        threads.push_back({DeskThreadId(std::string("T0ACME0001/C0VIPSALES/") + ts), ""});
    }
    slack.answers["conversations.history"] = [this](const CallFields&) {
        std::string messages;
        for (const ThreadCursor& thread : threads) {
            if (!messages.empty()) messages += ",";
            messages += R"({"bot_id":"B0BRIDGE01","ts":")" + parse_thread(thread.thread)->ts +
                        R"(","latest_reply":"1763999999.000000"})";
        }
        return answered(200, page(messages));
    };
    slack.script["conversations.replies"] = {limited(30)};
    slack.answers["conversations.replies"] = [](const CallFields&) {
        return answered(200, page(""));
    };
    office->start();
    loop.advance(2'500);
    slack.calls.clear();
    loop.advance(10 * 60'000);
    const auto calls = slack.of("conversations.replies");
    EXPECT_GE(calls.size(), 299u);
    for (std::size_t i = 0; i + 51 < calls.size(); ++i)
        EXPECT_GE(calls[i + 51].at - calls[i].at, 60'000) << i;
}

TEST_F(OfficeTest, NothingRunsAfterItsEnd) {
    threads = {{DeskThreadId(thread_value), ""}};
    slack.answer_ms = 500;
    office->start();
    (void)event(said("1763800105.000300"));
    loop.advance(700);
    office.reset();
    loop.advance(600'000);
    SUCCEED();
}

}  // namespace
}  // namespace deskbell::desk::slack
