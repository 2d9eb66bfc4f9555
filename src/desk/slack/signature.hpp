#pragma once
// Is this request Slack's? Signatures over raw bytes, fail closed.
//
// Who calls it: slack_inbound, before anything of a request is parsed. What it never does: decode
// the body; compare in a time that depends on the secret; accept a version it does not know.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::desk::slack {

// "v0=" and 64 hex digits: HMAC-SHA256 of "v0:<timestamp>:<body>". The secret is text, not hex.
[[nodiscard]] std::string signature_of(std::string_view secret, std::string_view timestamp,
                                       std::string_view body);

// `signature_invalid` unless one of the secrets signed exactly these bytes within five minutes of
// now, either way. Several secrets: while one is being replaced. None: nothing passes.
[[nodiscard]] Result<void> verify_signature(const std::vector<std::string>& secrets,
                                            std::string_view timestamp, std::string_view signature,
                                            std::string_view body, WallMs now);

// Remembers what was seen, up to a bound; past it the oldest is forgotten.
class Recent {
public:
    explicit Recent(std::size_t entries_max) : entries_max_(entries_max) {}
    [[nodiscard]] bool contains(const std::string& key) const { return known_.contains(key); }
    void add(const std::string& key) {
        if (key.empty() || !known_.insert(key).second) return;
        order_.push_back(key);
        if (order_.size() <= entries_max_) return;
        known_.erase(order_.front());
        order_.pop_front();
    }
    void forget(const std::string& key) {
        if (known_.erase(key) > 0) std::erase(order_, key);
    }

private:
    std::size_t entries_max_;
    std::set<std::string> known_;
    std::deque<std::string> order_;
};

}  // namespace deskbell::desk::slack
