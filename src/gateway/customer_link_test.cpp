#include "gateway/customer_link.hpp"

#include "gateway/test_fakes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace deskbell::gateway::testing {
namespace {

std::vector<std::int64_t> seqs_of(const FakeSocket& socket) {
    std::vector<std::int64_t> seqs;
    for (const std::string& frame : socket.sent) {
        const auto object = parse_json_object(frame);
        const json::object* event = find_object(*object, "event");
        if (event) seqs.push_back(find_int(*event, "seq").value_or(-1));
    }
    return seqs;
}

std::vector<std::int64_t> counting(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t n = first; n <= last; ++n) numbers.push_back(n);
    return numbers;
}

json::object last_frame(const FakeSocket& socket) {
    return socket.sent.empty() ? json::object{} : *parse_json_object(socket.sent.back());
}

class CustomerLinkTest : public ::testing::Test {
protected:
    CustomerLinkTest() : token(token_of(1)) {
        log = &world.backend.make_session("session_1_a", token);
    }
    void happen(int events) {
        for (int i = 0; i < events; ++i) world.backend.append(*log, "message");
        world.backend.run_batch(0);
        world.loop.run_ready();
    }

    World world;
    std::string token;
    FakeBackend::Log* log = nullptr;
};

TEST_F(CustomerLinkTest, an_idle_link_is_lean) {
    RecordProperty("sizeof_customer_link", static_cast<int>(sizeof(CustomerLink)));
    EXPECT_LE(sizeof(CustomerLink), 256u);  // the goal was 400
}

TEST_F(CustomerLinkTest, hello_is_answered_with_welcome_then_everything_after) {
    happen(3);
    const auto link = world.connect(token, 1);
    ASSERT_FALSE(link->socket.sent.empty());
    const auto welcome = *parse_json_object(link->socket.sent.front());
    EXPECT_EQ(string_or_empty(welcome, "type"), "welcome");
    EXPECT_EQ(find_int(welcome, "head"), 3);
    EXPECT_EQ(find_int(welcome, "heartbeat_s"), 20);
    EXPECT_EQ(string_or_empty(*find_object(welcome, "session"), "id"), "session_1_a");
    EXPECT_EQ(seqs_of(link->socket), counting(2, 3));
    happen(2);
    EXPECT_EQ(seqs_of(link->socket), counting(2, 5));
}

TEST_F(CustomerLinkTest, a_long_history_comes_in_pages_without_holes) {
    happen(650);
    const auto link = world.connect(token);
    EXPECT_EQ(seqs_of(link->socket), counting(1, 650));
}

TEST_F(CustomerLinkTest, a_client_ahead_of_the_log_is_told_the_head_and_nothing_old) {
    happen(3);
    const auto link = world.connect(token, 99);
    EXPECT_EQ(find_int(*parse_json_object(link->socket.sent.front()), "head"), 3);
    EXPECT_TRUE(seqs_of(link->socket).empty());
    happen(1);
    EXPECT_EQ(seqs_of(link->socket), counting(4, 4));
}

TEST_F(CustomerLinkTest, the_first_frame_decides) {
    struct Case {
        const char* what;
        std::string frame;
        std::uint16_t code;
    };
    const std::vector<Case> cases = {
        {"not JSON", "hello", 4002},
        {"not an object", "[1]", 4002},
        {"not a hello", R"({"type":"ping","id":1})", 4002},
        {"no token", R"({"type":"hello","after":0})", 4002},
        {"token of a wrong type", R"({"type":"hello","token":7})", 4002},
        {"negative after", R"({"type":"hello","token":"x","after":-1})", 4002},
        {"after of a wrong type", R"({"type":"hello","token":"x","after":"1"})", 4002},
        {"instance too long",
         R"({"type":"hello","token":"x","instance":")" + std::string(65, 'i') + "\"}", 4002},
        {"not a token", R"({"type":"hello","token":"dbs_short"})", 4003},
        {"token of nobody", R"({"type":"hello","token":")" + token_of(9) + "\"}", 4003},
    };
    for (const Case& one : cases) {
        const auto link = world.upgrade();
        link->say(one.frame);
        world.loop.run_ready();
        ASSERT_TRUE(link->socket.closed) << one.what;
        EXPECT_EQ(link->socket.closed->first, one.code) << one.what;
        link->hang_up();
    }
    EXPECT_EQ(world.gateway->listeners(), 0u);
}

TEST_F(CustomerLinkTest, a_hello_with_fields_of_the_future_is_welcome) {
    const auto link = world.upgrade();
    link->say(R"({"type":"hello","token":")" + token + R"(","v":3,"page":{"x":1}})");
    world.loop.run_ready();
    EXPECT_EQ(string_or_empty(last_frame(link->socket), "type"), "welcome");
}

