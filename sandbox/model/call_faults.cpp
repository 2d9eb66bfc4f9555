#include "sandbox/model/call_faults.hpp"

#include "base/json.hpp"
#include "sandbox/model/execute.hpp"
#include "sandbox/model/unfurls.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace deskbell::sandbox {

namespace {

ApiAnswer error_page(int status) {
    ApiAnswer answer;
    answer.status = status;
    answer.headers = {{"content-type", "text/html; charset=utf-8"}};
    answer.body = "<!DOCTYPE html><html><head><title>Server Error</title></head><body><h1>" +
                  std::to_string(status) + "</h1><p>It's us, not you.</p></body></html>\n";
    return answer;
}

// Under `as_of`, reads show the channel as it was then.
ApiAnswer run(World& world, const ApiCall& call, CallLogEntry& entry, Ts as_of = 0) {
    const Verdict verdict = execute(world, call, as_of);
    entry.status = verdict.status;
    entry.ok = find_bool(verdict.body, "ok").value_or(false);
    entry.error = string_or_empty(verdict.body, "error");
    entry.retry_after_s = verdict.retry_after_s;
    // api.test answers whatever word it is given.
    if (!entry.error.empty() && entry.method != "api.test") world.count(entry.error);
    return to_answer(world, verdict);
}

// Answered as if it had happened. Its ts is used up all the same.
ApiAnswer run_and_forget(World& world, const ApiCall& call, CallLogEntry& entry) {
    Channel* channel = world.workspace.find_channel(entry.channel);
    if (!channel) return run(world, call, entry);
    Channel before = *channel;
    world.is_muted = true;
    ApiAnswer answer = run(world, call, entry);
    world.is_muted = false;
    before.last_ts = channel->last_ts;
    *channel = std::move(before);
    return answer;
}

ApiAnswer refuse_limited(World& world, std::int64_t retry_after_s, CallLogEntry& entry) {
    entry.ok = false;
    entry.status = 429;
    entry.error = "ratelimited";
    entry.retry_after_s = retry_after_s;
    return to_answer(world, {429, error_body("ratelimited"), {}, retry_after_s});
}

// What the caller sees; `answer` is what it would have seen, if the call was applied.
ApiAnswer reply_with(World& world, const FaultRule& rule, ApiAnswer answer, CallLogEntry& entry) {
    const Reply reply = plan_of(rule.effect).reply;
    if (reply != Reply::whole) entry.ok = false;
    switch (reply) {
        case Reply::silence:
        case Reply::reset:
            entry.status = 0;
            answer = {};
            answer.kind = reply == Reply::reset ? ApiAnswer::Kind::reset : ApiAnswer::Kind::silence;
            return answer;
        case Reply::error_page:
            entry.status = rule.status;
            return error_page(rule.status);
        case Reply::api_error:
            entry.status = 200;
            entry.error = rule.error;
            return to_answer(world, {200, error_body(rule.error), {}, 0});
        case Reply::rate_limited:
            return refuse_limited(world, rule.retry_after_s, entry);
        case Reply::truncated:
            answer.body.resize(answer.body.size() / 2);
            return answer;
        case Reply::half:
            answer.kind = ApiAnswer::Kind::cut;
            answer.body_bytes = answer.body.size() / 2;
            return answer;
        case Reply::whole:
            break;
    }
    return answer;
}

void open_storm(World& world, const FaultRule& rule, const CallLogEntry& entry) {
    if (world.storms.size() >= World::storms_max) return;
    Storm storm;
    if (rule.scope != StormScope::team) storm.method = entry.method;
    if (rule.scope == StormScope::channel) storm.channel = entry.channel;
    storm.until_ms = world.clock.steady_ms() + world.faults.draw_delay_ms(rule);
    world.storms.push_back(std::move(storm));
}

// The seconds that the weather still holds the call back; 0: it does not.
std::int64_t storm_wait_s(World& world, const CallLogEntry& entry) {
    const SteadyMs now = world.clock.steady_ms();
    std::erase_if(world.storms, [now](const Storm& storm) { return storm.until_ms <= now; });
    std::int64_t wait_s = 0;
    for (const Storm& storm : world.storms)
        if ((storm.method.empty() || storm.method == entry.method) &&
            (storm.channel.empty() || storm.channel == entry.channel))
            wait_s = std::max(wait_s, (storm.until_ms - now + 999) / 1000);
    return wait_s;
}

Occasion occasion_of(const ApiCall& call, const CallLogEntry& entry) {
    Occasion occasion;
    occasion.keys = {call.method};
    occasion.channel = entry.channel;
    occasion.is_thread_read =
        call.method == "conversations.history" || call.method == "conversations.replies";
    occasion.is_write = !entry.channel.empty() &&
                        (call.method.starts_with("chat.") || call.method.starts_with("reactions."));
    const auto thread = call.args.find("thread_ts");
    occasion.is_reply =
        call.method == "chat.postMessage" && thread != call.args.end() && !thread->second.empty();
    return occasion;
}

ApiAnswer run_struck(World& world, const FaultRule& rule, const ApiCall& call,
                     CallLogEntry& entry) {
    switch (rule.effect) {
        case Effect::stale_read: {
            const std::int64_t lag_ms = world.faults.draw_delay_ms(rule);
            return run(world, call, entry, std::max<Ts>(1, world.now_ts() - lag_ms * 1000));
        }
        case Effect::discard:
            return run_and_forget(world, call, entry);
        case Effect::unthread: {
            ApiCall stray = call;
            stray.args.erase("thread_ts");
            return run(world, stray, entry);
        }
        default:
            return run(world, call, entry);
    }
}

}  // namespace

