#pragma once
// The sandbox's bad days, as data: rules that say what goes wrong with which call or event. The
// model decides by them; whoever carries bytes performs what the answer or delivery says.

#include "base/random.hpp"
#include "base/result.hpp"
#include "sandbox/model/workspace.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deskbell::sandbox {

enum class Effect {
    // Of calls: what becomes of them, and what the caller sees.
    answer_delay,
    no_answer,
    apply_then_no_answer,
    apply_late,
    reset,
    apply_then_reset,
    reset_apply_late,
    error_page,
    apply_then_error_page,
    error_page_apply_late,
    api_error,
    apply_then_api_error,
    rate_limited,
    rate_limit_storm,
    truncated_answer,
    half_body,
    stale_read,
    discard,
    unthread,
    // Of events.
    event_drop,
    event_duplicate,
    event_delay,
    event_shuffle,
    event_bad_signature,
    event_old_timestamp,
    event_first_lost,
    event_answer_lost,
    event_phantom,
    event_phantom_kept,
    event_unfurl,
    event_stray,
    event_over_limit,
};

[[nodiscard]] std::string_view to_text(Effect effect);
[[nodiscard]] bool is_event_effect(Effect effect);

// What an effect makes of a call.
enum class Applied { at_once, never, later };
enum class Reply { whole, silence, reset, error_page, api_error, rate_limited, truncated, half };
struct CallPlan {
    Applied applied = Applied::at_once;
    Reply reply = Reply::whole;
};
[[nodiscard]] CallPlan plan_of(Effect effect);

// Whom a 429 concerns from then on.
enum class StormScope { channel, method, team };

struct FaultRule {
    std::uint64_t id = 0;
    Effect effect = Effect::answer_delay;
    // An API method, or an event's type; empty: any; "chat.*": all that begin so.
    std::string method;
    std::string channel;  // an id; empty: any
    double probability = 1.0;
    std::uint64_t nth = 0;    // only the nth match; 0: every
    std::uint64_t times = 0;  // ends after so many hits; 0: never
    std::int64_t delay_ms = 0;
    std::int64_t jitter_ms = 0;  // up to so much more, drawn at each hit
    int status = 500;
    std::string error;
    std::int64_t retry_after_s = 30;
    StormScope scope = StormScope::method;  // of rate_limit_storm, which lasts delay_ms
    bool by_weather = false;                // laid on by apply_weather()

    std::uint64_t matches = 0;
    std::uint64_t hits = 0;
};

// A call or an event that a rule may strike.
struct Occasion {
    bool is_event = false;
    std::vector<std::string_view> keys;  // the method's name, or the event's type and subtype
    std::string_view channel;
    bool is_thread_read = false;  // conversations.history and .replies
    bool is_write = false;        // changes the channel: chat.*, reactions.*
    bool is_reply = false;        // a post that names a thread
    bool is_message = false;      // an event: a new message
    bool is_typed = false;        // an event: a new message that carries a client_msg_id
};

class Faults {
public:
    static constexpr std::size_t rules_max = 200;

    explicit Faults(Random& random) : random_(random) {}

    // The id, or `too_many_rules`.
    Result<std::uint64_t> add(FaultRule rule);
    bool remove(std::uint64_t id);
    void clear() { rules_.clear(); }
    // Those of the weather make room for `rules`, or nothing changes: `too_many_rules`.
    Result<void> replace_weather(std::vector<FaultRule> rules);

    // The first rule that strikes; it counts as hit. nullptr: a good day.
    const FaultRule* strike(const Occasion& occasion);
    [[nodiscard]] std::int64_t draw_delay_ms(const FaultRule& rule);
    [[nodiscard]] const std::vector<FaultRule>& rules() const { return rules_; }
    // By effect, whatever became of the rules.
    [[nodiscard]] const std::map<Effect, std::uint64_t>& hits() const { return hits_; }

private:
    Random& random_;
    std::vector<FaultRule> rules_;
    std::map<Effect, std::uint64_t> hits_;
    std::uint64_t next_id_ = 1;
};

// As the page writes them (sandbox/http/API.md). `invalid_request` names what is wrong.
[[nodiscard]] Result<FaultRule> parse_fault(const Workspace& workspace, const json::object& object);
[[nodiscard]] json::object to_json(const FaultRule& rule);

}  // namespace deskbell::sandbox