TEST_F(CustomerLinkTest, no_hello_within_five_seconds_is_4009) {
    const auto link = world.upgrade();
    world.loop.advance(4000);
    EXPECT_FALSE(link->socket.closed);
    world.loop.advance(2500);
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4009);
}

TEST_F(CustomerLinkTest, heartbeats_go_out_and_silence_ends_the_link) {
    const auto link = world.connect(token);
    world.loop.advance(30'000);
    EXPECT_GE(link->socket.pings, 1);
    link->socket_handler->on_pong();
    world.loop.advance(44'000);
    EXPECT_FALSE(link->socket.closed);
    EXPECT_GE(link->socket.pings, 2);
    world.loop.advance(3'000);
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4009);
}

TEST_F(CustomerLinkTest, requests_are_answered_under_their_own_id) {
    const auto link = world.connect(token);
    link->say(R"({"type":"ping","id":"abc"})");
    EXPECT_EQ(link->socket.sent.back(), R"({"type":"ok","re":"abc"})");
    link->say(R"({"type":"message","id":7,"client_id":"c1","text":"Hi"})");
    world.loop.run_ready();
    const auto& sent = link->socket.sent;
    EXPECT_NE(std::ranges::find(sent, R"({"type":"ok","re":7,"seq":1})"), sent.end());
    EXPECT_EQ(seqs_of(link->socket), counting(1, 1));
    link->say(R"({"type":"message","id":8,"client_id":"c1","text":"Hi"})");
    world.loop.run_ready();
    EXPECT_EQ(link->socket.sent.back(), R"({"type":"ok","re":8,"seq":1})");
    link->say(R"({"type":"message","id":9,"client_id":"c1","text":"Other"})");
    world.loop.run_ready();
    EXPECT_EQ(string_or_empty(*find_object(last_frame(link->socket), "error"), "code"),
              "client_id_reused");
}

TEST_F(CustomerLinkTest, a_bad_request_is_refused_by_its_id_or_ends_the_link) {
    struct Case {
        std::string frame;
        std::string code;  // of the error frame; empty: closed with 4002
    };
    const std::vector<Case> cases = {
        {R"({"type":"dance","id":1})", "unknown_type"},
        {R"({"type":"message","id":1,"text":"x"})", "invalid_field"},
        {R"({"type":"message","id":1,"client_id":"c","text":null})", "invalid_field"},
        {R"({"type":"message","id":1,"client_id":"c","text":"x","colour":1})", "invalid_field"},
        {R"({"type":"message","id":1,"client_id":"c","text":"x","attachments":[1]})",
         "invalid_field"},
        {R"({"type":"rating","id":1,"score":"6"})", "invalid_field"},
        {R"({"type":"read","id":1})", "invalid_field"},
        {R"({"type":"typing","id":1,"on":"yes"})", "invalid_field"},
        {R"({"type":"customer","id":1,"email":7})", "invalid_field"},
        {R"({"type":"dance"})", ""},
        {R"({"id":{},"type":"ping"})", ""},
        {"{", ""},
        {R"({"type":"hello","token":"x"})", ""},
    };
    for (const Case& one : cases) {
        const auto link = world.connect(token);
        link->say(one.frame);
        world.loop.run_ready();
        if (one.code.empty()) {
            ASSERT_TRUE(link->socket.closed) << one.frame;
            EXPECT_EQ(link->socket.closed->first, 4002) << one.frame;
        } else {
            EXPECT_FALSE(link->socket.closed) << one.frame;
            const auto frame = last_frame(link->socket);
            ASSERT_TRUE(find_object(frame, "error")) << one.frame;
            EXPECT_EQ(string_or_empty(*find_object(frame, "error"), "code"), one.code);
            EXPECT_EQ(find_int(frame, "re"), 1);
        }
        link->hang_up();
    }
}

TEST_F(CustomerLinkTest, what_is_said_before_the_welcome_is_taken_after_it) {
    const auto link = world.upgrade();
    link->say(R"({"type":"hello","token":")" + token + "\"}");
    link->say(R"({"type":"message","id":1,"client_id":"c","text":"early"})");
    world.loop.run_ready();
    EXPECT_EQ(string_or_empty(*parse_json_object(link->socket.sent.front()), "type"), "welcome");
    EXPECT_EQ(seqs_of(link->socket), counting(1, 1));
}

TEST_F(CustomerLinkTest, a_newer_socket_of_the_same_instance_replaces_the_older) {
    const auto older = world.connect(token, 0, "tab-1");
    const auto other_tab = world.connect(token, 0, "tab-2");
    const auto newer = world.connect(token, 0, "tab-1");
    ASSERT_TRUE(older->socket.closed);
    EXPECT_EQ(older->socket.closed->first, 4001);
    EXPECT_FALSE(other_tab->socket.closed);
    happen(1);
    EXPECT_TRUE(seqs_of(older->socket).empty());
    EXPECT_EQ(seqs_of(newer->socket), counting(1, 1));
    EXPECT_EQ(seqs_of(other_tab->socket), counting(1, 1));
    // Another loop reports a yet newer one; an older report changes nothing.
    const auto [instance, epoch] = world.replaced.back();
    world.gateway->replaced(SessionId("session_1_a"), instance, epoch);
    EXPECT_FALSE(newer->socket.closed);
    world.gateway->replaced(SessionId("session_1_a"), instance, epoch + 1);
    ASSERT_TRUE(newer->socket.closed);
    EXPECT_EQ(newer->socket.closed->first, 4001);
}

TEST_F(CustomerLinkTest, live_frames_reach_the_session_and_typing_not_its_own_tab) {
    const auto one = world.connect(token, 0, "one");
    const auto two = world.connect(token, 0, "two");
    one->say(R"({"type":"typing","id":1,"on":true})");
    EXPECT_EQ(one->socket.sent.back(), R"({"type":"ok","re":1})");
    EXPECT_EQ(two->socket.sent.back(), R"({"type":"typing","role":"customer","on":true})");
    world.gateway->typing(SessionId("session_1_a"), "agent", "Ana", true);
    EXPECT_EQ(one->socket.sent.back(),
              R"({"type":"typing","role":"agent","name":"Ana","on":true})");
    world.gateway->notice(SessionId("session_1_a"), "desk_delayed", "Slow.");
    EXPECT_EQ(two->socket.sent.back(), R"({"type":"notice","code":"desk_delayed","text":"Slow."})");
    world.gateway->notice(SessionId("session_2_b"), "desk_delayed", "Not ours.");
    EXPECT_EQ(two->socket.sent.back(), R"({"type":"notice","code":"desk_delayed","text":"Slow."})");
}

TEST_F(CustomerLinkTest, fast_messages_are_refused_and_a_flood_is_cut) {
    const auto link = world.connect(token);
    int refused = 0;
    for (int i = 0; i < 100 && !link->socket.closed; ++i) {
        link->say(R"({"type":"message","id":1,"client_id":"c)" + std::to_string(i) +
                  R"(","text":"x"})");
        world.loop.run_ready();
        const auto frame = last_frame(link->socket);
        const json::object* error = find_object(frame, "error");
        if (!error) continue;
        ++refused;
        EXPECT_EQ(string_or_empty(*error, "code"), "too_many_messages");
        EXPECT_GT(find_int(*error, "retry_after_ms").value_or(0), 0);
    }
    EXPECT_EQ(refused, 80);  // a burst of 20 passes
    EXPECT_FALSE(link->socket.closed);
    link->say(R"({"type":"message","id":1,"client_id":"last","text":"x"})");
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4029);
}

