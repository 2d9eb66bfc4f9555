#include "sandbox/model/limits.hpp"

#include <algorithm>
#include <cmath>

namespace deskbell::sandbox {

namespace {

constexpr double posts_per_second_per_channel = 1.0;
constexpr double post_burst_per_channel = 4.0;
constexpr double posts_per_second_per_workspace = 300.0 / 60.0;
constexpr double post_burst_per_workspace = 30.0;

std::int64_t seconds_until_token(double tokens, double per_second) {
    return std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil((1.0 - tokens) / per_second)));
}

}  // namespace

RateLimits::Bucket& RateLimits::fill(SteadyMs now, std::string key, double per_second,
                                     double capacity) {
    const auto [found, is_new] = buckets_.try_emplace(std::move(key), Bucket{capacity, now});
    Bucket& bucket = found->second;
    const double waited_s = static_cast<double>(now - bucket.filled_at) / 1000.0;
    // A millisecond is never lost to rounding: three thirds of a token are one token.
    bucket.tokens = std::min(capacity, bucket.tokens + waited_s * per_second + 1e-9);
    bucket.filled_at = now;
    return bucket;
}

std::int64_t RateLimits::take(SteadyMs now, std::string_view method, int per_minute) {
    const double per_second = per_minute / 60.0;
    // The bucket holds a minute's worth: Slack promises the rate and leaves the burst undisclosed.
    Bucket& bucket = fill(now, "method:" + std::string(method), per_second, per_minute);
    if (bucket.tokens < 1.0) return seconds_until_token(bucket.tokens, per_second);
    bucket.tokens -= 1.0;
    return 0;
}

std::int64_t RateLimits::take_post(SteadyMs now, std::string_view channel) {
    Bucket& of_channel = fill(now, "channel:" + std::string(channel), posts_per_second_per_channel,
                              post_burst_per_channel);
    Bucket& of_workspace =
        fill(now, "workspace", posts_per_second_per_workspace, post_burst_per_workspace);
    if (of_channel.tokens < 1.0)
        return seconds_until_token(of_channel.tokens, posts_per_second_per_channel);
    if (of_workspace.tokens < 1.0)
        return seconds_until_token(of_workspace.tokens, posts_per_second_per_workspace);
    of_channel.tokens -= 1.0;
    of_workspace.tokens -= 1.0;
    return 0;
}

}  // namespace deskbell::sandbox
