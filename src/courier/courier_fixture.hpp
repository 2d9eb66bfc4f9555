#pragma once
// A courier over the fakes, and short words for what tests tell it.

#include "courier/courier.hpp"
#include "courier/courier_fakes.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace deskbell::courier {

using PostKind = PostOutcome::Kind;
using LookKind = LookUpOutcome::Kind;
using Recorded = std::vector<std::string>;

struct CourierTest : ::testing::Test {
    ManualClock clock;
    ManualLoop loop{clock};
    SeededRandom random{7};
    FakeDesk desk{loop};
    FakeLedger ledger{loop};
    Pace pace;
    std::unique_ptr<Courier> courier;
    int letters = 0;

    void SetUp() override { start(); }
    void start() { courier = std::make_unique<Courier>(loop, desk, ledger, random, pace); }

    // A line of the customer's, as the engine would store it and tell of it.
    std::string say(const std::string& session, const std::string& channel = "#a") {
        core::Post post;
        post.id = LetterId("p" + std::to_string(++letters));
        post.session = SessionId(session);
        post.destination = Destination(channel);
        core::Line line;
        line.at = clock.wall_ms();
        line.text = "hello";
        post.lines.push_back(line);
        auto& lane = ledger.sessions[post.session];
        if (lane.thread.empty()) lane.thread = DeskThreadId("t." + session);
        lane.letters.push_back(post);
        tell(session, channel);
        return post.id.value;
    }
    void ask(const std::string& session, const std::string& channel = "#a") {
        core::Post post;
        post.id = LetterId("open-" + session);
        post.session = SessionId(session);
        post.kind = core::LetterKind::open_thread;
        post.destination = Destination(channel);
        ledger.sessions[post.session].letters.push_front(post);
        tell(session, channel);
    }
    void tell(const std::string& session, const std::string& channel, std::int64_t waited_ms = 0) {
        const auto& lane = ledger.sessions[SessionId(session)];
        courier->lane_ready({.session = SessionId(session),
                             .destination = Destination(channel),
                             .thread_open = !lane.thread.empty(),
                             .letters_queued = lane.letters.size(),
                             .oldest_queued_at = clock.wall_ms() - waited_ms,
                             .unresolved = std::nullopt});
    }
    static PostOutcome outcome(PostKind kind, std::int64_t retry_after_ms = 0) {
        PostOutcome made;
        made.kind = kind;
        made.retry_after_ms = retry_after_ms;
        made.error.code = "code";
        return made;
    }
    static LookUpOutcome look(LookKind kind) {
        LookUpOutcome made;
        made.kind = kind;
        made.message = DeskMessageId("found");
        made.thread = DeskThreadId("t.s");
        return made;
    }
    std::vector<std::string> posted() const {
        std::vector<std::string> ids;
        for (const auto& call : desk.posts) ids.push_back(call.post.id.value);
        return ids;
    }
};

}  // namespace deskbell::courier
