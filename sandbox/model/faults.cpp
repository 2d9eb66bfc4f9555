#include "sandbox/model/faults.hpp"

#include "base/json.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace deskbell::sandbox {

namespace {

struct KnownEffect {
    Effect effect;
    std::string_view name;
    CallPlan plan{};
};
constexpr KnownEffect known_effects[] = {
    {Effect::answer_delay, "answer_delay", {Applied::at_once, Reply::whole}},
    {Effect::no_answer, "no_answer", {Applied::never, Reply::silence}},
    {Effect::apply_then_no_answer, "apply_then_no_answer", {Applied::at_once, Reply::silence}},
    {Effect::apply_late, "apply_late", {Applied::later, Reply::silence}},
    {Effect::reset, "reset", {Applied::never, Reply::reset}},
    {Effect::apply_then_reset, "apply_then_reset", {Applied::at_once, Reply::reset}},
    {Effect::reset_apply_late, "reset_apply_late", {Applied::later, Reply::reset}},
    {Effect::error_page, "error_page", {Applied::never, Reply::error_page}},
    {Effect::apply_then_error_page, "apply_then_error_page", {Applied::at_once, Reply::error_page}},
    {Effect::error_page_apply_late, "error_page_apply_late", {Applied::later, Reply::error_page}},
    {Effect::api_error, "api_error", {Applied::never, Reply::api_error}},
    {Effect::apply_then_api_error, "apply_then_api_error", {Applied::at_once, Reply::api_error}},
    {Effect::rate_limited, "rate_limited", {Applied::never, Reply::rate_limited}},
    {Effect::rate_limit_storm, "rate_limit_storm", {Applied::never, Reply::rate_limited}},
    {Effect::truncated_answer, "truncated_answer", {Applied::at_once, Reply::truncated}},
    {Effect::half_body, "half_body", {Applied::at_once, Reply::half}},
    {Effect::stale_read, "stale_read"},
    {Effect::discard, "discard"},
    {Effect::unthread, "unthread"},
    {Effect::event_drop, "event_drop"},
    {Effect::event_duplicate, "event_duplicate"},
    {Effect::event_delay, "event_delay"},
    {Effect::event_shuffle, "event_shuffle"},
    {Effect::event_bad_signature, "event_bad_signature"},
    {Effect::event_old_timestamp, "event_old_timestamp"},
    {Effect::event_first_lost, "event_first_lost"},
    {Effect::event_answer_lost, "event_answer_lost"},
    {Effect::event_phantom, "event_phantom"},
    {Effect::event_phantom_kept, "event_phantom_kept"},
    {Effect::event_unfurl, "event_unfurl"},
    {Effect::event_stray, "event_stray"},
    {Effect::event_over_limit, "event_over_limit"},
};

constexpr std::array<std::pair<StormScope, std::string_view>, 3> scope_names = {{
    {StormScope::channel, "channel"},
    {StormScope::method, "method"},
    {StormScope::team, "team"},
}};

std::optional<Effect> parse_effect(std::string_view name) {
    for (const KnownEffect& known : known_effects)
        if (known.name == name) return known.effect;
    return std::nullopt;
}

// `pattern` is empty, one of the keys, or the beginning of one and a star.
bool names_any(std::string_view pattern, const std::vector<std::string_view>& keys) {
    if (pattern.empty()) return true;
    if (!pattern.ends_with('*')) return std::ranges::find(keys, pattern) != keys.end();
    pattern.remove_suffix(1);
    return std::ranges::any_of(
        keys, [pattern](std::string_view key) { return key.starts_with(pattern); });
}

// Whether the effect can do anything to the occasion: a rule counts only what it could strike.
bool fits(Effect effect, const Occasion& occasion) {
    if (is_event_effect(effect) != occasion.is_event) return false;
    switch (effect) {
        case Effect::stale_read:
            return occasion.is_thread_read;
        case Effect::discard:
            return occasion.is_write;
        case Effect::unthread:
            return occasion.is_reply;
        case Effect::event_phantom:
        case Effect::event_phantom_kept:
            return occasion.is_typed;
        case Effect::event_unfurl:
        case Effect::event_stray:
            return occasion.is_message;
        default:
            return true;
    }
}

std::string_view to_text(StormScope scope) {
    for (const auto& [known, name] : scope_names)
        if (known == scope) return name;
    return {};
}

std::optional<StormScope> parse_scope(std::string_view name) {
    for (const auto& [scope, text] : scope_names)
        if (text == name) return scope;
    return std::nullopt;
}

// A whole number in [least, most], or `otherwise` when absent.
Result<std::int64_t> read_number(const json::object& object, std::string_view key,
                                 std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    const json::value* value = object.if_contains(key);
    if (!value || value->is_null()) return otherwise;
    json::error_code failed;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(failed) : least - 1;
    if (failed || number < least || number > most)
        return fail("invalid_request", std::string(key) + " must be a whole number from " +
                                           std::to_string(least) + " to " + std::to_string(most));
    return number;
}

}  // namespace

std::string_view to_text(Effect effect) {
    for (const KnownEffect& known : known_effects)
        if (known.effect == effect) return known.name;
    return {};
}

