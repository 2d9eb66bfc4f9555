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
    answer_delay,
    no_answer,
    apply_then_no_answer,
    apply_late,
    error_page,
    apply_then_error_page,
    rate_limited,
    api_error,
    truncated_answer,
    event_drop,
    event_duplicate,
    event_delay,
    event_shuffle,
    event_bad_signature,
};

[[nodiscard]] std::string_view to_text(Effect effect);
[[nodiscard]] bool is_event_effect(Effect effect);

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
    bool by_weather = false;  // laid on by apply_weather()

    std::uint64_t matches = 0;
    std::uint64_t hits = 0;
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

    // The first rule that strikes; it counts as hit. nullptr: a good day. `keys` are the method's
    // name, or an event's type and subtype.
    const FaultRule* strike(bool event, const std::vector<std::string_view>& keys,
                            std::string_view channel);
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
