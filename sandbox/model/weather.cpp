#include "sandbox/model/weather.hpp"

#include <vector>

namespace deskbell::sandbox {

namespace {

class Rules {
public:
    Rules(std::string method, std::int64_t retry_after_s)
        : method_(std::move(method)), retry_after_s_(retry_after_s) {}

    // The delay is drawn from 0 to `delay_ms_max` at each hit.
    void add(Effect effect, double probability, std::int64_t delay_ms_max = 0) {
        if (probability <= 0) return;
        FaultRule rule;
        rule.effect = effect;
        rule.method = method_;
        rule.probability = probability;
        rule.jitter_ms = delay_ms_max;
        rule.retry_after_s = retry_after_s_;
        if (effect == Effect::api_error) rule.error = "internal_error";
        list_.push_back(std::move(rule));
    }
    void append_to(std::vector<FaultRule>& all) const {
        all.insert(all.end(), list_.begin(), list_.end());
    }

private:
    std::string method_;
    std::int64_t retry_after_s_;
    std::vector<FaultRule> list_;
};

void add_calls(std::vector<FaultRule>& all, const Weather& weather, const CallWeather& calls,
               std::string method) {
    Rules rules(std::move(method), weather.retry_after_s);
    rules.add(Effect::no_answer, calls.unanswered);
    rules.add(Effect::apply_then_no_answer, calls.unanswered_after);
    rules.add(Effect::apply_late, calls.zombie, weather.zombie_ms_max);
    rules.add(Effect::error_page, calls.error_page);
    rules.add(Effect::apply_then_error_page, calls.error_page_after);
    rules.add(Effect::api_error, calls.api_error);
    rules.add(Effect::truncated_answer, calls.truncated);
    rules.add(Effect::answer_delay, calls.late, weather.late_ms_max);
    rules.add(Effect::rate_limited, calls.rate_limited);
    rules.append_to(all);
}

void add_events(std::vector<FaultRule>& all, const EventWeather& events) {
    Rules rules("", 0);
    rules.add(Effect::event_drop, events.lost);
    rules.add(Effect::event_duplicate, events.twice, events.late_ms_max);
    rules.add(Effect::event_delay, events.late, events.very_late_ms_max);
    rules.add(Effect::event_delay, events.shuffled, events.late_ms_max);
    rules.add(Effect::event_bad_signature, events.bad_signature);
    rules.append_to(all);
}

json::object changed_settings(const Weather& weather) {
    json::object changes;
    const auto put = [&changes](std::string_view name, const auto& value) {
        if (value) changes[name] = *value;
    };
    put("strip_metadata", weather.strip_metadata);
    put("strip_block_ids", weather.strip_block_ids);
    put("strip_from_events", weather.strip_from_events);
    put("history_limited", weather.history_limited);
    put("rate_limits", weather.rate_limits);
    put("client_msg_id_dedupe", weather.client_msg_id_dedupe);
    put("thread_under_tombstone", weather.thread_under_tombstone);
    put("unfurl_links", weather.unfurl_links);
    put("date_skew_s", weather.date_skew_s);
    put("signature_skew_s", weather.signature_skew_s);
    return changes;
}

}  // namespace

Result<void> apply_weather(Slack& slack, const Weather& weather) {
    std::vector<FaultRule> rules;
    add_calls(rules, weather, weather.posts, "chat.*");
    add_calls(rules, weather, weather.reads, "conversations.*");
    add_calls(rules, weather, weather.anything, "");
    add_events(rules, weather.events);
    return slack.set_weather(std::move(rules), changed_settings(weather));
}

void clear_weather(Slack& slack) { slack.clear_weather(); }

std::map<std::string, std::uint64_t> hits_by_effect(const Slack& slack) { return slack.met(); }

}  // namespace deskbell::sandbox