CallPlan plan_of(Effect effect) {
    for (const KnownEffect& known : known_effects)
        if (known.effect == effect) return known.plan;
    return {};
}

bool is_event_effect(Effect effect) { return effect >= Effect::event_drop; }

Result<std::uint64_t> Faults::add(FaultRule rule) {
    if (rules_.size() >= rules_max) return fail("too_many_rules", "Clear some rules first.");
    rule.id = next_id_++;
    rules_.push_back(std::move(rule));
    return rules_.back().id;
}

bool Faults::remove(std::uint64_t id) {
    return std::erase_if(rules_, [id](const FaultRule& rule) { return rule.id == id; }) != 0;
}

Result<void> Faults::replace_weather(std::vector<FaultRule> rules) {
    std::vector<FaultRule> kept = rules_;
    std::erase_if(kept, [](const FaultRule& rule) { return rule.by_weather; });
    if (kept.size() + rules.size() > rules_max)
        return fail("too_many_rules", "Clear some rules first.");
    rules_ = std::move(kept);
    for (FaultRule& rule : rules) {
        rule.id = next_id_++;
        rule.by_weather = true;
        rules_.push_back(std::move(rule));
    }
    return {};
}

std::int64_t Faults::draw_delay_ms(const FaultRule& rule) {
    if (rule.jitter_ms == 0) return rule.delay_ms;
    const auto span = static_cast<std::uint64_t>(rule.jitter_ms) + 1;
    return rule.delay_ms + static_cast<std::int64_t>(random_.below(span));
}

const FaultRule* Faults::strike(const Occasion& occasion) {
    for (FaultRule& rule : rules_) {
        if (!fits(rule.effect, occasion)) continue;
        if (rule.times != 0 && rule.hits >= rule.times) continue;
        if (!names_any(rule.method, occasion.keys)) continue;
        if (!rule.channel.empty() && rule.channel != occasion.channel) continue;
        ++rule.matches;
        if (rule.nth != 0 && rule.matches != rule.nth) continue;
        if (rule.probability < 1.0 &&
            static_cast<double>(random_.below(1'000'000)) >= rule.probability * 1'000'000)
            continue;
        ++rule.hits;
        ++hits_[rule.effect];
        return &rule;
    }
    return nullptr;
}

Result<FaultRule> parse_fault(const Workspace& workspace, const json::object& object) {
    FaultRule rule;
    const auto effect = parse_effect(string_or_empty(object, "effect"));
    if (!effect) return fail("invalid_request", "effect is not one of those in API.md");
    rule.effect = *effect;
    rule.method = string_or_empty(object, "method");
    rule.error = string_or_empty(object, "error");
    if (const std::string wanted = string_or_empty(object, "channel"); !wanted.empty()) {
        const Channel* channel = workspace.find_channel(wanted);
        if (!channel) return fail("channel_not_found", "There is no channel " + wanted);
        rule.channel = channel->id;
    }
    if (const json::value* value = object.if_contains("probability"); value && value->is_number())
        rule.probability = value->to_number<double>();
    if (rule.probability < 0 || rule.probability > 1)
        return fail("invalid_request", "probability lies between 0 and 1");
    if (plan_of(rule.effect).reply == Reply::api_error && rule.error.empty())
        return fail("invalid_request", "This effect needs an error.");
    if (const std::string name = string_or_empty(object, "scope"); !name.empty()) {
        const auto scope = parse_scope(name);
        if (!scope) return fail("invalid_request", "scope is channel, method or team");
        rule.scope = *scope;
    }
    constexpr std::int64_t day_ms = 86'400'000;
    const auto nth = read_number(object, "nth", 0, 0, 1'000'000'000);
    const auto times = read_number(object, "times", 0, 0, 1'000'000'000);
    const auto delay_ms = read_number(object, "delay_ms", 0, 0, day_ms);
    const auto jitter_ms = read_number(object, "jitter_ms", 0, 0, day_ms);
    const auto status = read_number(object, "status", 500, 400, 599);
    const auto retry_after_s = read_number(object, "retry_after_s", 30, 0, 86'400);
    for (const auto* number : {&nth, &times, &delay_ms, &jitter_ms, &status, &retry_after_s})
        if (!*number) return std::unexpected(number->error());
    rule.nth = static_cast<std::uint64_t>(*nth);
    rule.times = static_cast<std::uint64_t>(*times);
    rule.delay_ms = *delay_ms;
    rule.jitter_ms = *jitter_ms;
    rule.status = static_cast<int>(*status);
    rule.retry_after_s = *retry_after_s;
    return rule;
}

json::object to_json(const FaultRule& rule) {
    return {{"id", rule.id},
            {"effect", to_text(rule.effect)},
            {"method", rule.method},
            {"channel", rule.channel},
            {"probability", rule.probability},
            {"nth", rule.nth},
            {"times", rule.times},
            {"delay_ms", rule.delay_ms},
            {"jitter_ms", rule.jitter_ms},
            {"scope", to_text(rule.scope)},
            {"by_weather", rule.by_weather},
            {"status", rule.status},
            {"error", rule.error},
            {"retry_after_s", rule.retry_after_s},
            {"hits", rule.hits}};
}

}  // namespace deskbell::sandbox
