#include "sandbox/model/slack.hpp"

#include "base/json.hpp"
#include "sandbox/model/execute.hpp"
#include "sandbox/model/world.hpp"

#include <tuple>

namespace deskbell::sandbox {

namespace {

constexpr std::size_t late_calls_max = 1'000;

ApiAnswer error_page(int status) {
    ApiAnswer answer;
    answer.status = status;
    answer.headers = {{"content-type", "text/html; charset=utf-8"}};
    answer.body = "<!DOCTYPE html><html><head><title>Server Error</title></head><body><h1>" +
                  std::to_string(status) + "</h1><p>It's us, not you.</p></body></html>\n";
    return answer;
}

ApiAnswer silence() {
    ApiAnswer answer;
    answer.kind = ApiAnswer::Kind::silence;
    return answer;
}

}  // namespace

Slack::Slack(Options options, const Clock& clock, Random& random)
    : world_(std::make_unique<World>(clock, random)) {
    set_public_url(options.public_url);
    found_workspace(*world_, options);
}

Slack::~Slack() = default;

ApiAnswer Slack::call(const ApiCall& call) {
    run_late_calls();
    CallLogEntry entry;
    entry.at = world_->now_ts();
    entry.method = call.method;
    if (const auto named = call.args.find("channel"); named != call.args.end())
        if (const Channel* known = world_->workspace.find_channel(named->second))
            entry.channel = known->id;
    ApiAnswer answer = answer_with_faults(call, entry);
    world_->calls.push_front(std::move(entry));
    if (world_->calls.size() > World::calls_max) world_->calls.pop_back();
    world_->changed(false);
    return answer;
}

ApiAnswer Slack::run(const ApiCall& call, CallLogEntry& entry) {
    const Verdict verdict = execute(*world_, call);
    entry.status = verdict.status;
    entry.ok = find_bool(verdict.body, "ok").value_or(false);
    entry.error = string_or_empty(verdict.body, "error");
    entry.retry_after_s = verdict.retry_after_s;
    return to_answer(*world_, verdict);
}

ApiAnswer Slack::refuse_by_fault(const FaultRule& rule, CallLogEntry& entry) {
    entry.ok = false;
    switch (rule.effect) {
        case Effect::error_page:
            entry.status = rule.status;
            return error_page(rule.status);
        case Effect::rate_limited:
            entry.status = 429;
            entry.error = "ratelimited";
            entry.retry_after_s = rule.retry_after_s;
            return to_answer(*world_, {429, error_body("ratelimited"), {}, rule.retry_after_s});
        case Effect::api_error:
            entry.error = rule.error;
            return to_answer(*world_, {200, error_body(rule.error), {}, 0});
        default:
            entry.status = 0;
            return silence();
    }
}

ApiAnswer Slack::answer_with_faults(const ApiCall& call, CallLogEntry& entry) {
    const FaultRule* rule = world_->faults.strike(false, {call.method}, entry.channel);
    if (!rule) return run(call, entry);
    entry.fault = to_text(rule->effect);
    switch (rule->effect) {
        case Effect::apply_late:
            if (late_calls_.size() < late_calls_max)
                late_calls_.push_back(
                    {call, world_->clock.steady_ms() + world_->faults.draw_delay_ms(*rule)});
            return refuse_by_fault(*rule, entry);
        case Effect::apply_then_no_answer:
            run(call, entry);
            return silence();
        case Effect::apply_then_error_page:
            run(call, entry);
            return error_page(rule->status);
        case Effect::truncated_answer: {
            ApiAnswer answer = run(call, entry);
            answer.body.resize(answer.body.size() / 2);
            return answer;
        }
        case Effect::answer_delay: {
            ApiAnswer answer = run(call, entry);
            answer.delay_ms = world_->faults.draw_delay_ms(*rule);
            return answer;
        }
        default:
            return refuse_by_fault(*rule, entry);
    }
}

void Slack::run_late_calls() {
    const SteadyMs now = world_->clock.steady_ms();
    for (std::size_t i = 0; i < late_calls_.size();) {
        if (late_calls_[i].due_ms > now) {
            ++i;
            continue;
        }
        const ApiCall call = std::move(late_calls_[i].call);
        late_calls_.erase(late_calls_.begin() + static_cast<std::ptrdiff_t>(i));
        std::ignore = execute(*world_, call);  // nobody waits for the answer any more
        world_->changed(false);
    }
}

std::vector<Delivery> Slack::next_deliveries(std::size_t entries) {
    run_late_calls();
    auto taken = world_->deliveries.take_due(world_->clock.steady_ms(), world_->now_ts(), entries);
    if (!taken.empty()) world_->changed();
    return taken;
}

void Slack::delivered(std::uint64_t id, const DeliveryOutcome& outcome) {
    World& world = *world_;
    if (world.deliveries.finished(id, outcome, world.clock.steady_ms(),
                                  world.workspace.settings.retry_scale)) {
        world.events_disabled = true;
        world.deliveries.clear_pending();
    }
    world.changed();
}

std::optional<SteadyMs> Slack::next_due() const {
    std::optional<SteadyMs> due = world_->deliveries.next_due();
    for (const LateCall& late : late_calls_)
        if (!due || late.due_ms < *due) due = late.due_ms;
    return due;
}

}  // namespace deskbell::sandbox