TEST_F(CustomerLinkTest, a_refused_hello_says_when_to_come_back) {
    world.backend.refuse_all = Error{"busy", "Full.", {}};
    const auto link = world.connect(token);
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 1013);
    EXPECT_EQ(link->socket.closed->second, "1000");
}

TEST_F(CustomerLinkTest, a_revoked_token_ends_the_link_at_its_next_request) {
    const auto link = world.connect(token);
    world.backend.logs.clear();
    link->say(R"({"type":"read","id":1,"seq":1})");
    world.loop.run_ready();
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4003);
}

TEST_F(CustomerLinkTest, a_slow_reader_catches_up_in_its_own_time) {
    happen(500);
    const auto link = world.upgrade();
    link->socket.buffered = 1u << 20;
    link->say(R"({"type":"hello","token":")" + token + "\"}");
    world.loop.run_ready();
    EXPECT_TRUE(seqs_of(link->socket).empty());
    happen(1);
    world.loop.advance(500);
    EXPECT_TRUE(seqs_of(link->socket).empty());
    link->socket.buffered = 0;
    world.loop.advance(100);
    EXPECT_EQ(seqs_of(link->socket), counting(1, 501));
}

TEST_F(CustomerLinkTest, a_socket_that_overflows_gets_nothing_more) {
    const auto link = world.connect(token);
    link->socket.overflows = true;
    happen(1);
    link->socket.overflows = false;
    happen(1);
    EXPECT_TRUE(seqs_of(link->socket).empty());
}

