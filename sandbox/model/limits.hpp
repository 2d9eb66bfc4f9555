#pragma once
// Slack's pace: token buckets by method and, for posts, by channel and for the whole workspace.

#include "base/clock.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

class RateLimits {
public:
    // Takes one token from the bucket of `method`: 0 when there was one, else the seconds to wait.
    [[nodiscard]] std::int64_t take(SteadyMs now, std::string_view method, int per_minute);
    // One post into `channel`: needs a token of the channel and one of the workspace, or takes
    // none.
    [[nodiscard]] std::int64_t take_post(SteadyMs now, std::string_view channel);
    void clear() { buckets_.clear(); }

private:
    struct Bucket {
        double tokens = 0;
        SteadyMs filled_at = 0;
    };

    Bucket& fill(SteadyMs now, std::string key, double per_second, double capacity);

    std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace deskbell::sandbox
