#pragma once
// What Slack still has to send to the app: events with their retry schedule, and interactions.
// The queue says what is due and learns how it went; it sends nothing itself.

#include "base/clock.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace deskbell::sandbox {

enum class DeliveryKind { event, interactive };

struct Delivery {
    std::uint64_t id = 0;
    DeliveryKind kind = DeliveryKind::event;
    std::string url;
    std::string content_type;
    std::string body;
    std::string event_id;
    std::string type;
    std::string subtype;
    std::int64_t timeout_ms = 3000;
    int attempt = 0;           // 0 is the first; the retries are 1, 2, 3
    std::string retry_reason;  // of a retry
    bool bad_signature = false;
    bool loses_answer = false;          // the app's answer to the first attempt is not heard
    std::int64_t timestamp_skew_s = 0;  // of the time it is signed with
    SteadyMs due_ms = 0;
    SteadyMs created_ms = 0;
};

struct DeliveryOutcome {
    enum class Kind { answered, timeout, connection_failed };
    Kind kind = Kind::answered;
    int status = 0;
    bool no_retry = false;  // x-slack-no-retry: 1
    std::string body{};     // what an interaction was answered with
};

struct DeliveryLogEntry {
    std::uint64_t id = 0;
    Ts at = 0;
    DeliveryKind kind = DeliveryKind::event;
    std::string type;
    std::string subtype;
    std::string event_id;
    int attempt = 0;
    std::string outcome;
    std::string state;
};

class DeliveryQueue {
public:
    static constexpr std::size_t pending_max = 50'000;
    static constexpr std::size_t log_max = 200;
    static constexpr std::int64_t events_per_hour_max = 30'000;
    static constexpr std::int64_t disable_from_per_hour = 1'000;

    enum class Verdict { queued, over_hourly_limit, full };

    // Events count against the hourly limit; past it or past the bound nothing is queued.
    Verdict push(Delivery delivery, Ts at);
    // Up to `entries` that are due now; they are under way until finished() names them.
    [[nodiscard]] std::vector<Delivery> take_due(SteadyMs now, Ts at, std::size_t entries);
    // True when this failure was the one too many: the subscription is switched off.
    bool finished(std::uint64_t id, const DeliveryOutcome& outcome, SteadyMs now,
                  double retry_scale);
    void note_dropped(const Delivery& delivery, Ts at);
    void clear_pending();
    void clear_log() { log_.clear(); }

    [[nodiscard]] std::optional<SteadyMs> next_due() const;
    [[nodiscard]] std::size_t pending() const { return waiting_.size() + under_way_.size(); }
    [[nodiscard]] std::int64_t failed_last_hour(SteadyMs now) const;
    [[nodiscard]] const std::deque<DeliveryLogEntry>& log() const { return log_; }
    // The waiting ones in order, for saving; those under way count as waiting.
    [[nodiscard]] std::vector<Delivery> all() const;
    void restore(Delivery delivery);

private:
    struct Minute {
        std::int64_t sent = 0;    // attempts
        std::int64_t failed = 0;  // attempts
        std::int64_t events = 0;  // first deliveries
    };

    [[nodiscard]] Minute last_hour(SteadyMs now) const;
    void note(const Delivery& delivery, Ts at, std::string outcome, std::string state);
    void log_result(std::uint64_t id, int attempt, std::string outcome, std::string state);

    std::map<std::uint64_t, Delivery> waiting_;
    std::set<std::pair<SteadyMs, std::uint64_t>> due_;
    std::map<std::uint64_t, Delivery> under_way_;
    std::map<std::int64_t, Minute> minutes_;
    std::deque<DeliveryLogEntry> log_;  // newest first
    std::uint64_t next_id_ = 1;
};

}  // namespace deskbell::sandbox
