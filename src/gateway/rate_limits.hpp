#pragma once
// How often somebody may ask: token buckets in a bounded table, the longest unused forgotten first.
//
// Who calls it: the gateways of all loops; one instance, one lock held for a lookup and no longer.
// A bucket is a single number (its theoretical arrival time, GCRA), so that a table of 64 Ki of
// them costs a few megabytes at worst. What it never does: know why somebody asks.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace deskbell::gateway {

// `burst` at once, then one every `interval_us`. An interval of 0 lifts the limit.
struct Rate {
    std::int64_t interval_us = 0;
    std::int64_t burst = 1;

    [[nodiscard]] bool lifted() const { return interval_us <= 0; }
};

// Takes one from the bucket whose state is `arrival_us` (0: a full one). The answer is 0, or in how
// many milliseconds one more will be there.
[[nodiscard]] std::int64_t take_token(std::int64_t& arrival_us, const Rate& rate, SteadyMs now);

struct LimitOptions {
    std::int64_t sessions_per_minute_per_ip = 30;
    double messages_per_second_per_session = 2;
    std::int64_t message_burst = 20;
    double requests_per_second_per_session = 20;  // everything that carries a token
    std::int64_t uploads_per_minute_per_ip = 60;
    std::int64_t token_failures_per_minute_per_ip = 120;  // wrong tokens: each costs a lookup
    std::size_t buckets_max = 65'536;
};

class RateLimits {
public:
    RateLimits(LimitOptions options, std::uint64_t hash_seed);

    // Each answers nullopt, or the refusal with its code and `retry_after_ms`. `network` is a
    // client_network(); `session_key` a session_key().
    [[nodiscard]] std::optional<Error> new_session(std::string_view network, SteadyMs now);
    // In how many milliseconds the session may say something new; 0: now, and it counts. What was
    // said before may be repeated all the same, which only the log can tell.
    [[nodiscard]] std::int64_t message(std::uint64_t session_key, SteadyMs now);
    [[nodiscard]] std::optional<Error> request(std::uint64_t session_key, SteadyMs now);
    [[nodiscard]] std::optional<Error> upload(std::string_view network, SteadyMs now);
    // A wrong token is counted after the fact; `token_attempt` only looks.
    [[nodiscard]] std::optional<Error> token_attempt(std::string_view network, SteadyMs now);
    void token_failed(std::string_view network, SteadyMs now);

    // For a link's own buckets: how fast frames may come before the link is cut (4029).
    [[nodiscard]] Rate message_flood_rate() const;
    [[nodiscard]] Rate request_flood_rate() const;

    [[nodiscard]] std::size_t buckets() const;

private:
    enum class Kind : std::uint64_t { new_session = 1, message, request, token, upload };
    struct Bucket {
        std::uint64_t key = 0;
        std::int64_t arrival_us = 0;
    };

    [[nodiscard]] std::uint64_t key_of(Kind kind, std::string_view text) const;
    [[nodiscard]] std::int64_t take(std::uint64_t key, const Rate& rate, SteadyMs now);
    [[nodiscard]] Bucket& bucket(std::uint64_t key);

    const LimitOptions options_;
    const std::uint64_t hash_seed_;
    mutable std::mutex mutex_;
    std::list<Bucket> recent_;  // guarded by mutex_; most recently used first
    std::unordered_map<std::uint64_t, std::list<Bucket>::iterator> buckets_;  // guarded by mutex_
};

// The first 64 bits of a token's hash: one session's key, the same over WebSocket and HTTP.
[[nodiscard]] std::uint64_t session_key(std::string_view token_hash);

}  // namespace deskbell::gateway
