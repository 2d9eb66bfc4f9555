#include "gateway/client_address.hpp"
#include "gateway/event_feed.hpp"
#include "gateway/rate_limits.hpp"
#include "gateway/requests.hpp"
#include "gateway/tokens.hpp"

#include <gtest/gtest.h>

namespace deskbell::gateway {
namespace {

TEST(TokenBucket, lets_a_burst_pass_and_then_one_an_interval) {
    const Rate rate{500'000, 20};
    std::int64_t bucket = 0;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(take_token(bucket, rate, 1000), 0) << i;
    EXPECT_EQ(take_token(bucket, rate, 1000), 500);
    EXPECT_EQ(take_token(bucket, rate, 1499), 1);
    EXPECT_EQ(take_token(bucket, rate, 1500), 0);
    EXPECT_EQ(take_token(bucket, rate, 1500), 500);
    EXPECT_EQ(take_token(bucket, rate, 100'000), 0);
    std::int64_t lifted = 0;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(take_token(lifted, Rate{}, 0), 0);
}

TEST(RateLimits, zero_lifts_a_limit) {
    LimitOptions options;
    options.sessions_per_minute_per_ip = 0;
    options.messages_per_second_per_session = 0;
    RateLimits limits(options, 1);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_FALSE(limits.new_session("a", 0));
        EXPECT_FALSE(limits.message(8, 0));
        EXPECT_FALSE(limits.request(8, 0));
    }
}

TEST(RateLimits, the_table_is_bounded_and_forgets_the_longest_unused) {
    LimitOptions options;
    options.buckets_max = 100;
    options.sessions_per_minute_per_ip = 1;
    RateLimits limits(options, 1);
    EXPECT_FALSE(limits.new_session("first", 0));
    EXPECT_TRUE(limits.new_session("first", 0));
    for (int i = 0; i < 99; ++i) {
        EXPECT_FALSE(limits.new_session("other " + std::to_string(i), 0));
        EXPECT_TRUE(limits.new_session("first", 0));  // used, so it stays
    }
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(limits.new_session("more " + std::to_string(i), 0));
    EXPECT_EQ(limits.buckets(), 100u);
    EXPECT_FALSE(limits.new_session("first", 0));
}

TEST(RateLimits, wrong_tokens_are_counted_right_ones_are_not) {
    LimitOptions options;
    options.token_failures_per_minute_per_ip = 3;
    RateLimits limits(options, 1);
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(limits.token_attempt("ip", 0));
    for (int i = 0; i < 3; ++i) limits.token_failed("ip", 0);
    const auto refusal = limits.token_attempt("ip", 0);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, "too_many_requests");
    EXPECT_FALSE(limits.token_attempt("another", 0));
    EXPECT_FALSE(limits.token_attempt("ip", 60'000));
}

TEST(ClientAddress, believes_only_what_trusted_hops_say) {
    const auto proxies = *TrustedProxies::parse({"127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"});
    struct Case {
        const char* peer;
        const char* forwarded;
        const char* client;
    };
    const std::vector<Case> cases = {
        {"203.0.113.7", "", "203.0.113.7"},
        {"203.0.113.7", "1.2.3.4", "203.0.113.7"},
        {"127.0.0.1", "", "127.0.0.1"},
        {"127.0.0.1", "1.2.3.4", "1.2.3.4"},
        {"::ffff:127.0.0.1", "1.2.3.4", "1.2.3.4"},
        {"127.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"},
        {"127.0.0.1", "6.6.6.6, 1.2.3.4, 10.1.2.3", "1.2.3.4"},
        {"127.0.0.1", "1.2.3.4:5555", "1.2.3.4"},
        {"127.0.0.1", "[2001:db8::7]:5555", "2001:db8::7"},
        {"127.0.0.1", "1.2.3.4, unknown", "127.0.0.1"},
        {"2001:db8:1::5", "1.2.3.4", "1.2.3.4"},
        {"127.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.1"},
    };
    for (const Case& one : cases) {
        net::HttpRequest request;
        request.peer_address = one.peer;
        if (*one.forwarded) request.headers = {{"x-forwarded-for", one.forwarded}};
        EXPECT_EQ(client_address(request, proxies).text(), one.client)
            << one.peer << " / " << one.forwarded;
    }
    EXPECT_EQ(parse_ip("2001:db8:1:2:3:4:5:6")->network(), "2001:db8:1:2::/64");
    EXPECT_EQ(parse_ip("1.2.3.4")->network(), "1.2.3.4");
    EXPECT_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
    for (const char* wrong : {"localhost", "10.0.0.0/33", "1.2.3", "::/129", "1.2.3.4/", "/8"})
        EXPECT_FALSE(TrustedProxies::parse({wrong})) << wrong;
}

TEST(Tokens, have_256_bits_and_only_their_own_form) {
    SeededRandom random(3);
    const std::string token = make_token(random);
    EXPECT_TRUE(looks_like_token(token));
    EXPECT_NE(token, make_token(random));
    for (const std::string& wrong : {std::string(), token + "x", "xxx_" + token.substr(4),
                                     token.substr(0, 46) + "+", token.substr(0, 46) + "="})
        EXPECT_FALSE(looks_like_token(wrong)) << wrong;
    EXPECT_EQ(token_hash("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(bearer_token("bEaReR  dbs_x "), "dbs_x");
    EXPECT_EQ(bearer_token("Bearer"), "");
    EXPECT_EQ(bearer_token("Token dbs_x"), "");
}

TEST(Requests, what_pages_say_of_themselves_is_cut_not_refused) {
    const auto arrived = read_arrival(R"({"page":{"title":")" + std::string(1000, 't') +
                                      R"("},"locale":")" + std::string(100, 'l') + "\"}");
    ASSERT_TRUE(arrived);
    EXPECT_EQ(arrived->page.title.size(), 300u);
    EXPECT_EQ(arrived->locale.size(), 35u);
    EXPECT_FALSE(read_arrival(R"({"customer":{"name":")" + std::string(201, 'n') + "\"}}"));
}

TEST(Requests, frames_survive_any_bytes) {
    SeededRandom random(11);
    const std::string seed = R"({"type":"message","id":1,"client_id":"c","text":"\u00e9 hi"})";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = seed;
        for (std::uint64_t n = random.below(6); n > 0; --n)
            text[random.below(text.size())] = static_cast<char>(random.below(256));
        if (random.below(4) == 0) text.resize(random.below(text.size() + 1));
        const Frame frame = read_frame(text);
        if (!frame.error) {
            EXPECT_LE(frame.id_json.size(), 400u);
        }
    }
    EXPECT_TRUE(read_frame(std::string(60'000, '[')).error);
    EXPECT_TRUE(read_frame(R"({"type":"ping","id":"\ud800"})").error);
}

TEST(EventFeed, sends_the_next_reads_what_is_missing_drops_what_was_sent) {
    EventFeed feed;
    feed.start(2, 2);
    EXPECT_EQ(feed.offer(2), EventFeed::Verdict::drop);
    EXPECT_EQ(feed.offer(3), EventFeed::Verdict::send);
    EXPECT_EQ(feed.offer(5), EventFeed::Verdict::read);
    feed.begin_read();
    EXPECT_EQ(feed.offer(4), EventFeed::Verdict::drop);
    EXPECT_EQ(feed.offer(6), EventFeed::Verdict::drop);
    feed.end_read(5);
    EXPECT_TRUE(feed.accept(4));
    EXPECT_FALSE(feed.accept(4));
    EXPECT_TRUE(feed.accept(5));
    EXPECT_TRUE(feed.is_behind());
    EXPECT_EQ(feed.offer(6), EventFeed::Verdict::send);
    EXPECT_FALSE(feed.is_behind());
}

}  // namespace
}  // namespace deskbell::gateway