TEST_F(CustomerLinkTest, a_page_of_another_site_may_not_use_the_session) {
    const auto link = world.upgrade({{"origin", "https://other.example"}});
    link->say(R"({"type":"hello","token":")" + token + "\"}");
    world.loop.run_ready();
    ASSERT_TRUE(link->socket.closed);
    EXPECT_EQ(link->socket.closed->first, 4003);
}

TEST_F(CustomerLinkTest, news_between_the_read_and_the_welcome_is_not_missed) {
    world.backend.automatic = false;
    world.backend.pushes_first = true;
    const auto link = world.upgrade();
    link->say(R"({"type":"hello","token":")" + token + "\"}");
    world.backend.append(*log, "message");
    log->session.head = 0;  // as the read will have seen it
    std::vector<core::Event> later;
    std::swap(later, log->events);
    world.backend.run_batch(1);  // the push overtakes the reply
    log->events = later;
    log->session.head = 1;
    world.loop.run_ready();
    world.backend.run_batch(1);
    world.loop.run_ready();
    EXPECT_EQ(seqs_of(link->socket), counting(1, 1));
}

TEST_F(CustomerLinkTest, a_session_with_too_many_sockets_lets_the_oldest_go) {
    std::vector<std::shared_ptr<Outcome>> links;
    for (int i = 0; i < 33; ++i)
        links.push_back(world.connect(token, 0, "tab " + std::to_string(i)));
    ASSERT_TRUE(links.front()->socket.closed);
    EXPECT_EQ(links.front()->socket.closed->first, 4029);
    for (std::size_t i = 1; i < links.size(); ++i) EXPECT_FALSE(links[i]->socket.closed) << i;
}

TEST_F(CustomerLinkTest, answers_for_links_that_are_gone_touch_nobody) {
    world.backend.automatic = false;
    const auto link = world.upgrade();
    link->say(R"({"type":"hello","token":")" + token + "\"}");
    link->hang_up();
    const auto next = world.upgrade();  // takes over the slot
    world.backend.run_batch(10);
    world.loop.run_ready();
    EXPECT_TRUE(next->socket.sent.empty());
}

// Whatever the order of batches, pushes, losses and reconnects: 1..n, once each, in order.
class ResumeProperty : public ::testing::TestWithParam<int> {};

TEST_P(ResumeProperty, every_event_is_seen_once_and_in_order) {
    SeededRandom dice(static_cast<std::uint64_t>(GetParam()));
    World world;
    world.backend.automatic = false;
    world.backend.pushes_first = GetParam() % 3 == 0;
    const std::string token = token_of(1);
    FakeBackend::Log& log = world.backend.make_session("session_1_a", token);
    std::vector<std::int64_t> seen;
    std::shared_ptr<Outcome> link;
    const auto collect = [&] {
        if (!link) return;
        for (const std::int64_t seq : seqs_of(link->socket)) seen.push_back(seq);
        link->socket.sent.clear();
    };
    bool lost_any = false;
    for (int step = 0; step < 400; ++step) {
        switch (dice.below(8)) {
            case 0:
                collect();
                if (link) link->hang_up();
                link = world.upgrade();
                link->say(R"({"type":"hello","token":")" + token + R"(","after":)" +
                          std::to_string(seen.empty() ? 0 : seen.back()) + "}");
                break;
            case 1:
            case 2:
                world.backend.append(log, "message");
                break;
            case 3:
                for (int i = 0; i < 300; ++i) world.backend.append(log, "message");
                break;
            case 4:
                world.backend.run_batch(dice.below(3));
                break;
            case 5:
                world.loop.run_ready();
                break;
            case 6:
                world.backend.lose_pushes = GetParam() % 2 == 0 && dice.below(4) == 0;
                lost_any = lost_any || world.backend.lose_pushes;
                world.backend.run_batch(1);
                break;
            default:
                if (link) link->socket.buffered = dice.below(3) == 0 ? 1u << 20 : 0;
                world.loop.advance(30);
        }
    }
    world.backend.lose_pushes = false;
    if (!link) link = world.connect(token);
    link->socket.buffered = 0;
    for (int i = 0; i < 200; ++i) {
        // What was lost is found with the next push; where none was lost, nothing may be needed.
        if (i == 100 && lost_any) world.backend.append(log, "message");
        world.backend.run_batch(4);
        world.loop.advance(100);
    }
    collect();
    EXPECT_EQ(seen, counting(1, log.session.head)) << "seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(seeds, ResumeProperty, ::testing::Range(1, 41));

}  // namespace
}  // namespace deskbell::gateway::testing
