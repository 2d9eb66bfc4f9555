#include "sandbox/model/weather.hpp"

#include <utility>
#include <vector>

namespace deskbell::sandbox {

namespace {

class Rules {
public:
    Rules(std::string method, const Weather& weather)
        : method_(std::move(method)), weather_(weather) {}

    // The delay is drawn from 0 to `delay_ms_max` at each hit.
    void add(Effect effect, double probability, std::int64_t delay_ms_max = 0) {
        if (probability <= 0) return;
        FaultRule rule;
        rule.effect = effect;
        rule.method = method_;
        rule.probability = probability;
        if (effect == Effect::rate_limit_storm)
            rule.delay_ms = delay_ms_max;
        else
            rule.jitter_ms = delay_ms_max;
        rule.scope = StormScope::channel;
        rule.retry_after_s = weather_.retry_after_s;
        rule.error = "internal_error";
        list_.push_back(std::move(rule));
    }
    void append_to(std::vector<FaultRule>& all) const {
        all.insert(all.end(), list_.begin(), list_.end());
    }

private:
    std::string method_;
    const Weather& weather_;
    std::vector<FaultRule> list_;
};

void add_calls(std::vector<FaultRule>& all, const Weather& weather, const CallWeather& calls,
               std::string method) {
    Rules rules(std::move(method), weather);
    rules.add(Effect::reset, calls.reset_before);
    rules.add(Effect::apply_then_reset, calls.reset_after);
    rules.add(Effect::no_answer, calls.unanswered);
    rules.add(Effect::apply_then_no_answer, calls.unanswered_after);
    rules.add(Effect::apply_late, calls.zombie, weather.zombie_ms_max);
    rules.add(Effect::reset_apply_late, calls.zombie_reset, weather.zombie_ms_max);
    rules.add(Effect::error_page, calls.error_page);
    rules.add(Effect::apply_then_error_page, calls.error_page_after);
    rules.add(Effect::error_page_apply_late, calls.zombie_error_page, weather.zombie_ms_max);
    rules.add(Effect::api_error, calls.api_error);
    rules.add(Effect::apply_then_api_error, calls.api_error_after);
    rules.add(Effect::half_body, calls.half_body);
    rules.add(Effect::truncated_answer, calls.truncated);
    rules.add(Effect::answer_delay, calls.late, weather.late_ms_max);
    rules.add(Effect::rate_limited, calls.rate_limited);
    rules.add(Effect::rate_limit_storm, calls.rate_limit_storm, weather.storm_ms);
    rules.append_to(all);
}

void add_whole_calls(std::vector<FaultRule>& all, const Weather& weather) {
    Rules posts("chat.*", weather);
    posts.add(Effect::discard, weather.discarded_post);
    posts.add(Effect::unthread, weather.unthreaded_reply);
    posts.append_to(all);
    Rules reads("conversations.*", weather);
    reads.add(Effect::stale_read, weather.stale_read, weather.stale_ms_max);
    reads.append_to(all);
}

void add_events(std::vector<FaultRule>& all, const Weather& weather) {
    const EventWeather& events = weather.events;
    Rules rules("", weather);
    rules.add(Effect::event_drop, events.lost);
    rules.add(Effect::event_first_lost, events.first_lost, events.late_ms_max);
    rules.add(Effect::event_answer_lost, events.answer_lost);
    rules.add(Effect::event_duplicate, events.twice, events.late_ms_max);
    rules.add(Effect::event_delay, events.late, events.very_late_ms_max);
    rules.add(Effect::event_delay, events.shuffled, events.late_ms_max);
    rules.add(Effect::event_phantom, events.phantom, events.late_ms_max);
    rules.add(Effect::event_phantom_kept, events.phantom_kept, events.late_ms_max);
    rules.add(Effect::event_unfurl, events.unfurled, events.late_ms_max);
    rules.add(Effect::event_stray, events.stray, events.late_ms_max);
    rules.add(Effect::event_bad_signature, events.bad_signature);
    rules.add(Effect::event_old_timestamp, events.old_timestamp);
    rules.add(Effect::event_over_limit, events.over_limit);
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

// A little of everything, as on a usual bad day.
Weather drizzle() {
    Weather weather;
    for (CallWeather* calls : {&weather.posts, &weather.reads})
        *calls = {.reset_before = 0.01,
                  .reset_after = 0.01,
                  .error_page = 0.01,
                  .error_page_after = 0.01,
                  .late = 0.1,
                  .rate_limited = 0.02};
    weather.stale_read = 0.1;
    weather.events.answer_lost = 0.02;
    weather.events.twice = 0.05;
    weather.events.shuffled = 0.2;
    return weather;
}

// Everything at once, often.
Weather storm() {
    Weather weather;
    weather.posts = {.reset_before = 0.03,
                     .reset_after = 0.05,
                     .unanswered = 0.02,
                     .unanswered_after = 0.03,
                     .zombie = 0.03,
                     .zombie_reset = 0.03,
                     .zombie_error_page = 0.02,
                     .error_page = 0.03,
                     .error_page_after = 0.05,
                     .api_error = 0.02,
                     .api_error_after = 0.02,
                     .half_body = 0.03,
                     .truncated = 0.02,
                     .late = 0.1,
                     .rate_limited = 0.05,
                     .rate_limit_storm = 0.01};
    weather.reads = {.reset_before = 0.05,
                     .error_page = 0.05,
                     .half_body = 0.03,
                     .late = 0.1,
                     .rate_limited = 0.05};
    weather.stale_read = 0.3;
    weather.unthreaded_reply = 0.01;
    weather.events = {.lost = 0.1,
                      .first_lost = 0.05,
                      .answer_lost = 0.05,
                      .twice = 0.1,
                      .late = 0.02,
                      .shuffled = 0.3,
                      .phantom = 0.02,
                      .phantom_kept = 0.02,
                      .unfurled = 0.05,
                      .stray = 0.02,
                      .bad_signature = 0.02,
                      .old_timestamp = 0.02,
                      .over_limit = 0.01};
    weather.unfurl_links = true;
    return weather;
}

// Slack works, and tells the app next to nothing.
Weather fog() {
    Weather weather;
    weather.events.lost = 0.8;
    weather.events.late = 1.0;
    weather.events.very_late_ms_max = 60'000;
    weather.strip_metadata = true;
    weather.stale_read = 0.5;
    return weather;
}

// Slack has no time for the app.
Weather flood() {
    Weather weather;
    weather.posts.rate_limit_storm = 0.2;
    weather.anything.rate_limited = 0.2;
    weather.anything.late = 0.3;
    weather.history_limited = true;
    weather.events.over_limit = 0.1;
    return weather;
}

constexpr std::pair<std::string_view, Weather (*)()> ready_made[] = {
    {"drizzle", drizzle}, {"storm", storm}, {"fog", fog}, {"flood", flood}};

}  // namespace

Result<void> apply_weather(Slack& slack, const Weather& weather) {
    std::vector<FaultRule> rules;
    add_calls(rules, weather, weather.posts, "chat.*");
    add_calls(rules, weather, weather.reads, "conversations.*");
    add_calls(rules, weather, weather.anything, "");
    add_whole_calls(rules, weather);
    add_events(rules, weather);
    return slack.set_weather(weather.name, std::move(rules), changed_settings(weather));
}

std::optional<Weather> weather_named(std::string_view name) {
    for (const auto& [known, make] : ready_made) {
        if (known != name) continue;
        Weather weather = make();
        weather.name = name;
        return weather;
    }
    return std::nullopt;
}

void clear_weather(Slack& slack) { slack.clear_weather(); }

std::map<std::string, std::uint64_t> hits_by_effect(const Slack& slack) { return slack.met(); }

}  // namespace deskbell::sandbox
