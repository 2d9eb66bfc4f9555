#pragma once
// The weather over a sandboxed Slack: how often each trouble comes, as one value.
//
// What this is: probabilities and durations for everything that FaultRule and Settings can do, laid
// over a Slack at once and taken off again at once. Who calls it: simulations between two steps,
// the page's API for its ready-made weathers, tests. Threads: the Slack's. What it never does: draw
// from any Random but the Slack's, touch rules that a person made, or heal what was done (an
// archived channel stays archived).

#include "sandbox/model/slack.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace deskbell::sandbox {

// Each a probability of one call. The first that strikes, in this order, is the call's only one.
struct CallWeather {
    double reset_before = 0;       // the connection is reset, not applied
    double reset_after = 0;        // applied, then the connection is reset
    double unanswered = 0;         // silence, not applied
    double unanswered_after = 0;   // applied, then silence
    double zombie = 0;             // silence; applied up to zombie_ms_max after that
    double zombie_reset = 0;       // reset; applied up to zombie_ms_max after that
    double zombie_error_page = 0;  // HTML with 500; applied up to zombie_ms_max after that
    double error_page = 0;         // HTML with 500, not applied
    double error_page_after = 0;   // applied, then HTML with 500
    double api_error = 0;          // `internal_error`, not applied
    double api_error_after = 0;    // applied, then `internal_error`
    double half_body = 0;          // applied; the connection ends in the middle of the answer
    double truncated = 0;          // applied; a whole answer with half of the JSON
    double late = 0;               // applied at once, answered up to late_ms_max later
    double rate_limited = 0;       // 429 for this call alone
    double rate_limit_storm = 0;   // 429 for this method and channel, for storm_ms
};

// Each a probability of one event, in the same way.
struct EventWeather {
    double lost = 0;          // never sent
    double first_lost = 0;    // only a retry arrives
    double answer_lost = 0;   // Slack takes the app's 200 for a timeout and sends it again
    double twice = 0;         // the second up to late_ms_max later
    double late = 0;          // up to very_late_ms_max later
    double shuffled = 0;      // up to late_ms_max later, so that they overtake each other
    double phantom = 0;       // a person's message again under another ts that is nowhere
    double phantom_kept = 0;  // the same, and it is in the channel
    double unfurled = 0;      // followed by a message_changed without `edited`
    double stray = 0;         // a copy of a foreign workspace, signed well
    double bad_signature = 0;
    double old_timestamp = 0;  // signed ten minutes ago
    double over_limit = 0;     // lost, and app_rate_limited says so
    std::int64_t late_ms_max = 3'000;
    std::int64_t very_late_ms_max = 600'000;
};

struct Weather {
    std::string name;  // what the page calls it

    CallWeather posts;     // chat.*
    CallWeather reads;     // conversations.*
    CallWeather anything;  // every method, these two included
    EventWeather events;

    double discarded_post = 0;    // chat.*: ok:true, and it never happened
    double unthreaded_reply = 0;  // a reply lands in the channel although its root is there
    double stale_read = 0;        // history and replies as they were up to stale_ms_max ago

    std::int64_t late_ms_max = 5'000;
    std::int64_t zombie_ms_max = 20'000;
    std::int64_t stale_ms_max = 5'000;
    std::int64_t storm_ms = 10'000;
    std::int64_t retry_after_s = 2;

    // Settings for as long as the weather lasts; absent ones stay as they are.
    std::optional<bool> strip_metadata;     // of reads, whatever they ask for
    std::optional<bool> strip_block_ids;    // of reads
    std::optional<bool> strip_from_events;  // the same of events
    std::optional<bool> history_limited;    // one read a minute, 15 items
    std::optional<bool> rate_limits;
    std::optional<bool> client_msg_id_dedupe;
    std::optional<bool> thread_under_tombstone;
    std::optional<bool> unfurl_links;
    std::optional<std::int64_t> date_skew_s;       // of the Date header
    std::optional<std::int64_t> signature_skew_s;  // of what events are signed with
};

// Replaces the weather before, if any. `too_many_rules` when a person's rules leave no room.
Result<void> apply_weather(Slack& slack, const Weather& weather);
// Its rules go and the settings are as before. What waits (late calls, late events) still comes.
void clear_weather(Slack& slack);

// What the page offers: `drizzle`, `storm`, `fog`, `flood`.
[[nodiscard]] std::optional<Weather> weather_named(std::string_view name);

// How often each trouble was met since the Slack began, whoever ordered it: effects by their names
// (API.md), and what came by itself: `ratelimited`, `unthreaded`, `not_in_channel` and so on.
[[nodiscard]] std::map<std::string, std::uint64_t> hits_by_effect(const Slack& slack);

}  // namespace deskbell::sandbox