ApiAnswer answer_with_faults(World& world, const ApiCall& call, CallLogEntry& entry) {
    if (const std::int64_t wait_s = storm_wait_s(world, entry); wait_s != 0) {
        entry.fault = to_text(Effect::rate_limit_storm);
        world.count("refused_by_storm");
        return refuse_limited(world, wait_s, entry);
    }
    const FaultRule* struck = world.faults.strike(occasion_of(call, entry));
    if (!struck) return run(world, call, entry);
    const FaultRule rule = *struck;
    entry.fault = to_text(rule.effect);
    ApiAnswer answer;
    switch (plan_of(rule.effect).applied) {
        case Applied::at_once:
            answer = run_struck(world, rule, call, entry);
            break;
        case Applied::later:
            if (world.late_calls.size() < World::late_calls_max)
                world.late_calls.push_back(
                    {call, world.clock.steady_ms() + world.faults.draw_delay_ms(rule)});
            break;
        case Applied::never:
            break;
    }
    if (rule.effect == Effect::rate_limit_storm) {
        open_storm(world, rule, entry);
        return refuse_limited(world, std::max<std::int64_t>(1, storm_wait_s(world, entry)), entry);
    }
    answer = reply_with(world, rule, std::move(answer), entry);
    if (rule.effect == Effect::answer_delay) answer.delay_ms = world.faults.draw_delay_ms(rule);
    return answer;
}

void log_call(World& world, CallLogEntry entry) {
    world.calls.push_front(std::move(entry));
    if (world.calls.size() > World::calls_max) world.calls.pop_back();
    world.changed(false);
}

void run_late(World& world) {
    const SteadyMs now = world.clock.steady_ms();
    for (std::size_t i = 0; i < world.late_calls.size();) {
        if (world.late_calls[i].due_ms > now) {
            ++i;
            continue;
        }
        const ApiCall call = std::move(world.late_calls[i].call);
        world.late_calls.erase(world.late_calls.begin() + static_cast<std::ptrdiff_t>(i));
        CallLogEntry entry;
        entry.at = world.now_ts();
        entry.method = call.method;
        entry.fault = "applied_late";
        if (const auto named = call.args.find("channel"); named != call.args.end())
            entry.channel = named->second;
        std::ignore = run(world, call, entry);  // nobody waits for the answer any more
        world.count("applied_late");
        log_call(world, std::move(entry));
    }
    run_unfurls(world);
}

std::optional<SteadyMs> next_late(const World& world) {
    std::optional<SteadyMs> due = next_unfurl(world);
    for (const LateCall& late : world.late_calls)
        if (!due || late.due_ms < *due) due = late.due_ms;
    return due;
}

}  // namespace deskbell::sandbox
