#include "gateway/rate_limits.hpp"

#include <charconv>
#include <cmath>

#include <sodium.h>

namespace deskbell::gateway {

namespace {

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t flood_factor = 5;

Rate per_second(double count, std::int64_t burst) {
    if (count <= 0) return {};
    return {static_cast<std::int64_t>(std::llround(us_per_second / count)), burst};
}

Rate per_minute(std::int64_t count) {
    if (count <= 0) return {};
    return {60 * us_per_second / count, count};
}

std::optional<Error> refusal(std::int64_t wait_ms, const char* code, const char* detail) {
    if (wait_ms == 0) return std::nullopt;
    return Error{code, detail, wait_ms};
}

}  // namespace

std::int64_t take_token(std::int64_t& arrival_us, const Rate& rate, SteadyMs now) {
    if (rate.lifted()) return 0;
    const std::int64_t now_us = now * 1000;
    const std::int64_t arrival = arrival_us > now_us ? arrival_us : now_us;
    const std::int64_t early_us = arrival - now_us - (rate.burst - 1) * rate.interval_us;
    if (early_us > 0) return (early_us + 999) / 1000;
    arrival_us = arrival + rate.interval_us;
    return 0;
}

RateLimits::RateLimits(LimitOptions options, std::uint64_t hash_seed)
    : options_(options), hash_seed_(hash_seed) {}

std::optional<Error> RateLimits::new_session(std::string_view network, SteadyMs now) {
    const Rate rate = per_minute(options_.sessions_per_minute_per_ip);
    return refusal(take(key_of(Kind::new_session, network), rate, now), "too_many_sessions",
                   "Too many new sessions from this address.");
}

std::optional<Error> RateLimits::upload(std::string_view network, SteadyMs now) {
    const Rate rate = per_minute(options_.uploads_per_minute_per_ip);
    return refusal(take(key_of(Kind::upload, network), rate, now), "too_many_files",
                   "Too many files from this address.");
}

std::int64_t RateLimits::message(std::uint64_t session_key, SteadyMs now) {
    const Rate rate = per_second(options_.messages_per_second_per_session, options_.message_burst);
    return take(session_key ^ static_cast<std::uint64_t>(Kind::message), rate, now);
}

std::optional<Error> RateLimits::request(std::uint64_t session_key, SteadyMs now) {
    const std::uint64_t key = session_key ^ static_cast<std::uint64_t>(Kind::request);
    return refusal(take(key, request_flood_rate(), now), "too_many_requests",
                   "Requests come faster than this session may send them.");
}

std::optional<Error> RateLimits::token_attempt(std::string_view network, SteadyMs now) {
    const Rate rate = per_minute(options_.token_failures_per_minute_per_ip);
    if (rate.lifted()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto found = buckets_.find(key_of(Kind::token, network));
    if (found == buckets_.end()) return std::nullopt;
    std::int64_t arrival_us = found->second->arrival_us;  // a copy: only failures are counted
    return refusal(take_token(arrival_us, rate, now), "too_many_requests",
                   "Too many wrong tokens from this address.");
}

void RateLimits::token_failed(std::string_view network, SteadyMs now) {
    static_cast<void>(take(key_of(Kind::token, network),
                           per_minute(options_.token_failures_per_minute_per_ip), now));
}

Rate RateLimits::message_flood_rate() const {
    return per_second(options_.messages_per_second_per_session * flood_factor,
                      options_.message_burst * flood_factor);
}

// Whoever lifts the messages' limit (a benchmark) wants no other one in the way.
Rate RateLimits::request_flood_rate() const {
    if (options_.messages_per_second_per_session <= 0) return {};
    const auto burst = static_cast<std::int64_t>(options_.requests_per_second_per_session * 10);
    return per_second(options_.requests_per_second_per_session, burst);
}

std::size_t RateLimits::buckets() const {
    const std::lock_guard lock(mutex_);
    return recent_.size();
}

std::uint64_t RateLimits::key_of(Kind kind, std::string_view text) const {
    unsigned char key[crypto_shorthash_KEYBYTES] = {};
    for (std::size_t i = 0; i < 8; ++i) {
        key[i] = static_cast<unsigned char>(hash_seed_ >> (8 * i));
        key[8 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(kind) >> (8 * i));
    }
    unsigned char hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, reinterpret_cast<const unsigned char*>(text.data()), text.size(), key);
    std::uint64_t value = 0;
    for (const unsigned char byte : hash) value = value << 8 | byte;
    return value;
}

std::int64_t RateLimits::take(std::uint64_t key, const Rate& rate, SteadyMs now) {
    if (rate.lifted()) return 0;
    const std::lock_guard lock(mutex_);
    return take_token(bucket(key).arrival_us, rate, now);
}

RateLimits::Bucket& RateLimits::bucket(std::uint64_t key) {
    if (const auto found = buckets_.find(key); found != buckets_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return recent_.front();
    }
    if (recent_.size() >= options_.buckets_max) {
        buckets_.erase(recent_.back().key);
        recent_.pop_back();
    }
    recent_.push_front({key, 0});
    buckets_.emplace(key, recent_.begin());
    return recent_.front();
}

std::uint64_t session_key(std::string_view token_hash) {
    std::uint64_t key = 0;
    const std::string_view head = token_hash.substr(0, 16);
    std::from_chars(head.data(), head.data() + head.size(), key, 16);
    return key & ~std::uint64_t{7};  // the low bits tell the kinds of limits apart
}

}  // namespace deskbell::gateway
